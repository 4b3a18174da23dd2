// Sparse matrices as torch's tensors.
#include <ATen/ATen.h>

#include "spinel/base/error.h"
#include "spinel/sparse/operators.h"
#include "spinel/sparse/sparse_tensor.h"

namespace spinel::sparse {
namespace {

/// The values, or ones.
at::Tensor values_or_ones(const SparseTensor& a, std::optional<at::ScalarType> dtype) {
  if (a.has_value()) return a.storage().value();
  const at::ScalarType type = dtype.value_or(at::get_default_dtype_as_scalartype());
  return at::ones({a.nnz()}, at::TensorOptions(type).device(a.device()));
}

}  // namespace

at::Tensor SparseTensor::to_dense(std::optional<at::ScalarType> dtype) const {
  const SparseStorage in_order = storage_.sorted();
  at::Tensor row = in_order.row(), col = in_order.col();
  at::Tensor value = values_or_ones(SparseTensor(in_order), dtype);
  if (!in_order.is_coalesced()) {
    const auto [first_row, first_col, ptr] = op::distinct_coo(row, col);
    row = first_row;
    col = first_col;
    value = value.index_select(0, ptr.slice(0, 1) - 1);
  }
  const at::Tensor zeros = at::zeros(sizes(), value.options());
  return nnz() == 0 ? zeros : zeros.index_put({row, col}, value);
}

at::Tensor SparseTensor::to_torch_sparse_coo_tensor(std::optional<at::ScalarType> dtype) const {
  const at::Tensor index = at::stack({storage_.row(), storage_.col()});
  const at::Tensor value = values_or_ones(*this, dtype);
  return at::_sparse_coo_tensor_unsafe(index, value, sizes(), {}, {}, {}, {}, is_coalesced());
}

at::Tensor SparseTensor::to_torch_sparse_csr_tensor(std::optional<at::ScalarType> dtype) const {
  const at::Tensor value = values_or_ones(*this, dtype);
  return at::sparse_csr_tensor(storage_.rowptr(), storage_.col(), value, sizes(),
                               value.options().layout(at::kSparseCsr));
}

at::Tensor SparseTensor::to_torch_sparse_csc_tensor(std::optional<at::ScalarType> dtype) const {
  const auto [colptr, row, permuted] = csc();
  const at::Tensor value = permuted.defined() ? permuted : values_or_ones(*this, dtype);
  return at::sparse_csc_tensor(colptr, row, value, sizes(), value.options().layout(at::kSparseCsc));
}

}  // namespace spinel::sparse
