#include "spinel/sparse/pattern.h"

#include <ATen/ATen.h>

#include "spinel/sparse/operators.h"

namespace spinel::sparse {

at::Tensor Pattern::get(Member member) const {
  const std::lock_guard lock(mutex_);
  return tensors_.*member;
}

at::Tensor Pattern::keep(Member member, at::Tensor tensor) const {
  const std::lock_guard lock(mutex_);
  at::Tensor& kept = tensors_.*member;
  if (!kept.defined()) kept = std::move(tensor);
  return kept;
}

PatternTensors Pattern::tensors() const {
  const std::lock_guard lock(mutex_);
  return tensors_;
}

at::Tensor Pattern::row() const {
  at::Tensor row = get(&PatternTensors::row);
  return row.defined() ? row : keep(&PatternTensors::row, op::ptr2ind(rowptr(), nnz()));
}

at::Tensor Pattern::rowptr() const {
  at::Tensor rowptr = get(&PatternTensors::rowptr);
  return rowptr.defined() ? rowptr : keep(&PatternTensors::rowptr, op::ind2ptr(row(), sizes_[0]));
}

at::Tensor Pattern::rowcount() const {
  at::Tensor rowcount = get(&PatternTensors::rowcount);
  return rowcount.defined() ? rowcount : keep(&PatternTensors::rowcount, rowptr().diff());
}

/// Pointers and permutation come from one pass.
void Pattern::group_columns() const {
  auto [colptr, csr2csc] = op::index_sort(col(), sizes_[1]);
  keep(&PatternTensors::colptr, std::move(colptr));
  keep(&PatternTensors::csr2csc, std::move(csr2csc));
}

at::Tensor Pattern::colptr() const {
  if (!get(&PatternTensors::colptr).defined()) group_columns();
  return get(&PatternTensors::colptr);
}

at::Tensor Pattern::csr2csc() const {
  at::Tensor csr2csc = get(&PatternTensors::csr2csc);
  if (csr2csc.defined()) return csr2csc;
  // What was transposed has the inverse.
  const at::Tensor inverse = get(&PatternTensors::csc2csr);
  if (inverse.defined()) return keep(&PatternTensors::csr2csc, op::invert_permutation(inverse));
  group_columns();
  return get(&PatternTensors::csr2csc);
}

at::Tensor Pattern::colcount() const {
  at::Tensor colcount = get(&PatternTensors::colcount);
  return colcount.defined() ? colcount : keep(&PatternTensors::colcount, colptr().diff());
}

at::Tensor Pattern::csc2csr() const {
  at::Tensor csc2csr = get(&PatternTensors::csc2csr);
  return csc2csr.defined() ? csc2csr : keep(&PatternTensors::csc2csr, op::invert_permutation(csr2csc()));
}

int64_t Pattern::known_order() const {
  const std::lock_guard lock(mutex_);
  return order_;
}

void Pattern::set_order(Order order) const {
  const std::lock_guard lock(mutex_);
  order_ = static_cast<int64_t>(order);
}

Order Pattern::order() const {
  const int64_t known = known_order();
  if (known >= 0) return static_cast<Order>(known);
  const Order found = static_cast<Order>(op::inspect_coo(row(), col())[0].item<int64_t>());
  set_order(found);
  return found;
}

}  // namespace spinel::sparse
