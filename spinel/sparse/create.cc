// Sparse matrices made from other things.
#include <ATen/ATen.h>

#include <algorithm>

#include "spinel/base/error.h"
#include "spinel/sparse/sparse_tensor.h"

namespace spinel::sparse {
namespace {

void require_layout(const at::Tensor& mat, at::Layout layout, const char* name) {
  require(mat.defined() && mat.layout() == layout && mat.dim() - mat.dense_dim() == 2,
          "{}: the tensor is no matrix of that layout; one with two sparse dimensions is needed", name);
}

}  // namespace

SparseTensor SparseTensor::from_edge_index(const at::Tensor& edge_index, const at::Tensor& edge_attr,
                                           std::array<std::optional<int64_t>, 2> sparse_sizes, bool is_sorted,
                                           bool trust_data) {
  require(edge_index.defined() && edge_index.dim() == 2 && edge_index.size(0) == 2,
          "from_edge_index: edge_index has the sizes {}; [2, edges] are needed",
          edge_index.defined() ? sizes_text(edge_index.sizes()) : "of nothing");
  return SparseTensor(StorageArguments{.row = edge_index.select(0, 0),
                                       .col = edge_index.select(0, 1),
                                       .value = edge_attr,
                                       .sparse_sizes = sparse_sizes,
                                       .is_sorted = is_sorted,
                                       .trust_data = trust_data});
}

SparseTensor SparseTensor::from_dense(const at::Tensor& mat, bool has_value) {
  require(mat.defined() && mat.dim() >= 2, "from_dense: the tensor has {} dimensions; at least 2 are needed",
          mat.defined() ? mat.dim() : 0);
  require(mat.layout() == at::kStrided && !mat.is_meta(),
          "from_dense: the tensor is {} on {}; a dense one with data is needed", c10::str(mat.layout()),
          mat.device().str());
  at::Tensor kept = mat.detach();
  if (mat.dim() > 2) kept = kept.ne(0).flatten(2).any(2);
  const at::Tensor index = kept.nonzero().t().contiguous();
  const at::Tensor row = index.select(0, 0), col = index.select(0, 1);
  at::Tensor value;
  if (has_value) value = mat.index({row, col});
  return trusted({.row = row, .col = col}, {mat.size(0), mat.size(1)}, std::move(value),
                 static_cast<int64_t>(Order::distinct));
}

SparseTensor SparseTensor::from_torch_sparse_coo_tensor(const at::Tensor& mat, bool has_value) {
  require_layout(mat, at::kSparse, "from_torch_sparse_coo_tensor");
  const at::Tensor coalesced = mat.coalesce();
  const at::Tensor index = coalesced.indices().contiguous();
  return trusted({.row = index.select(0, 0), .col = index.select(0, 1)}, {mat.size(0), mat.size(1)},
                 has_value ? coalesced.values().contiguous() : at::Tensor(), static_cast<int64_t>(Order::distinct));
}

SparseTensor SparseTensor::from_torch_sparse_csr_tensor(const at::Tensor& mat, bool has_value) {
  require_layout(mat, at::kSparseCsr, "from_torch_sparse_csr_tensor");
  return SparseTensor(StorageArguments{.rowptr = mat.crow_indices().to(at::kLong),
                                       .col = mat.col_indices().to(at::kLong),
                                       .value = has_value ? mat.values() : at::Tensor(),
                                       .sparse_sizes = {mat.size(0), mat.size(1)}});
}

SparseTensor SparseTensor::from_torch_sparse_csc_tensor(const at::Tensor& mat, bool has_value) {
  require_layout(mat, at::kSparseCsc, "from_torch_sparse_csc_tensor");
  return SparseTensor(StorageArguments{.rowptr = mat.ccol_indices().to(at::kLong),
                                       .col = mat.row_indices().to(at::kLong),
                                       .value = has_value ? mat.values() : at::Tensor(),
                                       .sparse_sizes = {mat.size(1), mat.size(0)}})
      .t();
}

SparseTensor SparseTensor::eye(int64_t M, std::optional<int64_t> N, bool has_value, std::optional<at::ScalarType> dtype,
                               at::Device device, bool fill_cache) {
  const int64_t cols = N.value_or(M), entries = std::min(M, cols);
  require(std::min(M, cols) >= 0 && std::max(M, cols) < INT64_MAX,
          "eye: the sizes are {} and {}; they must not be negative, and less than 2^63 - 1", M, cols);
  const at::TensorOptions options = at::TensorOptions(at::kLong).device(device);
  const auto pointers = [&](int64_t size) { return at::arange(size + 1, options).clamp_max_(entries); };
  const auto counts = [&](int64_t size) { return at::arange(size, options).lt(entries).to(at::kLong); };
  PatternTensors tensors;
  tensors.row = tensors.col = at::arange(entries, options);
  tensors.rowptr = pointers(M);
  if (fill_cache) {
    tensors.rowcount = counts(M);
    tensors.colptr = pointers(cols);
    tensors.colcount = counts(cols);
    tensors.csr2csc = tensors.csc2csr = tensors.row;
  }
  at::Tensor value;
  if (has_value) {
    value = at::ones({entries}, options.dtype(dtype.value_or(at::get_default_dtype_as_scalartype())));
  }
  return trusted(std::move(tensors), {M, cols}, std::move(value), static_cast<int64_t>(Order::distinct));
}

}  // namespace spinel::sparse
