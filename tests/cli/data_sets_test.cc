// The list of published data sets: what must hold of every entry, and the commands that are printed for it.
#include "spinel/cli/data_sets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "spinel/base/error.h"
#include "spinel/base/platform/file.h"
#include "spinel/cli/data_get.h"
#include "tests/cli/run_spinel.h"
#include "tests/support/errors.h"

namespace spinel::cli {
namespace {

using testing::HasSubstr;

TEST(DataSets, EveryEntryIsWholeAndHasItsOwnNameAndFile) {
  std::set<std::string> names, files;
  for (const DataSet& set : data_sets()) {
    SCOPED_TRACE(set.name);
    EXPECT_TRUE(names.insert(set.name).second);
    EXPECT_TRUE(files.insert(set.folder + "/" + set.file).second);
    for (const std::string* text : {&set.summary, &set.size, &set.format, &set.licence, &set.page, &set.file}) {
      EXPECT_FALSE(text->empty());
    }
    EXPECT_TRUE(set.page.starts_with("http"));
    EXPECT_TRUE(set.url.empty() || set.url.starts_with("http"));
    EXPECT_TRUE(set.md5.empty() ||
                (set.md5.size() == 32 && set.md5.find_first_not_of("0123456789abcdef") == set.md5.npos));
    EXPECT_EQ(set.file.find('/'), std::string::npos);
    EXPECT_EQ(&data_set(set.name), &set);
  }
}

TEST(DataSets, CommandsNameTheFileWhereItWasPut) {
  for (const DataSet& set : data_sets()) {
    SCOPED_TRACE(set.name);
    for (const std::string& command : commands_after_fetching(set, "some/folder")) {
      EXPECT_TRUE(command.starts_with("spinel ")) << command;
      EXPECT_EQ(command.find('{'), std::string::npos) << command;
      EXPECT_THAT(command, HasSubstr("some/folder"));
    }
  }
}

TEST(DataSets, FoldersWithShellCharactersAreQuoted) {
  for (const std::string& folder :
       {std::string("a b"), std::string("$(reboot)"), std::string("it's"), std::string(";x"), std::string("&"),
        std::string("*"), std::string("~"), std::string("a\"b")}) {
    const TemporaryFolder work;
    // The shell must see the folder as one word, whatever it is called.
    const std::string command = commands_after_fetching(data_set("md17-uracil"), folder).at(0);
    const std::string words = command.substr(std::string("spinel ").size());
    const ProcessResult result = run_process({"bash", "-c", "cd '" + work.path() + "' && printf '%s\\n' " + words});
    EXPECT_EQ(result.output, "convert\n" + folder + "/md17_uracil.npz\n-o\n" + folder + "/md17_uracil.xyz\n");
  }
}

TEST(DataSets, UnknownNamesAreAnsweredWithTheNearest) {
  const Error error = error_of([] { data_set("qm8"); });
  EXPECT_EQ(error.kind(), ErrorKind::not_found);
  EXPECT_THAT(error.what(), HasSubstr("qm8: no data set has this name; did you mean 'qm9'?"));
}

TEST(DataGet, WhatCannotBeFetchedNamesThePage) {
  const TemporaryFolder folder;
  const Error error = error_of([&] { fetch_data_set(data_set("materials-project"), {folder.path(), "", ""}); });
  EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
  EXPECT_THAT(error.what(), HasSubstr("see https://materialsproject.org"));
  for (const char* sum : {"x", "0123", "zz", "g000000000000000000000000000000000000000000000000000000000000000"}) {
    EXPECT_EQ(error_of([&] {
                fetch_data_set(data_set("qm9"), {folder.path(), sum, ""});
              }).kind(),
              ErrorKind::invalid_argument)
        << sum;
  }
}

}  // namespace
}  // namespace spinel::cli
