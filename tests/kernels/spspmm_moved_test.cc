// Products whose rows are the row before moved on by one column: grids and other stencils.
#include <gmock/gmock.h>

#include <numeric>

#include "tests/kernels/spspmm_testing.h"
#include "tests/support/errors.h"

namespace spinel::kernels {
namespace {

/// Row i has the columns i + offset, of those `line` rows that stand in a line without the one at its end where an
/// offset leads there; offsets rise.
template <typename S, typename Index>
RandomCsr<S, Index> stencil(std::mt19937& random, int64_t rows, int64_t line, const std::vector<int64_t>& offsets) {
  RandomCsr<S, Index> a{rows, rows, {0}, {}, {}};
  for (int64_t row = 0; row < rows; ++row) {
    for (const int64_t offset : offsets) {
      const int64_t column = row + offset;
      const bool leaves_line = (offset == -1 && row % line == 0) || (offset == 1 && row % line == line - 1);
      if (column >= 0 && column < rows && !leaves_line) a.col.push_back(static_cast<Index>(column));
    }
    a.rowptr.push_back(static_cast<Index>(a.col.size()));
  }
  a.value = random_elements<S>(random, a.entries(), 1);
  return a;
}

template <typename S, typename Index>
int64_t count_moved(const RandomCsr<S, Index>& a, const RandomCsr<S, Index>& b) {
  const SpspmmPlan plan = plan_spspmm({dtype_of<S>(), a.operand(), b.operand()}, serial());
  return std::accumulate(plan.is_moved.begin(), plan.is_moved.end(), int64_t{0});
}

template <typename S>
class SpspmmMoved : public testing::Test {};
using Types = testing::Types<float, double, Half, Bf16, int32_t, int64_t>;
TYPED_TEST_SUITE(SpspmmMoved, Types);

template <typename S, typename Index>
void check_stencils(std::mt19937& random) {
  const std::vector<std::vector<int64_t>> shapes = {
      {0}, {-40, -1, 1, 40}, {-40, -1, 0, 1, 40}, {-41, -40, -39, -1, 0, 1, 39, 40, 41}, {-7, -5, -3, -2, 2, 11}};
  for (const auto& shape : shapes) {
    const auto a = stencil<S, Index>(random, 800, 40, shape);
    EXPECT_GT(count_moved(a, a), 600) << shape.size();
    expect_product(a, a);
    for (const auto& other : shapes) expect_product(a, stencil<S, Index>(random, 800, 40, other));
  }
}

TYPED_TEST(SpspmmMoved, AgreesWithALoopOnStencils) {
  std::mt19937 random(1);
  check_stencils<TypeParam, int64_t>(random);
  check_stencils<TypeParam, int32_t>(random);
}

// More products than are sorted (47² and 46²), rows of B that leave no column out, and runs of few rows.
TEST(SpspmmMoved, LeavesWhatIsFasterOtherwise) {
  std::mt19937 random(2);
  for (const int64_t size : {45, 46, 47}) {
    std::vector<int64_t> apart(static_cast<size_t>(size)), dense(static_cast<size_t>(size));
    for (int64_t k = 0; k < size; ++k) apart[static_cast<size_t>(k)] = 3 * k, dense[static_cast<size_t>(k)] = k + 2;
    expect_product(stencil<double, int32_t>(random, 400, 400, apart),
                   stencil<double, int32_t>(random, 400, 400, apart));
    expect_product(stencil<double, int32_t>(random, 400, 400, apart),
                   stencil<double, int32_t>(random, 400, 400, dense));
  }
  for (const int64_t line : {5, 7, 8, 9, 10}) {
    const auto a = stencil<double, int32_t>(random, 300, line, {-line, -1, 1, line});
    expect_product(a, a);
  }
}

// A row that is moved names rows of B of which one is not, or is as long and differs in a column.
TEST(SpspmmMoved, SeesWhereRowsDiffer) {
  std::mt19937 random(3);
  const auto a = stencil<float, int64_t>(random, 600, 600, {-30, -2, 0, 3, 50});
  const auto regular = stencil<float, int64_t>(random, 600, 600, {-20, 4, 5, 90});
  for (int round = 0; round < 30; ++round) {
    auto b = regular;
    for (int change = 0; change <= round % 3; ++change) {
      const auto row = static_cast<size_t>(random() % 500);
      const auto last = static_cast<size_t>(b.rowptr[row + 1]) - 1;
      b.col[last] += 1 + static_cast<int64_t>(random() % 3);
    }
    EXPECT_LT(count_moved(a, b), count_moved(a, regular));
    expect_product(a, b);
    auto changed = a;
    changed.col[static_cast<size_t>(a.rowptr[300])] -= 1;
    expect_product(changed, b);
    expect_product(changed, changed);
  }
}

// Rows that are moved leave the matrix by their last column, or where columns do not rise by any.
TEST(SpspmmMoved, RefusesColumnsOutOfRange) {
  std::mt19937 random(6);
  const auto a = stencil<float, int64_t>(random, 100, 100, {0});
  for (const bool rises : {true, false}) {
    RandomCsr<float, int64_t> b{100, 102, {0}, {}, {}};
    for (int64_t row = 0; row < 100; ++row) {
      b.col.insert(b.col.end(), {rises ? row : row + 4, rises ? row + 4 : row});
      b.rowptr.push_back(2 * row + 2);
    }
    const SpspmmCall call{Dtype::f32, a.operand(false), b.operand(false)};
    for (const int threads : {1, 2}) {
      EXPECT_THAT(error_of([&] { multiply<float, int64_t>(call, threads); }).what(),
                  testing::HasSubstr(rises ? "col[197] is 102 but there are 102 columns" : "col[196] is 102"));
    }
  }
}

TEST(SpspmmMoved, LooksForNothingWhereRowsOfBAreNot) {
  std::mt19937 random(4);
  const auto a = stencil<float, int32_t>(random, 300, 300, {-1, 2});
  const auto b = csr_of<float, int32_t>(random, std::vector<int64_t>(300, 3), 300);
  EXPECT_TRUE(plan_spspmm({Dtype::f32, a.operand(), b.operand()}, serial()).is_moved.empty());
  expect_product(a, b);
}

// (1e8 + 1) − 1e8 is 0 in float32; the two other orders give 1 or 8.
TEST(SpspmmMoved, AddsInTheOrderOfA) {
  std::mt19937 random(5);
  auto a = stencil<float, int32_t>(random, 100, 100, {0, 1, 2});
  auto b = stencil<float, int32_t>(random, 100, 100, {-2, -1, 0});
  for (size_t row = 0; row < 100; ++row) {
    const auto from = static_cast<size_t>(a.rowptr[row]), to = static_cast<size_t>(a.rowptr[row + 1]);
    for (size_t e = from; e < to; ++e) a.value[e] = std::vector<float>{1e8f, 1.0f, -1e8f}[e - from];
  }
  std::fill(b.value.begin(), b.value.end(), 1.0f);
  const auto c = multiply<float, int32_t>({Dtype::f32, a.operand(), b.operand()}, 1);
  for (int32_t row = 10; row < 90; ++row) {
    for (int32_t e = c.rowptr[row]; e < c.rowptr[row + 1]; ++e) {
      if (c.col[e] == row) EXPECT_EQ(c.value[e], 0) << row;
    }
  }
}

}  // namespace
}  // namespace spinel::kernels
