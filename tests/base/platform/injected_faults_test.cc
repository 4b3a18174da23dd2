// The same faults as through our own seam, injected from outside: what the seam forgets would show here.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "spinel/base/error.h"
#include "spinel/base/platform/file.h"
#include "spinel/base/platform/process.h"
#include "spinel/base/safetensors.h"
#include "tests/support/disabled_test.h"
#include "tests/support/sanitized.h"

namespace spinel {
namespace {

using ::testing::ElementsAre;

void save(const std::string& path, int64_t count) {
  const std::vector<float> values(static_cast<size_t>(count), 1.f);
  write_safetensors(path, {{"x", {Dtype::f32, {count}, std::as_bytes(std::span(values))}}});
}

int64_t saved_count(const std::string& path) { return SafetensorsFile::open(path).tensor("x").num_elements(); }

/// Run again by the tests below in a process of its own, with faults: exit status 0 saved, 9 an Error.
TEST(InjectedFaults, DISABLED_Save) {
  const char* path = std::getenv("SPINEL_TEST_FILE");
  ASSERT_TRUE(path);
  try {
    save(path, 200);
  } catch (const Error&) {
    std::_Exit(9);
  }
  std::_Exit(0);
}

int save_under(std::vector<std::string> command, const std::string& path) {
  return run_disabled_test("InjectedFaults.DISABLED_Save", {{"SPINEL_TEST_FILE", path}}, std::move(command))
      .exit_status;
}

bool is_there(const std::string& tool) {
  try {
    return run_process({tool, tool == "strace" ? "-V" : "-h"}).exit_status != 127;
  } catch (const Error&) {
    return false;
  }
}

TEST(InjectedFaults, SigkillAtEachSystemCallOfASaveLeavesAWholeFile) {  // FI-04
  // Its run-time makes system calls of its own, and wants to be loaded before libfiu's.
  if (kSanitized) GTEST_SKIP() << "needs a build without sanitizers";
  const TemporaryFolder folder;
  const std::string path = folder.file("state");
  save(path, 100);
  if (!is_there("strace") || save_under({"strace", "-f", "-o", "/dev/null", "-e", "trace=fsync"}, path) != 0) {
    GTEST_SKIP() << "strace is not there, or may not trace";
  }
  int kills = 0;
  for (const char* call : {"flock", "write", "fsync", "rename"}) {
    for (int k = 1;; ++k) {
      ASSERT_LT(k, 30);
      save(path, 100);
      const std::string injection = format("inject={}:signal=KILL:when={}", call, k);
      const int status = save_under({"strace", "-f", "-o", "/dev/null", "-e", injection}, path);
      const int64_t count = saved_count(path);
      EXPECT_TRUE(count == 100 || count == 200) << injection;
      if (status == 0) break;
      EXPECT_EQ(status, 137) << injection;
      ++kills;
    }
  }
  EXPECT_GE(kills, 5);
  save(path, 100);
  EXPECT_THAT(list_folder(folder.path()), ElementsAre("state"));
}

TEST(InjectedFaults, FailingWritesFromOutsideAreErrorsAndLeaveAWholeFile) {  // FI-03
  if (kSanitized) GTEST_SKIP() << "needs a build without sanitizers";
  const TemporaryFolder folder;
  const std::string path = folder.file("state");
  save(path, 100);
  if (!is_there("fiu-run")) GTEST_SKIP() << "libfiu is not there";
  int failures = 0;
  for (const char* point : {"posix/io/rw/write", "posix/io/sync/fsync", "posix/io/dir/rename", "posix/io/oc/open"}) {
    save(path, 100);
    const std::string fault = format("enable name={}", point);
    const int status = save_under({"fiu-run", "-x", "-c", fault}, path);
    const int64_t count = saved_count(path);
    EXPECT_TRUE(status == 0 || status == 9) << fault << " " << status;
    EXPECT_EQ(count, status == 0 ? 200 : 100) << fault;
    EXPECT_THAT(list_folder(folder.path()), ElementsAre("state"));
    failures += status == 9;
  }
  EXPECT_GE(failures, 2);
}

}  // namespace
}  // namespace spinel
