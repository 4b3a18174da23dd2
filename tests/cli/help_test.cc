// The help texts in docs/cli/ are those of the program. SPINEL_UPDATE_HELP=1 writes them anew.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "spinel/cli/command.h"
#include "tests/cli/run_spinel.h"

namespace spinel::cli {
namespace {

using testing::HasSubstr;

void compare_or_update(const std::string& name, const std::string& text) {
  const std::string path = source_file("docs/cli/" + name + ".txt");
  if (std::getenv("SPINEL_UPDATE_HELP")) {
    write_file_atomic(path, text);
    return;
  }
  ASSERT_TRUE(file_exists(path)) << path << " is missing; run this test with SPINEL_UPDATE_HELP=1";
  EXPECT_EQ(read_file(path), text) << "the help of " << name << " has changed; run this test with SPINEL_UPDATE_HELP=1";
}

TEST(Help, OfTheProgramIsTheCommittedOne) {
  const ProcessResult result = run_spinel({"--help"});
  EXPECT_EQ(result.exit_status, 0) << result.errors;
  for (const Command& command : command_list()) EXPECT_THAT(result.output, HasSubstr(command.name));
  compare_or_update("spinel", result.output);
}

TEST(Help, OfEachCommandIsTheCommittedOneAndHasExamples) {
  for (const Command& command : command_list()) {
    const ProcessResult result = run_spinel({command.name, "--help"});
    EXPECT_EQ(result.exit_status, 0) << command.name << ": " << result.errors;
    EXPECT_THAT(result.output, HasSubstr("Examples:")) << command.name;
    EXPECT_THAT(result.output, HasSubstr("spinel " + command.name)) << command.name;
    compare_or_update(command.name, result.output);
  }
}

TEST(Help, NoFileIsLeftOverFromACommandThatIsGone) {
  for (const std::string& file : list_folder(source_file("docs/cli"))) {
    const std::string name = file.substr(0, file.find('.'));
    bool known = name == "spinel";
    for (const Command& command : command_list()) known = known || command.name == name;
    EXPECT_TRUE(known) << "docs/cli/" << file;
  }
}

}  // namespace
}  // namespace spinel::cli
