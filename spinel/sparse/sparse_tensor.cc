#include "spinel/sparse/sparse_tensor.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "spinel/base/error.h"
#include "spinel/sparse/operators.h"

namespace spinel::sparse {

int64_t wrapped_dim(int64_t dim, int64_t dims, std::string_view what) {
  require(dim >= -dims && dim < dims, "{}: dimension out of range, expected to be in range of [{}, {}], but got {}",
          what, -dims, dims - 1, dim);
  return dim < 0 ? dim + dims : dim;
}

at::Tensor selected(const at::Tensor& value, const at::Tensor& perm) {
  return value.defined() ? value.index_select(0, perm) : value;
}

SparseTensor trusted(PatternTensors tensors, SparseSizes sizes, at::Tensor value, int64_t known_order) {
  auto pattern = std::make_shared<const Pattern>(std::move(tensors), sizes);
  if (known_order >= 0) pattern->set_order(static_cast<Order>(known_order));
  return SparseTensor(SparseStorage(std::move(pattern), std::move(value)));
}

SparseTensor::Triple SparseTensor::csc() const {
  const at::Tensor perm = storage_.csr2csc();
  return {storage_.colptr(), storage_.row().index_select(0, perm), selected(storage_.value(), perm)};
}

std::vector<int64_t> SparseTensor::sizes() const {
  std::vector<int64_t> sizes(sparse_sizes().begin(), sparse_sizes().end());
  if (has_value()) sizes.insert(sizes.end(), storage_.value().sizes().begin() + 1, storage_.value().sizes().end());
  return sizes;
}

int64_t SparseTensor::dim() const { return has_value() ? storage_.value().dim() + 1 : 2; }

int64_t SparseTensor::size(int64_t dim) const {
  return sizes()[static_cast<size_t>(wrapped_dim(dim, this->dim(), "SparseTensor"))];
}

int64_t SparseTensor::numel() const { return has_value() ? storage_.value().numel() : nnz(); }

double SparseTensor::density() const {
  if (sparse_size(0) == 0 || sparse_size(1) == 0) return 0;
  return static_cast<double>(nnz()) / (static_cast<double>(sparse_size(0)) * static_cast<double>(sparse_size(1)));
}

double SparseTensor::avg_row_length() const {
  return sparse_size(0) == 0 ? 0 : static_cast<double>(nnz()) / static_cast<double>(sparse_size(0));
}

double SparseTensor::avg_col_length() const {
  return sparse_size(1) == 0 ? 0 : static_cast<double>(nnz()) / static_cast<double>(sparse_size(1));
}

int64_t SparseTensor::bandwidth() const {
  return nnz() == 0 ? 0 : (storage_.row() - storage_.col()).abs_().max().item<int64_t>();
}

double SparseTensor::avg_bandwidth() const {
  if (nnz() == 0) return 0;
  // torch_sparse's mean is one of float32.
  return (storage_.row() - storage_.col()).abs_().to(at::kDouble).mean().to(at::kFloat).item<float>();
}

double SparseTensor::bandwidth_proportion(int64_t bandwidth) const {
  if (nnz() == 0) return 0;
  const at::Tensor within = (storage_.row() - storage_.col()).abs_().le(bandwidth).sum();
  return static_cast<double>(within.item<int64_t>()) / static_cast<double>(nnz());
}

bool SparseTensor::is_symmetric() const {
  if (!is_quadratic()) return false;
  const SparseTensor in_order(storage_.sorted());
  const auto [rowptr, col, value] = in_order.csr();
  const auto [colptr, row, transposed] = in_order.csc();
  return at::equal(rowptr, colptr) && at::equal(col, row) && (!value.defined() || at::equal(value, transposed));
}

at::ScalarType SparseTensor::dtype() const { return has_value() ? storage_.value().scalar_type() : at::kFloat; }
bool SparseTensor::is_floating_point() const { return at::isFloatingType(dtype()); }

bool operator==(const SparseTensor& a, const SparseTensor& b) {
  if (a.sizes() != b.sizes() || a.nnz() != b.nnz() || a.has_value() != b.has_value()) return false;
  if (a.device() != b.device()) return false;
  const auto [rowptr_a, col_a, value_a] = a.csr();
  const auto [rowptr_b, col_b, value_b] = b.csr();
  if (!at::equal(rowptr_a, rowptr_b) || !at::equal(col_a, col_b)) return false;
  return !a.has_value() || (value_a.scalar_type() == value_b.scalar_type() && at::equal(value_a, value_b));
}

SparseTensor SparseTensor::set_value(const at::Tensor& value, std::optional<Layout> layout) const {
  return SparseTensor(storage_.set_value(value, layout));
}

SparseTensor& SparseTensor::set_value_(const at::Tensor& value, std::optional<Layout> layout) {
  storage_.set_value_(value, layout);
  return *this;
}

SparseTensor SparseTensor::fill_value(double value, std::optional<at::ScalarType> dtype) const {
  const at::ScalarType type = dtype.value_or(at::get_default_dtype_as_scalartype());
  return set_value(at::full({nnz()}, value, at::TensorOptions(type).device(device())), Layout::coo);
}

SparseTensor& SparseTensor::fill_value_(double value, std::optional<at::ScalarType> dtype) {
  return *this = fill_value(value, dtype);
}

SparseTensor SparseTensor::detach() const {
  return has_value() ? set_value(storage_.value().detach(), Layout::coo) : *this;
}

SparseTensor& SparseTensor::detach_() { return *this = detach(); }

SparseTensor& SparseTensor::requires_grad_(bool requires_grad, std::optional<at::ScalarType> dtype) {
  if (requires_grad && !has_value()) fill_value_(1, dtype);
  if (!has_value()) return *this;
  require(!requires_grad || is_floating_point(),
          "requires_grad_: values of type {} have no gradient; convert them to a floating type",
          c10::toString(this->dtype()));
  // A leaf of this handle: that of others stays as it is.
  if (storage_.value().requires_grad() != requires_grad) {
    storage_.set_value_(storage_.value().detach().set_requires_grad(requires_grad), Layout::coo);
  }
  return *this;
}

SparseTensor SparseTensor::type(at::ScalarType dtype, bool non_blocking) const {
  return SparseTensor(storage_.type(dtype, non_blocking));
}

SparseTensor SparseTensor::to(at::Device device, bool non_blocking) const {
  return SparseTensor(storage_.to(device, non_blocking));
}

SparseTensor& SparseTensor::share_memory_() {
  storage_.share_memory_();
  return *this;
}

SparseTensor& SparseTensor::fill_cache_() {
  storage_.fill_cache_();
  return *this;
}

SparseTensor& SparseTensor::clear_cache_() {
  storage_.clear_cache_();
  return *this;
}

SparseTensor SparseTensor::coalesce(std::string_view reduce) const {
  return SparseTensor(storage_.coalesce(parse_reduce(reduce)));
}

SparseTensor SparseTensor::sparse_reshape(int64_t num_rows, int64_t num_cols) const {
  return SparseTensor(storage_.sparse_reshape(num_rows, num_cols));
}

std::string SparseTensor::to_string() const {
  return format("SparseTensor(nnz={}, size={}, density={:.2f}%)", nnz(), sizes_text(sizes()), 100 * density());
}

}  // namespace spinel::sparse
