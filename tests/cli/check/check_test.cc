#include "spinel/cli/check/check.h"

#include <csignal>
#include <filesystem>
#include <thread>

#include "tests/cli/check/golden_testing.h"

namespace spinel::check {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

/// Functions by the letter in their case's name: good, bad, crash, hang, throw.
CheckLists lists() {
  CheckLists result;
  const auto add = [&](const char* name, std::function<golden::Outputs()> run) {
    result.functions.push_back({std::string("test/") + name, [run](const golden::Call&) { return run(); }});
  };
  add("good", [] { return golden::Outputs{{{"out", doubles({1})}}, {}}; });
  add("bad", [] { return golden::Outputs{{{"out", doubles({2})}}, {}}; });
  add("crash", []() -> golden::Outputs {
    std::signal(SIGSEGV, SIG_DFL);  // the sanitizer's handler would report it as an error of the test
    raise(SIGSEGV);
    return {};
  });
  add("hang", []() -> golden::Outputs {
    while (true) std::this_thread::sleep_for(std::chrono::seconds(1));
  });
  result.json = {{"test/texts", {"cases"}, [](const Config& entry, const Config& file) -> std::string {
                    return entry.at("a") == file.at("right") ? "" : "a is wrong";
                  }}};
  return result;
}

class RunCases : public ::testing::Test {
 protected:
  std::string write(const std::string& path, const std::string& name) {
    CaseBuilder builder = CaseBuilder().set("name", name).add("output.out", doubles({1}));
    make_folders(folder_of(folder.file(path)));
    return builder.write(folder.file(path));
  }
  std::vector<std::string> run(const std::vector<std::string>& paths, RunOptions options = {}) {
    std::vector<std::string> lines;
    summary = run_cases(find_case_files(paths), all, options, [&](std::string_view line) { lines.emplace_back(line); });
    for (std::string& line : lines) {
      for (size_t at; (at = line.find(folder.path() + "/")) != std::string::npos;)
        line.erase(at, folder.path().size() + 1);
    }
    return lines;
  }
  TemporaryFolder folder;
  CheckLists all = lists();
  Summary summary;
};

TEST_F(RunCases, PrintsALineACaseInTheOrderOfTheFiles) {
  write("b/one.safetensors", "good");
  write("a/two.safetensors", "bad");
  write("c.safetensors", "good");
  RunOptions options;
  options.jobs = 3;
  const auto lines = run({folder.path()}, options);
  ASSERT_EQ(lines.size(), 4u);
  EXPECT_THAT(lines[0], StartsWith("FAILED  a/two.safetensors: out: 1 of 1 elements differ"));
  EXPECT_EQ(lines[1], "passed  b/one.safetensors");
  EXPECT_EQ(lines[2], "passed  c.safetensors");
  EXPECT_EQ(lines[3], "2 passed, 1 failed");
  EXPECT_EQ(summary.failed, 1);
}

// ST-20
TEST_F(RunCases, ACrashOrAHangIsTheCasesOwnFailure) {
  write("1.safetensors", "good");
  write("2.safetensors", "crash");
  write("3.safetensors", "hang");
  write("4.safetensors", "good");
  write_file_atomic(folder.file("5.safetensors"), "not a safetensors file");
  RunOptions options;
  options.timeout = 3;
  const auto lines = run({folder.path()}, options);
  ASSERT_EQ(lines.size(), 6u);
  EXPECT_EQ(lines[0], "passed  1.safetensors");
  EXPECT_THAT(lines[1], HasSubstr("FAILED  2.safetensors: the process of the case ended with signal 11"));
  EXPECT_EQ(lines[2], "FAILED  3.safetensors: no result within 3 s");
  EXPECT_EQ(lines[3], "passed  4.safetensors");
  EXPECT_THAT(lines[4], StartsWith("FAILED  5.safetensors: "));
  EXPECT_EQ(lines[5], "2 passed, 3 failed");
}

TEST_F(RunCases, SkippedCasesAreCountedAndSaidSo) {
  CaseBuilder builder = CaseBuilder().set("name", "good").set("needs", R"({"pypi": "x==1", "file": "w.gguf"})");
  builder.add("output.out", doubles({1})).write(folder.file("a.safetensors"));
  RunOptions options;
  options.settings.data_folder = folder.path();
  const auto lines = run({folder.path()}, options);
  EXPECT_THAT(lines[0], StartsWith("skipped a.safetensors: needs w.gguf"));
  EXPECT_EQ(lines[1], "0 passed, 0 failed, 1 skipped");
}

TEST_F(RunCases, JsonFilesGiveALineAnEntry) {
  write_file_atomic(folder.file("texts.json"),
                    R"({"format": "texts/1", "area": "test", "right": 1, "cases": [{"id": "x", "a": 1}, {"a": 2}]})");
  write_file_atomic(folder.file("other.json"), R"({"area": "test", "cases": []})");
  write_file_atomic(folder.file("README.json"), R"({"note": "no case file"})");
  const auto lines = run({folder.path()});
  ASSERT_EQ(lines.size(), 4u);
  EXPECT_THAT(lines[0], StartsWith("FAILED  other.json: test/other: no JSON case file is known under this name"));
  EXPECT_EQ(lines[1], "passed  texts.json#x");
  EXPECT_EQ(lines[2], "FAILED  texts.json#1: a is wrong");
}

TEST_F(RunCases, FoldersMayHoldFilesThatAreNoCases) {
  write("a.safetensors", "good");
  const at::Tensor weight = doubles({1});
  write_safetensors(folder.file("weights.safetensors"), {{"w", to_view(weight)}});
  EXPECT_EQ(run({folder.path()}), (std::vector<std::string>{"passed  a.safetensors", "1 passed, 0 failed"}));
  EXPECT_THAT(run({folder.file("weights.safetensors")})[0], HasSubstr("the metadata has no 'area'"));
}

TEST_F(RunCases, VerboseShowsTheWorstElement) {
  RunOptions options;
  options.verbose = true;
  const auto lines = run({write("a.safetensors", "good")}, options);
  EXPECT_THAT(lines[0], HasSubstr("\n    out: worst at [0] 1 instead of 1"));
}

TEST_F(RunCases, PathsThatHoldNothingAreErrors) {
  EXPECT_THROW(find_case_files({folder.file("gone")}), Error);
  EXPECT_THROW(find_case_files({folder.path()}), Error);
  EXPECT_THAT(find_case_files({write("x/a.safetensors", "good")}), ElementsAre(folder.file("x/a.safetensors")));
}

}  // namespace
}  // namespace spinel::check
