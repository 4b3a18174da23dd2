// Each way in which rows of a sparse product are summed: sorted in lanes, in windows, by runs, in a hash table.
#include <gmock/gmock.h>

#include <numeric>
#include <set>

#include "tests/kernels/spspmm_testing.h"
#include "tests/support/errors.h"

namespace spinel::kernels {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// Rows of the given lengths whose columns rise, from `first` of the row on within `width` columns.
template <typename S, typename Index>
RandomCsr<S, Index> rising(std::mt19937& random, const std::vector<int64_t>& lengths, int64_t columns, int64_t width,
                           int64_t step = 0) {
  RandomCsr<S, Index> a{static_cast<int64_t>(lengths.size()), columns, {0}, {}, {}};
  int64_t row = 0;
  for (const int64_t length : lengths) {
    std::set<int64_t> chosen;
    const int64_t first = std::min(columns - width, step * row++);
    while (static_cast<int64_t>(chosen.size()) < length) chosen.insert(first + static_cast<int64_t>(random() % width));
    a.col.insert(a.col.end(), chosen.begin(), chosen.end());
    a.rowptr.push_back(static_cast<Index>(a.col.size()));
  }
  a.value = random_elements<S>(random, a.entries(), 1);
  return a;
}

std::vector<int64_t> lengths_up_to(std::mt19937& random, int64_t rows, int64_t most) {
  std::vector<int64_t> lengths(static_cast<size_t>(rows));
  for (int64_t& length : lengths) length = static_cast<int64_t>(random() % static_cast<uint64_t>(most + 1));
  return lengths;
}

template <typename Index>
class SpspmmPaths : public testing::Test {};
using Indices = testing::Types<int32_t, int64_t>;
TYPED_TEST_SUITE(SpspmmPaths, Indices);

// Up to 16 products; the last rows of B end where its arrays end, so that reading a step at once would leave them.
TYPED_TEST(SpspmmPaths, SortsSmallRows) {
  using Index = TypeParam;
  std::mt19937 random(1);
  for (const int64_t columns : {7, 300, 1 << 20, (1 << 28) - 1, 1 << 29}) {
    for (int round = 0; round < 8; ++round) {
      const auto a = csr_of<float, Index>(random, lengths_up_to(random, 1 + round * 5, 5), 9);
      auto b = csr_of<float, Index>(random, lengths_up_to(random, 9, 4), columns);
      b.value = random_elements<float>(random, b.entries(), 1);
      expect_product(a, b);
      expect_product(a, rising<float, Index>(random, {3, 0, 1, 4, 4, 2, 3, 4, 3}, columns, 7));
    }
  }
}

// Up to 128 products, rows of all four kinds between each other, with and without columns that are there twice; the
// widest matrices have room in a key for some of them, or for none.
TYPED_TEST(SpspmmPaths, SortsSmallRowsOfAllKinds) {
  using Index = TypeParam;
  std::mt19937 random(8);
  std::vector<int64_t> lengths(200);
  for (size_t k = 0; k < lengths.size(); ++k) lengths[k] = static_cast<int64_t>(k) % 25;
  for (const int64_t columns :
       {60, 5000, (1 << 25) - 1, 1 << 25, (1 << 26) - 1, (1 << 27) - 1, 1 << 27, (1 << 28) - 1, 1 << 28}) {
    const auto a = csr_of<float, Index>(random, lengths, 40);
    const auto b =
        rising<float, Index>(random, lengths_up_to(random, 40, 11), columns, std::min<int64_t>(columns, 900));
    expect_product(a, b);
    auto last = b;  // the greatest columns of all
    for (Index& column : last.col) column = static_cast<Index>(columns - 1 - (column % 50));
    expect_product(a, last);
  }
}

// Windows of up to 64 words, of 65 to 512, and wider ones with few and with many products.
TYPED_TEST(SpspmmPaths, SumsInWindows) {
  using Index = TypeParam;
  std::mt19937 random(2);
  for (const int64_t width : {100, 4000, 4200, 9000, 32760, 40000, 300000}) {
    for (const int64_t most : {12, 90}) {
      const auto a = csr_of<double, Index>(random, {0, 3, 9, 1, 2, 60, 5, 8}, 40);
      expect_product(a, rising<double, Index>(random, lengths_up_to(random, 40, most), 400000, width, 1000));
    }
  }
  const auto a = csr_of<int64_t, Index>(random, {300, 2}, 300);
  expect_product(a, rising<int64_t, Index>(random, std::vector<int64_t>(300, 250), 70000, 70000));
}

// Rows of B that leave no column out begin and end anywhere in a word.
TYPED_TEST(SpspmmPaths, SumsRuns) {
  using Index = TypeParam;
  std::mt19937 random(3);
  for (const int64_t width : {5, 17, 64, 65, 130, 1000}) {
    const auto a = csr_of<float, Index>(random, {2, 7, 1, 0, 30}, 50);
    expect_product(a, rising<float, Index>(random, std::vector<int64_t>(50, width), 6000, width, 61));
  }
}

// Columns that do not rise: no window is known, and rows of A with one entry are not copied.
TYPED_TEST(SpspmmPaths, TakesColumnsInAnyOrder) {
  using Index = TypeParam;
  std::mt19937 random(4);
  for (const int64_t columns : {50, 5000, 50000}) {
    expect_product(csr_of<float, Index>(random, {1, 1, 20, 2, 5}, 30),
                   csr_of<float, Index>(random, std::vector<int64_t>(30, 12), columns));
  }
}

// Few rows of A do not pay for a look at all of B: what they read is checked on the way.
TYPED_TEST(SpspmmPaths, ChecksWhatFewRowsRead) {
  using Index = TypeParam;
  std::mt19937 random(5);
  const auto a = csr_of<float, Index>(random, {1, 3}, 2000);
  auto b = rising<float, Index>(random, std::vector<int64_t>(2000, 6), 100000, 100000);
  EXPECT_FALSE(plan_spspmm({Dtype::f32, a.operand(), b.operand()}, serial()).is_checked);
  expect_product(a, b);
  b.col[static_cast<size_t>(b.rowptr[static_cast<size_t>(a.col[2])] + 1)] = static_cast<Index>(-5);
  const SpspmmCall call{Dtype::f32, a.operand(), b.operand()};
  EXPECT_THAT(error_of([&] { multiply<float, Index>(call, 1); }).what(),
              HasSubstr("is -5 but there are 100000 columns"));
}

/// A · B for A of one row of ones and B of a column of 1e8, 1, −1e8 among `others` other columns.
float sum_in_order(int64_t others, int64_t columns) {
  std::vector<int64_t> rowptr_b = {0}, col_b;
  std::vector<float> value_b;
  for (const float value : {1e8f, 1.0f, -1e8f}) {
    for (int64_t k = 0; k < others; ++k) col_b.push_back(k * (columns / (others + 1))), value_b.push_back(1);
    col_b.push_back(columns - 1);
    value_b.push_back(value);
    rowptr_b.push_back(static_cast<int64_t>(col_b.size()));
  }
  const std::vector<int64_t> rowptr_a = {0, 3}, col_a = {0, 1, 2};
  const auto entries = static_cast<int64_t>(col_b.size());
  const SpspmmCall call{Dtype::f32,
                        {Dtype::i64, 1, 3, 3, rowptr_a.data(), col_a.data(), nullptr},
                        {Dtype::i64, 3, columns, entries, rowptr_b.data(), col_b.data(), value_b.data()}};
  return multiply<float, int64_t>(call, 1).value.back();
}

// (1e8 + 1) − 1e8 is 0 in float32; the two other orders give 1 or 8.
TEST(Spspmm, AddsInTheOrderOfA) {
  EXPECT_EQ(sum_in_order(1, 1000), 0);         // in lanes, a row of 6 products
  EXPECT_EQ(sum_in_order(9, 3000), 0);         // of 30
  EXPECT_EQ(sum_in_order(20, 3000), 0);        // of 63
  EXPECT_EQ(sum_in_order(40, 3000), 0);        // of 123
  EXPECT_EQ(sum_in_order(60, 3000), 0);        // in a narrow window
  EXPECT_EQ(sum_in_order(400, 40000), 0);      // in a wide one
  EXPECT_EQ(sum_in_order(20000, 40000), 0);    // with many products
  EXPECT_EQ(sum_in_order(20, 1000000000), 0);  // in a hash table
}

// Stamps of 16 bits begin anew after 65,535 rows.
TEST(Spspmm, CountsMoreRowsThanThereAreStamps) {
  std::mt19937 random(7);
  const auto b = rising<float, int32_t>(random, {70, 70}, 4000, 4000);
  RandomCsr<float, int32_t> a{66000, 2, {0}, {}, {}};
  for (int32_t row = 0; row < 66000; ++row) {
    a.col.insert(a.col.end(), {0, 1});
    a.rowptr.push_back(2 * row + 2);
  }
  const SpspmmCall call{Dtype::f32, a.operand(false), b.operand(false)};
  const SpspmmPlan plan = plan_spspmm(call, serial());
  std::vector<int32_t> rowptr(66001);
  spspmm_count(call, plan, rowptr.data(), serial());
  for (size_t row = 0; row < 66000; ++row) ASSERT_EQ(rowptr[row + 1] - rowptr[row], rowptr[1]);
}

// Pieces of rows are cut by their multiplications, so that rows with most of them do not keep one thread busy alone.
TEST(Spspmm, CutsRowsByTheirProducts) {
  std::mt19937 random(6);
  std::vector<int64_t> lengths(400, 1);
  std::fill_n(lengths.begin(), 40, 100);
  const auto a = csr_of<float, int64_t>(random, lengths, 100);
  const auto b = csr_of<float, int64_t>(random, std::vector<int64_t>(100, 20), 1000);
  const SpspmmPlan plan = plan_spspmm({Dtype::f32, a.operand(), b.operand()}, PiecesInTurn(2));
  EXPECT_EQ(plan.products, (40 * 100 + 360) * 20);
  EXPECT_THAT(plan.cuts, ElementsAre(0, 32, 400));
}

}  // namespace
}  // namespace spinel::kernels
