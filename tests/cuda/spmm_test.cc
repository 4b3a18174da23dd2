// The CUDA kernels of sparse times dense products, run on the CPU and compared with the CPU's.
#include <gmock/gmock.h>

#include "spinel/base/error.h"
#include "tests/cuda/cuda_testing.h"
#include "tests/support/errors.h"

namespace spinel::ops {
namespace {

const Value none;

/// Tensors of a matrix in CSR form and in column order.
struct Matrix {
  Tensor rowptr, col, row, colptr, csr2csc, value;

  Matrix(std::mt19937& random, const Pattern& p, ScalarType index, ScalarType dtype) {
    rowptr = index_tensor(p.rowptr, index);
    col = index_tensor(p.col, index);
    row = index_tensor(p.row, index);
    std::vector<int64_t> order(p.col.size()), starts(static_cast<size_t>(p.columns) + 1);
    for (size_t e = 0; e < order.size(); ++e) order[e] = static_cast<int64_t>(e);
    std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) { return p.col[a] < p.col[b]; });
    for (const int64_t c : p.col) ++starts[static_cast<size_t>(c) + 1];
    for (size_t c = 1; c < starts.size(); ++c) starts[c] += starts[c - 1];
    csr2csc = index_tensor(order, index);
    colptr = index_tensor(starts, index);
    value = random_tensor(random, {p.entries()}, dtype);
  }
};

Value sizes(std::vector<Value> numbers) { return registry::make_list_value(std::move(numbers)); }

double tolerance_of(ScalarType dtype) {
  switch (dtype) {
    case ScalarType::float64: return 1e-12;
    case ScalarType::float32: return 1e-5;
    case ScalarType::float16: return 2e-3;
    case ScalarType::bfloat16: return 2e-2;
    default: return 0;
  }
}

constexpr ScalarType kTypes[] = {ScalarType::float32,  ScalarType::float64, ScalarType::float16,
                                 ScalarType::bfloat16, ScalarType::int32,   ScalarType::int64};

/// Sums, means, extrema of a matrix times dense ones of many widths, and what their derivatives call.
void check_products(const Pattern& p, ScalarType index, ScalarType dtype, std::vector<int64_t> widths) {
  std::mt19937 random(11);
  const Matrix a(random, p, index, dtype);
  const double tolerance = tolerance_of(dtype);
  const bool floating = contains(Elements::floating, dtype);
  for (const int64_t width : widths) {
    SCOPED_TRACE(testing::Message() << registry::to_string(dtype) << " " << registry::to_string(index) << ", width "
                                    << width << ", " << p.rows << " rows, " << p.entries() << " entries");
    const bool batched = width % 2 == 1, valued = width % 3 != 0;
    const auto dense = [&](int64_t rows) {
      std::vector<int64_t> shape = {rows, width};
      if (batched) shape.insert(shape.begin(), 2);
      return random_tensor(random, shape, dtype);
    };
    const Tensor x = dense(p.columns), grad = dense(p.rows);
    const Value value = valued ? Value(a.value) : none;
    const Value like_x = batched ? sizes({2, p.columns, width}) : sizes({p.columns, width});
    for (const bool mean : {false, true}) {
      if (mean && !floating && valued) continue;
      expect_same("_spmm", {x, a.rowptr, a.col, value, none, none, none, mean}, tolerance);
      if (mean && !floating) continue;
      expect_same("_spmm_transposed", {grad, a.rowptr, a.col, value, a.row, a.colptr, a.csr2csc, like_x, mean},
                  tolerance);
      expect_same("_sampled_product", {grad, x, a.rowptr, a.col, none, none, none, mean}, tolerance);
    }
    for (const bool largest : {false, true}) {
      expect_same("_spmm_select", {x, a.rowptr, a.col, value, largest, 0});
      const std::vector<Tensor> best =
          expect_same("_spmm_select", {x, a.rowptr, a.col, value, largest, largest ? 1 : 2});
      if (!floating) continue;
      expect_same("_selected_product", {x, a.rowptr, a.col, value, best[1]});
      expect_same("_selected_transposed", {grad, a.rowptr, a.col, value, best[1], like_x}, tolerance);
      expect_same("_selected_sampled", {grad, x, a.rowptr, a.col, best[1]}, tolerance);
    }
  }
}

TEST(CudaSpmm, AgreesWithTheCpuForEveryTypeAndWidth) {
  std::mt19937 random(1);
  const Pattern p = power_law_pattern(random, 60, 40, 300);
  for (const ScalarType dtype : kTypes) {
    check_products(p, ScalarType::int64, dtype, {1, 8, 33});
    check_products(p, ScalarType::int32, dtype, {3, 70});
  }
}

TEST(CudaSpmm, CutsLongRowsAndSkipsEmptyOnes) {
  std::mt19937 random(2);
  for (const std::vector<int64_t>& lengths : std::vector<std::vector<int64_t>>{
           {2000}, {0, 1500, 0, 0, 3}, {256, 0, 255, 1, 257, 512, 0, 31, 32, 33}, {1, 0, 0, 0, 1}}) {
    check_products(pattern_of(random, lengths, 100), ScalarType::int64, ScalarType::float64, {1, 40});
  }
  // Pieces of empty rows alone, between long ones.
  std::vector<int64_t> sparse(2000);
  sparse[3] = 700, sparse[1500] = 900, sparse[1999] = 1;
  check_products(pattern_of(random, sparse, 100), ScalarType::int32, ScalarType::float32, {1, 34});
}

