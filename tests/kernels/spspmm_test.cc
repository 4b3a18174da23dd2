#include "spinel/kernels/cpu/spspmm.h"

#include <gmock/gmock.h>

#include <functional>
#include <map>

#include "spinel/base/error.h"
#include "spinel/kernels/cpu/row_accumulator.h"
#include "tests/kernels/spspmm_testing.h"
#include "tests/support/errors.h"

namespace spinel::kernels {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

template <typename S>
class SpspmmTypes : public testing::Test {};
using Types = testing::Types<float, double, Half, Bf16, int32_t, int64_t>;
TYPED_TEST_SUITE(SpspmmTypes, Types);

// Values are 0 and ±1, so that sums are exact in every type and some of them cancel.
TYPED_TEST(SpspmmTypes, AgreesWithALoop) {
  using S = TypeParam;
  const auto check = [](auto index, uint32_t seed) {
    using Index = decltype(index);
    std::mt19937 random(seed);
    for (int k = 0; k < 12; ++k) {
      const auto inner = static_cast<int64_t>(1 + random() % 60), columns = static_cast<int64_t>(1 + random() % 9000);
      auto a = csr_of<S, Index>(random, power_law(random, static_cast<int64_t>(random() % 80), 60), inner);
      auto b = csr_of<S, Index>(random, power_law(random, inner, 90), columns);
      a.value = random_elements<S>(random, a.entries(), 1);
      b.value = random_elements<S>(random, b.entries(), 1);
      expect_product(a, b);
    }
  };
  check(int64_t{}, 1);
  check(int32_t{}, 2);
}

// Short rows of very many columns go through a hash table, long ones through an array.
TEST(Spspmm, TakesShortAndLongRowsOfManyColumns) {
  std::mt19937 random(3);
  for (const int64_t columns : {5000, 40000, 1000000000}) {
    const auto a = csr_of<double, int64_t>(random, {1, 2, 300, 0, 5, 600}, 400);
    const auto b = csr_of<double, int64_t>(random, std::vector<int64_t>(400, 30), columns);
    expect_product(a, b);
  }
}

TEST(Spspmm, KeepsEntriesThatCancel) {
  const std::vector<int64_t> rowptr_a = {0, 2}, col_a = {0, 1}, rowptr_b = {0, 1, 2}, col_b = {3, 3};
  const std::vector<float> value_a = {1, -1}, value_b = {2, 2};
  const SpspmmCall call{Dtype::f32,
                        {Dtype::i64, 1, 2, 2, rowptr_a.data(), col_a.data(), value_a.data()},
                        {Dtype::i64, 2, 4, 2, rowptr_b.data(), col_b.data(), value_b.data()}};
  const auto c = multiply<float, int64_t>(call, 1);
  EXPECT_THAT(c.col, ElementsAre(3));
  EXPECT_THAT(c.value, ElementsAre(0));
}

TEST(Spspmm, TakesEmptyMatrices) {
  std::mt19937 random(4);
  const auto empty = csr_of<float, int64_t>(random, {}, 5);
  const auto zero = csr_of<float, int64_t>(random, {0, 0, 0, 0, 0}, 7);
  const auto full = csr_of<float, int64_t>(random, {2, 1, 3, 1, 1}, 5);
  expect_product(empty, zero);
  expect_product(full, zero);
  RandomCsr<float, int64_t> none{5, 0, {0, 0, 0, 0, 0, 0}, {}, {}};
  expect_product(full, none);
}

TEST(Spspmm, RefusesBrokenIndices) {
  using Csr = RandomCsr<float, int64_t>;
  const auto message = [](const std::function<void(Csr&, Csr&)>& damage) {
    std::mt19937 random(5);
    auto a = csr_of<float, int64_t>(random, std::vector<int64_t>(100, 3), 50);
    auto b = csr_of<float, int64_t>(random, std::vector<int64_t>(50, 4), 60);
    for (int64_t l = 0; l < 50; ++l) a.col[static_cast<size_t>(2 * l)] = l;
    damage(a, b);
    const SpspmmCall call{Dtype::f32, a.operand(), b.operand()};
    return std::string(error_of([&] { multiply<float, int64_t>(call, 2); }).what());
  };
  EXPECT_THAT(message([](Csr& a, Csr&) { a.col[7] = 50; }), HasSubstr("col[7] is 50 but there are 50 columns"));
  EXPECT_THAT(message([](Csr& a, Csr&) { a.col[299] = -1; }), HasSubstr("col[299] is -1"));
  EXPECT_THAT(message([](Csr&, Csr& b) { b.col[100] = 60; }), HasSubstr("col[100] is 60 but there are 60 columns"));
  EXPECT_THAT(message([](Csr&, Csr& b) { b.col[0] = -7; }), HasSubstr("col[0] is -7"));
  EXPECT_THAT(message([](Csr&, Csr& b) { b.columns = 0; }), HasSubstr("but there are 0 columns"));
  EXPECT_THAT(message([](Csr& a, Csr&) { a.rowptr[50] = 1000; }), HasSubstr("rowptr gives row 49"));
  EXPECT_THAT(message([](Csr&, Csr& b) { b.rowptr[20] = 85; }), HasSubstr("rowptr gives row"));
  EXPECT_THAT(message([](Csr&, Csr& b) { b.rowptr[20] = -1; }), HasSubstr("rowptr gives row"));
  EXPECT_THAT(message([](Csr&, Csr& b) { b.rowptr[0] = 1; }), HasSubstr("rowptr goes from 1"));
}

/// The sums over triples by a loop: which of the three values is the result.
template <typename S>
void check_sampled(uint32_t seed) {
  std::mt19937 random(seed);
  const auto a = csr_of<S, int64_t>(random, power_law(random, 30, 40), 25);
  const auto b = csr_of<S, int64_t>(random, power_law(random, 25, 50), 35);
  const SpspmmCall call{dtype_of<S>(), a.operand(), b.operand()};
  auto c = multiply<S, int64_t>(call, 1);
  c.value = random_elements<S>(random, c.entries(), 2);
  std::vector<double> of_a(a.col.size()), of_b(b.col.size()), of_c(c.col.size());
  for (int64_t i = 0; i < a.rows; ++i) {
    for (int64_t e = a.rowptr[i]; e < a.rowptr[i + 1]; ++e) {
      for (int64_t k = b.rowptr[a.col[e]]; k < b.rowptr[a.col[e] + 1]; ++k) {
        const auto at =
            std::lower_bound(c.col.begin() + c.rowptr[i], c.col.begin() + c.rowptr[i + 1], b.col[k]) - c.col.begin();
        of_a[e] += value_of(c, true, at) * value_of(b, true, k);
        of_b[k] += value_of(a, true, e) * value_of(c, true, at);
        of_c[at] += value_of(a, true, e) * value_of(b, true, k);
      }
    }
  }
  std::vector<S> out_a(of_a.size()), out_b(of_b.size()), out_c(of_c.size());
  for (const int threads : {1, 3}) {
    const PiecesInTurn parallel(threads);
    sampled_left(call, c.operand(), out_a.data(), parallel);
    sampled_right(call, c.operand(), out_b.data(), parallel);
    sampled_spspmm(call, c.operand(), out_c.data(), parallel);
    EXPECT_EQ(numbers(out_a), of_a);
    EXPECT_EQ(numbers(out_b), of_b);
    EXPECT_EQ(numbers(out_c), of_c);
  }
}

TEST(SampledSpspmm, AgreesWithALoop) {
  check_sampled<double>(1);
  check_sampled<float>(2);
  check_sampled<int64_t>(3);
}

// A pattern of its own: what is not in it counts for nothing.
TEST(SampledSpspmm, TakesAnyPattern) {
  const std::vector<int64_t> rowptr_a = {0, 2}, col_a = {0, 1}, rowptr_b = {0, 2, 4}, col_b = {0, 2, 2, 1};
  const std::vector<float> value_a = {2, 3}, value_b = {5, 7, 11, 13}, value_c = {100, 1000};
  const std::vector<int64_t> rowptr_c = {0, 2}, col_c = {1, 2}, falling = {2, 1};
  const SpspmmCall call{Dtype::f32,
                        {Dtype::i64, 1, 2, 2, rowptr_a.data(), col_a.data(), value_a.data()},
                        {Dtype::i64, 2, 3, 4, rowptr_b.data(), col_b.data(), value_b.data()}};
  CsrOperand c{Dtype::i64, 1, 3, 2, rowptr_c.data(), col_c.data(), value_c.data()};
  std::vector<float> of_a(2), of_b(4), of_c(2);
  sampled_left(call, c, of_a.data(), serial());
  EXPECT_THAT(of_a, ElementsAre(7000, 11000 + 1300));
  sampled_right(call, c, of_b.data(), serial());
  EXPECT_THAT(of_b, ElementsAre(0, 2000, 3000, 300));
  sampled_spspmm(call, c, of_c.data(), serial());
  EXPECT_THAT(of_c, ElementsAre(39, 14 + 33));
  c.col = falling.data();
  for (const auto function : {sampled_spspmm, sampled_left, sampled_right}) {
    EXPECT_THAT(error_of([&] { function(call, c, of_b.data(), serial()); }).what(), HasSubstr("columns must rise"));
  }
}

template <typename Row>
void check_accumulator(Row row) {
  for (int round = 0; round < 3; ++round) {
    row.at(70) += 1;
    row.at(3) += 2;
    row.at(70) += 4;
    row.at(4500) += 8;
    EXPECT_EQ(row.count(), 3);
    ASSERT_NE(row.find(70), nullptr);
    EXPECT_EQ(*row.find(70), 5);
    EXPECT_EQ(row.find(71), nullptr);
    std::vector<std::pair<int64_t, float>> found;
    row.drain([&](int64_t column, float sum) { found.emplace_back(column, sum); });
    EXPECT_THAT(found, ElementsAre(Pair(3, 2), Pair(70, 5), Pair(4500, 8)));
    EXPECT_EQ(row.count(), 0);
    EXPECT_EQ(row.find(70), nullptr);
    row.at(5) = 1;
    row.clear();
    EXPECT_EQ(row.find(5), nullptr);
  }
}

TEST(RowAccumulator, GivesColumnsInOrderAndIsEmptyAfterwards) {
  HashRow<float> hash;
  hash.reset(4);
  check_accumulator(hash);
  DenseRow<float> dense;
  dense.reset(5000);
  check_accumulator(dense);
}

// Columns whose first choices are the same slot stand in a run, out of which none may be left.
TEST(RowAccumulator, HashTableStandsCollisions) {
  std::mt19937 random(6);
  HashRow<double> row;
  for (int round = 0; round < 50; ++round) {
    row.reset(40);
    std::map<int64_t, double> wanted;
    for (int k = 0; k < 40; ++k) {
      const int64_t column = static_cast<int64_t>(random() % 64) << (random() % 3 * 8);
      row.at(column) += 1;
      wanted[column] += 1;
    }
    std::map<int64_t, double> found;
    row.drain([&](int64_t column, double sum) { found[column] = sum; });
    EXPECT_EQ(found, wanted);
    for (const auto& [column, sum] : wanted) EXPECT_EQ(row.find(column), nullptr);
  }
}

}  // namespace
}  // namespace spinel::kernels
