// sum, mean, min and max over the stored entries.
#include "tests/sparse/sparse_testing.h"

namespace spinel::sparse {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(SparseReduce, AgainstDense) {
  std::mt19937 random(11);
  for (const std::vector<int64_t>& tail : {std::vector<int64_t>{}, {3}}) {
    const SparseTensor a = random_matrix(random, 8, 7, 20, tail);
    const at::Tensor dense = a.to_dense(), stored = a.fill_value(1, at::kBool).to_dense(at::kBool);
    for (int64_t dim = 0; dim < 2; ++dim) {
      at::Tensor mask = stored;
      while (mask.dim() < dense.dim()) mask = mask.unsqueeze(-1);
      const at::Tensor count = mask.sum(dim).clamp_min(1), some = mask.any(dim);
      EXPECT_TRUE(same(a.sum(dim), dense.sum(dim)));
      EXPECT_TRUE(same(a.mean(dim), dense.sum(dim) / count));
      EXPECT_TRUE(same(a.max(dim), at::where(some, dense.masked_fill(~mask, -1e9).amax(dim), 0.0)));
      EXPECT_TRUE(same(a.min(dim - a.dim()), at::where(some, dense.masked_fill(~mask, 1e9).amin(dim), 0.0)));
    }
    const at::Tensor value = a.storage().value();
    EXPECT_TRUE(same(a.sum(), value.sum()));
    EXPECT_TRUE(same(a.mean(), value.mean()));
    EXPECT_TRUE(same(a.min(), value.min()));
    EXPECT_TRUE(same(a.max(), value.max()));
    if (tail.empty()) continue;
    EXPECT_TRUE(same(a.sum(2), value.sum(1)));
    EXPECT_TRUE(same(a.mean(-1), value.mean(1)));
    EXPECT_TRUE(same(a.min(2), std::get<0>(value.min(1))));
    EXPECT_TRUE(same(a.max(2), std::get<0>(value.max(1))));
  }
}

TEST(SparseReduce, WithoutValues) {
  const SparseTensor a(StorageArguments{.row = longs({0, 0, 2}), .col = longs({0, 1, 1}), .sparse_sizes = {3, 3}});
  EXPECT_THAT(list<float>(a.sum(1)), ElementsAre(2, 0, 1));
  EXPECT_THAT(list<float>(a.sum(0)), ElementsAre(1, 2, 0));
  EXPECT_THAT(list<float>(a.mean(0)), ElementsAre(1, 1, 1));
  EXPECT_THAT(list<float>(a.max(1)), ElementsAre(1, 1, 1));
  const SparseTensor wide(StorageArguments{.row = longs({0}), .col = longs({2}), .sparse_sizes = {2, 3}});
  EXPECT_THAT(list<float>(wide.max(0)), ElementsAre(1, 1, 1));
  EXPECT_THAT(list<float>(wide.max(1)), ElementsAre(1, 1));
  EXPECT_EQ(a.sum().item<float>(), 3);
  EXPECT_EQ(a.min().item<float>(), 1);
  EXPECT_EQ(a.sum(1).scalar_type(), at::kFloat);
  EXPECT_THAT(error_of([&] { a.sum(2); }), HasSubstr("dimension out of range"));
}

TEST(SparseReduce, WithoutEntries) {
  const SparseTensor a(StorageArguments{
      .row = longs({}), .col = longs({}), .value = at::zeros({0}, at::kDouble), .sparse_sizes = {2, 3}});
  EXPECT_THAT(list<double>(a.sum(0)), ElementsAre(0, 0, 0));
  EXPECT_THAT(list<double>(a.max(1)), ElementsAre(0, 0));
  EXPECT_EQ(a.sum().item<double>(), 0);
  EXPECT_THAT(error_of([&] { a.max(); }), HasSubstr("no entry"));
}

TEST(SparseReduce, WholeNumbers) {
  const SparseTensor a(StorageArguments{.row = longs({0, 0, 1}), .col = longs({0, 1, 0}), .value = longs({-3, -4, 9})});
  EXPECT_THAT(list(a.mean(1)), ElementsAre(-3, 9));  // −3.5 is cut
  EXPECT_THAT(list(a.max(0)), ElementsAre(9, -4));
  EXPECT_THAT(error_of([&] { a.boolean().sum(0); }), HasSubstr("not implemented for"));
}

}  // namespace
}  // namespace spinel::sparse
