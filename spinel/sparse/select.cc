// Parts of a sparse matrix: narrow, index_select, masked_select, and A[...].
#include <ATen/ATen.h>

#include <algorithm>

#include "spinel/base/error.h"
#include "spinel/sparse/operators.h"
#include "spinel/sparse/sparse_tensor.h"

namespace spinel::sparse {
namespace {

/// Some entries of distinct ones in order are so too; others may have become so.
int64_t order_of_part(const SparseTensor& a) {
  const auto distinct = static_cast<int64_t>(Order::distinct);
  return a.storage().pattern()->known_order() == distinct ? distinct : -1;
}

/// A range of a dimension of `size`.
struct Range {
  int64_t start, length;
};

Range checked_range(const SparseTensor& a, int64_t dim, int64_t start, int64_t length) {
  const int64_t size = a.size(dim), first = start < 0 ? start + size : start;
  require(first >= 0 && length >= 0 && first <= size && length <= size - first,
          "narrow: start {} with length {} does not fit dimension {} of size {}; take a part of it", start, length, dim,
          size);
  return {first, length};
}

at::Tensor narrowed(const at::Tensor& tensor, int64_t start, int64_t length) {
  return tensor.defined() ? tensor.narrow(0, start, length).contiguous() : tensor;
}

/// Pointers of a part, counted from 0 again.
at::Tensor narrowed_pointers(const at::Tensor& ptr, Range range) {
  if (!ptr.defined()) return ptr;
  const at::Tensor part = ptr.narrow(0, range.start, range.length + 1);
  return part - part[0];
}

SparseTensor narrow_rows(const SparseTensor& a, Range range) {
  const PatternTensors old = a.storage().pattern()->tensors();
  const at::Tensor rowptr = a.storage().rowptr();
  const int64_t first = rowptr[range.start].item<int64_t>();
  const int64_t entries = rowptr[range.start + range.length].item<int64_t>() - first;
  PatternTensors tensors{.rowptr = narrowed_pointers(rowptr, range),
                         .col = narrowed(old.col, first, entries),
                         .rowcount = narrowed(old.rowcount, range.start, range.length)};
  if (old.row.defined()) tensors.row = old.row.narrow(0, first, entries) - range.start;
  return trusted(std::move(tensors), {range.length, a.sparse_size(1)}, narrowed(a.storage().value(), first, entries),
                 order_of_part(a));
}

SparseTensor narrow_cols(const SparseTensor& a, Range range) {
  const PatternTensors old = a.storage().pattern()->tensors();
  auto [rowptr, col, perm] = op::narrow_columns(a.storage().rowptr(), a.storage().col(), range.start, range.length);
  PatternTensors tensors{.rowptr = std::move(rowptr),
                         .col = std::move(col),
                         .colptr = narrowed_pointers(old.colptr, range),
                         .colcount = narrowed(old.colcount, range.start, range.length)};
  return trusted(std::move(tensors), {a.sparse_size(0), range.length}, selected(a.storage().value(), perm),
                 order_of_part(a));
}

const at::Tensor& required_value(const SparseTensor& a, const char* op, int64_t dim) {
  require(a.has_value(), "{}: the matrix has no values, so there is no dimension {}; it has 0 and 1", op, dim);
  return a.storage().value();
}

int64_t dim_of(const SparseTensor& a, int64_t dim, const char* op) { return wrapped_dim(dim, a.dim(), op); }

void check_device(const SparseTensor& a, const at::Tensor& tensor, const char* op) {
  require(tensor.device() == a.device(), "{}: the matrix is on {} but what is selected by on {}; move one", op,
          a.device().str(), tensor.device().str());
}

at::Tensor checked_mask(const SparseTensor& a, const at::Tensor& mask, int64_t size, const char* op) {
  require(mask.defined() && mask.scalar_type() == at::kBool && mask.dim() == 1 && mask.numel() == size,
          "{}: the mask must be boolean with {} elements, but is {} with the sizes {}; give one of that form", op, size,
          mask.defined() ? c10::toString(mask.scalar_type()) : "undefined",
          mask.defined() ? sizes_text(mask.sizes()) : "");
  check_device(a, mask, op);
  return mask.nonzero().flatten();
}

void check_index(const SparseTensor& a, const at::Tensor& index, const char* op) {
  require(index.defined() && index.scalar_type() == at::kLong && index.dim() == 1,
          "{}: the index must be int64 with one dimension, but is {} with the sizes {}; give one of that form", op,
          index.defined() ? c10::toString(index.scalar_type()) : "undefined",
          index.defined() ? sizes_text(index.sizes()) : "");
  check_device(a, index, op);
}

void check_places(const at::Tensor& index, int64_t size, const char* op) {
  if (index.numel() == 0) return;
  const int64_t least = index.min().item<int64_t>(), greatest = index.max().item<int64_t>();
  require(least >= 0 && greatest < size, "{}: the index goes from {} to {}; it must lie in [0, {})", op, least,
          greatest, size);
}

/// Entries by their numbers, in any order and as often as wanted: sorted again where they are not in order.
SparseTensor take_entries(const SparseTensor& a, const at::Tensor& index) {
  return SparseTensor(StorageArguments{.row = a.storage().row().index_select(0, index),
                                       .col = a.storage().col().index_select(0, index),
                                       .value = selected(a.storage().value(), index),
                                       .sparse_sizes = {a.sparse_size(0), a.sparse_size(1)}});
}

at::Tensor to_tensor(const std::vector<int64_t>& list, at::Device device) {
  return at::tensor(list, at::kLong).to(device);
}

at::Tensor to_tensor(const std::vector<bool>& list, at::Device device) {
  at::Tensor mask = at::empty({static_cast<int64_t>(list.size())}, at::kBool);
  std::copy(list.begin(), list.end(), mask.mutable_data_ptr<bool>());
  return mask.to(device);
}

SparseTensor take_slice(const SparseTensor& a, int64_t dim, const Slice& slice) {
  require(!slice.step, "index: the slice has the step {}; Step parameter not yet supported", slice.step.value_or(0));
  const int64_t size = a.size(dim);
  const auto place = [&](std::optional<int64_t> bound, int64_t otherwise) {
    if (!bound) return otherwise;
    return *bound < 0 ? std::max<int64_t>(*bound + size, 0) : std::min(*bound, size);
  };
  const int64_t start = place(slice.start, 0);
  return a.narrow(dim, start, std::max<int64_t>(place(slice.stop, size) - start, 0));
}

SparseTensor take_tensor(const SparseTensor& a, int64_t dim, const at::Tensor& index) {
  require(index.defined(), "index: dimension {} is indexed by an undefined tensor; int64 or boolean ones are possible",
          dim);
  return index.scalar_type() == at::kBool ? a.masked_select(dim, index) : a.index_select(dim, index);
}

}  // namespace

SparseTensor SparseTensor::narrow(int64_t dim, int64_t start, int64_t length) const {
  dim = dim_of(*this, dim, "narrow");
  const Range range = checked_range(*this, dim, start, length);
  if (dim == 0) return narrow_rows(*this, range);
  if (dim == 1) return narrow_cols(*this, range);
  return set_value(required_value(*this, "narrow", dim).narrow(dim - 1, range.start, range.length), Layout::coo);
}

SparseTensor SparseTensor::index_select(int64_t dim, const at::Tensor& index) const {
  dim = dim_of(*this, dim, "index_select");
  check_index(*this, index, "index_select");
  if (dim == 0) {
    auto [rowptr, col, perm] = op::select_rows(storage_.rowptr(), storage_.col(), index);
    return trusted({.rowptr = std::move(rowptr), .col = std::move(col)}, {index.numel(), sparse_size(1)},
                   selected(storage_.value(), perm), order_of_part(*this));
  }
  if (dim == 1) {
    auto [rowptr, col, perm] = op::select_columns(storage_.rowptr(), storage_.col(), sparse_size(1), index);
    return trusted({.rowptr = std::move(rowptr), .col = std::move(col)}, {sparse_size(0), index.numel()},
                   selected(storage_.value(), perm), order_of_part(*this));
  }
  const at::Tensor& value = required_value(*this, "index_select", dim);
  check_places(index, size(dim), "index_select");
  return set_value(value.index_select(dim - 1, index), Layout::coo);
}

SparseTensor SparseTensor::masked_select(int64_t dim, const at::Tensor& mask) const {
  dim = dim_of(*this, dim, "masked_select");
  return index_select(dim, checked_mask(*this, mask, size(dim), "masked_select"));
}

SparseTensor SparseTensor::index_select_nnz(const at::Tensor& index, std::optional<Layout> layout) const {
  check_index(*this, index, "index_select_nnz");
  const bool by_column = layout_or_coo(layout) == Layout::csc;
  check_places(index, nnz(), "index_select_nnz");
  return take_entries(*this, by_column ? storage_.csc2csr().index_select(0, index) : index);
}

SparseTensor SparseTensor::masked_select_nnz(const at::Tensor& mask, std::optional<Layout> layout) const {
  const bool by_column = layout_or_coo(layout) == Layout::csc;
  at::Tensor index = checked_mask(*this, mask, nnz(), "masked_select_nnz");
  if (by_column) index = mask.index_select(0, storage_.csc2csr()).nonzero().flatten();
  return trusted({.row = storage_.row().index_select(0, index), .col = storage_.col().index_select(0, index)},
                 sparse_sizes(), selected(storage_.value(), index), order_of_part(*this));
}

SparseTensor SparseTensor::index(const std::vector<Index>& indices) const {
  const auto is_ellipsis = [](const Index& index) { return std::holds_alternative<Ellipsis>(index); };
  const auto dots = std::count_if(indices.begin(), indices.end(), is_ellipsis);
  const auto others = static_cast<int64_t>(indices.size()) - dots;
  require(dots <= 1, "index: there are {} ellipses; at most one is possible", dots);
  require(others <= dim(), "index: there are {} indices; the matrix has {} dimensions", others, dim());
  SparseTensor out = *this;
  int64_t d = 0;
  for (const Index& index : indices) {
    if (is_ellipsis(index)) {
      d += dim() - others;
      continue;
    }
    if (const auto* number = std::get_if<int64_t>(&index)) out = out.select(d, *number);
    if (const auto* slice = std::get_if<Slice>(&index)) out = take_slice(out, d, *slice);
    if (const auto* tensor = std::get_if<at::Tensor>(&index)) out = take_tensor(out, d, *tensor);
    if (const auto* list = std::get_if<std::vector<int64_t>>(&index))
      out = take_tensor(out, d, to_tensor(*list, device()));
    if (const auto* list = std::get_if<std::vector<bool>>(&index))
      out = take_tensor(out, d, to_tensor(*list, device()));
    ++d;
  }
  return out;
}

SparseTensor SparseTensor::permute(const at::Tensor& perm) const {
  require(is_quadratic(), "permute: the matrix has {} rows and {} columns; a square one is needed", sparse_size(0),
          sparse_size(1));
  return index_select(0, perm).index_select(1, perm);
}

SparseTensor SparseTensor::narrow_diag(SparseSizes start, SparseSizes length) const {
  const Range rows = checked_range(*this, 0, start[0], length[0]), cols = checked_range(*this, 1, start[1], length[1]);
  const PatternTensors old = storage_.pattern()->tensors();
  const at::Tensor rowptr = storage_.rowptr();
  const int64_t first = rowptr[rows.start].item<int64_t>();
  const int64_t entries = rowptr[rows.start + rows.length].item<int64_t>() - first;
  const auto shifted = [&](const at::Tensor& tensor, int64_t by) {
    return tensor.defined() ? tensor.narrow(0, first, entries) - by : tensor;
  };
  PatternTensors tensors{.row = shifted(old.row, rows.start),
                         .rowptr = narrowed_pointers(rowptr, rows),
                         .col = shifted(old.col, cols.start),
                         .rowcount = narrowed(old.rowcount, rows.start, rows.length)};
  // What is derived of columns is that of the block only where no row outside of it has an entry in them.
  if (old.colptr.defined() && old.colptr[cols.start].item<int64_t>() == first &&
      old.colptr[cols.start + cols.length].item<int64_t>() == first + entries) {
    tensors.colptr = narrowed_pointers(old.colptr, cols);
    tensors.colcount = narrowed(old.colcount, cols.start, cols.length);
    tensors.csr2csc = shifted(old.csr2csc, first);
    tensors.csc2csr = shifted(old.csc2csr, first);
  }
  const bool inside =
      entries == 0 || (tensors.col.min().item<int64_t>() >= 0 && tensors.col.max().item<int64_t>() < cols.length);
  require(inside,
          "narrow_diag: rows {} to {} have entries outside columns {} to {}; the matrix must be made of blocks "
          "along its diagonal",
          rows.start, rows.start + rows.length, cols.start, cols.start + cols.length);
  return trusted(std::move(tensors), {rows.length, cols.length}, narrowed(storage_.value(), first, entries),
                 order_of_part(*this));
}

}  // namespace spinel::sparse
