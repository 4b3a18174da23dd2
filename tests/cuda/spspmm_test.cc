// The CUDA kernels of sparse times sparse products, run on the CPU and compared with the CPU's.
#include "spinel/kernels/cuda/spspmm.h"

#include <gmock/gmock.h>

#include "tests/cuda/cuda_testing.h"

namespace spinel::ops {
namespace {

const Value none;

struct Matrix {
  Tensor rowptr, col, value;
  Matrix(std::mt19937& random, const Pattern& p, ScalarType index, ScalarType dtype)
      : rowptr(index_tensor(p.rowptr, index)),
        col(index_tensor(p.col, index)),
        value(random_tensor(random, {p.entries()}, dtype)) {}
};

/// A · B, and the sums over its entries that the derivatives are.
void check_product(const Pattern& pattern_a, const Pattern& pattern_b, ScalarType index, ScalarType dtype) {
  SCOPED_TRACE(testing::Message() << registry::to_string(dtype) << ", " << pattern_a.entries() << " by "
                                  << pattern_b.entries() << " entries");
  std::mt19937 random(9);
  const Matrix a(random, pattern_a, index, dtype), b(random, pattern_b, index, dtype);
  const int64_t columns = pattern_b.columns;
  const double tolerance = dtype == ScalarType::float64 ? 1e-12 : contains(Elements::floating, dtype) ? 2e-2 : 0;
  for (const int given : {3, 1, 2, 0}) {
    const Value value_a = given & 1 ? Value(a.value) : none, value_b = given & 2 ? Value(b.value) : none;
    const std::vector<Tensor> c =
        expect_same("_spspmm", {a.rowptr, a.col, value_a, b.rowptr, b.col, value_b, columns}, tolerance);
    if (given == 0 || !contains(Elements::floating, dtype)) continue;
    expect_same("_spspmm_values", {c[1], c[2], a.rowptr, a.col, value_a, b.rowptr, b.col, value_b, columns}, tolerance);
    expect_same("_spspmm_left", {c[0], c[1], c[2], a.rowptr, a.col, b.rowptr, b.col, value_b, columns}, tolerance);
    expect_same("_spspmm_right", {c[0], c[1], c[2], a.rowptr, a.col, value_a, b.rowptr, b.col, columns}, tolerance);
  }
}

TEST(CudaSpspmm, AgreesWithTheCpuForEveryType) {
  std::mt19937 random(1);
  const Pattern a = power_law_pattern(random, 40, 25, 50), b = power_law_pattern(random, 25, 50, 30);
  for (const ScalarType dtype : {ScalarType::float32, ScalarType::float64, ScalarType::float16, ScalarType::bfloat16,
                                 ScalarType::int32, ScalarType::int64}) {
    check_product(a, b, ScalarType::int64, dtype);
  }
  check_product(a, b, ScalarType::int32, ScalarType::float64);
}

TEST(CudaSpspmm, TakesLongEmptyAndWideRows) {
  std::mt19937 random(2);
  check_product(pattern_of(random, {0, 150, 0, 1}, 20), pattern_of(random, std::vector<int64_t>(20, 9), 15),
                ScalarType::int64, ScalarType::float64);
  check_product(pattern_of(random, {0, 0}, 3), pattern_of(random, {2, 2, 2}, 4), ScalarType::int64,
                ScalarType::float64);
  check_product(pattern_of(random, {}, 3), pattern_of(random, {0, 0, 0}, 4), ScalarType::int64, ScalarType::float64);
  check_product(pattern_of(random, {4, 4}, 3), pattern_of(random, {5, 0, 5}, int64_t{1} << 60), ScalarType::int64,
                ScalarType::float64);
}

// Products that are too many to be written out at once are taken some rows at a time.
TEST(CudaSpspmm, IsTheSameInPieces) {
  std::mt19937 random(3);
  const Matrix a(random, power_law_pattern(random, 50, 30, 90), ScalarType::int64, ScalarType::float64);
  const Matrix b(random, power_law_pattern(random, 30, 40, 50), ScalarType::int64, ScalarType::float64);
  const std::vector<Tensor> whole = call_cpu("_spspmm", {a.rowptr, a.col, a.value, b.rowptr, b.col, b.value, 40});
  const auto operand = [](const Matrix& m, int64_t columns) {
    return kernels::CsrOperand{.rows = m.rowptr.numel() - 1,
                               .columns = columns,
                               .entries = m.col.numel(),
                               .rowptr = m.rowptr.data(),
                               .col = m.col.data(),
                               .value = m.value.data()};
  };
  Matrix on_a = a, on_b = b;
  for (Tensor* tensor : {&on_a.rowptr, &on_a.col, &on_a.value, &on_b.rowptr, &on_b.col, &on_b.value}) {
    *tensor = to_cuda(*tensor);
  }
  const kernels::SpspmmCall call{Dtype::f64, operand(on_a, 30), operand(on_b, 40)};
  for (const int64_t most : {1, 100, 1000}) {
    with_cuda_workspace([&](kernels::cuda::Workspace& workspace) {
      const kernels::cuda::SpspmmProduct product(call, true, workspace, most);
      ASSERT_EQ(product.entries(), whole[2].numel());
      const Tensor rowptr = to_cuda(whole[1]), col = to_cuda(whole[2]), value = to_cuda(whole[0]);
      product.write(rowptr.data(), col.data(), value.data());
      EXPECT_EQ(numbers_of(to_cpu(rowptr)), numbers_of(whole[1]));
      EXPECT_EQ(numbers_of(to_cpu(col)), numbers_of(whole[2]));
      EXPECT_EQ(numbers_of(to_cpu(value)), numbers_of(whole[0]));
    });
  }
}

TEST(CudaSpspmm, RefusesWhatTheCpuRefuses) {
  const auto list = [](std::vector<int64_t> numbers) { return index_tensor(numbers); };
  const Tensor sound_ptr = list({0, 1}), sound_col = list({0});
  expect_refused("_spspmm", {list({0, 1, 0, 1}), list({0}), none, sound_ptr, sound_col, none, 1}, "rowptrA");
  expect_refused("_spspmm", {sound_ptr, list({4}), none, sound_ptr, sound_col, none, 1}, "colA[0] is 4");
  expect_refused("_spspmm", {sound_ptr, sound_col, none, sound_ptr, list({-1}), none, 1}, "colB[0] is -1");
  std::mt19937 random(4);
  const Tensor grad = random_tensor(random, {2}, ScalarType::float32);
  expect_refused("_spspmm_left",
                 {grad, list({0, 2}), list({1, 1}), sound_ptr, sound_col, sound_ptr, sound_col, none, 2},
                 "column 1 follows column 1 in row 0");
}

}  // namespace
}  // namespace spinel::ops
