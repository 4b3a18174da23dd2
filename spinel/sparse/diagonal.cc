// The diagonals of a sparse matrix: remove, set, fill, get.
#include <ATen/ATen.h>

#include <algorithm>

#include "spinel/base/error.h"
#include "spinel/kernels/cpu/coo_entries.h"
#include "spinel/sparse/operators.h"
#include "spinel/sparse/sparse_tensor.h"

namespace spinel::sparse {
namespace {

/// Counts with one more or less at each index, which may repeat.
at::Tensor counted(const at::Tensor& count, const at::Tensor& index, int64_t by) {
  return count.defined() ? count.index_add(0, index, at::full_like(index, by)) : count;
}

/// Rows and columns of the k-th diagonal.
std::pair<at::Tensor, at::Tensor> diagonal(const SparseTensor& a, int64_t k) {
  const int64_t length = kernels::diagonal_length(a.sparse_size(0), a.sparse_size(1), k);
  const int64_t row = k < 0 && length > 0 ? -k : 0, col = k > 0 && length > 0 ? k : 0;
  const auto options = at::TensorOptions(at::kLong).device(a.device());
  return {at::arange(row, row + length, options), at::arange(col, col + length, options)};
}

}  // namespace

SparseTensor SparseTensor::remove_diag(int64_t k) const {
  // A diagonal beyond the corners has no entry; and the sum below stays a number.
  if (kernels::diagonal_length(sparse_size(0), sparse_size(1), k) == 0) return *this;
  const at::Tensor row = storage_.row(), col = storage_.col();
  const at::Tensor on = col.eq(row + k);
  const at::Tensor kept = on.logical_not().nonzero().flatten(), gone = on.nonzero().flatten();
  const PatternTensors old = storage_.pattern()->tensors();
  const auto distinct = static_cast<int64_t>(Order::distinct);
  return trusted({.row = row.index_select(0, kept),
                  .col = col.index_select(0, kept),
                  .rowcount = counted(old.rowcount, row.index_select(0, gone), -1),
                  .colcount = counted(old.colcount, col.index_select(0, gone), -1)},
                 sparse_sizes(), selected(storage_.value(), kept),
                 storage_.pattern()->known_order() == distinct ? distinct : -1);
}

SparseTensor SparseTensor::set_diag(const at::Tensor& values, int64_t k) const {
  const SparseStorage others = remove_diag(k).storage_.sorted();
  const auto [diagonal_row, diagonal_col] = diagonal(*this, k);
  const int64_t length = diagonal_row.numel();
  auto [row, col, perm] = op::merge_coo(others.row(), others.col(), diagonal_row, diagonal_col);
  at::Tensor value;
  if (has_value()) {
    std::vector<int64_t> sizes = others.value().sizes().vec();
    sizes[0] = length;
    at::Tensor given =
        values.defined() ? values.to(others.value().options()) : at::ones(sizes, others.value().options());
    require(given.dim() == 0 || given.size(0) == length || given.size(0) == 1,
            "set_diag: there are {} values; the diagonal has {} entries", given.dim() == 0 ? 1 : given.size(0), length);
    while (given.dim() > 0 && given.dim() < static_cast<int64_t>(sizes.size())) given = given.unsqueeze(-1);
    require(at::is_expandable_to(given.sizes(), sizes), "set_diag: the values have the sizes {}; {} are needed",
            sizes_text(values.sizes()), sizes_text(sizes));
    value = at::cat({others.value(), given.expand(sizes)}).index_select(0, perm);
  }
  const PatternTensors old = others.pattern()->tensors();
  const Order order = others.pattern()->order();
  return trusted({.row = std::move(row),
                  .col = std::move(col),
                  .rowcount = counted(old.rowcount, diagonal_row, 1),
                  .colcount = counted(old.colcount, diagonal_col, 1)},
                 sparse_sizes(), std::move(value), static_cast<int64_t>(order));
}

SparseTensor SparseTensor::fill_diag(double value, int64_t k) const {
  if (!has_value()) return set_diag({}, k);
  return set_diag(at::scalar_tensor(value, storage_.value().options()), k);
}

at::Tensor SparseTensor::get_diag(std::optional<at::ScalarType> dtype) const {
  const int64_t length = std::min(sparse_size(0), sparse_size(1));
  at::Tensor index = storage_.row().eq(storage_.col()).nonzero().flatten();
  at::Tensor row = storage_.row().index_select(0, index);
  if (index.numel() > 1) {
    // Of entries that are there twice the last one counts, as in to_dense().
    const at::Tensor last = at::cat({row.diff().ne(0), row.new_ones({1}, at::kBool)}).nonzero().flatten();
    index = index.index_select(0, last);
    row = row.index_select(0, last);
  }
  const auto type = dtype.value_or(at::get_default_dtype_as_scalartype());
  const at::Tensor value = has_value() ? storage_.value().index_select(0, index)
                                       : at::ones({index.numel()}, at::TensorOptions(type).device(device()));
  std::vector<int64_t> sizes = value.sizes().vec();
  sizes[0] = length;
  return at::zeros(sizes, value.options()).index_put({row}, value);
}

}  // namespace spinel::sparse
