#include "spinel/sparse/sparse_tensor.h"

#include "tests/sparse/sparse_testing.h"

namespace spinel::sparse {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

SparseTensor small(bool has_value = true) {
  return SparseTensor(StorageArguments{.row = longs({0, 0, 0, 1, 1}),
                                       .col = longs({0, 1, 2, 0, 2}),
                                       .value = has_value ? at::arange(1, 6, at::kLong) : at::Tensor()});
}

TEST(SparseTensor, FromEdgeIndex) {
  const SparseTensor a = SparseTensor::from_edge_index(at::tensor({1, 0, 2, 1}, at::kLong).view({2, 2}),
                                                       at::tensor({5., 6.}, at::kDouble), {3, std::nullopt});
  EXPECT_THAT(a.sizes(), ElementsAre(3, 3));
  EXPECT_THAT(list(a.storage().row()), ElementsAre(0, 1));
  EXPECT_THAT(list(a.storage().value()), ElementsAre(6, 5));
  EXPECT_THAT(error_of([] { SparseTensor::from_edge_index(longs({1, 2})); }), HasSubstr("[2, edges]"));
}

TEST(SparseTensor, FromDenseAndBack) {
  std::mt19937 random(3);
  for (const std::vector<int64_t>& tail : {std::vector<int64_t>{}, {2}, {2, 3}}) {
    const at::Tensor dense = RandomEntries(random, 6, 5, 12, tail).dense();
    const SparseTensor a = SparseTensor::from_dense(dense);
    EXPECT_TRUE(a.is_coalesced());
    EXPECT_TRUE(same(a.to_dense(), dense));
    EXPECT_EQ(a.dim(), dense.dim());
    expect_sound(a);
  }
  EXPECT_FALSE(SparseTensor::from_dense(at::eye(3), false).has_value());
  EXPECT_EQ(SparseTensor::from_dense(at::zeros({0, 4})).nnz(), 0);
  EXPECT_THAT(error_of([] { SparseTensor::from_dense(at::zeros({3})); }), HasSubstr("at least 2"));
}

TEST(SparseTensor, Eye) {
  const SparseTensor plain = SparseTensor::eye(3, std::nullopt, true, at::kHalf);
  EXPECT_THAT(list(plain.storage().row()), ElementsAre(0, 1, 2));
  EXPECT_TRUE(plain.storage().has_rowptr());
  EXPECT_EQ(plain.dtype(), at::kHalf);
  EXPECT_EQ(plain.storage().num_cached_keys(), 0);
  EXPECT_FALSE(SparseTensor::eye(3, std::nullopt, false).has_value());
  const SparseTensor wide = SparseTensor::eye(3, 4, true, std::nullopt, at::kCPU, true);
  EXPECT_EQ(wide.storage().num_cached_keys(), 5);
  EXPECT_THAT(list(wide.storage().colptr()), ElementsAre(0, 1, 2, 3, 3));
  EXPECT_THAT(list(wide.storage().colcount()), ElementsAre(1, 1, 1, 0));
  const SparseTensor high = SparseTensor::eye(4, 3, true, std::nullopt, at::kCPU, true);
  EXPECT_THAT(list(high.storage().rowptr()), ElementsAre(0, 1, 2, 3, 3));
  EXPECT_THAT(list(high.storage().rowcount()), ElementsAre(1, 1, 1, 0));
  EXPECT_THAT(list(high.storage().csr2csc()), ElementsAre(0, 1, 2));
  expect_sound(wide);
  expect_sound(high);
  expect_sound(SparseTensor::eye(0, 0, true, std::nullopt, at::kCPU, true));
  EXPECT_THAT(error_of([] { SparseTensor::eye(-1); }), HasSubstr("negative"));
}

TEST(SparseTensor, TellsAboutItself) {
  const SparseTensor a = small();
  EXPECT_THAT(a.sizes(), ElementsAre(2, 3));
  EXPECT_EQ(a.size(-1), 3);
  EXPECT_EQ(a.numel(), 5);
  EXPECT_DOUBLE_EQ(a.density(), 5.0 / 6);
  EXPECT_DOUBLE_EQ(a.sparsity(), 1.0 / 6);
  EXPECT_DOUBLE_EQ(a.avg_row_length(), 2.5);
  EXPECT_DOUBLE_EQ(a.avg_col_length(), 5.0 / 3);
  EXPECT_EQ(a.bandwidth(), 2);
  EXPECT_EQ(a.avg_bandwidth(), (0 + 1 + 2 + 1 + 1) / 5.0f);
  EXPECT_DOUBLE_EQ(a.bandwidth_proportion(1), 0.8);
  EXPECT_FALSE(a.is_quadratic());
  EXPECT_EQ(a.dtype(), at::kLong);
  EXPECT_FALSE(a.is_floating_point());
  EXPECT_EQ(small(false).dtype(), at::kFloat);
  EXPECT_EQ(a.set_value(at::zeros({5, 4}), Layout::coo).numel(), 20);
  EXPECT_EQ(a.to_string(), "SparseTensor(nnz=5, size=[2, 3], density=83.33%)");
  EXPECT_THAT(error_of([&] { a.size(2); }), HasSubstr("range of [-2, 1]"));
}

TEST(SparseTensor, NothingInIt) {
  const SparseTensor none, wide(StorageArguments{.row = longs({}), .col = longs({}), .sparse_sizes = {0, 4}});
  EXPECT_EQ(none.density(), 0);
  EXPECT_EQ(none.avg_row_length(), 0);
  EXPECT_EQ(none.bandwidth(), 0);
  EXPECT_EQ(none.avg_bandwidth(), 0);
  EXPECT_EQ(none.bandwidth_proportion(3), 0);
  EXPECT_TRUE(none.is_symmetric());
  EXPECT_THAT(wide.t().sizes(), ElementsAre(4, 0));
  EXPECT_THAT(list(wide.storage().colptr()), ElementsAre(0, 0, 0, 0, 0));
  EXPECT_EQ(wide.to_symmetric().sparse_size(0), 4);
  EXPECT_EQ(wide.to_dense().numel(), 0);
}

TEST(SparseTensor, Equality) {
  EXPECT_TRUE(small() == small());
  EXPECT_FALSE(small() == small(false));
  EXPECT_TRUE(small(false) == small(false));
  EXPECT_FALSE(small() == small().sparse_resize({3, 3}));
  EXPECT_FALSE(small() == small().set_value(longs({1, 2, 3, 4, 6}), Layout::coo));
  EXPECT_FALSE(small() == small().type(at::kFloat));
  const SparseTensor other(StorageArguments{
      .row = longs({0, 0, 0, 1, 1}), .col = longs({0, 1, 2, 0, 1}), .value = at::arange(1, 6, at::kLong)});
  EXPECT_TRUE(small() != other);
}

TEST(SparseTensor, Symmetry) {
  const SparseTensor symmetric = small().to_symmetric();
  EXPECT_FALSE(small().is_symmetric());
  EXPECT_TRUE(symmetric.is_symmetric());
  EXPECT_TRUE(at::equal(symmetric.to_dense(), at::tensor({2, 6, 3, 6, 0, 5, 3, 5, 0}, at::kLong).view({3, 3})));
  const SparseTensor values_differ = symmetric.set_value(at::arange(symmetric.nnz()), Layout::coo);
  EXPECT_FALSE(values_differ.is_symmetric());
  EXPECT_THAT(error_of([] { small().to_symmetric("all"); }), HasSubstr("'all'"));
}

TEST(SparseTensor, SymmetryAgainstDense) {
  std::mt19937 random(4);
  for (int trial = 0; trial < 20; ++trial) {
    const int64_t rows = 1 + random() % 9, cols = 1 + random() % 9, size = std::max(rows, cols);
    const RandomEntries entries(random, rows, cols, random() % 30,
                                trial % 2 ? std::vector<int64_t>{3} : std::vector<int64_t>{});
    const SparseTensor symmetric = entries.matrix().to_symmetric();
    std::vector<int64_t> sizes = entries.value.sizes().vec();
    sizes[0] = size;
    sizes.insert(sizes.begin() + 1, size);
    at::Tensor dense = at::zeros(sizes, at::kDouble);
    dense.narrow(0, 0, rows).narrow(1, 0, cols).add_(entries.dense());
    EXPECT_TRUE(same(symmetric.to_dense(), dense + dense.transpose(0, 1)));
    EXPECT_TRUE(symmetric.is_symmetric());
    expect_sound(symmetric);
  }
}

TEST(SparseTensor, Transposes) {
  std::mt19937 random(5);
  for (const std::vector<int64_t>& tail : {std::vector<int64_t>{}, {2}}) {
    SparseTensor a = RandomEntries(random, 7, 4, 20, tail).matrix();
    EXPECT_TRUE(same(a.coalesce().t().to_dense(), a.coalesce().to_dense().transpose(0, 1).contiguous()));
    expect_sound(a.t());
    a.fill_cache_();
    const SparseTensor t = a.t();
    EXPECT_EQ(t.storage().num_cached_keys(), 5);
    expect_sound(t);
    EXPECT_TRUE(t.t() == a);
  }
}

TEST(SparseTensor, Formats) {
  const auto [colptr, row, value] = small().csc();
  EXPECT_THAT(list(colptr), ElementsAre(0, 2, 3, 5));
  EXPECT_THAT(list(row), ElementsAre(0, 1, 0, 0, 1));
  EXPECT_THAT(list(value), ElementsAre(1, 4, 2, 3, 5));
  EXPECT_THAT(list(std::get<0>(small().csr())), ElementsAre(0, 3, 5));
  EXPECT_FALSE(std::get<2>(small(false).csc()).defined());
}

TEST(SparseTensor, FillsAndDetaches) {
  SparseTensor a = small(false);
  EXPECT_THAT(list<float>(a.fill_value(2.5, at::kFloat).storage().value()), ElementsAre(2.5, 2.5, 2.5, 2.5, 2.5));
  EXPECT_FALSE(a.has_value());
  a.requires_grad_(true, at::kDouble);
  EXPECT_TRUE(a.requires_grad());
  EXPECT_EQ(a.dtype(), at::kDouble);
  EXPECT_FALSE(a.detach().requires_grad());
  EXPECT_TRUE(a.requires_grad());
  SparseTensor b = a;
  b.requires_grad_(false);
  EXPECT_TRUE(a.requires_grad());
  EXPECT_FALSE(a.detach_().requires_grad());
  EXPECT_THAT(error_of([] { small().requires_grad_(); }), HasSubstr("no gradient"));
}

TEST(SparseTensor, ChangesOneHandleAlone) {
  const SparseTensor a = small();
  SparseTensor b = a;
  b.set_value_(longs({9, 9, 9, 9, 9}), Layout::coo).fill_cache_();
  EXPECT_THAT(list(a.storage().value()), ElementsAre(1, 2, 3, 4, 5));
  EXPECT_EQ(b.storage().num_cached_keys(), 5);
  b.clear_cache_();
  EXPECT_EQ(b.storage().num_cached_keys(), 0);
}

TEST(SparseTensor, Types) {
  const SparseTensor a = small();
  EXPECT_EQ(a.bfloat16().dtype(), at::kBFloat16);
  EXPECT_EQ(a.half().dtype(), at::kHalf);
  EXPECT_EQ(a.float32().dtype(), at::kFloat);
  EXPECT_EQ(a.float64().dtype(), at::kDouble);
  EXPECT_EQ(a.int8().dtype(), at::kChar);
  EXPECT_EQ(a.uint8().dtype(), at::kByte);
  EXPECT_EQ(a.int16().dtype(), at::kShort);
  EXPECT_EQ(a.int32().dtype(), at::kInt);
  EXPECT_EQ(a.float32().int64().dtype(), at::kLong);
  EXPECT_EQ(a.boolean().dtype(), at::kBool);
  EXPECT_EQ(a.to(at::kFloat).dtype(), at::kFloat);
  EXPECT_EQ(a.type_as(at::zeros({1}, at::kHalf)).dtype(), at::kHalf);
  EXPECT_TRUE(a.cpu() == a);
  EXPECT_FALSE(a.is_cuda() || a.is_pinned());
  EXPECT_TRUE(a.clone().share_memory_().is_shared());
}

}  // namespace
}  // namespace spinel::sparse
