#include "spinel/sparse/arithmetic.h"

#include "tests/sparse/sparse_testing.h"

namespace spinel::sparse {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

SparseTensor matrix(std::vector<int64_t> row, std::vector<int64_t> col, const at::Tensor& value = {}) {
  return SparseTensor(StorageArguments{.row = longs(row), .col = longs(col), .value = value});
}

TEST(SparseAdd, UnionOfEveryType) {
  for (const at::ScalarType type : {at::kHalf, at::kBFloat16, at::kFloat, at::kDouble, at::kInt, at::kLong}) {
    const SparseTensor a = matrix({0, 0, 1, 2, 2}, {0, 2, 1, 0, 1}, longs({1, 2, 4, 1, 3}).to(type));
    const SparseTensor b = matrix({0, 0, 1, 2, 2}, {1, 2, 2, 1, 2}, longs({2, 3, 1, 2, 4}).to(type));
    const SparseTensor c = a + b;
    EXPECT_THAT(list(c.storage().row()), ElementsAre(0, 0, 0, 1, 1, 2, 2, 2));
    EXPECT_THAT(list(c.storage().col()), ElementsAre(0, 1, 2, 1, 2, 0, 1, 2));
    EXPECT_THAT(list(c.storage().value()), ElementsAre(1, 2, 5, 4, 1, 1, 5, 4));
    EXPECT_EQ(c.dtype(), type);
    const SparseTensor product = a * b;
    EXPECT_THAT(list(product.storage().row()), ElementsAre(0, 2));
    EXPECT_THAT(list(product.storage().col()), ElementsAre(2, 1));
    EXPECT_THAT(list(product.storage().value()), ElementsAre(6, 6));
  }
}

TEST(SparseAdd, AgainstDense) {
  std::mt19937 random(7);
  for (int trial = 0; trial < 30; ++trial) {
    const std::vector<int64_t> tail = trial % 3 == 0 ? std::vector<int64_t>{2} : std::vector<int64_t>{};
    const int64_t rows = 1 + random() % 12, cols = 1 + random() % 12;
    const RandomEntries a(random, rows, cols, random() % 60, tail), b(random, rows, cols, random() % 60, tail);
    const SparseTensor sum = a.matrix() + b.matrix();
    EXPECT_TRUE(same(sum.to_dense(), a.dense() + b.dense()));
    EXPECT_TRUE(sum.is_coalesced());
    expect_sound(sum);
    const SparseTensor product = a.matrix().coalesce() * b.matrix().coalesce();
    EXPECT_TRUE(same(product.to_dense(), a.dense() * b.dense()));
    expect_sound(product);
  }
}

TEST(SparseAdd, ManyEntriesOnThreads) {
  std::mt19937 random(8);
  const RandomEntries a(random, 900, 800, 150000), b(random, 900, 800, 120000);
  EXPECT_TRUE(same((a.matrix() + b.matrix()).to_dense(), a.dense() + b.dense()));
  EXPECT_TRUE(same((a.matrix().coalesce() * b.matrix().coalesce()).to_dense(), a.dense() * b.dense()));
}

TEST(SparseAdd, SizesAndMissingValues) {
  const SparseTensor a = matrix({0, 3}, {0, 1}, longs({1, 2})), b = matrix({1}, {4});
  EXPECT_THAT((a + b).sizes(), ElementsAre(4, 5));
  EXPECT_FALSE((a + b).has_value());
  EXPECT_THAT(error_of([&] { a + matrix({0}, {0}, at::zeros({1, 3}, at::kLong)); }), HasSubstr("must be the same"));
}

TEST(SparseMul, Refuses) {
  const SparseTensor a = matrix({0}, {1}, longs({1})), b = matrix({1}, {0}, longs({2}));
  EXPECT_THAT(list((a * b).storage().row()), IsEmpty());
  EXPECT_THAT(list((a * b).storage().value()), IsEmpty());
  const SparseTensor twice = matrix({0, 0}, {1, 1}, longs({1, 2}));
  EXPECT_THAT(error_of([&] { twice* a; }), HasSubstr("the `src` tensor is not coalesced"));
  EXPECT_THAT(error_of([&] { a* twice; }), HasSubstr("the `other` tensor is not coalesced"));
  EXPECT_THAT(error_of([&] { a* matrix({0}, {1}); }), HasSubstr("must contain values"));
}

TEST(SparseBroadcast, RowsAndColumns) {
  std::mt19937 random(9);
  const SparseTensor a = random_matrix(random, 5, 4, 12);
  const at::Tensor pattern = a.fill_value(1, at::kDouble).to_dense();
  const at::Tensor by_row = at::randn({5, 1}, at::kDouble), by_col = at::randn({1, 4}, at::kDouble);
  for (const at::Tensor& other : {by_row, by_col}) {
    EXPECT_TRUE(same((a + other).to_dense(), (a.to_dense() + other) * pattern));
    EXPECT_TRUE(same((other + a).to_dense(), (a.to_dense() + other) * pattern));
    EXPECT_TRUE(same((a * other).to_dense(), a.to_dense() * other));
    EXPECT_TRUE(same((other * a).to_dense(), a.to_dense() * other));
    const SparseTensor bare = a.set_value({}, Layout::coo);
    EXPECT_TRUE(same((bare + other).to_dense(), (1 + other) * pattern));
    EXPECT_TRUE(same((bare * other).to_dense(), other * pattern));
    SparseTensor changed = a;
    changed += other;
    changed *= other;
    EXPECT_TRUE(same(changed.to_dense(), (a.to_dense() + other) * other * pattern));
    EXPECT_EQ(changed.storage().col().data_ptr(), a.storage().col().data_ptr());
  }
  SparseTensor sum = a;
  sum += a;
  EXPECT_TRUE(same(sum.to_dense(), 2 * a.to_dense()));
  sum *= a;
  EXPECT_TRUE(same(sum.to_dense(), 2 * a.to_dense().square()));
}

TEST(SparseBroadcast, TypesAndVectors) {
  std::mt19937 random(10);
  const SparseTensor a = random_matrix(random, 5, 4, 12);
  // The matrix's type stays; without values the operand's.
  EXPECT_EQ((a.float32() * at::ones({5, 1}, at::kDouble)).dtype(), at::kFloat);
  const SparseTensor bare = a.set_value({}, Layout::coo);
  EXPECT_EQ((bare * at::ones({5, 1}, at::kLong)).dtype(), at::kLong);
  EXPECT_EQ((bare + at::ones({1, 4}, at::kLong)).dtype(), at::kLong);
  const at::Tensor other = at::randn({5, 1, 3}, at::kDouble);
  EXPECT_TRUE(same((a * other).to_dense(), a.to_dense().unsqueeze(2) * other));
  EXPECT_THAT(error_of([&] { a + at::ones({4, 1}); }), HasSubstr("Expected size (5, 1, ...) or (1, 4, ...)"));
  EXPECT_THAT(error_of([&] { a* at::ones({5}); }), HasSubstr("but got size [5]"));
}

TEST(SparseBroadcast, MembersAreTheFunctions) {
  std::mt19937 random(11);
  const SparseTensor a = random_matrix(random, 5, 4, 12), b = random_matrix(random, 5, 4, 9);
  const at::Tensor dense = at::randn({5, 1}, at::kDouble);
  EXPECT_TRUE(a.add(dense) == a + dense);
  EXPECT_TRUE(a.mul(dense) == a * dense);
  EXPECT_TRUE(a.add(b) == a + b);
  EXPECT_TRUE(a.mul(b) == a * b);
  SparseTensor changed = a;
  EXPECT_EQ(&changed.add_(dense).mul_(dense), &changed);
  EXPECT_TRUE(changed == (a + dense) * dense);
  EXPECT_FALSE(changed == a);
}

TEST(SparseNnz, PerEntry) {
  const SparseTensor a = matrix({0, 0, 1, 1}, {0, 1, 0, 1}, longs({1, 2, 3, 4}));
  const at::Tensor other = longs({10, 20, 30, 40});
  EXPECT_THAT(list(a.add_nnz(other, Layout::coo).storage().value()), ElementsAre(11, 22, 33, 44));
  EXPECT_THAT(list(a.mul_nnz(other, Layout::coo).storage().value()), ElementsAre(10, 40, 90, 160));
  // The product is taken in the order of rows and then read as one of columns, as torch_sparse does.
  EXPECT_THAT(list(a.mul_nnz(other, Layout::csc).storage().value()), ElementsAre(10, 90, 40, 160));
  const SparseTensor bare = a.set_value({}, Layout::coo);
  EXPECT_THAT(list(bare.add_nnz(other, Layout::coo).storage().value()), ElementsAre(11, 21, 31, 41));
  EXPECT_THAT(list(bare.mul_nnz(other, Layout::coo).storage().value()), ElementsAre(10, 20, 30, 40));
  SparseTensor changed = a;
  changed.add_nnz_(other, Layout::coo).mul_nnz_(longs({2, 2, 2, 2}), Layout::coo);
  EXPECT_THAT(list(changed.storage().value()), ElementsAre(22, 44, 66, 88));
  EXPECT_THAT(list(a.storage().value()), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(error_of([&] { a.add_nnz(longs({1, 2}), Layout::coo); }), HasSubstr("there are 4 entries"));
}

}  // namespace
}  // namespace spinel::sparse
