// The CUDA kernels of random walks and of max pooling, run on the CPU and compared with the CPU's.
#include <gmock/gmock.h>

#include "spinel/ops/max_pool_window.h"
#include "tests/cuda/cuda_testing.h"

namespace spinel::ops {
namespace {

TEST(CudaRandomWalk, WalksAsTheCpuDoes) {
  std::mt19937 random(1);
  for (const ScalarType type : {ScalarType::int64, ScalarType::int32}) {
    for (const bool is_sorted : {false, true}) {
      const Pattern p = power_law_pattern(random, 80, 80, 60, is_sorted);
      const Tensor rowptr = index_tensor(p.rowptr, type), col = index_tensor(p.col, type);
      const Tensor start = random_tensor(random, {300}, type, 0, 79);
      expect_same("random_walk", {rowptr, col, start, 9});
      expect_same("_random_walk", {rowptr, col, start, random_tensor(random, {300, 5}, ScalarType::float32, 0, 1)});
      for (const auto& [far, near] :
           std::vector<std::pair<double, double>>{{0.5, 2}, {1e6, 1e-3}, {1, 1}, {1e-90, 1}}) {
        expect_same("node2vec_walk", {rowptr, col, start, 12, far, near, is_sorted});
      }
    }
  }
}

TEST(CudaRandomWalk, RefusesWhatTheCpuRefuses) {
  const auto list = [](std::vector<int64_t> numbers) { return index_tensor(numbers); };
  const Tensor start = list({0});
  expect_refused("random_walk", {list({0, 1}), list({0}), list({3}), 2}, "start[0] is 3");
  expect_refused("random_walk", {list({0, 1}), list({-7}), start, 2}, "col[0] is -7");
  expect_refused("random_walk", {list({0, 9, 1}), list({0}), start, 2}, "rowptr gives row 0");
  expect_refused("node2vec_walk", {list({0, 2}), list({5, 5}), start, 3, 0.5, 2., false}, "col[");
  expect_refused("node2vec_walk", {list({0, 9, 2}), list({1, 1}), start, 3, 0.5, 2., false}, "rowptr gives row 0");
}

TEST(CudaMaxPool, PoolsAsTheCpuDoes) {
  std::mt19937 random(2);
  const auto ints = [](std::vector<Value> numbers) { return registry::make_list_value(std::move(numbers)); };
  for (const ScalarType dtype : {ScalarType::float32, ScalarType::float64, ScalarType::float16, ScalarType::bfloat16,
                                 ScalarType::uint8, ScalarType::int64}) {
    const Tensor x = random_tensor(random, {2, 3, 11, 9}, dtype, 0, 9);
    const int64_t kernel[] = {3, 2}, stride[] = {2, 1}, padding[] = {1, 0}, dilation[] = {1, 2};
    std::vector<Value> packed;
    for (const int64_t number : pack_window(kernels::torch_pool_window(2, 4, {kernel, stride, padding, dilation}))) {
      packed.emplace_back(number);
    }
    const Value window = ints(packed);
    const std::vector<Tensor> pooled =
        expect_same("_max_pool", {x, window, static_cast<int64_t>(kernels::PoolIndex::tap8), false});
    if (!contains(Elements::floating, dtype)) continue;
    expect_same("_max_pool_backward", {pooled[0], pooled[1], ints({2, 3, 11, 9}), window, false}, 1e-2);
    expect_same("_max_pool_gather", {x, pooled[1], window, false});
  }
}

}  // namespace
}  // namespace spinel::ops
