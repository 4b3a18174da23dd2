#include "spinel/base/parallel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include "spinel/base/error.h"
#include "spinel/base/platform/cpu.h"
#include "tests/support/errors.h"

namespace spinel {
namespace {

using Pieces = std::set<std::pair<int64_t, int64_t>>;

Pieces pieces_of(const ParallelFor& parallel, int64_t n, int64_t grain) {
  Pieces pieces;
  std::mutex mutex;
  parallel.run(n, grain, [&](int64_t begin, int64_t end) {
    const std::lock_guard lock(mutex);
    EXPECT_TRUE(pieces.emplace(begin, end).second);
  });
  return pieces;
}

class ThreadPool : public ::testing::Test {
 protected:
  ~ThreadPool() override { set_thread_pool_size(0); }
};

TEST(Serial, RunsEverythingInOnePiece) {
  EXPECT_EQ(pieces_of(serial(), 10, 3), (Pieces{{0, 10}}));
  EXPECT_TRUE(pieces_of(serial(), 0, 3).empty());
  EXPECT_EQ(serial().num_threads(), 1);
}

TEST_F(ThreadPool, CutsTheSameWayEveryTime) {
  set_thread_pool_size(4);
  EXPECT_EQ(thread_pool().num_threads(), 4);
  for (int repeat = 0; repeat < 100; ++repeat) {
    EXPECT_EQ(pieces_of(thread_pool(), 10, 1), (Pieces{{0, 3}, {3, 6}, {6, 9}, {9, 10}}));
    EXPECT_EQ(pieces_of(thread_pool(), 10, 4), (Pieces{{0, 4}, {4, 8}, {8, 10}}));
    EXPECT_EQ(pieces_of(thread_pool(), 10, 100), (Pieces{{0, 10}}));
    EXPECT_EQ(pieces_of(thread_pool(), 2, 0), (Pieces{{0, 1}, {1, 2}}));
    EXPECT_TRUE(pieces_of(thread_pool(), 0, 1).empty());
    EXPECT_TRUE(pieces_of(thread_pool(), -5, 1).empty());
  }
}

TEST_F(ThreadPool, UsesAsManyThreadsAsAskedFor) {
  set_thread_pool_size(3);
  std::set<std::thread::id> threads;
  std::mutex mutex;
  std::atomic<int> arrived{0};
  thread_pool().run(3, 1, [&](int64_t, int64_t) {
    ++arrived;
    while (arrived < 3) std::this_thread::yield();  // only three threads at once get past here
    const std::lock_guard lock(mutex);
    threads.insert(std::this_thread::get_id());
  });
  EXPECT_EQ(threads.size(), 3u);
  EXPECT_TRUE(threads.count(std::this_thread::get_id()));
}

TEST_F(ThreadPool, NestedLoopsRunInPlaceWithTheSameCut) {
  set_thread_pool_size(2);
  std::atomic<int64_t> sum{0};
  thread_pool().run(2, 1, [&](int64_t, int64_t) {
    const std::thread::id outer = std::this_thread::get_id();
    int pieces = 0;
    thread_pool().run(100, 10, [&](int64_t begin, int64_t end) {
      EXPECT_EQ(std::this_thread::get_id(), outer);
      ++pieces;
      for (int64_t i = begin; i < end; ++i) sum += i;
    });
    EXPECT_EQ(pieces, 2);
  });
  EXPECT_EQ(sum, 2 * 4950);
}

TEST_F(ThreadPool, AnExceptionReachesTheCallerAndThePoolLivesOn) {
  set_thread_pool_size(4);
  for (int64_t bad = 0; bad < 4; ++bad) {
    std::atomic<int> done{0};
    EXPECT_THROW(thread_pool().run(4, 1,
                                   [&](int64_t begin, int64_t) {
                                     if (begin == bad) throw std::runtime_error("piece");
                                     ++done;
                                   }),
                 std::runtime_error);
    EXPECT_EQ(done, 3);
  }
  EXPECT_EQ(pieces_of(thread_pool(), 4, 1).size(), 4u);
}

TEST_F(ThreadPool, ManyCallersAtOnceAllFinish) {
  set_thread_pool_size(2);
  std::vector<std::thread> callers;
  std::atomic<int64_t> sum{0};
  for (int i = 0; i < 4; ++i) {
    callers.emplace_back([&] {
      for (int repeat = 0; repeat < 200; ++repeat) {
        thread_pool().run(10, 1, [&](int64_t begin, int64_t end) { sum += end - begin; });
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(sum, 4 * 200 * 10);
}

TEST_F(ThreadPool, WorksInAForkedChild) {
#if defined(__SANITIZE_THREAD__) || (defined(__has_feature) && __has_feature(thread_sanitizer))
  GTEST_SKIP() << "the thread sanitizer allows no threads in a forked child";
#endif
  set_thread_pool_size(2);
  pieces_of(thread_pool(), 4, 1);
  const pid_t child = fork();
  if (child == 0) {
    std::atomic<int64_t> sum{0};
    thread_pool().run(100, 1, [&](int64_t begin, int64_t end) { sum += end - begin; });
    _exit(sum == 100 ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

TEST_F(ThreadPool, RefusesSillySizes) {
  EXPECT_EQ(error_of([] { set_thread_pool_size(-1); }).kind(), ErrorKind::invalid_argument);
  EXPECT_EQ(error_of([] { set_thread_pool_size(1 << 20); }).kind(), ErrorKind::invalid_argument);
}

TEST(Cpu, CountsTheCoresOfTheAffinityMask) {
  cpu_set_t before;
  ASSERT_EQ(sched_getaffinity(0, sizeof before, &before), 0);
  EXPECT_EQ(available_cores(), CPU_COUNT(&before));
  cpu_set_t one;
  CPU_ZERO(&one);
  for (int i = 0; i < CPU_SETSIZE; ++i) {
    if (CPU_ISSET(i, &before) && CPU_COUNT(&one) == 0) CPU_SET(i, &one);
  }
  ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
  EXPECT_EQ(available_cores(), 1);
  sched_setaffinity(0, sizeof before, &before);
}

}  // namespace
}  // namespace spinel
