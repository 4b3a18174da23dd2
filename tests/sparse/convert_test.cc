// Sparse matrices from and to torch's tensors.
#include "spinel/sparse/functions.h"
#include "tests/sparse/sparse_testing.h"

namespace spinel::sparse {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(SparseConvert, TorchTensorsAndBack) {
  std::mt19937 random(14);
  const SparseTensor a = random_matrix(random, 6, 5, 14);
  const at::Tensor dense = a.to_dense();
  const at::Tensor coo = a.to_torch_sparse_coo_tensor(), csr = a.to_torch_sparse_csr_tensor(),
                   csc = a.to_torch_sparse_csc_tensor();
  EXPECT_TRUE(coo.is_coalesced());
  for (const at::Tensor& mat : {coo, csr, csc}) EXPECT_TRUE(same(mat.to_dense(), dense));
  EXPECT_TRUE(SparseTensor::from_torch_sparse_coo_tensor(coo) == a);
  EXPECT_TRUE(SparseTensor::from_torch_sparse_csr_tensor(csr) == a);
  EXPECT_TRUE(SparseTensor::from_torch_sparse_csc_tensor(csc) == a);
  EXPECT_FALSE(SparseTensor::from_torch_sparse_csr_tensor(csr, false).has_value());
  EXPECT_FALSE(SparseTensor::from_torch_sparse_coo_tensor(coo, false).has_value());
  EXPECT_THAT(error_of([&] { SparseTensor::from_torch_sparse_csr_tensor(coo); }),
              HasSubstr("no matrix of that layout"));
  EXPECT_THAT(error_of([&] { SparseTensor::from_torch_sparse_coo_tensor(dense); }), HasSubstr("no matrix"));
}

TEST(SparseConvert, WithoutValues) {
  const SparseTensor a(StorageArguments{.row = longs({0, 1}), .col = longs({1, 0})});
  EXPECT_EQ(a.to_dense().scalar_type(), at::get_default_dtype_as_scalartype());
  EXPECT_EQ(a.to_dense(at::kLong).scalar_type(), at::kLong);
  EXPECT_EQ(a.to_torch_sparse_csr_tensor(at::kDouble).values().scalar_type(), at::kDouble);
  EXPECT_THAT(list(a.to_torch_sparse_csc_tensor(at::kDouble).values()), ElementsAre(1, 1));
  EXPECT_THAT(list(a.to_torch_sparse_coo_tensor(at::kDouble).coalesce().values()), ElementsAre(1, 1));
}

TEST(SparseConvert, DuplicatesAreSummedFromTorchAndTheLastCountsToDense) {
  const at::Tensor index = at::stack({longs({1, 1, 0}), longs({0, 0, 1})});
  const at::Tensor value = at::tensor({3., 4., 5.}, at::kDouble);
  const SparseTensor summed = SparseTensor::from_torch_sparse_coo_tensor(to_torch_sparse(index, value, 2, 2));
  EXPECT_THAT(list(summed.storage().value()), ElementsAre(5, 7));
  const SparseTensor twice = SparseTensor::from_edge_index(index, value);
  EXPECT_THAT(list(twice.to_dense()), ElementsAre(0, 5, 4, 0));
  EXPECT_FALSE(twice.to_torch_sparse_coo_tensor().is_coalesced());
  EXPECT_THAT(list(twice.to_torch_sparse_coo_tensor().to_dense()), ElementsAre(0, 5, 7, 0));
}

TEST(SparseConvert, FunctionForms) {
  const at::Tensor index = at::tensor({0, 0, 1, 2, 2, 0, 2, 1, 0, 1}, at::kLong).view({2, 5});
  const at::Tensor value = at::tensor({1., 2., 4., 1., 3.}, at::kDouble);
  const auto [back, values] = from_torch_sparse(to_torch_sparse(index, value, 3, 3).coalesce());
  EXPECT_TRUE(at::equal(back, index));
  EXPECT_TRUE(at::equal(values, value));
  EXPECT_THAT(error_of([&] { from_torch_sparse(to_torch_sparse(index, value, 3, 3)); }), HasSubstr("not coalesced"));
}

}  // namespace
}  // namespace spinel::sparse
