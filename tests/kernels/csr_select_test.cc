#include "spinel/kernels/cpu/csr_select.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <vector>

#include "spinel/kernels/cpu/index_sort.h"
#include "tests/kernels/graph_testing.h"
#include "tests/kernels/spmm_testing.h"
#include "tests/support/errors.h"

namespace spinel::kernels {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// What the selections return.
template <typename Index>
struct Selection {
  std::vector<Index> rowptr, col, perm;
  bool operator==(const Selection&) const = default;

  void allocate() {
    col.assign(static_cast<size_t>(rowptr.back()), -5);
    perm.assign(static_cast<size_t>(rowptr.back()), -5);
  }
  void add(int64_t column, int64_t from) {
    col.push_back(static_cast<Index>(column));
    perm.push_back(static_cast<Index>(from));
  }
  void end_row() { rowptr.push_back(static_cast<Index>(col.size())); }
};

template <typename Index>
class CsrSelect : public testing::Test {
 protected:
  using List = std::vector<Index>;

  static Selection<Index> rows_of(const CsrGraph<Index>& a, const List& index, const ParallelFor& parallel = serial()) {
    Selection<Index> s;
    s.rowptr.assign(index.size() + 1, -5);
    const auto count = static_cast<int64_t>(index.size());
    count_rows(a, count, index.data(), s.rowptr.data(), parallel);
    s.allocate();
    fill_rows(a, count, index.data(), s.rowptr.data(), s.col.data(), s.perm.data(), parallel);
    return s;
  }
  static Selection<Index> columns_of(const CsrGraph<Index>& a, const List& index,
                                     const ParallelFor& parallel = serial()) {
    List ptr(static_cast<size_t>(a.num_cols) + 1), place(index.size());
    index_sort(static_cast<int64_t>(index.size()), index.data(), a.num_cols, ptr.data(), place.data(), serial());
    const bool rising = std::adjacent_find(index.begin(), index.end(), std::greater_equal<>()) == index.end();
    const ColumnMap<Index> map{ptr.data(), place.data(), rising};
    Selection<Index> s;
    s.rowptr.assign(static_cast<size_t>(a.num_rows) + 1, -5);
    count_columns(a, map, s.rowptr.data(), parallel);
    s.allocate();
    fill_columns(a, map, s.rowptr.data(), s.col.data(), s.perm.data(), parallel);
    return s;
  }
  static Selection<Index> narrowed(const CsrGraph<Index>& a, int64_t start, int64_t length,
                                   const ParallelFor& parallel = serial()) {
    Selection<Index> s;
    s.rowptr.assign(static_cast<size_t>(a.num_rows) + 1, -5);
    count_narrowed(a, start, length, s.rowptr.data(), parallel);
    s.allocate();
    fill_narrowed(a, start, length, s.rowptr.data(), s.col.data(), s.perm.data(), parallel);
    return s;
  }
  /// Compares `select(parallel)` on some numbers of threads.
  template <typename Select>
  static void expect_everywhere(const Selection<Index>& expected, Select&& select) {
    for (const int threads : {1, 2, 5}) {
      EXPECT_EQ(select(PiecesInTurn(threads)), expected);
      set_thread_pool_size(threads);
      EXPECT_EQ(select(thread_pool()), expected);
    }
    set_thread_pool_size(0);
  }
  static List random_index(std::mt19937& random, size_t n, int64_t limit) {
    List index(n);
    for (Index& i : index) i = static_cast<Index>(random() % static_cast<size_t>(limit));
    return index;
  }
};
using IndexTypes = testing::Types<int32_t, int64_t>;
TYPED_TEST_SUITE(CsrSelect, IndexTypes);

TYPED_TEST(CsrSelect, RowsInAnyOrderAndOften) {
  const auto graph = graph_of<TypeParam>({{4, 1}, {}, {0}, {2, 3, 3}});
  const auto s = this->rows_of(graph.view(), {3, 1, 0, 3});
  EXPECT_THAT(s.rowptr, ElementsAre(0, 3, 3, 5, 8));
  EXPECT_THAT(s.col, ElementsAre(2, 3, 3, 4, 1, 2, 3, 3));
  EXPECT_THAT(s.perm, ElementsAre(3, 4, 5, 0, 1, 3, 4, 5));
  EXPECT_THAT(this->rows_of(graph.view(), {}).rowptr, ElementsAre(0));
  EXPECT_THAT(this->rows_of(graph.view(), {1, 1}).col, IsEmpty());
}

TYPED_TEST(CsrSelect, ColumnsInAnyOrderAndOften) {
  // Column 3 goes to places 0 and 2, column 1 to place 1.
  const auto graph = graph_of<TypeParam>({{3, 1}, {}, {0, 2}, {1, 3}});
  const auto s = this->columns_of(graph.view(), {3, 1, 3});
  EXPECT_THAT(s.rowptr, ElementsAre(0, 3, 3, 3, 6));
  EXPECT_THAT(s.col, ElementsAre(0, 1, 2, 0, 1, 2));
  EXPECT_THAT(s.perm, ElementsAre(0, 1, 0, 5, 4, 5));
  EXPECT_THAT(this->columns_of(graph.view(), {}).rowptr, ElementsAre(0, 0, 0, 0, 0));
}

TYPED_TEST(CsrSelect, ColumnsOfARange) {
  const auto graph = graph_of<TypeParam>({{0, 1, 3}, {}, {2, 1}});
  const auto s = this->narrowed(graph.view(), 1, 2);
  EXPECT_THAT(s.rowptr, ElementsAre(0, 1, 1, 3));
  EXPECT_THAT(s.col, ElementsAre(0, 1, 0));
  EXPECT_THAT(s.perm, ElementsAre(1, 3, 4));
  EXPECT_THAT(this->narrowed(graph.view(), 0, 0).col, IsEmpty());
  EXPECT_THAT(this->narrowed(graph.view(), 2, std::numeric_limits<int64_t>::max()).perm, ElementsAre(2, 3));
}

TYPED_TEST(CsrSelect, OfMatricesWithoutRowsOrEntries) {
  const auto none = graph_of<TypeParam>({}), hollow = graph_of<TypeParam>({{}, {}});
  EXPECT_THAT(this->rows_of(none.view(), {}).rowptr, ElementsAre(0));
  EXPECT_THAT(this->columns_of(none.view(), {}).rowptr, ElementsAre(0));
  EXPECT_THAT(this->narrowed(none.view(), 0, 4).rowptr, ElementsAre(0));
  EXPECT_THAT(this->rows_of(hollow.view(), {1}).rowptr, ElementsAre(0, 0));
  EXPECT_THAT(this->columns_of(hollow.view(), {1, 0}).rowptr, ElementsAre(0, 0, 0));
  EXPECT_THAT(this->narrowed(hollow.view(), 0, 2).rowptr, ElementsAre(0, 0, 0));
}

TYPED_TEST(CsrSelect, RowsOnAnyNumberOfThreads) {
  std::mt19937 random(1);
  const auto graph = random_graph<TypeParam>(random, 30'000, false);
  const auto index = this->random_index(random, 50'000, graph.num_nodes());
  Selection<TypeParam> expected{{0}, {}, {}};
  for (const TypeParam row : index) {
    for (auto e = graph.rowptr[static_cast<size_t>(row)]; e < graph.rowptr[static_cast<size_t>(row) + 1]; ++e) {
      expected.add(graph.col[static_cast<size_t>(e)], e);
    }
    expected.end_row();
  }
  this->expect_everywhere(expected,
                          [&](const ParallelFor& parallel) { return this->rows_of(graph.view(), index, parallel); });
}

// Rising columns keep the order of rows, others are sorted, with equal ones in the order of entries.
TYPED_TEST(CsrSelect, ColumnsOnAnyNumberOfThreads) {
  std::mt19937 random(2);
  const auto graph = random_graph<TypeParam>(random, 30'000);
  auto rising = this->random_index(random, 20'000, graph.num_nodes());
  std::sort(rising.begin(), rising.end());
  rising.erase(std::unique(rising.begin(), rising.end()), rising.end());
  for (const auto& index : {rising, this->random_index(random, 40'000, graph.num_nodes())}) {
    std::vector<std::vector<size_t>> places(static_cast<size_t>(graph.num_nodes()));
    for (size_t k = 0; k < index.size(); ++k) places[static_cast<size_t>(index[k])].push_back(k);
    Selection<TypeParam> expected{{0}, {}, {}};
    for (size_t row = 0; row + 1 < graph.rowptr.size(); ++row) {
      std::vector<std::pair<size_t, TypeParam>> taken;
      for (auto e = graph.rowptr[row]; e < graph.rowptr[row + 1]; ++e) {
        for (const size_t k : places[static_cast<size_t>(graph.col[static_cast<size_t>(e)])]) taken.push_back({k, e});
      }
      std::sort(taken.begin(), taken.end());
      for (const auto& [k, e] : taken) expected.add(static_cast<int64_t>(k), e);
      expected.end_row();
    }
    this->expect_everywhere(
        expected, [&](const ParallelFor& parallel) { return this->columns_of(graph.view(), index, parallel); });
  }
}

TYPED_TEST(CsrSelect, RangesOnAnyNumberOfThreads) {
  std::mt19937 random(3);
  const auto graph = random_graph<TypeParam>(random, 30'000, false);
  Selection<TypeParam> expected{{0}, {}, {}};
  for (size_t row = 0; row + 1 < graph.rowptr.size(); ++row) {
    for (auto e = graph.rowptr[row]; e < graph.rowptr[row + 1]; ++e) {
      const TypeParam column = graph.col[static_cast<size_t>(e)];
      if (column >= 7000 && column < 23'000) expected.add(column - 7000, e);
    }
    expected.end_row();
  }
  this->expect_everywhere(
      expected, [&](const ParallelFor& parallel) { return this->narrowed(graph.view(), 7000, 16'000, parallel); });
}

TYPED_TEST(CsrSelect, RefusesIndicesOutOfRange) {
  const auto graph = graph_of<TypeParam>({{0, 1}, {2}});
  CsrGraph<TypeParam> view = graph.view("op");
  EXPECT_STREQ(error_of([&] {
                 this->rows_of(view, {0, 2});
               }).what(),
               "op: index[1] is 2 but there are 2 nodes; it must lie in [0, 2)");
  EXPECT_THAT(error_of([&] { this->rows_of(view, {-1}); }).what(), testing::StartsWith("op: index[0] is -1"));
  EXPECT_STREQ(error_of([&] { this->columns_of(view, {1}); }).what(),
               "op: col[2] is 2 but there are 2 nodes; it must lie in [0, 2)");
}

// Few numbers in memory stand for more entries than int32 counts.
TEST(CsrSelectCount, RefusesMoreEntriesThanTheTypeCounts) {
  constexpr size_t length = 70'000;
  const auto graph = graph_of<int32_t>({std::vector<int32_t>(length, 0)});
  const std::vector<int32_t> often(length, 0);
  std::vector<int32_t> rowptr(length + 1);
  EXPECT_STREQ(error_of([&] { count_rows(graph.view("op"), length, often.data(), rowptr.data(), serial()); }).what(),
               "op: there are 2147530000 entries, more than int32 indices count; int64 is needed");
  const std::vector<int32_t> ptr = {0, length}, place(length);
  EXPECT_STREQ(error_of([&] {
                 count_columns<int32_t>(graph.view("op"), {ptr.data(), place.data()}, rowptr.data(), serial());
               }).what(),
               "op: there are 4900000000 entries, more than int32 indices count; int64 is needed");
}

}  // namespace
}  // namespace spinel::kernels
