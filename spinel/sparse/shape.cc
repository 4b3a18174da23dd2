// The transposed of a sparse matrix, and its sum with it.
#include <ATen/ATen.h>

#include <algorithm>

#include "spinel/base/error.h"
#include "spinel/sparse/operators.h"
#include "spinel/sparse/sparse_tensor.h"

namespace spinel::sparse {

SparseTensor SparseTensor::t() const {
  const at::Tensor perm = storage_.csr2csc();
  const PatternTensors old = storage_.pattern()->tensors();
  // What is derived of rows is now that of columns.
  PatternTensors tensors{.row = old.col.index_select(0, perm),
                         .rowptr = old.colptr,
                         .col = storage_.row().index_select(0, perm),
                         .rowcount = old.colcount,
                         .colptr = old.rowptr,
                         .colcount = old.rowcount,
                         .csr2csc = old.csc2csr,
                         .csc2csr = perm};
  const Order order = storage_.pattern()->order();
  return trusted(std::move(tensors), {sparse_size(1), sparse_size(0)}, selected(storage_.value(), perm),
                 order >= Order::entries ? static_cast<int64_t>(order) : -1);
}

SparseTensor SparseTensor::to_symmetric(std::string_view reduce) const {
  const Reduce kind = parse_reduce(reduce);
  const int64_t size = std::max(sparse_size(0), sparse_size(1));
  const SparseStorage in_order = storage_.sorted();
  const SparseTensor mirrored = SparseTensor(in_order).t();
  auto [row, col, perm] =
      op::merge_coo(in_order.row(), in_order.col(), mirrored.storage_.row(), mirrored.storage_.col());
  auto [first_row, first_col, ptr] = op::distinct_coo(row, col);
  at::Tensor value;
  if (has_value()) {
    value = op::segment_reduce(at::cat({in_order.value(), mirrored.storage_.value()}), ptr, perm, kind);
  }
  return trusted({.row = std::move(first_row), .col = std::move(first_col)}, {size, size}, std::move(value),
                 static_cast<int64_t>(Order::distinct));
}

}  // namespace spinel::sparse
