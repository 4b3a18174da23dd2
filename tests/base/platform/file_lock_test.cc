#include "spinel/base/platform/file_lock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

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
