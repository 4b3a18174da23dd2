// The places of a sparse matrix's entries: sizes, rows, columns, and what is derived from them when it is asked for.
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace spinel::sparse {

/// Rows and columns of a matrix.
using SparseSizes = std::array<int64_t, 2>;

/// Tensors that may be given for a pattern and that it keeps; undefined where they are not there.
struct PatternTensors {
  at::Tensor row;       ///< [nnz]
  at::Tensor rowptr;    ///< [M + 1]
  at::Tensor col;       ///< [nnz]
  at::Tensor rowcount;  ///< [M] entries of each row
  at::Tensor colptr;    ///< [N + 1]
  at::Tensor colcount;  ///< [N] entries of each column
  at::Tensor csr2csc;   ///< [nnz] positions of the entries in the order of columns
  at::Tensor csc2csr;   ///< [nnz] its inverse
};

/// How far entries are in order; each holds what the one before it does.
enum class Order : int64_t { none, rows, entries, distinct };

/// Immutable but for tensors that are derived on demand and kept; those are shared by all who share the pattern, and
/// may be asked for by several threads. All int64; rows are in order, columns within a row may be in none.
class Pattern {
 public:
  /// Nothing is checked: SparseStorage does it.
  Pattern(PatternTensors tensors, SparseSizes sizes) : sizes_(sizes), tensors_(std::move(tensors)) {}

  const SparseSizes& sizes() const { return sizes_; }
  const at::Tensor& col() const { return tensors_.col; }
  int64_t nnz() const { return tensors_.col.numel(); }
  at::Tensor row() const;
  at::Tensor rowptr() const;
  at::Tensor rowcount() const;
  at::Tensor colptr() const;
  at::Tensor colcount() const;
  at::Tensor csr2csc() const;
  at::Tensor csc2csr() const;
  /// Of the entries; Order::none cannot be but for data that was trusted.
  Order order() const;

  /// What is there now.
  PatternTensors tensors() const;
  /// Remembers an order that is known.
  void set_order(Order order) const;
  /// As order(), but -1 where it is not known yet.
  int64_t known_order() const;

 private:
  using Member = at::Tensor PatternTensors::*;
  at::Tensor get(Member member) const;
  /// Keeps a tensor unless another thread has been quicker; returns the one kept.
  at::Tensor keep(Member member, at::Tensor tensor) const;
  void group_columns() const;

  const SparseSizes sizes_;
  mutable std::mutex mutex_;
  mutable PatternTensors tensors_;
  mutable int64_t order_ = -1;
};

}  // namespace spinel::sparse
