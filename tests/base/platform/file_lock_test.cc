#include "spinel/base/platform/file_lock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <vector>

#include "spinel/base/error.h"
#include "spinel/base/platform/process.h"
#include "spinel/base/platform/system_call.h"
#include "tests/support/errors.h"

namespace spinel {
namespace {

using ::testing::HasSubstr;

TEST(FileLock, TheSecondWriterLearnsWhoHoldsIt) {  // ST-18
  const TemporaryFolder folder;
  const std::string path = folder.file(".lock");
  {
    const FileLock lock(path);
    const Error error = error_of([&] { FileLock second(path); });
    EXPECT_EQ(error.kind(), ErrorKind::unavailable);
    EXPECT_THAT(error.what(), HasSubstr(format("process {} on host {}", process_id(), host_name())));
    EXPECT_THAT(error.what(), HasSubstr(folder.path()));
  }
  EXPECT_TRUE(list_folder(folder.path()).empty());
  EXPECT_NO_THROW(FileLock again(path));
}

TEST(FileLock, AKilledHolderHoldsItNoLonger) {
  const TemporaryFolder folder;
  const std::string path = folder.file(".lock");
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  if (child == 0) {
    const FileLock lock(path);
    if (write(ready[1], "x", 1) != 1) _exit(1);
    for (;;) pause();
  }
  char byte;
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  EXPECT_THAT(error_of([&] { FileLock second(path); }).what(), HasSubstr(format("process {}", child)));
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  EXPECT_NO_THROW(FileLock second(path));
  close(ready[0]);
  close(ready[1]);
}

// Processes that add one to a number in a file, each under the lock: none of the additions is lost.
TEST(FileLock, OneProcessAtATimeHoldsIt) {
  const TemporaryFolder folder;
  const std::string lock_path = folder.file(".lock"), number_path = folder.file("number");
  constexpr int processes = 6, additions = 15;
  write_file_atomic(number_path, "0");
  std::vector<pid_t> children;
  for (int i = 0; i < processes; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      for (int done = 0; done < additions;) {
        try {
          const FileLock lock(lock_path);
          const int number = std::stoi(read_file(number_path));
          usleep(200);  // without the lock another process would read the same number now
          write_file_atomic(number_path, std::to_string(number + 1));
          ++done;
        } catch (const Error& error) {
          if (error.kind() != ErrorKind::unavailable) _exit(1);
          usleep(100);
        }
      }
      _exit(0);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  }
  EXPECT_EQ(read_file(number_path), std::to_string(processes * additions));
  EXPECT_THAT(list_folder(folder.path()), ::testing::ElementsAre("number"));
}

TEST(FileLock, WhoFailsToGetItLeavesItsFileToTheHolder) {
  const TemporaryFolder folder;
  const FileLock lock(folder.file(".lock"));
  for (int i = 0; i < 3; ++i) EXPECT_THROW(FileLock second(folder.file(".lock")), Error);
  EXPECT_EQ(read_file(folder.file(".lock")), format("process {} on host {}", process_id(), host_name()));
  EXPECT_NO_THROW(FileLock other(folder.file("another.lock")));
}

TEST(FileLock, NeedsItsFolder) {
  EXPECT_EQ(error_of([] { FileLock lock("/no/such/folder/.lock"); }).kind(), ErrorKind::not_found);
}

TEST(FileLock, GoesOnWithAWarningWhereThereAreNoLocks) {
  const TemporaryFolder folder;
  FaultAt fault(SystemCall::lock, 1, ENOLCK);
  const ScopedSystemCallHook hook(fault);
  ::testing::internal::CaptureStderr();
  EXPECT_NO_THROW(FileLock lock(folder.file(".lock")));
  EXPECT_THAT(::testing::internal::GetCapturedStderr(), HasSubstr("a second writer is not noticed"));
}

}  // namespace
}  // namespace spinel
