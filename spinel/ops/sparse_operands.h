// The index tensors of sparse operators, int32 or int64: checked, as kernels take them, and made of kernels' results.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "spinel/kernels/cpu/coo_entries.h"
#include "spinel/kernels/cpu/csr_graph.h"
#include "spinel/kernels/cpu/spmm.h"
#include "spinel/ops/op_def.h"

namespace spinel::ops {

/// A list of indices without gaps in memory. Default constructed: none was given.
class IndexArray {
 public:
  IndexArray() = default;
  /// `op` and the argument's `name`, both literals, begin messages: "ind2ptr: ind". Not one dimension, not int32 or
  /// int64, an int32 list that is longer than int32 counts: invalid_argument.
  IndexArray(const Host& host, const Tensor& tensor, const char* op, const char* name);
  /// Also invalid_argument: another index type than the argument `like` has.
  IndexArray(const Host& host, const Tensor& tensor, const char* op, const char* name, const IndexArray& like);

  bool is_given() const { return tensor_.defined(); }
  const Tensor& tensor() const { return tensor_; }
  registry::Device device() const { return tensor_.device(); }
  ScalarType dtype() const { return tensor_.scalar_type(); }
  /// The type for kernels::by_index().
  Dtype index() const { return dtype() == ScalarType::int32 ? Dtype::i32 : Dtype::i64; }
  int64_t size() const { return tensor_.numel(); }
  const void* data() const { return tensor_.data(); }
  template <typename Index>
  const Index* data() const {
    return static_cast<const Index*>(tensor_.data());
  }
  template <typename Index>
  std::span<const Index> span() const {
    return {data<Index>(), static_cast<size_t>(size())};
  }
  /// Another number of elements: invalid_argument.
  void require_size(int64_t size) const;
  /// Where a kernel returned the place of an unsound element, which is outside [0, limit): invalid_argument.
  void require_sound(int64_t place, int64_t limit, const char* counted) const;
  /// The same of a number that is outside [0, size()) or stands there twice.
  void require_permutation(int64_t place) const;
  int64_t at(int64_t place) const;

 private:
  const Host* host_ = nullptr;
  Tensor tensor_;
  const char *op_ = "", *name_ = "";
};

/// Pointers of compressed rows or columns and the indices of their entries, of one index type.
class CsrArrays {
 public:
  CsrArrays() = default;
  /// No pointer at all: invalid_argument. What the arrays hold is not read.
  CsrArrays(const Host& host, const Tensor& pointers, const Tensor& indices, const kernels::CsrNames& names);

  const kernels::CsrNames& names() const { return names_; }
  const IndexArray& pointers() const { return pointers_; }
  const IndexArray& indices() const { return indices_; }
  ScalarType dtype() const { return indices_.dtype(); }
  Dtype index() const { return indices_.index(); }
  registry::Device device() const { return indices_.device(); }
  int64_t rows() const { return pointers_.size() - 1; }
  int64_t entries() const { return indices_.size(); }
  /// `columns` negative: as many as rows. Pointers on the CPU that do not begin at 0 and end at the number of entries:
  /// invalid_argument; what lies between, kernels check.
  template <typename Index>
  kernels::CsrGraph<Index> graph(int64_t columns = -1) const {
    if (pointers_.tensor().device().type == registry::DeviceType::cpu) {
      kernels::check_ends(names_, pointers_.at(0), pointers_.at(rows()), entries());
    }
    return {pointers_.data<Index>(), indices_.data<Index>(), rows(), entries(), columns < 0 ? rows() : columns, names_};
  }
  /// For kernels of products; `value` of the elements' type, or null.
  kernels::CsrOperand operand(int64_t columns, const void* value) const;
  /// Another list of the call, of the same index type.
  IndexArray list(const Host& host, const Tensor& tensor, const char* name) const {
    return {host, tensor, names_.op, name, pointers_};
  }

 private:
  IndexArray pointers_, indices_;
  kernels::CsrNames names_;
};

/// Pointers of compressed rows or columns that rise from 0 to the number of entries, else invalid_argument.
class PointerArray : public IndexArray {
 public:
  PointerArray(const Host& host, const Tensor& tensor, int64_t entries, const char* op, const char* name);
  int64_t rows() const { return size() - 1; }
};

/// Rows and columns of entries, as many of each and of one index type.
class EntryArrays {
 public:
  EntryArrays(const Host& host, const Tensor& row, const Tensor& col, const char* op);
  Dtype index() const { return row_.index(); }
  registry::Device device() const { return row_.device(); }
  int64_t n() const { return row_.size(); }
  const IndexArray& row() const { return row_; }
  const IndexArray& col() const { return col_; }
  template <typename Index>
  kernels::CooList<Index> list() const {
    return {n(), row_.data<Index>(), col_.data<Index>()};
  }
  kernels::CooFacts facts(const Host& host) const;
  /// All in [0, rows) and [0, cols), else invalid_argument.
  void require_within(const Host& host, int64_t rows, int64_t cols) const;
  /// In that order at least, else invalid_argument; `suffix` ends the arguments' names ("_a").
  void require_order(const Host& host, kernels::CooOrder order, std::string_view suffix) const;
  /// Of one index type, else invalid_argument.
  void require_alike(const EntryArrays& other) const;

 private:
  const char* op_;
  IndexArray row_, col_;
};

/// A length among the arguments: not negative, else invalid_argument.
int64_t length_argument(Arguments arguments, size_t index, const char* op, const char* name);

/// An index list, not set; by default in the host's memory.
Tensor empty_index(const Host& host, int64_t size, ScalarType dtype, registry::Device device = {});
/// A list with these elements.
template <typename Index>
Tensor to_tensor(const Host& host, const std::vector<Index>& values) {
  const Tensor made = empty_index(host, static_cast<int64_t>(values.size()),
                                  sizeof(Index) == 4 ? ScalarType::int32 : ScalarType::int64);
  std::copy(values.begin(), values.end(), static_cast<Index*>(made.data()));
  return made;
}
/// An element of a list; there is an overload for lists on a GPU.
template <typename Index>
int64_t number_at(const Index* list, int64_t place, const ParallelFor&) {
  return list[place];
}
template <typename Index>
Index* index_data(const Tensor& tensor) {
  return static_cast<Index*>(tensor.data());
}

/// The rows that pointers of those sizes are for. Not one dimension, no pointer: invalid_argument.
Size pointed_rows(std::string_view op, const TensorSpec& pointers, std::string_view name = "rowptr");
/// The dtypes rule of `results` results that have the index type of the first argument.
template <size_t results>
std::vector<ScalarType> alike_index_dtypes(const SpecArguments& arguments) {
  return std::vector<ScalarType>(results, arguments.tensor(0).dtype);
}

}  // namespace spinel::ops
