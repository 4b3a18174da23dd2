#include "spinel/base/platform/file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cerrno>

#include "spinel/base/error.h"
#include "spinel/base/platform/system_call.h"
#include "tests/support/errors.h"

namespace spinel {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(File, WritesReadsAndKnowsItsSize) {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.bin");
  {
    File file = File::open(path, File::Mode::write);
    file.write("hello ");
    file.write("world");
    file.sync();
    file.close();
  }
  File file = File::open(path);
  EXPECT_EQ(file.size(), 11u);
  std::string buffer(5, '?');
  EXPECT_EQ(file.read_at(6, std::as_writable_bytes(std::span(buffer))), 5u);
  EXPECT_EQ(buffer, "world");
  EXPECT_EQ(file.read_at(8, std::as_writable_bytes(std::span(buffer))), 3u);
  EXPECT_EQ(file.read(std::as_writable_bytes(std::span(buffer))), 5u);
  EXPECT_EQ(buffer, "hello");
}

TEST(File, AppendsUpdatesAndRefusesToReplace) {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.txt");
  File::open(path, File::Mode::append).write("one");
  File::open(path, File::Mode::append).write("two");
  EXPECT_EQ(read_file(path), "onetwo");
  File::open(path, File::Mode::update).write("ONE");
  EXPECT_EQ(read_file(path), "ONEtwo");
  File::open(path, File::Mode::update).truncate(2);
  EXPECT_EQ(read_file(path), "ON");
  EXPECT_EQ(error_of([&] { File::open(path, File::Mode::create_new); }).kind(), ErrorKind::invalid_argument);
  EXPECT_EQ(error_of([&] { File::open(folder.file("b"), File::Mode::update); }).kind(), ErrorKind::not_found);
}

TEST(File, ErrorsNameThePathAndTheSystemsText) {
  const Error missing = error_of([] { read_file("/no/such/file"); });
  EXPECT_EQ(missing.kind(), ErrorKind::not_found);
  EXPECT_THAT(missing.what(), HasSubstr("/no/such/file: cannot open: No such file or directory"));
  EXPECT_EQ(error_of([] { read_file(""); }).kind(), ErrorKind::invalid_argument);
  EXPECT_EQ(error_of([] { read_file(std::string("a\0b", 3)); }).kind(), ErrorKind::invalid_argument);
}

TEST(File, OnlyRegularFilesOfTheAllowedSizeAreReadWhole) {  // CF-04
  const TemporaryFolder folder;
  EXPECT_THAT(error_of([&] { read_file(folder.path()); }).what(), HasSubstr("it is a folder"));
  ASSERT_EQ(mkfifo(folder.file("pipe").c_str(), 0600), 0);
  EXPECT_THAT(error_of([&] { read_file(folder.file("pipe")); }).what(), HasSubstr("it is a pipe"));
  write_file_atomic(folder.file("big"), std::string(100, 'x'));
  EXPECT_THAT(error_of([&] { read_file(folder.file("big"), 99); }).what(), HasSubstr("100 bytes; at most 99"));
  EXPECT_EQ(read_file(folder.file("big"), 100).size(), 100u);
}

TEST(File, ReadsFilesThatTellNoSize) { EXPECT_FALSE(read_file("/proc/self/status").empty()); }

/// Moves at most one byte a call and interrupts every third one.
class Dribble : public SystemCallHook {
 public:
  Decision before(SystemCall call, const std::string&) override {
    if (call != SystemCall::read && call != SystemCall::write) return {};
    return {.error = ++calls_ % 3 == 0 ? EINTR : 0, .at_most = 1};
  }

 private:
  int calls_ = 0;
};

TEST(File, ShortAndInterruptedCallsAreInvisible) {  // FI-02
  const TemporaryFolder folder;
  const std::string path = folder.file("a");
  Dribble dribble;
  const ScopedSystemCallHook hook(dribble);
  write_file_atomic(path, "some text that is moved byte by byte");
  EXPECT_EQ(read_file(path), "some text that is moved byte by byte");
}

TEST(File, ReadFaultsAreUnavailableWithThePath) {  // FI-02
  const TemporaryFolder folder;
  const std::string path = folder.file("a");
  write_file_atomic(path, "content");
  for (const SystemCall kind : {SystemCall::open, SystemCall::read, SystemCall::status}) {
    for (int64_t k = 1;; ++k) {
      FaultAt fault(kind, k, EIO);
      const ScopedSystemCallHook hook(fault);
      try {
        EXPECT_EQ(read_file(path), "content");
        EXPECT_FALSE(fault.fired()) << to_string(kind) << " " << k;
        break;
      } catch (const Error& error) {
        EXPECT_TRUE(fault.fired());
        EXPECT_EQ(error.kind(), ErrorKind::unavailable);
        EXPECT_THAT(error.what(), HasSubstr(path));
        EXPECT_THAT(error.what(), HasSubstr("Input/output error"));
      }
      ASSERT_LT(k, 100);
    }
  }
}

TEST(Folder, ListsMakesRenamesAndRemoves) {
  const TemporaryFolder folder;
  make_folders(folder.file("x/y/z"));
  make_folders(folder.file("x/y/z"));
  write_file_atomic(folder.file("x/b"), "b");
  write_file_atomic(folder.file("x/ä"), "a");
  EXPECT_THAT(list_folder(folder.file("x")), ElementsAre("b", "y", "ä"));
  rename_file(folder.file("x/b"), folder.file("x/ä"));
  EXPECT_EQ(read_file(folder.file("x/ä")), "b");
  EXPECT_FALSE(file_exists(folder.file("x/b")));
  EXPECT_TRUE(folder_exists(folder.file("x/y")));
  remove_file(folder.file("x/ä"));
  remove_file(folder.file("x/ä"));
  remove_tree(folder.file("x"));
  EXPECT_TRUE(list_folder(folder.path()).empty());
  EXPECT_EQ(error_of([&] { list_folder(folder.file("x")); }).kind(), ErrorKind::not_found);
  write_file_atomic(folder.file("f"), "");
  EXPECT_THROW(make_folders(folder.file("f")), Error);
  EXPECT_THROW(make_folders(folder.file("f/g")), Error);
  EXPECT_EQ(file_status(folder.file("f/g")).kind, FileStatus::Kind::absent);
}

TEST(Folder, TakesPathsApartAndJoinsThem) {
  EXPECT_EQ(folder_of("a/b/c.txt"), "a/b");
  EXPECT_EQ(folder_of("c.txt"), ".");
  EXPECT_EQ(folder_of("/c.txt"), "/");
  EXPECT_EQ(file_name_of("a/b/c.txt"), "c.txt");
  EXPECT_EQ(join_path("a/", "b"), "a/b");
  EXPECT_EQ(join_path("a", "/b"), "/b");
  EXPECT_EQ(absolute_path("/usr/../usr/./no_such_file"), "/usr/no_such_file");
}

TEST(Folder, TemporaryOnesVanish) {
  std::string path;
  {
    const TemporaryFolder folder;
    path = folder.path();
    make_folders(folder.file("a/b"));
    EXPECT_TRUE(folder_exists(path));
  }
  EXPECT_FALSE(folder_exists(path));
}

}  // namespace
}  // namespace spinel
