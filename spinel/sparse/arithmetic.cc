#include "spinel/sparse/arithmetic.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "spinel/base/error.h"
#include "spinel/sparse/operators.h"

namespace spinel::sparse {
namespace {

/// The element of `dense` that meets each entry: [nnz, …].
at::Tensor spread(const SparseTensor& a, const at::Tensor& dense) {
  require(dense.defined(), "SparseTensor: the dense operand is undefined; a tensor is needed");
  require(dense.device() == a.device(), "SparseTensor: the dense operand is on {} but the matrix on {}; move one",
          dense.device().str(), a.device().str());
  const int64_t rows = a.sparse_size(0), cols = a.sparse_size(1);
  if (dense.dim() >= 2 && dense.size(0) == rows && dense.size(1) == 1) {
    const at::Tensor by_row = dense.squeeze(1);
    // Summed by rows on the way back, in place of a scatter.
    if (at::isFloatingType(dense.scalar_type())) return op::gather_csr(by_row, a.storage().rowptr(), a.nnz());
    return by_row.index_select(0, a.storage().row());
  }
  if (dense.dim() >= 2 && dense.size(0) == 1 && dense.size(1) == cols) {
    return dense.squeeze(0).index_select(0, a.storage().col());
  }
  fail(ErrorKind::invalid_argument,
       "SparseTensor: sizes do not match: Expected size ({}, 1, ...) or (1, {}, ...), but got size {}", rows, cols,
       sizes_text(dense.sizes()));
}

/// Both with as many dimensions, so that numbers meet the vectors of their entry.
void align(at::Tensor& a, at::Tensor& b) {
  const at::Tensor given_a = a, given_b = b;
  while (a.dim() < b.dim()) a = a.unsqueeze(-1);
  while (b.dim() < a.dim()) b = b.unsqueeze(-1);
  require(at::are_expandable(a.sizes(), b.sizes()),
          "SparseTensor: values of the sizes {} and {} meet; but for the number of entries they must be the same, or 1",
          sizes_text(given_a.sizes()), sizes_text(given_b.sizes()));
}

at::Tensor added(at::Tensor value, at::Tensor other) {
  if (!value.defined()) return other + 1;
  other = other.to(value.scalar_type());
  align(value, other);
  return value + other;
}

at::Tensor multiplied(at::Tensor value, at::Tensor other) {
  if (!value.defined()) return other;
  other = other.to(value.scalar_type());
  align(value, other);
  return value * other;
}

SparseSizes larger_sizes(const SparseTensor& a, const SparseTensor& b) {
  return {std::max(a.sparse_size(0), b.sparse_size(0)), std::max(a.sparse_size(1), b.sparse_size(1))};
}

/// `other` of add_nnz and mul_nnz: one row an entry, or one for all.
const at::Tensor& checked_rows(const SparseTensor& a, const at::Tensor& other, const char* op) {
  const bool fits = other.defined() && (other.dim() == 0 || other.size(0) == a.nnz() || other.size(0) == 1);
  require(fits && (a.has_value() || (other.dim() > 0 && other.size(0) == a.nnz())),
          "{}: the operand has the sizes {}; there are {} entries, each with one row of it", op,
          other.defined() ? sizes_text(other.sizes()) : "of nothing", a.nnz());
  return other;
}

}  // namespace

SparseTensor add(const SparseTensor& a, const at::Tensor& dense) {
  return a.set_value(added(a.storage().value(), spread(a, dense)), Layout::coo);
}

SparseTensor mul(const SparseTensor& a, const at::Tensor& dense) {
  return a.set_value(multiplied(a.storage().value(), spread(a, dense)), Layout::coo);
}

SparseTensor add(const SparseTensor& a, const SparseTensor& b) {
  const SparseStorage left = a.storage().sorted(), right = b.storage().sorted();
  auto [row, col, perm] = op::merge_coo(left.row(), left.col(), right.row(), right.col());
  auto [first_row, first_col, ptr] = op::distinct_coo(row, col);
  at::Tensor value;
  if (a.has_value() && b.has_value()) {
    require(left.value().sizes().slice(1) == right.value().sizes().slice(1),
            "add: the values of both have the sizes {} and {}; but for the first they must be the same",
            sizes_text(left.value().sizes()), sizes_text(right.value().sizes()));
    value = op::segment_reduce(at::cat({left.value(), right.value()}), ptr, perm, Reduce::sum);
  }
  return trusted({.row = std::move(first_row), .col = std::move(first_col)}, larger_sizes(a, b), std::move(value),
                 static_cast<int64_t>(Order::distinct));
}

SparseTensor mul(const SparseTensor& a, const SparseTensor& b) {
  require(a.is_coalesced(), "mul: the `src` tensor is not coalesced; coalesce it first");
  require(b.is_coalesced(), "mul: the `other` tensor is not coalesced; coalesce it first");
  require(a.has_value() && b.has_value(), "mul: both sparse tensors must contain values; set them first");
  const SparseStorage &left = a.storage(), &right = b.storage();
  const auto [in_a, in_b] = op::common_coo(left.row(), left.col(), right.row(), right.col());
  at::Tensor value_a = left.value().index_select(0, in_a), value_b = right.value().index_select(0, in_b);
  align(value_a, value_b);
  return trusted({.row = left.row().index_select(0, in_a), .col = left.col().index_select(0, in_a)}, larger_sizes(a, b),
                 value_a * value_b, static_cast<int64_t>(Order::distinct));
}

SparseTensor SparseTensor::add(const at::Tensor& dense) const { return sparse::add(*this, dense); }
SparseTensor SparseTensor::add(const SparseTensor& other) const { return sparse::add(*this, other); }
SparseTensor SparseTensor::mul(const at::Tensor& dense) const { return sparse::mul(*this, dense); }
SparseTensor SparseTensor::mul(const SparseTensor& other) const { return sparse::mul(*this, other); }

SparseTensor SparseTensor::add_nnz(const at::Tensor& other, std::optional<Layout> layout) const {
  return set_value(added(storage_.value(), checked_rows(*this, other, "add_nnz")), layout);
}

SparseTensor SparseTensor::mul_nnz(const at::Tensor& other, std::optional<Layout> layout) const {
  return set_value(multiplied(storage_.value(), checked_rows(*this, other, "mul_nnz")), layout);
}

SparseTensor& SparseTensor::add_nnz_(const at::Tensor& other, std::optional<Layout> layout) {
  return *this = add_nnz(other, layout);
}

SparseTensor& SparseTensor::mul_nnz_(const at::Tensor& other, std::optional<Layout> layout) {
  return *this = mul_nnz(other, layout);
}

}  // namespace spinel::sparse
