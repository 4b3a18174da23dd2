#include "spinel/kernels/cpu/csr_pointer.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <limits>
#include <random>
#include <vector>

#include "tests/kernels/spmm_testing.h"

namespace spinel::kernels {
namespace {

using testing::ElementsAre;

template <typename Index>
class CsrPointer : public testing::Test {
 protected:
  using List = std::vector<Index>;

  static List pointers_of(const List& ind, int64_t rows, const ParallelFor& parallel = serial()) {
    List ptr(static_cast<size_t>(rows) + 1, -5);
    EXPECT_EQ(ind2ptr(static_cast<int64_t>(ind.size()), ind.data(), rows, ptr.data(), parallel), all_sound);
    return ptr;
  }
  static List indices_of(const List& ptr, const ParallelFor& parallel = serial()) {
    List ind(static_cast<size_t>(ptr.back()), -5);
    ptr2ind(static_cast<int64_t>(ptr.size()) - 1, ptr.data(), ind.data(), parallel);
    return ind;
  }
  static int64_t unsound(const List& ind, int64_t rows, const ParallelFor& parallel = serial()) {
    List ptr(static_cast<size_t>(rows) + 1);
    return ind2ptr(static_cast<int64_t>(ind.size()), ind.data(), rows, ptr.data(), parallel);
  }
};
using IndexTypes = testing::Types<int32_t, int64_t>;
TYPED_TEST_SUITE(CsrPointer, IndexTypes);

TYPED_TEST(CsrPointer, OfSmallLists) {
  EXPECT_THAT(this->pointers_of({2, 2, 4, 5, 5, 6}, 8), ElementsAre(0, 0, 0, 2, 2, 3, 5, 6, 6));
  EXPECT_THAT(this->indices_of({0, 0, 0, 2, 2, 3, 5, 6, 6}), ElementsAre(2, 2, 4, 5, 5, 6));
  EXPECT_THAT(this->pointers_of({0, 0, 0}, 1), ElementsAre(0, 3));
  EXPECT_THAT(this->indices_of({0, 3}), ElementsAre(0, 0, 0));
}

TYPED_TEST(CsrPointer, OfNothing) {
  EXPECT_THAT(this->pointers_of({}, 0), ElementsAre(0));
  EXPECT_THAT(this->pointers_of({}, 3), ElementsAre(0, 0, 0, 0));
  EXPECT_THAT(this->indices_of({0}), testing::IsEmpty());
  EXPECT_THAT(this->indices_of({0, 0, 0}), testing::IsEmpty());
}

TYPED_TEST(CsrPointer, FindsUnsoundIndices) {
  EXPECT_EQ(this->unsound({0, 2, 1}, 3), 2);
  EXPECT_EQ(this->unsound({0, 1, 3}, 3), 2);
  EXPECT_EQ(this->unsound({-1, 1, 2}, 3), 0);
  EXPECT_EQ(this->unsound({0}, 0), 0);
  EXPECT_EQ(this->unsound({1, std::numeric_limits<TypeParam>::max(), 0}, 3), 1);
}

/// Sorted, with rows of none and one of a third of all.
template <typename Index>
std::vector<Index> random_rows(std::mt19937& random, size_t n, int64_t rows) {
  std::vector<Index> ind(n);
  for (Index& row : ind) row = static_cast<Index>(random() % 3 == 0 ? rows / 2 : random() % static_cast<size_t>(rows));
  std::sort(ind.begin(), ind.end());
  return ind;
}

TYPED_TEST(CsrPointer, AgreesWithCountingOnAnyNumberOfThreads) {
  std::mt19937 random(1);
  for (const int64_t rows : {1, 7, 5000, 400'000}) {
    const std::vector<TypeParam> ind = random_rows<TypeParam>(random, 200'000, rows);
    std::vector<TypeParam> expected(static_cast<size_t>(rows) + 1);
    for (const TypeParam row : ind) ++expected[static_cast<size_t>(row) + 1];
    for (size_t r = 1; r < expected.size(); ++r) expected[r] += expected[r - 1];
    for (const int threads : {1, 2, 5}) {
      EXPECT_EQ(this->pointers_of(ind, rows, PiecesInTurn(threads)), expected);
      EXPECT_EQ(this->indices_of(expected, PiecesInTurn(threads)), ind);
    }
    set_thread_pool_size(5);
    EXPECT_EQ(this->pointers_of(ind, rows, thread_pool()), expected);
    EXPECT_EQ(this->indices_of(expected, thread_pool()), ind);
    set_thread_pool_size(0);
  }
}

// Pieces look at the last entry of the piece before, whatever it is.
TYPED_TEST(CsrPointer, FindsUnsoundIndicesBetweenPieces) {
  constexpr int64_t n = 200'000;
  std::mt19937 random(2);
  const std::vector<TypeParam> ind = random_rows<TypeParam>(random, n, 1000);
  for (const int threads : {1, 2, 5}) {
    for (const int64_t at : {n / 5 - 1, n / 5, n / 2 - 1, n / 2, n - 1}) {
      for (const TypeParam wrong : {TypeParam{-1}, TypeParam{1000}, std::numeric_limits<TypeParam>::min()}) {
        std::vector<TypeParam> broken = ind;
        broken[static_cast<size_t>(at)] = wrong;
        EXPECT_EQ(this->unsound(broken, 1000, PiecesInTurn(threads)), at) << wrong;
      }
    }
  }
}

}  // namespace
}  // namespace spinel::kernels
