#include "spinel/sparse/storage.h"

#include <ATen/ATen.h>
#include <ATen/MapAllocator.h>
#include <ATen/StorageUtils.h>

#include <algorithm>

#include "spinel/base/error.h"
#include "spinel/base/log.h"
#include "spinel/sparse/operators.h"

namespace spinel::sparse {
namespace {

constexpr at::Tensor PatternTensors::*all_tensors[] = {
    &PatternTensors::row,    &PatternTensors::rowptr,   &PatternTensors::col,     &PatternTensors::rowcount,
    &PatternTensors::colptr, &PatternTensors::colcount, &PatternTensors::csr2csc, &PatternTensors::csc2csr};

constexpr std::pair<const char*, at::Tensor PatternTensors::*> caches[] = {{"rowcount", &PatternTensors::rowcount},
                                                                           {"colptr", &PatternTensors::colptr},
                                                                           {"colcount", &PatternTensors::colcount},
                                                                           {"csr2csc", &PatternTensors::csr2csc},
                                                                           {"csc2csr", &PatternTensors::csc2csr}};

std::shared_ptr<const Pattern> make_pattern(PatternTensors tensors, SparseSizes sizes, int64_t known_order) {
  auto pattern = std::make_shared<const Pattern>(std::move(tensors), sizes);
  if (known_order >= 0) pattern->set_order(static_cast<Order>(known_order));
  return pattern;
}

at::Tensor checked_value(const at::Tensor& value, const Pattern& pattern, std::optional<Layout> layout) {
  if (!value.defined()) return value;
  require(value.dim() > 0 && value.size(0) == pattern.nnz(),
          "SparseTensor: value has the sizes {}; there are {} entries, each with one row of it",
          sizes_text(value.sizes()), pattern.nnz());
  require(value.device() == pattern.col().device(), "SparseTensor: value is on {} but the indices on {}; move one",
          value.device().str(), pattern.col().device().str());
  const bool by_column = layout_or_coo(layout) == Layout::csc;
  return by_column ? value.index_select(0, pattern.csc2csr()) : value.contiguous();
}

/// Pointers of `size` rows or columns: the last one repeated, or cut.
at::Tensor resized_pointers(const at::Tensor& ptr, int64_t size) {
  if (!ptr.defined()) return ptr;
  const int64_t more = size + 1 - ptr.size(0);
  return more > 0 ? at::cat({ptr, ptr.slice(0, -1).expand({more})}) : ptr.narrow(0, 0, size + 1).contiguous();
}

at::Tensor resized_counts(const at::Tensor& count, int64_t size) {
  if (!count.defined()) return count;
  const int64_t more = size - count.size(0);
  return more > 0 ? at::cat({count, at::zeros({more}, count.options())}) : count.narrow(0, 0, size).contiguous();
}

}  // namespace

std::string sizes_text(at::IntArrayRef sizes) { return "[" + join_text(sizes, ", ") + "]"; }

Layout layout_or_coo(std::optional<Layout> layout) {
  if (!layout) {
    log_warning("SparseTensor: no layout is given for the values; coo is taken, name it to be sure");
  }
  return layout.value_or(Layout::coo);
}

SparseStorage::SparseStorage() {
  const at::Tensor none = at::empty({0}, at::kLong);
  pattern_ = make_pattern({.row = none, .col = none}, {0, 0}, static_cast<int64_t>(Order::distinct));
}

SparseStorage::SparseStorage(StorageArguments arguments) { *this = checked_storage(std::move(arguments)); }

int64_t SparseStorage::sparse_size(int64_t dim) const {
  require(dim >= -2 && dim < 2, "SparseTensor: dimension {} is asked for; a pattern has 0 and 1", dim);
  return sparse_sizes()[static_cast<size_t>(dim < 0 ? dim + 2 : dim)];
}

SparseStorage SparseStorage::set_value(const at::Tensor& value, std::optional<Layout> layout) const {
  return {pattern_, checked_value(value, *pattern_, layout)};
}

SparseStorage& SparseStorage::set_value_(const at::Tensor& value, std::optional<Layout> layout) {
  value_ = checked_value(value, *pattern_, layout);
  return *this;
}

std::vector<std::string> SparseStorage::cached_keys() const {
  const PatternTensors tensors = pattern_->tensors();
  std::vector<std::string> keys;
  for (const auto& [name, member] : caches) {
    if ((tensors.*member).defined()) keys.emplace_back(name);
  }
  return keys;
}

SparseStorage& SparseStorage::fill_cache_() {
  row();
  rowcount();
  colcount();
  csc2csr();
  return *this;
}

SparseStorage& SparseStorage::clear_cache_() {
  PatternTensors tensors = pattern_->tensors();
  for (const auto& [name, member] : caches) (tensors.*member).reset();
  pattern_ = make_pattern(std::move(tensors), sparse_sizes(), pattern_->known_order());
  return *this;
}

SparseStorage SparseStorage::sorted() const {
  if (pattern_->order() >= Order::entries) return *this;
  auto [row, col, perm] = op::sort_coo(this->row(), this->col(), sparse_size(0), sparse_size(1));
  const PatternTensors old = pattern_->tensors();
  return {make_pattern({.row = std::move(row),
                        .rowptr = old.rowptr,
                        .col = std::move(col),
                        .rowcount = old.rowcount,
                        .colptr = old.colptr,
                        .colcount = old.colcount},
                       sparse_sizes(), -1),
          has_value() ? value_.index_select(0, perm) : at::Tensor()};
}

SparseStorage SparseStorage::coalesce(Reduce reduce) const {
  if (is_coalesced()) return *this;
  const SparseStorage in_order = sorted();
  auto [row, col, ptr] = op::distinct_coo(in_order.row(), in_order.col());
  at::Tensor value;
  if (has_value()) value = op::segment_reduce(in_order.value_, ptr, {}, reduce);
  return {make_pattern({.row = std::move(row), .col = std::move(col)}, sparse_sizes(),
                       static_cast<int64_t>(Order::distinct)),
          std::move(value)};
}

SparseStorage SparseStorage::sparse_resize(SparseSizes sizes) const {
  require(std::min(sizes[0], sizes[1]) >= 0 && std::max(sizes[0], sizes[1]) < INT64_MAX,
          "sparse_resize: the sizes are {} and {}; they must not be negative, and less than 2^63 - 1", sizes[0],
          sizes[1]);
  if (nnz() > 0 && (sizes[0] < sparse_size(0) || sizes[1] < sparse_size(1))) {
    const at::Tensor facts = op::inspect_coo(row(), col());
    const int64_t rows = facts[2].item<int64_t>() + 1, cols = facts[4].item<int64_t>() + 1;
    require(rows <= sizes[0] && cols <= sizes[1],
            "sparse_resize: the entries fill {} rows and {} columns; {} and {} are too few", rows, cols, sizes[0],
            sizes[1]);
  }
  PatternTensors tensors = pattern_->tensors();
  tensors.rowptr = resized_pointers(tensors.rowptr, sizes[0]);
  tensors.rowcount = resized_counts(tensors.rowcount, sizes[0]);
  tensors.colptr = resized_pointers(tensors.colptr, sizes[1]);
  tensors.colcount = resized_counts(tensors.colcount, sizes[1]);
  return {make_pattern(std::move(tensors), sizes, pattern_->known_order()), value_};
}

SparseStorage SparseStorage::sparse_reshape(int64_t num_rows, int64_t num_cols) const {
  require((num_rows > 0 || num_rows == -1) && (num_cols > 0 || num_cols == -1) && (num_rows > 0 || num_cols > 0),
          "sparse_reshape: the sizes are {} and {}; they must be positive, and one may be -1", num_rows, num_cols);
  using Wide = unsigned __int128;
  const Wide total = static_cast<Wide>(sparse_size(0)) * static_cast<Wide>(sparse_size(1));
  const Wide rows = num_rows > 0 ? static_cast<Wide>(num_rows) : total / static_cast<Wide>(num_cols);
  const Wide cols = num_cols > 0 ? static_cast<Wide>(num_cols) : total / static_cast<Wide>(num_rows);
  require(rows * cols == total && rows <= INT64_MAX && cols <= INT64_MAX,
          "sparse_reshape: {} x {} elements do not become {} x {}; their number must stay", sparse_size(0),
          sparse_size(1), num_rows, num_cols);
  const SparseSizes sizes{static_cast<int64_t>(rows), static_cast<int64_t>(cols)};
  auto [row, col] = op::reshape_coo(this->row(), this->col(), sparse_size(1), sizes[1]);
  // Rows may be out of order only where columns were.
  const SparseStorage reshaped{make_pattern({.row = row, .col = col}, sizes, -1), value_};
  return pattern_->order() >= Order::entries ? reshaped : reshaped.sorted();
}

/// The function applied to every tensor, each once where it is shared.
template <typename F>
SparseStorage SparseStorage::mapped(F&& function) const {
  PatternTensors tensors = pattern_->tensors();
  for (const auto member : all_tensors) {
    at::Tensor& tensor = tensors.*member;
    if (tensor.defined()) tensor = function(tensor);
  }
  return {make_pattern(std::move(tensors), sparse_sizes(), pattern_->known_order()),
          has_value() ? function(value_) : at::Tensor()};
}

SparseStorage SparseStorage::clone() const {
  return mapped([](const at::Tensor& tensor) { return tensor.clone(); });
}

SparseStorage SparseStorage::type(at::ScalarType dtype, bool non_blocking) const {
  if (!has_value() || value_.scalar_type() == dtype) return *this;
  return {pattern_, value_.to(dtype, non_blocking)};
}

SparseStorage SparseStorage::type_as(const at::Tensor& tensor, bool non_blocking) const {
  return type(tensor.scalar_type(), non_blocking);
}

SparseStorage SparseStorage::to(at::Device device, bool non_blocking) const {
  if (device == this->device()) return *this;
  return mapped([&](const at::Tensor& tensor) { return tensor.to(device, tensor.scalar_type(), non_blocking); });
}

SparseStorage SparseStorage::pin_memory() const {
  return mapped([](const at::Tensor& tensor) { return tensor.pin_memory(); });
}

bool SparseStorage::is_pinned() const {
  const PatternTensors tensors = pattern_->tensors();
  for (const auto member : all_tensors) {
    if ((tensors.*member).defined() && !(tensors.*member).is_pinned()) return false;
  }
  return !has_value() || value_.is_pinned();
}

SparseStorage& SparseStorage::share_memory_() {
  mapped([](at::Tensor tensor) {
    if (!tensor.is_cuda()) at::share_memory_(tensor);
    return tensor;
  });
  return *this;
}

bool SparseStorage::is_shared() const {
  bool shared = true;
  mapped([&](const at::Tensor& tensor) {
    shared = shared && (tensor.is_cuda() || at::MapAllocator::fromDataPtr(tensor.storage().data_ptr()) != nullptr);
    return tensor;
  });
  return shared;
}

}  // namespace spinel::sparse
