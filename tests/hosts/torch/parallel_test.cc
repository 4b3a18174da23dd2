#include "spinel/hosts/torch/parallel.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>

#include "spinel/base/platform/file.h"

namespace spinel {
namespace {

size_t thread_count() { return list_folder("/proc/self/task").size(); }

class TorchParallel : public ::testing::Test {
 protected:
  TorchParallel() { at::set_num_threads(3); }
  ~TorchParallel() override { at::set_num_threads(before_); }
  const int before_ = at::get_num_threads();
};

TEST_F(TorchParallel, RunsOnLibtorchsThreadsAndStartsNoOthers) {
  at::rand({1 << 20}).exp_();  // large enough to start libtorch's pool
  const size_t before = thread_count();
  EXPECT_GE(before, 3u);
  std::set<std::thread::id> threads;
  std::mutex mutex;
  std::atomic<int> arrived{0};
  torch_parallel().run(3, 1, [&](int64_t, int64_t) {
    ++arrived;
    while (arrived < 3) std::this_thread::yield();  // only three threads at once get past here
    const std::lock_guard lock(mutex);
    threads.insert(std::this_thread::get_id());
  });
  EXPECT_EQ(threads.size(), 3u);
  EXPECT_EQ(torch_parallel().num_threads(), 3);
  EXPECT_EQ(thread_count(), before);
}

TEST_F(TorchParallel, FollowsTheNumberOfThreadsAndTheCut) {
  for (const int threads : {1, 2, 3}) {
    at::set_num_threads(threads);
    std::set<std::pair<int64_t, int64_t>> pieces;
    std::mutex mutex;
    torch_parallel().run(10, 1, [&](int64_t begin, int64_t end) {
      const std::lock_guard lock(mutex);
      pieces.emplace(begin, end);
    });
    EXPECT_EQ(pieces.size(), static_cast<size_t>(threads));
    EXPECT_EQ(pieces.begin()->first, 0);
    EXPECT_EQ(pieces.rbegin()->second, 10);
  }
}

TEST_F(TorchParallel, NestedLoopsRunInPlace) {
  std::atomic<int64_t> sum{0};
  torch_parallel().run(3, 1, [&](int64_t, int64_t) {
    const std::thread::id outer = std::this_thread::get_id();
    torch_parallel().run(10, 1, [&](int64_t begin, int64_t end) {
      EXPECT_EQ(std::this_thread::get_id(), outer);
      sum += end - begin;
    });
  });
  EXPECT_EQ(sum, 30);
}

TEST_F(TorchParallel, ExceptionsReachTheCaller) {
  for (int64_t bad = 0; bad < 3; ++bad) {
    EXPECT_THROW(torch_parallel().run(3, 1,
                                      [&](int64_t begin, int64_t) {
                                        if (begin == bad) throw std::runtime_error("piece");
                                      }),
                 std::runtime_error);
  }
}

}  // namespace
}  // namespace spinel
