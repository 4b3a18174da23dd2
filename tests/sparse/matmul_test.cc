#include "spinel/sparse/matmul.h"

#include "spinel/sparse/cat.h"
#include "spinel/sparse/functions.h"
#include "tests/sparse/derivatives.h"
#include "tests/sparse/sparse_testing.h"

namespace spinel::sparse {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// The product entry by entry.
at::Tensor naive(const SparseTensor& a, const at::Tensor& x, const std::string& reduce) {
  const at::Tensor dense = a.to_dense(x.scalar_type()), stored = a.fill_value(1, at::kBool).to_dense(at::kBool);
  const at::Tensor products = dense.unsqueeze(2) * x.unsqueeze(0), mask = stored.unsqueeze(2);
  const at::Tensor count = stored.sum(1).unsqueeze(1), some = count.gt(0).expand({-1, x.size(1)});
  if (reduce == "sum") return products.sum(1);
  if (reduce == "mean") return products.sum(1) / count.clamp_min(1);
  if (reduce == "max") return at::where(some, products.masked_fill(~mask, -1e9).amax(1), 0.0);
  return at::where(some, products.masked_fill(~mask, 1e9).amin(1), 0.0);
}

TEST(SparseMatmul, EveryReductionAgainstDense) {
  std::mt19937 random(15);
  for (int64_t empty_rows : {0, 2, 4}) {
    const SparseTensor nothing(StorageArguments{
        .row = longs({}), .col = longs({}), .value = at::zeros({0}, at::kDouble), .sparse_sizes = {empty_rows, 5}});
    const SparseTensor a = cat({nothing, random_matrix(random, 6, 5, 14)}, 0);
    const at::Tensor x = at::randn({5, 3}, at::kDouble);
    for (const char* reduce : {"sum", "mean", "min", "max"}) {
      EXPECT_TRUE(at::allclose(matmul(a, x, reduce), naive(a, x, reduce))) << reduce;
      const SparseTensor bare = a.set_value({}, Layout::coo);
      EXPECT_TRUE(at::allclose(matmul(bare, x, reduce), naive(bare, x, reduce))) << reduce;
      const at::Tensor batch = at::stack({x, -x});
      EXPECT_TRUE(at::allclose(matmul(a, batch, reduce)[1], naive(a, -x, reduce))) << reduce;
    }
    EXPECT_TRUE(same(matmul(a, x, "add"), matmul(a, x)));
    EXPECT_TRUE(same(spmm(a, x), matmul(a, x)));
  }
}

TEST(SparseMatmul, VectorsGiveVectors) {
  std::mt19937 random(23);
  const SparseTensor a = random_matrix(random, 6, 5, 14);
  const at::Tensor x = at::randn({5}, at::kDouble);
  for (const char* reduce : {"sum", "mean", "min", "max"}) {
    EXPECT_TRUE(same(matmul(a, x, reduce), matmul(a, x.unsqueeze(1), reduce).squeeze(1))) << reduce;
    expect_derivatives(
        reduce, [&](const at::Tensor& y) { return matmul(a, y, reduce); }, x);
  }
}

TEST(SparseMatmul, MembersAreTheFunctions) {
  std::mt19937 random(25);
  const SparseTensor a = random_matrix(random, 6, 5, 14), b = random_matrix(random, 5, 4, 9);
  const at::Tensor x = at::randn({5, 2}, at::kDouble);
  EXPECT_TRUE(same(a.matmul(x, "max"), matmul(a, x, "max")));
  EXPECT_TRUE(same(a.spmm(x, "mean"), matmul(a, x, "mean")));
  EXPECT_TRUE(a.matmul(b) == matmul(a, b));
  EXPECT_TRUE(a.spspmm(b, "add") == matmul(a, b));
}

TEST(SparseMatmul, ValuesAreTakenInTheTypeOfTheFactor) {
  std::mt19937 random(16);
  const SparseTensor a = random_matrix(random, 6, 5, 14);
  for (const at::ScalarType type : {at::kFloat, at::kHalf, at::kBFloat16}) {
    const at::Tensor product = matmul(a, at::ones({5, 2}, type));
    EXPECT_EQ(product.scalar_type(), type);
    EXPECT_TRUE(at::allclose(product.to(at::kDouble), matmul(a, at::ones({5, 2}, at::kDouble))));
  }
}

TEST(SparseMatmul, Refuses) {
  std::mt19937 random(17);
  const SparseTensor a = random_matrix(random, 6, 5, 14), b = random_matrix(random, 5, 4, 9);
  EXPECT_THAT(error_of([&] { matmul(a, at::ones({4, 2}, at::kDouble)); }), HasSubstr("5 columns"));
  EXPECT_THAT(error_of([&] { matmul(a, at::scalar_tensor(1)); }), HasSubstr("no dimension"));
  EXPECT_THAT(error_of([&] { matmul(a, at::ones({5, 2}, at::kDouble), "mul"); }), HasSubstr("'mul'"));
  EXPECT_THAT(error_of([&] { matmul(a, b, "max"); }), HasSubstr("not implemented"));
  EXPECT_THAT(error_of([&] { matmul(b, a); }), HasSubstr("4 columns"));
  EXPECT_THAT(error_of([&] {
                matmul(random_matrix(random, 6, 5, 14, {2}), at::ones({5, 2}));
              }),
              HasSubstr("one number"));
}

TEST(SparseMatmul, SparseBySparse) {
  std::mt19937 random(18);
  for (int trial = 0; trial < 10; ++trial) {
    const SparseTensor a = random_matrix(random, 7, 6, 15), b = random_matrix(random, 6, 5, 12);
    const SparseTensor c = matmul(a, b);
    EXPECT_TRUE(same(c.to_dense(), a.to_dense().matmul(b.to_dense())));
    EXPECT_TRUE(c.is_coalesced());
    expect_sound(c);
    const SparseTensor bare = b.set_value({}, Layout::coo);
    EXPECT_TRUE(same(matmul(a, bare).to_dense(), a.to_dense().matmul(bare.to_dense(at::kDouble))));
    EXPECT_FALSE(matmul(a.set_value({}, Layout::coo), bare).has_value());
    EXPECT_TRUE(same(spspmm(a, b).storage().value(), c.storage().value()));
  }
}

at::Tensor index_of(std::vector<int64_t> row, std::vector<int64_t> col) { return at::stack({longs(row), longs(col)}); }

TEST(SparseFunctions, SpmmTakesAnyOrderAndVectors) {
  const at::Tensor index = index_of({2, 0, 0, 2}, {0, 1, 1, 1});
  const at::Tensor value = at::tensor({1., 2., 3., 4.}, at::kDouble);
  const at::Tensor x = at::tensor({1., 2., 3., 4.}, at::kDouble).view({2, 2});
  EXPECT_THAT(list(spmm(index, value, 3, 2, x)), ElementsAre(15, 20, 0, 0, 13, 18));
  EXPECT_THAT(spmm(index, value, 3, 2, x.select(1, 0)).sizes().vec(), ElementsAre(3, 1));
  EXPECT_THAT(spmm(index, value, 3, 2, at::stack({x, x})).sizes().vec(), ElementsAre(2, 3, 2));
  EXPECT_THAT(error_of([&] {
                spmm(index, value, 3, 2, at::ones({3, 2}, at::kDouble));
              }),
              HasSubstr("must be the same"));
}

TEST(SparseFunctions, SpspmmSortsOnRequest) {
  const at::Tensor sorted = index_of({0, 1}, {1, 0}), mixed = index_of({1, 0}, {0, 1});
  const at::Tensor value = at::tensor({2., 3.}, at::kDouble);
  const auto [index, product] = spspmm(sorted, value, sorted, value, 2, 2, 2);
  EXPECT_THAT(list(index), ElementsAre(0, 1, 0, 1));
  EXPECT_THAT(list(product), ElementsAre(6, 6));
  EXPECT_THAT(error_of([&] { spspmm(mixed, value, sorted, value, 2, 2, 2); }), HasSubstr("is_sorted is true"));
  EXPECT_THAT(list(spspmm(mixed, value.flip({0}), sorted, value, 2, 2, 2, true).second), ElementsAre(6, 6));
}

TEST(SparseMatmul, Derivatives) {
  std::mt19937 random(24);
  const RandomEntries entries(random, 5, 5, 16);
  const at::Tensor x = at::arange(10, at::kDouble).view({5, 2}).add(0.5).sin();  // no zeros, which would tie
  const auto matrix = [&](const at::Tensor& value) {
    return SparseTensor(
        StorageArguments{.row = entries.row, .col = entries.col, .value = value, .sparse_sizes = {5, 5}});
  };
  const at::Tensor value = at::randn({16}, at::kDouble);
  for (const char* reduce : {"sum", "mean", "min", "max"}) {
    expect_derivatives(
        reduce, [&](const at::Tensor& v) { return matmul(matrix(v), x, reduce); }, value);
    expect_derivatives(
        reduce, [&](const at::Tensor& y) { return matmul(matrix(value), y, reduce); }, x);
  }
  const auto product = [&](const at::Tensor& v) { return matmul(matrix(v), matrix(v)).storage().value(); };
  expect_derivatives("A · A", product, value);
}

}  // namespace
}  // namespace spinel::sparse