TEST(CudaSpmm, TakesEmptyMatrices) {
  std::mt19937 random(3);
  for (const std::vector<int64_t>& lengths : {std::vector<int64_t>{}, {0}, {0, 0, 0}}) {
    check_products(pattern_of(random, lengths, 4), ScalarType::int64, ScalarType::float32, {0, 1, 5, 64});
  }
}

// Issue 6: NaN under max wins; the first of several, and the first of equals, also where a row is cut.
TEST(CudaSpmm, SelectsTheFirstOfEqualsAndOfNan) {
  std::mt19937 random(4);
  const Pattern p = pattern_of(random, {2000, 3, 0, 1200}, 50);
  Matrix a(random, p, ScalarType::int64, ScalarType::float32);
  Tensor x = random_tensor(random, {50, 3}, ScalarType::float32, -1, 1);
  for (const int64_t nans : {0, 1, 5}) {
    for (int64_t k = 0; k < nans; ++k) static_cast<float*>(x.data())[random() % 150] = NAN;
    for (const bool largest : {false, true}) {
      expect_same("_spmm_select", {x, a.rowptr, a.col, none, largest, 2});
      expect_same("_spmm_select", {x, a.rowptr, a.col, a.value, largest, 2});
    }
  }
}

// Issue 6: "Out-of-range or negative indices … never an out-of-bounds access".
TEST(CudaSpmm, RefusesIndicesOutOfRangeAsTheCpuDoes) {
  std::mt19937 random(5);
  const Pattern sound = pattern_of(random, {3, 0, 4, 2}, 6);
  const Tensor x = random_tensor(random, {6, 5}, ScalarType::float32);
  const Tensor grad = random_tensor(random, {4, 5}, ScalarType::float32);
  const auto refused = [&](const Pattern& p, const std::string& text) {
    const Tensor rowptr = index_tensor(p.rowptr), col = index_tensor(p.col);
    expect_refused("_spmm", {x, rowptr, col, none, none, none, none, false}, text);
    expect_refused("_sampled_product", {grad, x, rowptr, col, none, none, none, false}, text);
    expect_refused("_spmm_select", {x, rowptr, col, none, true, 2}, text);
  };
  for (const int64_t column : {int64_t{6}, int64_t{-1}, INT64_MAX, INT64_MIN}) {
    Pattern p = sound;
    p.col[4] = column;
    refused(p, "col[4] is ");
  }
  // Which row is named depends on how the rows are cut.
  for (const std::vector<int64_t>& broken : std::vector<std::vector<int64_t>>{{0, 5, 2, 7, 9}, {0, 3, 3, 70, 9}}) {
    for (const auto& call : {call_cpu, call_cuda}) {
      const Error error = error_of([&] {
        call("_spmm", {x, index_tensor(broken), index_tensor(sound.col), none, none, none, none, false});
      });
      EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
      EXPECT_THAT(error.what(), testing::HasSubstr("spmm: rowptr gives row "));
    }
  }
  // A permutation that points elsewhere.
  const Matrix a(random, sound, ScalarType::int64, ScalarType::float32);
  std::vector<int64_t> order = {0, 1, 2, 3, 9, 5, 6, 7, 8};
  expect_refused("_spmm_transposed",
                 {grad, a.rowptr, a.col, none, a.row, a.colptr, index_tensor(order), sizes({6, 5}), false},
                 "csr2csc[4] is 9");
}

TEST(CudaSpmm, RefusesSelectedEntriesThatAreNone) {
  std::mt19937 random(7);
  const Matrix a(random, pattern_of(random, {3, 0, 4}, 6), ScalarType::int64, ScalarType::float32);
  const Tensor x = random_tensor(random, {6, 2}, ScalarType::float32);
  const Tensor grad = random_tensor(random, {3, 2}, ScalarType::float32);
  for (const int64_t bad : {int64_t{8}, int64_t{-1}, INT64_MAX}) {
    const Tensor entries = index_tensor({0, 1, 7, 7, bad, 4});
    EXPECT_THAT(error_of([&] {
                  call_cuda("_selected_product", {x, a.rowptr, a.col, a.value, entries});
                }).what(),
                testing::StartsWith("spmm: entries[4] is "));
    EXPECT_THAT(error_of([&] {
                  call_cuda("_selected_transposed", {grad, a.rowptr, a.col, a.value, entries, sizes({6, 2})});
                }).what(),
                testing::StartsWith("spmm: entries[4] is "));
  }
}

TEST(CudaSpmm, IsTheSameInEveryRun) {
  std::mt19937 random(6);
  const Pattern p = power_law_pattern(random, 400, 90, 3000);
  const Matrix a(random, p, ScalarType::int32, ScalarType::float32);
  Tensor x = random_tensor(random, {90, 17}, ScalarType::float32);
  for (int64_t i = 0; i < x.numel(); ++i) static_cast<float*>(x.data())[i] *= 0.1f;
  const auto run = [&] {
    return numbers_of(call_cuda("_spmm", {x, a.rowptr, a.col, a.value, none, none, none, true})[0]);
  };
  EXPECT_EQ(run(), run());
}

}  // namespace
}  // namespace spinel::ops
