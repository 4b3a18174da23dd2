// The tensors of sparse operators as their kernels take them: int64, one dimension, without gaps, checked.
#pragma once

#include <string_view>
#include <vector>

#include "spinel/kernels/cpu/coo_entries.h"
#include "spinel/ops/op_def.h"

namespace spinel::ops {

/// A list of indices. `op` and the argument's `name` begin messages: "ind2ptr: ind". Another dtype or rank:
/// invalid_argument.
class IndexArray {
 public:
  IndexArray(const Host& host, const Tensor& tensor, std::string_view op, std::string_view name);
  int64_t size() const { return tensor_.numel(); }
  const int64_t* data() const { return static_cast<const int64_t*>(tensor_.data()); }

 private:
  Tensor tensor_;
};

/// Pointers of compressed rows or columns. They must rise from 0 to the number of entries: invalid_argument.
class PointerArray {
 public:
  PointerArray(const Host& host, const Tensor& tensor, int64_t entries, std::string_view op, std::string_view name);
  int64_t rows() const { return array_.size() - 1; }
  const int64_t* data() const { return array_.data(); }

 private:
  IndexArray array_;
};

/// Rows and columns of entries, as many of each. `op` begins messages.
class EntryArrays {
 public:
  EntryArrays(const Host& host, const Tensor& row, const Tensor& col, std::string_view op);
  int64_t n() const { return row_.size(); }
  const int64_t* row() const { return row_.data(); }
  const int64_t* col() const { return col_.data(); }
  kernels::CooList list() const { return {n(), row(), col()}; }
  /// All in [0, rows) and [0, cols), else invalid_argument.
  void require_within(const Host& host, int64_t rows, int64_t cols) const;
  /// In that order at least, else invalid_argument; `suffix` ends the arguments' names ("_a").
  void require_order(const Host& host, kernels::CooOrder order, std::string_view suffix) const;

 private:
  std::string_view op_;
  IndexArray row_, col_;
};

/// A length among the arguments: not negative, else invalid_argument.
int64_t length_argument(Arguments arguments, size_t index, std::string_view op, std::string_view name);

inline int64_t* index_data(const Tensor& tensor) { return static_cast<int64_t*>(tensor.data()); }
/// [size] int64 on the CPU.
Tensor empty_index(const Host& host, int64_t size);

/// select_rows, select_columns and narrow_columns of sparse_index.h.
std::vector<OpDef> sparse_select_operators();

}  // namespace spinel::ops
