// The storage of a sparse matrix: its pattern with what is derived from it, and its values.
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "spinel/sparse/layout.h"
#include "spinel/sparse/pattern.h"

namespace spinel::sparse {

/// What a storage is made of. row or rowptr, and col, must be given; undefined tensors are not.
struct StorageArguments {
  at::Tensor row;     ///< [nnz] int64
  at::Tensor rowptr;  ///< [M + 1] int64
  at::Tensor col;     ///< [nnz] int64
  at::Tensor value;   ///< [nnz, …] of any type; without it each entry counts as 1
  /// Absent: as many as rowptr says, or the largest index and one.
  std::array<std::optional<int64_t>, 2> sparse_sizes;
  at::Tensor rowcount, colptr, colcount, csr2csc, csc2csr;  ///< see PatternTensors
  bool is_sorted = false;                                   ///< by row, then column; else entries are sorted here
  /// Nothing that costs a pass over the entries is checked. What is false then is found by the operators that would be
  /// led out of bounds by it, or gives wrong numbers.
  bool trust_data = false;
};

/// Immutable but for functions whose names end in '_', which change this handle and no other; copies share the tensors
/// and what is derived from them later. Entries are in order of rows and, but for trusted data, of columns; duplicates
/// stay. One-dimensional int64 indices on the device of the values.
class SparseStorage {
 public:
  /// A matrix of no rows and columns.
  SparseStorage();
  static SparseStorage empty() { return {}; }
  /// Arguments that disagree or are of a wrong kind: invalid_argument.
  explicit SparseStorage(StorageArguments arguments);
  /// A pattern with values for its entries, [nnz, …] or undefined.
  SparseStorage(std::shared_ptr<const Pattern> pattern, at::Tensor value)
      : pattern_(std::move(pattern)), value_(std::move(value)) {}

  at::Tensor row() const { return pattern_->row(); }
  at::Tensor rowptr() const { return pattern_->rowptr(); }
  at::Tensor col() const { return pattern_->col(); }
  at::Tensor rowcount() const { return pattern_->rowcount(); }
  at::Tensor colptr() const { return pattern_->colptr(); }
  at::Tensor colcount() const { return pattern_->colcount(); }
  at::Tensor csr2csc() const { return pattern_->csr2csc(); }
  at::Tensor csc2csr() const { return pattern_->csc2csr(); }
  /// Undefined where the matrix has none.
  const at::Tensor& value() const { return value_; }

  bool has_row() const { return pattern_->tensors().row.defined(); }
  bool has_rowptr() const { return pattern_->tensors().rowptr.defined(); }
  bool has_value() const { return value_.defined(); }
  bool has_rowcount() const { return pattern_->tensors().rowcount.defined(); }
  bool has_colptr() const { return pattern_->tensors().colptr.defined(); }
  bool has_colcount() const { return pattern_->tensors().colcount.defined(); }
  bool has_csr2csc() const { return pattern_->tensors().csr2csc.defined(); }
  bool has_csc2csr() const { return pattern_->tensors().csc2csr.defined(); }

  const std::shared_ptr<const Pattern>& pattern() const { return pattern_; }
  const SparseSizes& sparse_sizes() const { return pattern_->sizes(); }
  int64_t sparse_size(int64_t dim) const;
  int64_t nnz() const { return pattern_->nnz(); }

  /// Values in the order of `layout`; without one coo is taken, with a warning. Undefined: none.
  SparseStorage set_value(const at::Tensor& value, std::optional<Layout> layout = std::nullopt) const;
  SparseStorage& set_value_(const at::Tensor& value, std::optional<Layout> layout = std::nullopt);

  /// Of rowcount, colptr, colcount, csr2csc and csc2csr those that are there.
  std::vector<std::string> cached_keys() const;
  int64_t num_cached_keys() const { return static_cast<int64_t>(cached_keys().size()); }
  SparseStorage& fill_cache_();
  SparseStorage& clear_cache_();

  /// Whether no entry is there twice (and, of trusted data, whether all are in order).
  bool is_coalesced() const { return pattern_->order() == Order::distinct; }
  /// Equal entries made one: their values reduced, "sum"/"add", "mean", "min" or "max".
  SparseStorage coalesce(Reduce reduce = Reduce::sum) const;
  /// With columns in order too, which only trusted data may lack.
  SparseStorage sorted() const;

  /// Other sizes for the same entries; what is derived is padded or cut. An entry that falls out: invalid_argument.
  SparseStorage sparse_resize(SparseSizes sizes) const;
  /// Entries at the same row-major place of another shape. One of both may be −1; the number of elements must stay.
  SparseStorage sparse_reshape(int64_t num_rows, int64_t num_cols) const;

  SparseStorage copy() const { return *this; }
  /// With tensors of its own.
  SparseStorage clone() const;
  /// Values of another type; the matrix itself where it has none.
  SparseStorage type(at::ScalarType dtype, bool non_blocking = false) const;
  SparseStorage type_as(const at::Tensor& tensor, bool non_blocking = false) const;
  SparseStorage to(at::Device device, bool non_blocking = false) const;
  SparseStorage to_device(at::Device device, bool non_blocking = false) const { return to(device, non_blocking); }
  SparseStorage device_as(const at::Tensor& tensor, bool non_blocking = false) const {
    return to(tensor.device(), non_blocking);
  }
  at::Device device() const { return col().device(); }
  SparseStorage pin_memory() const;
  bool is_pinned() const;
  /// Moves the tensors on the CPU into memory that other processes can map, for all who share them.
  SparseStorage& share_memory_();
  bool is_shared() const;

 private:
  template <typename F>
  SparseStorage mapped(F&& function) const;

  std::shared_ptr<const Pattern> pattern_;
  at::Tensor value_;
};

/// The layout, or coo with a warning that none was given.
Layout layout_or_coo(std::optional<Layout> layout);

/// The tensors of a pattern and their values checked as StorageArguments says, and entries sorted: storage_checks.cc.
SparseStorage checked_storage(StorageArguments arguments);

/// "[3, 4]"
std::string sizes_text(at::IntArrayRef sizes);

}  // namespace spinel::sparse
