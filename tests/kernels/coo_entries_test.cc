#include "spinel/kernels/cpu/coo_entries.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <limits>
#include <map>
#include <random>
#include <set>
#include <utility>
#include <vector>

#include "tests/kernels/spmm_testing.h"

namespace spinel::kernels {
namespace {

using testing::ElementsAre;

/// Rows and columns of entries and their memory.
template <typename Index>
struct Entries {
  std::vector<Index> row, col;

  int64_t n() const { return static_cast<int64_t>(row.size()); }
  CooList<Index> list() const { return {n(), row.data(), col.data()}; }
  std::pair<Index, Index> at(size_t e) const { return {row[e], col[e]}; }
  void add(std::pair<Index, Index> entry) {
    row.push_back(entry.first);
    col.push_back(entry.second);
  }
};

template <typename Index>
class CooEntries : public testing::Test {
 protected:
  using List = std::vector<Index>;

  /// In order, about every third one repeated.
  static Entries<Index> random_entries(std::mt19937& random, size_t n, size_t rows, size_t cols) {
    std::multiset<std::pair<Index, Index>> set;
    while (set.size() < n) {
      const std::pair<Index, Index> entry(static_cast<Index>(random() % rows), static_cast<Index>(random() % cols));
      set.insert(entry);
      if (random() % 3 == 0 && set.size() < n) set.insert(entry);
    }
    Entries<Index> entries;
    for (const auto& entry : set) entries.add(entry);
    return entries;
  }
  static Entries<Index> distinct_of(const Entries<Index>& entries) {
    Entries<Index> distinct;
    for (size_t e = 0; e < entries.row.size(); ++e) {
      if (e == 0 || entries.at(e) != entries.at(e - 1)) distinct.add(entries.at(e));
    }
    return distinct;
  }
  static CooFacts facts(const Entries<Index>& a, int threads = 1) {
    return inspect_coo(a.n(), a.row.data(), a.col.data(), PiecesInTurn(threads));
  }
  static CooOrder order(const Entries<Index>& a, int threads = 1) { return facts(a, threads).order; }
};
using IndexTypes = testing::Types<int32_t, int64_t>;
TYPED_TEST_SUITE(CooEntries, IndexTypes);

TYPED_TEST(CooEntries, AreInspected) {
  EXPECT_EQ(this->order({{}, {}}), CooOrder::distinct);
  EXPECT_EQ(this->facts({{}, {}}).max_row, -1);
  EXPECT_EQ(this->order({{5}, {-2}}), CooOrder::distinct);
  EXPECT_EQ(this->order({{0, 0, 1}, {1, 2, 0}}), CooOrder::distinct);
  EXPECT_EQ(this->order({{0, 0, 1}, {1, 1, 0}}), CooOrder::entries);
  EXPECT_EQ(this->order({{0, 0, 1}, {2, 1, 0}}), CooOrder::rows);
  EXPECT_EQ(this->order({{0, 2, 1}, {1, 2, 3}}), CooOrder::none);
  const CooFacts facts = this->facts({{3, -4, 9, 0}, {7, 7, 7, -1}});
  EXPECT_THAT(std::vector({facts.min_row, facts.max_row, facts.min_col, facts.max_col}), ElementsAre(-4, 9, -1, 7));
}

TYPED_TEST(CooEntries, AreInspectedBetweenPiecesToo) {
  std::mt19937 random(1);
  const Entries<TypeParam> a = this->distinct_of(this->random_entries(random, 200'000, 900, 900));
  for (const int threads : {1, 2, 5}) {
    EXPECT_EQ(this->order(a, threads), CooOrder::distinct);
    for (const size_t at : {size_t{1}, a.row.size() / 5, a.row.size() / 2, a.row.size() - 1}) {
      Entries<TypeParam> broken = a;
      broken.row[at] = broken.row[at - 1];
      broken.col[at] = broken.col[at - 1];
      EXPECT_EQ(this->order(broken, threads), CooOrder::entries);
      broken.row[at] = -3;
      EXPECT_EQ(this->order(broken, threads), CooOrder::none);
      EXPECT_EQ(this->facts(broken, threads).min_row, -3);
    }
  }
}

TYPED_TEST(CooEntries, AreMadeDistinct) {
  std::mt19937 random(2);
  for (const size_t n : {size_t{0}, size_t{1}, size_t{10}, size_t{150'000}}) {
    const Entries<TypeParam> a = this->random_entries(random, n, 300, 300), expected = this->distinct_of(a);
    for (const int threads : {1, 2, 5}) {
      const PiecesInTurn parallel(threads);
      const PiecePlaces places = count_distinct(a.n(), a.row.data(), a.col.data(), parallel);
      ASSERT_EQ(places.back(), expected.n());
      const auto total = static_cast<size_t>(places.back());
      Entries<TypeParam> out{std::vector<TypeParam>(total), std::vector<TypeParam>(total)};
      std::vector<TypeParam> ptr(total + 1);
      fill_distinct(a.n(), a.row.data(), a.col.data(), places, out.row.data(), out.col.data(), ptr.data(), parallel);
      EXPECT_EQ(out.row, expected.row);
      EXPECT_EQ(out.col, expected.col);
      EXPECT_EQ(ptr.back(), a.n());
      for (size_t k = 0; k < total; ++k) {
        for (TypeParam e = ptr[k]; e < ptr[k + 1]; ++e) ASSERT_EQ(a.at(static_cast<size_t>(e)), out.at(k));
      }
    }
  }
}

// Equal entries of a come first, those of one list in their order.
TYPED_TEST(CooEntries, AreMerged) {
  std::mt19937 random(3);
  for (const auto& [na, nb] :
       std::vector<std::pair<size_t, size_t>>{{0, 0}, {0, 5}, {5, 0}, {1, 1}, {90'000, 70'000}, {3, 100'000}}) {
    const Entries<TypeParam> a = this->random_entries(random, na, 200, 200);
    const Entries<TypeParam> b = this->random_entries(random, nb, 200, 200);
    std::vector<std::pair<std::pair<TypeParam, TypeParam>, TypeParam>> expected;
    for (size_t e = 0; e < na; ++e) expected.push_back({a.at(e), static_cast<TypeParam>(e)});
    for (size_t e = 0; e < nb; ++e) expected.push_back({b.at(e), static_cast<TypeParam>(na + e)});
    std::sort(expected.begin(), expected.end());
    for (const int threads : {1, 2, 5}) {
      Entries<TypeParam> out{std::vector<TypeParam>(na + nb), std::vector<TypeParam>(na + nb)};
      std::vector<TypeParam> perm(na + nb);
      merge_coo(a.list(), b.list(), out.row.data(), out.col.data(), perm.data(), PiecesInTurn(threads));
      for (size_t k = 0; k < na + nb; ++k) ASSERT_EQ(std::pair(out.at(k), perm[k]), expected[k]) << k;
    }
  }
}

TYPED_TEST(CooEntries, InBothLists) {
  std::mt19937 random(4);
  for (const auto& [na, nb] :
       std::vector<std::pair<size_t, size_t>>{{0, 0}, {0, 5}, {5, 0}, {90'000, 70'000}, {90'000, 3}, {3, 90'000}}) {
    const Entries<TypeParam> a = this->distinct_of(this->random_entries(random, na, 400, 400));
    const Entries<TypeParam> b = this->distinct_of(this->random_entries(random, nb, 400, 400));
    std::map<std::pair<TypeParam, TypeParam>, size_t> places;
    for (size_t e = 0; e < b.row.size(); ++e) places[b.at(e)] = e;
    std::vector<std::pair<size_t, size_t>> expected;
    for (size_t e = 0; e < a.row.size(); ++e) {
      if (const auto found = places.find(a.at(e)); found != places.end()) expected.push_back({e, found->second});
    }
    for (const int threads : {1, 2, 5}) {
      const PiecesInTurn parallel(threads);
      const PiecePlaces counts = count_common(a.list(), b.list(), parallel);
      ASSERT_EQ(counts.back(), static_cast<int64_t>(expected.size()));
      std::vector<TypeParam> in_a(expected.size()), in_b(expected.size());
      fill_common(a.list(), b.list(), counts, in_a.data(), in_b.data(), parallel);
      for (size_t k = 0; k < expected.size(); ++k) {
        ASSERT_EQ(std::pair(static_cast<size_t>(in_a[k]), static_cast<size_t>(in_b[k])), expected[k]);
      }
    }
  }
}

TEST(DiagonalLength, OfAllDiagonals) {
  for (int64_t rows = 0; rows < 5; ++rows) {
    for (int64_t cols = 0; cols < 5; ++cols) {
      for (int64_t k = -6; k <= 6; ++k) {
        int64_t count = 0;
        for (int64_t i = 0; i < rows; ++i) count += i + k >= 0 && i + k < cols;
        EXPECT_EQ(diagonal_length(rows, cols, k), count) << rows << " " << cols << " " << k;
      }
    }
  }
  constexpr int64_t most = std::numeric_limits<int64_t>::max(), least = std::numeric_limits<int64_t>::min();
  EXPECT_EQ(diagonal_length(3, 3, most), 0);
  EXPECT_EQ(diagonal_length(3, 3, least), 0);
  EXPECT_EQ(diagonal_length(most, most, 0), most);
}

// The mask says which places of the union of entries and diagonal hold entries.
TYPED_TEST(CooEntries, BesideADiagonal) {
  std::mt19937 random(5);
  for (const auto& [rows, cols] : std::vector<std::pair<size_t, size_t>>{{1, 1}, {5, 5}, {4, 9}, {9, 4}, {400, 300}}) {
    const Entries<TypeParam> all =
        this->distinct_of(this->random_entries(random, rows * cols > 1000 ? 100'000 : rows * cols / 2, rows, cols));
    for (const int64_t k : {int64_t{0}, int64_t{2}, int64_t{-3}, int64_t{8}, int64_t{-8}, int64_t{1000}}) {
      Entries<TypeParam> others;
      std::set<std::pair<TypeParam, TypeParam>> united;
      for (size_t e = 0; e < all.row.size(); ++e) {
        if (all.col[e] == all.row[e] + k) continue;
        others.add(all.at(e));
        united.insert(all.at(e));
      }
      for (int64_t i = 0; i < static_cast<int64_t>(rows); ++i) {
        if (i + k >= 0 && i + k < static_cast<int64_t>(cols)) {
          united.insert({static_cast<TypeParam>(i), static_cast<TypeParam>(i + k)});
        }
      }
      const auto length = others.row.size() + static_cast<size_t>(diagonal_length(static_cast<int64_t>(rows),
                                                                                  static_cast<int64_t>(cols), k));
      ASSERT_EQ(united.size(), length);
      for (const int threads : {1, 5}) {
        const auto mask = std::make_unique<bool[]>(length + 1);
        non_diag_mask(others.n(), others.row.data(), others.col.data(), static_cast<int64_t>(rows),
                      static_cast<int64_t>(cols), k, mask.get(), PiecesInTurn(threads));
        size_t at = 0;
        for (const auto& [row, col] : united) ASSERT_EQ(mask[at++], col != row + k) << at;
      }
    }
  }
}

TYPED_TEST(CooEntries, InAnotherShape) {
  // 4 × 6 as 3 × 8.
  const Entries<TypeParam> a{{0, 1, 1, 3}, {5, 0, 2, 5}};
  std::vector<TypeParam> row(4), col(4);
  ASSERT_EQ(reshape_coo(4, a.row.data(), a.col.data(), 6, 8, row.data(), col.data(), serial()), all_sound);
  EXPECT_THAT(row, ElementsAre(0, 0, 1, 2));
  EXPECT_THAT(col, ElementsAre(5, 6, 0, 7));
}

// Places beyond 64 bits are right; rows or columns that the type does not count are found, not wrapped.
TYPED_TEST(CooEntries, InAnotherShapeOfManyElements) {
  constexpr TypeParam most = std::numeric_limits<TypeParam>::max();
  const std::vector<TypeParam> row = {0, most - 1}, col = {1, most - 1};
  std::vector<TypeParam> new_row(2), new_col(2);
  ASSERT_EQ(reshape_coo<TypeParam>(2, row.data(), col.data(), most, most, new_row.data(), new_col.data(), serial()),
            all_sound);
  EXPECT_EQ(new_row, row);
  EXPECT_EQ(new_col, col);
  EXPECT_EQ(reshape_coo<TypeParam>(2, row.data(), col.data(), most, 2, new_row.data(), new_col.data(), serial()), 1);
  const std::vector<TypeParam> zeros = {0, 0}, ends = {0, most};
  const int64_t wide = std::numeric_limits<int64_t>::max();
  EXPECT_EQ(reshape_coo<TypeParam>(2, ends.data(), zeros.data(), 3, wide, new_row.data(), new_col.data(), serial()),
            sizeof(TypeParam) == 4 ? 1 : all_sound);
}

}  // namespace
}  // namespace spinel::kernels
