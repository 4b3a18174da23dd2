#include "spinel/kernels/cpu/csr_transpose.h"

#include <gmock/gmock.h>

#include <random>
#include <vector>

#include "tests/kernels/spmm_testing.h"
#include "tests/support/errors.h"

namespace spinel::kernels {
namespace {

using testing::ElementsAre;
using testing::StartsWith;

template <typename Index>
struct Transpose {
  std::vector<Index> colptr, row, csr2csc;
  bool operator==(const Transpose&) const = default;
};

template <typename Index>
Transpose<Index> transpose_of(const CsrOperand& a, const ParallelFor& parallel = serial()) {
  const auto entries = static_cast<size_t>(a.entries);
  Transpose<Index> t{std::vector<Index>(static_cast<size_t>(a.columns) + 1, -5), std::vector<Index>(entries, -5),
                     std::vector<Index>(entries, -5)};
  transpose_csr(a, t.colptr.data(), t.row.data(), t.csr2csc.data(), parallel);
  return t;
}

template <typename Index>
class CsrTranspose : public testing::Test {
 protected:
  using Csr = RandomCsr<float, Index>;

  /// Entry by entry, column by column.
  static Transpose<Index> expected(const Csr& a) {
    Transpose<Index> t{{0}, {}, {}};
    for (int64_t i = 0; i < a.rows; ++i) {
      for (Index e = a.rowptr[static_cast<size_t>(i)]; e < a.rowptr[static_cast<size_t>(i) + 1]; ++e) {
        t.row.push_back(static_cast<Index>(i));
      }
    }
    std::vector<std::vector<Index>> columns(static_cast<size_t>(a.columns));
    for (size_t e = 0; e < a.col.size(); ++e) columns[static_cast<size_t>(a.col[e])].push_back(static_cast<Index>(e));
    for (const auto& column : columns) {
      t.csr2csc.insert(t.csr2csc.end(), column.begin(), column.end());
      t.colptr.push_back(static_cast<Index>(t.csr2csc.size()));
    }
    return t;
  }
  static std::string refused(const CsrOperand& a) {
    return error_of([&] { transpose_of<Index>(a); }).what();
  }
};
using IndexTypes = testing::Types<int32_t, int64_t>;
TYPED_TEST_SUITE(CsrTranspose, IndexTypes);

TYPED_TEST(CsrTranspose, OfASmallMatrix) {
  RandomCsr<float, TypeParam> a{3, 4, {0, 2, 2, 5}, {3, 0, 0, 3, 0}, {}};
  const Transpose<TypeParam> t = transpose_of<TypeParam>(a.operand(false));
  EXPECT_THAT(t.colptr, ElementsAre(0, 3, 3, 3, 5));
  EXPECT_THAT(t.row, ElementsAre(0, 0, 2, 2, 2));
  EXPECT_THAT(t.csr2csc, ElementsAre(1, 2, 4, 0, 3));
}

TYPED_TEST(CsrTranspose, OfEmptyMatrices) {
  const RandomCsr<float, TypeParam> none{0, 0, {0}, {}, {}}, wide{0, 3, {0}, {}, {}}, tall{2, 0, {0, 0, 0}, {}, {}};
  EXPECT_THAT(transpose_of<TypeParam>(none.operand(false)).colptr, ElementsAre(0));
  EXPECT_THAT(transpose_of<TypeParam>(wide.operand(false)).colptr, ElementsAre(0, 0, 0, 0));
  EXPECT_THAT(transpose_of<TypeParam>(tall.operand(false)).colptr, ElementsAre(0));
}

TYPED_TEST(CsrTranspose, IsTheSameOnAnyNumberOfThreads) {
  std::mt19937 random(3);
  for (const auto& [rows, columns] :
       std::vector<std::pair<int64_t, int64_t>>{{1, 50'000}, {50'000, 1}, {3000, 70'000}, {20'000, 900}}) {
    RandomCsr<float, TypeParam> a{rows, columns, {0}, {}, {}};
    const int64_t entries = 150'000;
    for (int64_t i = 1; i <= rows; ++i) {
      // One row, the middle one, holds half of all.
      const int64_t before = entries / 2 * i / rows, long_row = i > rows / 2 ? entries - entries / 2 : 0;
      a.rowptr.push_back(static_cast<TypeParam>(before + long_row));
    }
    for (int64_t e = 0; e < entries; ++e) {
      a.col.push_back(static_cast<TypeParam>(random() % static_cast<size_t>(columns)));
    }
    const Transpose<TypeParam> expected = this->expected(a);
    for (const int threads : {1, 2, 5}) {
      EXPECT_EQ(transpose_of<TypeParam>(a.operand(false), PiecesInTurn(threads)), expected);
      set_thread_pool_size(threads);
      EXPECT_EQ(transpose_of<TypeParam>(a.operand(false), thread_pool()), expected);
    }
    set_thread_pool_size(0);
  }
}

TYPED_TEST(CsrTranspose, WritesWhatIsWanted) {
  const RandomCsr<float, TypeParam> a{2, 2, {0, 1, 3}, {1, 0, 1}, {}};
  std::vector<TypeParam> row(3), colptr(3), csr2csc(3);
  transpose_csr(a.operand(false), nullptr, row.data(), nullptr, serial());
  EXPECT_THAT(row, ElementsAre(0, 1, 1));
  transpose_csr(a.operand(false), colptr.data(), nullptr, csr2csc.data(), serial());
  EXPECT_THAT(colptr, ElementsAre(0, 1, 3));
  EXPECT_THAT(csr2csc, ElementsAre(1, 0, 2));
}

TYPED_TEST(CsrTranspose, RefusesBrokenIndices) {
  const RandomCsr<float, TypeParam> sound{2, 2, {0, 1, 3}, {1, 0, 1}, {}};
  RandomCsr<float, TypeParam> a = sound;
  a.col[2] = 2;
  EXPECT_EQ(this->refused(a.operand(false)), "spmm: col[2] is 2 but there are 2 columns; it must lie in [0, 2)");
  a.col[2] = -1;
  EXPECT_THAT(this->refused(a.operand(false)), StartsWith("spmm: col[2] is -1"));
  a = sound;
  a.rowptr = {0, 4, 3};
  EXPECT_THAT(this->refused(a.operand(false)), StartsWith("spmm: rowptr gives row 1 the entries [4, 3)"));
  a.rowptr = {1, 2, 3};
  EXPECT_THAT(this->refused(a.operand(false)), StartsWith("spmm: rowptr goes from 1 to 3"));
  a.rowptr = {0, 1, 2};
  EXPECT_THAT(this->refused(a.operand(false)), StartsWith("spmm: rowptr goes from 0 to 2"));
}

}  // namespace
}  // namespace spinel::kernels
