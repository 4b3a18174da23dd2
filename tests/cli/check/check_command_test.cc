#include <gmock/gmock.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>

#include "spinel/base/platform/file.h"
#include "tests/support/paths.h"

namespace spinel {
namespace {

using ::testing::HasSubstr;

struct Finished {
  int status = -1;
  std::string output;  ///< stdout and stderr, in the order written
};

/// Runs a shell command in which $SPINEL is the program.
Finished shell(const std::string& command) {
  const std::string line = "export SPINEL='" + build_dir() + "/bin/spinel'; (" + command + ") 2>&1";
  std::FILE* pipe = popen(line.c_str(), "r");
  Finished finished;
  std::array<char, 4096> buffer;
  while (const size_t got = std::fread(buffer.data(), 1, buffer.size(), pipe))
    finished.output.append(buffer.data(), got);
  const int status = pclose(pipe);
  finished.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return finished;
}

TEST(CheckCommand, MistakesAreOneLineWithStatusTwo) {
  const auto expect = [](const std::string& arguments, const std::string& text) {
    const Finished finished = shell("$SPINEL " + arguments);
    EXPECT_EQ(finished.status, 2) << arguments;
    EXPECT_THAT(finished.output, HasSubstr(text));
    EXPECT_EQ(std::count(finished.output.begin(), finished.output.end(), '\n'), 1) << finished.output;
  };
  expect("chekc", "spinel: there is no command 'chekc'; did you mean 'check'?");
  expect("check", "path is required");
  expect("check /nowhere", "spinel: /nowhere: there is no such file or folder");
  expect("check x --dtyp float32", "there is no option '--dtyp'; did you mean '--dtype'?");
  expect("check . --dtype float31", "--dtype: there is no dtype 'float31'; did you mean 'float32'?");
  expect("check . --threads 0", "--threads: it is 0; it must be from 1 to 1024");
  expect("check . --threads many", "--threads: 'many' is no value for it");
}

TEST(CheckCommand, AFailedCaseGivesStatusOne) {
  const TemporaryFolder folder;
  write_file_atomic(folder.file("a.safetensors"), "no case");
  const Finished finished = shell("$SPINEL check -j 1 " + folder.path());
  EXPECT_EQ(finished.status, 1);
  EXPECT_THAT(finished.output, HasSubstr("0 passed, 1 failed"));
}

TEST(CheckCommand, AReaderThatIsGoneIsNoSignal) {  // CF-06
  const TemporaryFolder folder;
  write_file_atomic(folder.file("a.safetensors"), "no case");
  const Finished pipe = shell("bash -c '(sleep 0.2; $SPINEL check " + folder.path() + "; echo status $? >&2) | true'");
  EXPECT_THAT(pipe.output, HasSubstr("status 1"));
}

}  // namespace
}  // namespace spinel
