// The CUDA kernels of segments, run on the CPU and compared with the CPU's.
#include <gmock/gmock.h>

#include "tests/cuda/cuda_testing.h"

namespace spinel::ops {
namespace {

const Value none;

/// Reductions of segments, in order and through a permutation, and what their derivatives call.
void check_segments(std::mt19937& random, const Pattern& p, ScalarType index, ScalarType dtype, int64_t width) {
  SCOPED_TRACE(testing::Message() << registry::to_string(dtype) << ", width " << width << ", " << p.rows
                                  << " segments");
  const bool floating = contains(Elements::floating, dtype);
  const double tolerance = dtype == ScalarType::float64 ? 1e-13 : !floating ? 0 : 1e-2;
  const int low = dtype == ScalarType::uint8 ? 0 : -4;
  const int64_t rows = p.entries();
  const Tensor src = random_tensor(random, {rows, width}, dtype, low), ptr = index_tensor(p.rowptr, index);
  const Tensor grad = random_tensor(random, {p.rows, width}, dtype, low);
  std::vector<int64_t> order(static_cast<size_t>(rows));
  for (size_t k = 0; k < order.size(); ++k) order[k] = static_cast<int64_t>(k);
  std::shuffle(order.begin(), order.end(), random);
  const Value sizes = registry::make_list_value({rows, width});
  for (const Value& perm : {none, Value(index_tensor(order, index))}) {
    expect_same("segment_sum_csr", {src, ptr, perm}, tolerance);
    expect_same("segment_mean_csr", {src, ptr, perm}, tolerance);
    expect_same("gather_csr", {grad, ptr, perm, sizes});
    expect_same("_gather_mean_csr", {grad, ptr, perm, sizes}, tolerance);
    for (const char* op : {"segment_min_csr", "segment_max_csr"}) {
      const std::vector<Tensor> best = expect_same(op, {src, ptr, perm});
      expect_same("_segment_place", {grad, best[1], sizes});
      expect_same("_segment_pick", {src, best[1]});
    }
  }
}

TEST(CudaSegment, AgreesWithTheCpuForEveryType) {
  std::mt19937 random(1);
  const Pattern p = power_law_pattern(random, 60, 10, 200);
  for (const ScalarType dtype :
       {ScalarType::float32, ScalarType::float64, ScalarType::float16, ScalarType::bfloat16, ScalarType::int64,
        ScalarType::int32, ScalarType::int16, ScalarType::int8, ScalarType::uint8}) {
    check_segments(random, p, ScalarType::int64, dtype, 3);
    check_segments(random, p, ScalarType::int32, dtype, 35);
  }
}

TEST(CudaSegment, TakesLongAndEmptySegments) {
  std::mt19937 random(2);
  for (const std::vector<int64_t>& lengths :
       std::vector<std::vector<int64_t>>{{1500}, {0, 0, 700, 0}, {0}, {}, {1, 1, 1}}) {
    check_segments(random, pattern_of(random, lengths, 4), ScalarType::int64, ScalarType::float32, 5);
  }
}

TEST(CudaSegment, RefusesWhatTheCpuRefuses) {
  std::mt19937 random(3);
  const Tensor src = random_tensor(random, {3, 2}, ScalarType::float32);
  const auto list = [](std::vector<int64_t> numbers) { return index_tensor(numbers); };
  expect_refused("segment_sum_csr", {src, list({0, 2, 1, 3}), none}, "ptr gives row 1");
  expect_refused("segment_max_csr", {src, list({0, 2}), none}, "ptr goes from 0 to 2");
  expect_refused("segment_sum_csr", {src, list({0, 3}), list({0, 1, 3})}, "perm[2] is 3");
  expect_refused("_segment_pick", {index_tensor({5, 6, 7}), index_tensor({0, 4})}, "arg holds 4");
}

}  // namespace
}  // namespace spinel::ops
