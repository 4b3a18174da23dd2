#include "spinel/kernels/cpu/csr_check.h"

#include <gmock/gmock.h>

#include <limits>
#include <numeric>
#include <vector>

#include "spinel/base/format.h"
#include "spinel/kernels/cpu/csr_graph.h"
#include "tests/kernels/spmm_testing.h"
#include "tests/support/errors.h"

namespace spinel::kernels {
namespace {

using testing::ElementsAre;

constexpr CsrNames names = {"op", "colptr", "row", "rows"};

TEST(ByIndex, CallsWithTheType) {
  EXPECT_EQ(by_index(Dtype::i32, [](auto zero) { return sizeof(zero); }), 4u);
  EXPECT_EQ(by_index(Dtype::i64, [](auto zero) { return sizeof(zero); }), 8u);
  int calls = 0;
  by_index(Dtype::i32, [&](auto) { ++calls; });
  EXPECT_EQ(calls, 1);
}

// Each message names the operator, the array, the place, what stands there and what may stand there.
TEST(CsrCheck, SaysWhatIsWrong) {
  EXPECT_STREQ(error_of([] {
                 fail_row(names, 3, {5, 2}, 9);
               }).what(),
               "op: colptr gives row 3 the entries [5, 2); it must rise from 0 to 9, the number of entries");
  EXPECT_STREQ(error_of([] { fail_column(names, 7, -1, 4); }).what(),
               "op: row[7] is -1 but there are 4 rows; it must lie in [0, 4)");
  EXPECT_STREQ(error_of([] { fail_index("op", "csr2csc", 0, 9, 9, "entries"); }).what(),
               "op: csr2csc[0] is 9 but there are 9 entries; it must lie in [0, 9)");
  EXPECT_STREQ(error_of([] { fail_count("op", 3000000000, 32); }).what(),
               "op: there are 3000000000 entries, more than int32 indices count; int64 is needed");
  EXPECT_EQ(error_of([] { fail_count("op", 3000000000, 32); }).kind(), ErrorKind::invalid_argument);
}

TEST(FirstUnsound, IsThatOfTheFirstPiece) {
  EXPECT_EQ(first_unsound({}), all_sound);
  EXPECT_EQ(first_unsound({all_sound, all_sound}), all_sound);
  EXPECT_EQ(first_unsound({all_sound, 70, 30}), 70);
  EXPECT_EQ(first_unsound({0, 70}), 0);
}

TEST(CheckEnds, WantsZeroAndTheNumberOfEntries) {
  check_ends(names, 0, 0, 0);
  check_ends(names, 0, 8, 8);
  EXPECT_STREQ(error_of([] { check_ends(names, 1, 8, 8); }).what(),
               "op: colptr goes from 1 to 8; it must rise from 0 to 8, the number of entries");
  EXPECT_STREQ(error_of([] { check_ends(names, 0, 7, 8); }).what(),
               "op: colptr goes from 0 to 7; it must rise from 0 to 8, the number of entries");
}

template <typename Index>
class CheckPointers : public testing::Test {
 protected:
  static std::string refused(const std::vector<Index>& pointers, int64_t entries, int threads = 1) {
    const auto rows = static_cast<int64_t>(pointers.size()) - 1;
    return error_of([&] { check_pointers(names, rows, pointers.data(), entries, PiecesInTurn(threads)); }).what();
  }
};
using IndexTypes = testing::Types<int32_t, int64_t>;
TYPED_TEST_SUITE(CheckPointers, IndexTypes);

TYPED_TEST(CheckPointers, TakesRisingOnes) {
  constexpr auto sound = "no error was thrown";
  EXPECT_EQ(this->refused({0}, 0), sound);
  EXPECT_EQ(this->refused({0, 0, 0}, 0), sound);
  EXPECT_EQ(this->refused({0, 5}, 5), sound);
  EXPECT_EQ(this->refused({0, 0, 2, 2, 9, 9}, 9), sound);
}

TYPED_TEST(CheckPointers, RefusesOthers) {
  EXPECT_THAT(this->refused({2}, 0), testing::StartsWith("op: colptr goes from 2 to 2;"));
  EXPECT_THAT(this->refused({0, 4, 3, 5}, 5), testing::StartsWith("op: colptr gives row 1 the entries [4, 3);"));
  EXPECT_THAT(this->refused({0, 6, 5}, 5), testing::StartsWith("op: colptr gives row 1 the entries [6, 5);"));
  EXPECT_THAT(this->refused({-1, 4, 5}, 5), testing::StartsWith("op: colptr goes from -1 to 5;"));
  EXPECT_THAT(this->refused({0, 4, 6}, 5), testing::StartsWith("op: colptr goes from 0 to 6;"));
}

// Also between the pieces of threads; of several rows the first.
TYPED_TEST(CheckPointers, FindsTheFirstRowOnAnyNumberOfThreads) {
  constexpr int64_t rows = 200'000;
  std::vector<TypeParam> pointers(rows + 1);
  std::iota(pointers.begin(), pointers.end(), TypeParam{0});
  for (const int threads : {1, 2, 5}) {
    EXPECT_EQ(this->refused(pointers, rows, threads), "no error was thrown");
    for (const int64_t row : {int64_t{0}, rows / 5 - 1, rows / 5, rows / 2, rows - 2}) {
      std::vector<TypeParam> broken = pointers;
      broken[static_cast<size_t>(row) + 1] = -1;
      broken[rows - 1] = -7;
      EXPECT_THAT(this->refused(broken, rows, threads),
                  testing::StartsWith(format("op: colptr gives row {} the entries [{}, ", row, row)));
    }
  }
}

TYPED_TEST(CheckPointers, AccumulateCounts) {
  std::vector<TypeParam> pointers = {99, 2, 0, 3};  // what stands first does not count
  EXPECT_EQ(accumulate_counts("op", 3, pointers.data()), 5);
  EXPECT_THAT(pointers, ElementsAre(0, 2, 2, 5));
  std::vector<TypeParam> none = {7};
  EXPECT_EQ(accumulate_counts("op", 0, none.data()), 0);
  EXPECT_THAT(none, ElementsAre(0));
}

TEST(AccumulateCounts, RefusesMoreThanTheTypeCounts) {
  constexpr int32_t most = std::numeric_limits<int32_t>::max();
  std::vector<int32_t> fits = {0, most - 1, 1, 0};
  EXPECT_EQ(accumulate_counts("op", 3, fits.data()), most);
  std::vector<int32_t> beyond = {0, most, 0, 1};
  EXPECT_STREQ(error_of([&] { accumulate_counts("op", 3, beyond.data()); }).what(),
               "op: there are 2147483648 entries, more than int32 indices count; int64 is needed");
  std::vector<int64_t> wide = {0, most, 0, 1};
  EXPECT_EQ(accumulate_counts("op", 3, wide.data()), int64_t{most} + 1);
}

TEST(CheckGraph, LooksAtAllPointersAndColumns) {
  const std::vector<int32_t> rowptr = {0, 2, 3}, col = {1, 4, 0};
  CsrGraph<int32_t> graph{rowptr.data(), col.data(), 2, 3, 5, {.op = "op"}};
  check_graph(graph);
  graph.num_cols = 4;
  EXPECT_STREQ(error_of([&] { check_graph(graph); }).what(),
               "op: col[1] is 4 but there are 4 nodes; it must lie in [0, 4)");
  graph.num_edges = 2;
  EXPECT_THAT(error_of([&] { check_graph(graph); }).what(), testing::StartsWith("op: rowptr goes from 0 to 3;"));
}

}  // namespace
}  // namespace spinel::kernels
