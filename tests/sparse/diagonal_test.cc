// remove_diag, set_diag, fill_diag, get_diag and the raw mask.
#include "spinel/sparse/operators.h"
#include "tests/sparse/sparse_testing.h"

namespace spinel::sparse {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

SparseTensor small() {
  SparseTensor a(
      StorageArguments{.row = longs({0, 0, 1, 2}), .col = longs({0, 1, 2, 2}), .value = longs({1, 2, 3, 4})});
  return a.fill_cache_();
}

TEST(SparseDiagonal, Removes) {
  const SparseTensor main = small().remove_diag();
  EXPECT_THAT(list(main.storage().row()), ElementsAre(0, 1));
  EXPECT_THAT(list(main.storage().col()), ElementsAre(1, 2));
  EXPECT_THAT(list(main.storage().value()), ElementsAre(2, 3));
  EXPECT_THAT(main.storage().cached_keys(), ElementsAre("rowcount", "colcount"));
  EXPECT_THAT(list(main.storage().rowcount()), ElementsAre(1, 1, 0));
  EXPECT_THAT(list(main.storage().colcount()), ElementsAre(0, 1, 1));
  const SparseTensor above = small().remove_diag(1);
  EXPECT_THAT(list(above.storage().row()), ElementsAre(0, 2));
  EXPECT_THAT(list(above.storage().rowcount()), ElementsAre(1, 0, 1));
  EXPECT_THAT(list(above.storage().colcount()), ElementsAre(1, 0, 1));
}

TEST(SparseDiagonal, EveryDiagonalAgainstDense) {
  std::mt19937 random(13);
  for (const auto& [rows, cols] : {std::pair<int64_t, int64_t>{7, 6}, {4, 9}, {5, 5}, {1, 1}, {0, 3}}) {
    const int64_t entries = rows == 0 ? 0 : 20;
    SparseTensor a =
        rows == 0
            ? SparseTensor(StorageArguments{
                  .row = longs({}), .col = longs({}), .value = at::zeros({0}, at::kDouble), .sparse_sizes = {0, cols}})
            : random_matrix(random, rows, cols, entries);
    for (int64_t k = -rows - 2; k <= cols + 2; ++k) {
      const at::Tensor on = at::ones({rows, cols}).triu(k).tril(k).to(at::kBool);
      const SparseTensor removed = a.remove_diag(k);
      EXPECT_TRUE(same(removed.to_dense(), a.to_dense().masked_fill(on, 0)));
      expect_sound(removed);
      const int64_t length = on.sum().item<int64_t>();
      const at::Tensor values = at::randn({length}, at::kDouble);
      const SparseTensor set = a.set_diag(values, k);
      at::Tensor wanted = a.to_dense().masked_fill(on, 0);
      wanted.masked_scatter_(on, values);
      EXPECT_TRUE(same(set.to_dense(), wanted));
      EXPECT_EQ(set.nnz(), removed.nnz() + length);
      expect_sound(set);
      EXPECT_TRUE(same(a.fill_diag(2.5, k).to_dense(), a.to_dense().masked_fill(on, 2.5)));
      EXPECT_TRUE(same(a.set_diag({}, k).to_dense(), a.to_dense().masked_fill(on, 1)));
      // The raw mask says where the others lie.
      const at::Tensor mask = op::non_diag_mask(removed.storage().row(), removed.storage().col(), rows, cols, k);
      EXPECT_TRUE(same(set.storage().value().index({mask}), removed.storage().value()));
      EXPECT_TRUE(same(set.storage().value().index({mask.logical_not()}), values));
    }
    a.fill_cache_();
    expect_sound(a.set_diag({}, 0));
  }
}

TEST(SparseDiagonal, WithoutValues) {
  const SparseTensor bare = small().set_value({}, Layout::coo);
  EXPECT_FALSE(bare.set_diag().has_value());
  EXPECT_FALSE(bare.fill_diag(3).has_value());
  EXPECT_EQ(bare.set_diag().nnz(), 5);
  EXPECT_THAT(list<float>(bare.get_diag(at::kFloat)), ElementsAre(1, 0, 1));
}

TEST(SparseDiagonal, VectorsAsValues) {
  const SparseTensor a =
      small().set_value(at::tensor({1., 1., 2., 2., 3., 3., 4., 4.}, at::kDouble).view({4, 2}), Layout::coo);
  EXPECT_THAT(list<double>(a.get_diag()), ElementsAre(1, 1, 0, 0, 4, 4));
  EXPECT_THAT(list<double>(a.fill_diag(7).get_diag()), ElementsAre(7, 7, 7, 7, 7, 7));
  EXPECT_THAT(list<double>(a.set_diag(longs({5, 6, 7})).get_diag()), ElementsAre(5, 5, 6, 6, 7, 7));
  EXPECT_THAT(error_of([&] { a.set_diag(longs({5, 6})); }), HasSubstr("the diagonal has 3 entries"));
}

TEST(SparseDiagonal, OfDuplicatesTheLastCounts) {
  const at::Tensor value = at::tensor({1., 2., 3., 4., 5.}, at::kDouble).set_requires_grad(true);
  const SparseTensor a(StorageArguments{.row = longs({0, 0, 0, 1, 1}), .col = longs({0, 0, 1, 1, 1}), .value = value});
  EXPECT_THAT(list<double>(a.get_diag()), ElementsAre(2, 5));
  EXPECT_TRUE(at::equal(a.get_diag(), a.to_dense().diagonal()));
  a.get_diag().sum().backward();
  EXPECT_THAT(list<double>(value.grad()), ElementsAre(0, 1, 0, 0, 1));
}

TEST(SparseDiagonal, FarAway) {
  const SparseTensor a(
      StorageArguments{.row = longs({0, 0, 9, 9}), .col = longs({0, 1, 0, 1}), .value = longs({1, 2, 3, 4})});
  EXPECT_EQ(a.set_diag(longs({-8, -8}), -1).nnz(), 6);
  EXPECT_EQ(a.set_diag(longs({-8}), 1).nnz(), 4);
  EXPECT_EQ(a.fill_diag(-8, -1).nnz(), 6);
  EXPECT_TRUE(a.remove_diag(INT64_MAX) == a);
  EXPECT_TRUE(a.set_diag({}, INT64_MIN) == a);
}

TEST(SparseDiagonal, MaskRefuses) {
  EXPECT_THAT(error_of([] { op::non_diag_mask(longs({3}), longs({0}), 3, 3, 0); }), HasSubstr("rows go from 3 to 3"));
  EXPECT_THAT(error_of([] { op::non_diag_mask(longs({0}), longs({-1}), 3, 3, 0); }), HasSubstr("columns go from -1"));
  EXPECT_THAT(error_of([] { op::non_diag_mask(longs({0}), longs({0}), -3, 3, 0); }), HasSubstr("must not be negative"));
}

}  // namespace
}  // namespace spinel::sparse
