#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "spinel/base/error.h"
#include "spinel/base/platform/file.h"
#include "spinel/base/platform/system_call.h"
#include "tests/support/errors.h"

namespace spinel {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string old_text(5000, 'o'), new_text(9000, 'n');

TEST(AtomicWrite, ReplacesWholeFiles) {
  const TemporaryFolder folder;
  const std::string path = folder.file("state");
  write_file_atomic(path, old_text);
  EXPECT_EQ(read_file(path), old_text);
  write_file_atomic(path, new_text);
  EXPECT_EQ(read_file(path), new_text);
  EXPECT_THAT(list_folder(folder.path()), ElementsAre("state"));
}

TEST(AtomicWrite, AFailingWriterLeavesTheOldFile) {
  const TemporaryFolder folder;
  const std::string path = folder.file("state");
  write_file_atomic(path, old_text);
  EXPECT_THROW(write_file_atomic(path,
                                 [](File& file) {
                                   file.write("half");
                                   throw std::bad_alloc();
                                 }),
               std::bad_alloc);
  EXPECT_EQ(read_file(path), old_text);
  EXPECT_THAT(list_folder(folder.path()), ElementsAre("state"));
}

TEST(AtomicWrite, RefusesFoldersAndMissingFolders) {
  const TemporaryFolder folder;
  EXPECT_EQ(error_of([&] { write_file_atomic(folder.path(), "x"); }).kind(), ErrorKind::invalid_argument);
  EXPECT_EQ(error_of([&] { write_file_atomic(folder.file("no/x"), "x"); }).kind(), ErrorKind::not_found);
}

TEST(AtomicWrite, EveryFaultLeavesOneWholeFileAndNoTemporary) {  // FI-03
  for (const SystemCall kind : {SystemCall::open, SystemCall::write, SystemCall::sync, SystemCall::close,
                                SystemCall::rename, SystemCall::status}) {
    for (const int error_number : {ENOSPC, EIO, EDQUOT, EINTR}) {
      for (int64_t k = 1;; ++k) {
        ASSERT_LT(k, 100);
        const TemporaryFolder folder;
        const std::string path = folder.file("state");
        write_file_atomic(path, old_text);
        FaultAt fault(kind, k, error_number);
        bool failed = false;
        {
          const ScopedSystemCallHook hook(fault);
          try {
            write_file_atomic(path, new_text);
          } catch (const Error& error) {
            failed = true;
            EXPECT_EQ(error.kind(), ErrorKind::unavailable);
            EXPECT_THAT(error.what(), HasSubstr(folder.path()));
            EXPECT_THAT(error.what(), ::testing::Not(HasSubstr("spinel-tmp:")));
          }
        }
        EXPECT_THAT(list_folder(folder.path()), ElementsAre("state"));
        const std::string content = read_file(path);
        if (!failed) EXPECT_EQ(content, new_text);
        EXPECT_TRUE(content == old_text || content == new_text);
        EXPECT_EQ(failed, fault.fired() && error_number != EINTR);
        if (!fault.fired()) break;
      }
    }
  }
}

/// Ends the process by SIGKILL before or after the k-th call of any kind.
class KillAt : public SystemCallHook {
 public:
  KillAt(int k, bool after) : k_(k), after_(after) {}
  Decision before(SystemCall, const std::string&) override {
    if (++count_ == k_ && !after_) raise(SIGKILL);
    return {};
  }
  void after(SystemCall, const std::string&) override {
    if (count_ == k_ && after_) raise(SIGKILL);
  }

 private:
  int k_, count_ = 0;
  bool after_;
};

TEST(AtomicWrite, AKillAtAnyCallLeavesOneWholeFile) {  // FI-04
  for (const bool after : {false, true}) {
    for (int k = 1;; ++k) {
      ASSERT_LT(k, 100);
      const TemporaryFolder folder;
      const std::string path = folder.file("state");
      write_file_atomic(path, old_text);
      const pid_t child = fork();
      if (child == 0) {
        KillAt kill(k, after);
        const ScopedSystemCallHook hook(kill);
        write_file_atomic(path, new_text);
        _exit(0);
      }
      int status = 0;
      ASSERT_EQ(waitpid(child, &status, 0), child);
      const std::string content = read_file(path);
      EXPECT_TRUE(content == old_text || content == new_text) << k;
      // The next save removes what the killed one left.
      write_file_atomic(path, "next");
      EXPECT_THAT(list_folder(folder.path()), ElementsAre("state"));
      if (WIFEXITED(status)) {
        EXPECT_EQ(content, new_text);
        EXPECT_GT(k, 5);
        break;
      }
    }
  }
}

TEST(AtomicWrite, LeavesTheTemporaryFileOfALivingWriterAlone) {
  const TemporaryFolder folder;
  const std::string path = folder.file("state");
  write_file_atomic(path, [&](File& outer) {
    outer.write("outer");
    write_file_atomic(path, "inner");
    EXPECT_EQ(list_folder(folder.path()).size(), 2u);
  });
  EXPECT_EQ(read_file(path), "outer");
}

TEST(AtomicWrite, AFullDiskIsUnavailableWithTheSystemsText) {  // ST-19
  const TemporaryFolder folder;
  const std::string path = folder.file("state");
  write_file_atomic(path, old_text);
  // A limit on the size of files stands in for the full disk: it needs no privileges.
  const pid_t child = fork();
  if (child == 0) {
    signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{6000, 6000};
    setrlimit(RLIMIT_FSIZE, &limit);
    const Error error = error_of([&] { write_file_atomic(path, new_text); });
    const bool right = error.kind() == ErrorKind::unavailable &&
                       std::string_view(error.what()) == path + ": cannot write: File too large";
    _exit(right ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  EXPECT_EQ(read_file(path), old_text);
  EXPECT_THAT(list_folder(folder.path()), ElementsAre("state"));
}

}  // namespace
}  // namespace spinel
