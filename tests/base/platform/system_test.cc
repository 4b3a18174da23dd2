// The thin layers over the system: libraries, type names, standard streams, terminals, barriers, the gate of calls.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <thread>
#include <typeinfo>

#include "spinel/base/error.h"
#include "spinel/base/platform/demangle.h"
#include "spinel/base/platform/dynamic_library.h"
#include "spinel/base/platform/file.h"
#include "spinel/base/platform/process_barrier.h"
#include "spinel/base/platform/standard_streams.h"
#include "spinel/base/platform/system_call.h"
#include "spinel/base/platform/terminal.h"
#include "spinel/base/version.h"
#include "tests/support/errors.h"

#ifndef _WIN32
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#endif

namespace spinel {
namespace {

using ::testing::HasSubstr;

TEST(Version, HasThreeNumbers) {
  const std::string text = version();
  EXPECT_EQ(std::count(text.begin(), text.end(), '.'), 2) << text;
  EXPECT_EQ(text.find_first_not_of("0123456789."), std::string::npos) << text;
}

TEST(Demangle, GivesNamesAsAPersonWritesThem) {
  EXPECT_EQ(demangle(typeid(int).name()), "int");
  EXPECT_EQ(demangle(typeid(Error).name()), "spinel::Error");
  EXPECT_EQ(demangle(typeid(double(const Error&, long)).name()), "double (spinel::Error const&, long)");
  EXPECT_EQ(demangle("not a mangled name"), "not a mangled name");
  EXPECT_EQ(demangle(""), "");
}

#ifdef __linux__
TEST(DynamicLibrary, GivesItsOwnSymbols) {
  DynamicLibrary library = DynamicLibrary::open("libz.so.1");
  using Version = const char* (*)();
  const auto zlib_version = reinterpret_cast<Version>(library.symbol("zlibVersion"));
  ASSERT_NE(zlib_version, nullptr);
  EXPECT_EQ(std::string(zlib_version()).substr(0, 2), "1.");
  EXPECT_EQ(library.symbol("no_such_symbol"), nullptr);
  const std::vector<std::string> names = library.symbols();
  EXPECT_NE(std::find(names.begin(), names.end(), "inflate"), names.end());
  EXPECT_NE(std::find(names.begin(), names.end(), "zlibVersion"), names.end());
  // What it needs itself is not among them.
  EXPECT_EQ(std::find(names.begin(), names.end(), "malloc"), names.end());
}

TEST(DynamicLibrary, AClosedOneHasNothing) {
  DynamicLibrary library = DynamicLibrary::open("libz.so.1");
  library.close();
  EXPECT_EQ(library.symbol("zlibVersion"), nullptr);
  EXPECT_TRUE(library.symbols().empty());
  EXPECT_NO_THROW(library.close());
}
#endif

TEST(DynamicLibrary, WhatCannotBeLoadedIsUnavailableAndNamed) {
  const TemporaryFolder folder;
  write_file_atomic(folder.file("text.so"), "no shared library at all");
  for (const std::string& path : {folder.file("absent.so"), folder.file("text.so"), folder.path()}) {
    const Error error = error_of([&] { DynamicLibrary::open(path); });
    EXPECT_EQ(error.kind(), ErrorKind::unavailable) << path;
    EXPECT_THAT(error.what(), ::testing::StartsWith(path + ": cannot be loaded: "));
  }
}

TEST(ProcessBarrier, AWriterSeesWhatReadersWroteBeforeIt) {
  // Dekker's pattern without fences on the reader's side: with the barrier of the writer not both see the old value.
  if (!process_barrier()) GTEST_SKIP() << "the system has no barrier over all threads";
  for (int repeat = 0; repeat < 2000; ++repeat) {
    std::atomic<int> reading{0}, closed{0};
    int seen_by_reader = -1;
    std::thread reader([&] {
      reading.store(1, std::memory_order_relaxed);
      std::atomic_signal_fence(std::memory_order_seq_cst);  // the compiler's order; the processor's is the barrier's
      seen_by_reader = closed.load(std::memory_order_relaxed);
    });
    closed.store(1, std::memory_order_relaxed);
    process_barrier();
    const int seen_by_writer = reading.load(std::memory_order_relaxed);
    reader.join();
    ASSERT_TRUE(seen_by_reader == 1 || seen_by_writer == 1);
    if (repeat % 100 == 0) std::this_thread::yield();
  }
}

#ifndef _WIN32
/// The exit status of a copy of this process that runs `action`.
template <typename Action>
int status_in_child(const Action& action) {
  const pid_t child = fork();
  if (child == 0) _exit(action());
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

TEST(StandardStreams, ClosedOnesGetAStandIn) {
  const TemporaryFolder folder;
  const std::string path = folder.file("data");
  write_file_atomic(path, "content");
  for (const bool prepared : {false, true}) {
    const int number = status_in_child([&] {
      for (const int descriptor : {0, 1, 2}) close(descriptor);
      if (prepared) prepare_standard_streams();
      return File::open(path, File::Mode::read).descriptor();
    });
    EXPECT_EQ(number > 2, prepared) << number;  // else the file would be taken for stdin
  }
}

TEST(StandardStreams, AStandInReadsTheEndAndRefusesResults) {
  EXPECT_EQ(status_in_child([] {
              close(0);
              close(1);
              close(2);
              prepare_standard_streams();
              char byte;
              if (read(0, &byte, 1) != 0) return 1;  // the end at once
              if (write(1, "x", 1) != -1) return 2;  // a result that nobody gets is a failure
              return write(2, "x", 1) == 1 ? 0 : 3;  // messages may vanish
            }),
            0);
}

TEST(StandardStreams, OpenOnesStayAndAClosedPipeEndsNoProgram) {
  EXPECT_EQ(status_in_child([] {
              int ends[2];
              if (pipe(ends) != 0 || dup2(ends[1], 1) < 0) return 1;
              close(ends[0]);
              close(ends[1]);
              prepare_standard_streams();
              return write(1, "x", 1) == -1 && errno == EPIPE ? 0 : 2;
            }),
            0);
}

TEST(Terminal, WidthIsThatOfTheTerminalBehindStderr) {
  const int leader = posix_openpt(O_RDWR | O_NOCTTY);
  if (leader < 0 || grantpt(leader) != 0 || unlockpt(leader) != 0) GTEST_SKIP() << "no pseudo-terminals here";
  const std::string name = ptsname(leader);
  const auto columns = [&](unsigned short width, const char* terminal) {
    return status_in_child([&] {
      const int follower = open(name.c_str(), O_RDWR | O_NOCTTY);
      const winsize size{24, width, 0, 0};
      if (follower < 0 || ioctl(follower, TIOCSWINSZ, &size) != 0 || dup2(follower, 2) < 0) return 255;
      setenv("TERM", terminal, 1);
      return stderr_columns();
    });
  };
  EXPECT_EQ(columns(123, "xterm"), 123);
  EXPECT_EQ(columns(0, "xterm"), 80);  // a terminal that does not tell
  EXPECT_EQ(columns(123, "dumb"), 0);
  close(leader);
  EXPECT_EQ(status_in_child([] {
              const int file = open("/dev/null", O_WRONLY);
              return dup2(file, 2) < 0 ? 255 : stderr_columns();
            }),
            0);
}
#endif

TEST(SystemCalls, ErrnosBecomeKindsWithPathAndText) {
  struct Case {
    int error;
    ErrorKind kind;
  };
  for (const Case& c : {Case{ENOENT, ErrorKind::not_found}, Case{ENOTDIR, ErrorKind::not_found},
                        Case{EISDIR, ErrorKind::invalid_argument}, Case{EEXIST, ErrorKind::invalid_argument},
                        Case{ENAMETOOLONG, ErrorKind::invalid_argument}, Case{EACCES, ErrorKind::unavailable},
                        Case{ENOSPC, ErrorKind::unavailable}, Case{EIO, ErrorKind::unavailable}}) {
    for (const int sign : {1, -1}) {
      const Error error = error_of([&] { fail_with_errno("a/path", "open", sign * c.error); });
      EXPECT_EQ(error.kind(), c.kind) << c.error;
      EXPECT_EQ(error.what(), "a/path: cannot open: " + std::generic_category().message(c.error));
    }
  }
}

TEST(SystemCalls, InterruptedOnesAreRepeatedButForClose) {
  for (const SystemCall kind : {SystemCall::read, SystemCall::write, SystemCall::sync, SystemCall::open}) {
    int calls = 0;
    EXPECT_EQ(system_call(kind, "p", 5, [&](size_t) -> int64_t { return ++calls < 4 ? -EINTR : 7; }), 7);
    EXPECT_EQ(calls, 4);
  }
  int calls = 0;
  EXPECT_EQ(system_call(SystemCall::close, "p", 0, [&](size_t) -> int64_t { return ++calls, -EINTR; }), 0);
  EXPECT_EQ(calls, 1);
}

TEST(SystemCalls, AFaultHitsTheKthOfItsKind) {
  for (const bool persistent : {false, true}) {
    FaultAt fault(SystemCall::write, 3, EIO, persistent);
    const ScopedSystemCallHook hook(fault);
    std::vector<int64_t> results;
    for (int i = 0; i < 5; ++i) {
      EXPECT_EQ(system_call(SystemCall::read, "p", 1, [](size_t) -> int64_t { return 1; }), 1);
      EXPECT_EQ(fault.fired(), i > 2);
      results.push_back(system_call(SystemCall::write, "p", 1, [](size_t) -> int64_t { return 1; }));
    }
    EXPECT_EQ(results, (std::vector<int64_t>{1, 1, -EIO, persistent ? -EIO : 1, persistent ? -EIO : 1}));
  }
}

TEST(SystemCalls, AHookShortensAndSeesCalls) {
  struct Hook : SystemCallHook {
    Decision before(SystemCall call, const std::string& path) override {
      seen.push_back(std::string(to_string(call)) + " " + path);
      return {.at_most = 3};
    }
    void after(SystemCall call, const std::string&) override {
      seen.push_back("after " + std::string(to_string(call)));
    }
    std::vector<std::string> seen;
  } hook;
  {
    const ScopedSystemCallHook scoped(hook);
    EXPECT_EQ(system_call(SystemCall::read, "p", 10, [](size_t bytes) { return static_cast<int64_t>(bytes); }), 3);
    EXPECT_EQ(system_call(SystemCall::map, "q", 2, [](size_t bytes) { return static_cast<int64_t>(bytes); }), 2);
  }
  EXPECT_EQ(system_call(SystemCall::read, "p", 10, [](size_t bytes) { return static_cast<int64_t>(bytes); }), 10);
  EXPECT_EQ(hook.seen, (std::vector<std::string>{"read p", "after read", "map q", "after map"}));
}

}  // namespace
}  // namespace spinel
