#include "spinel/base/parallel_cut.h"

#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

namespace spinel {
namespace {

struct Loop {
  int64_t n, grain;
  int threads;
};

std::vector<Loop> random_loops(int count) {
  std::mt19937_64 random(4);
  std::vector<Loop> loops{{0, 1, 1}, {1, 1, 1}, {1, 1, 64}, {-3, 1, 2}, {7, -2, 3}, {7, 0, 3}, {INT64_MAX / 2, 1, 7}};
  for (int i = 0; i < count; ++i) {
    loops.push_back({static_cast<int64_t>(random() % 2000), static_cast<int64_t>(random() % 300),
                     1 + static_cast<int>(random() % 16)});
  }
  return loops;
}

TEST(ParallelCut, PiecesFollowEachOtherAndHoldAtLeastTheGrain) {
  for (const Loop& loop : random_loops(2000)) {
    const ParallelCut cut(loop.n, loop.grain, loop.threads);
    const std::string what = testing::PrintToString(std::vector<int64_t>{loop.n, loop.grain, loop.threads});
    ASSERT_LE(cut.pieces, loop.threads) << what;
    int64_t next = 0;
    for (int64_t index = 0; index < cut.pieces; ++index) {
      cut.run(index, [&](int64_t begin, int64_t end) {
        EXPECT_EQ(begin, next) << what;
        EXPECT_GT(end, begin) << what;
        if (index + 1 < cut.pieces) EXPECT_GE(end - begin, std::max<int64_t>(loop.grain, 1)) << what;
        next = end;
      });
    }
    ASSERT_EQ(next, std::max<int64_t>(loop.n, 0)) << what;
  }
}

TEST(ParallelCut, RunAllIsEveryPieceInItsOrder) {
  for (const Loop& loop : random_loops(200)) {
    const ParallelCut cut(loop.n, loop.grain, loop.threads);
    std::vector<int64_t> one_by_one, all;
    for (int64_t i = 0; i < cut.pieces; ++i) cut.run(i, [&](int64_t begin, int64_t) { one_by_one.push_back(begin); });
    cut.run_all([&](int64_t begin, int64_t) { all.push_back(begin); });
    ASSERT_EQ(all, one_by_one);
  }
}

class Pool : public ::testing::Test {
 protected:
  ~Pool() override { set_thread_pool_size(0); }
};

TEST_F(Pool, EveryIterationRunsOnceAtAnyThreadCount) {
  for (const int threads : {1, 2, 3, 5}) {
    set_thread_pool_size(threads);
    for (const Loop& loop : random_loops(60)) {
      if (loop.n > 10'000) continue;
      std::vector<std::atomic<int>> runs(static_cast<size_t>(std::max<int64_t>(loop.n, 0)));
      thread_pool().run(loop.n, loop.grain, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) ++runs[static_cast<size_t>(i)];
      });
      for (const std::atomic<int>& count : runs) ASSERT_EQ(count, 1);
    }
  }
}

TEST_F(Pool, SumsOfPiecesAreTheSameBitsEveryTime) {
  set_thread_pool_size(3);
  std::vector<double> values(5000);
  std::mt19937_64 random(5);
  for (double& value : values) value = static_cast<double>(random()) / 1e3;
  const auto sum = [&] {
    const ParallelCut cut(5000, 1, thread_pool().num_threads());
    std::vector<double> parts(static_cast<size_t>(cut.pieces));
    thread_pool().run(5000, 1, [&](int64_t begin, int64_t end) {
      double part = 0;
      for (int64_t i = begin; i < end; ++i) part += values[static_cast<size_t>(i)];
      parts[static_cast<size_t>(begin / cut.piece)] = part;
    });
    double total = 0;
    for (const double part : parts) total += part;
    return total;
  };
  const double first = sum();
  for (int repeat = 0; repeat < 50; ++repeat) ASSERT_EQ(sum(), first);
}

TEST_F(Pool, ExceptionsOfNestedLoopsReachTheOuterCaller) {
  set_thread_pool_size(4);
  for (int repeat = 0; repeat < 50; ++repeat) {
    std::atomic<int> finished{0};
    EXPECT_THROW(thread_pool().run(8, 1,
                                   [&](int64_t begin, int64_t) {
                                     thread_pool().run(16, 1, [&](int64_t inner, int64_t) {
                                       if (begin == 0 && inner == 4) throw std::out_of_range("inner");
                                     });
                                     ++finished;
                                   }),
                 std::out_of_range);
    EXPECT_EQ(finished, 3);  // the other pieces ran to their end
  }
}

TEST_F(Pool, OneOfSeveralExceptionsArrives) {
  set_thread_pool_size(4);
  for (int repeat = 0; repeat < 50; ++repeat) {
    try {
      thread_pool().run(4, 1, [](int64_t begin, int64_t) { throw std::runtime_error(std::to_string(begin)); });
      ADD_FAILURE() << "nothing was thrown";
    } catch (const std::runtime_error& error) {
      EXPECT_EQ(std::string(error.what()).size(), 1u);
    }
  }
}

TEST_F(Pool, ANestedLoopAfterAnExceptionIsStillSerialAndALaterOneParallel) {
  set_thread_pool_size(2);
  EXPECT_THROW(thread_pool().run(2, 1, [](int64_t, int64_t) { throw 1; }), int);
  // Were this thread still taken for one inside a loop, the two pieces would wait for each other for ever.
  std::atomic<int> arrived{0};
  thread_pool().run(2, 1, [&](int64_t, int64_t) {
    ++arrived;
    while (arrived < 2) {
    }
  });
  EXPECT_EQ(arrived, 2);
}

TEST_F(Pool, TheSizeMayChangeBetweenLoops) {
  for (int threads = 1; threads <= 6; ++threads) {
    set_thread_pool_size(threads);
    EXPECT_EQ(thread_pool().num_threads(), threads);
    std::atomic<int> pieces{0};
    thread_pool().run(1000, 1, [&](int64_t, int64_t) { ++pieces; });
    EXPECT_EQ(pieces, ParallelCut(1000, 1, threads).pieces);
  }
}

}  // namespace
}  // namespace spinel
