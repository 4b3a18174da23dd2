#include "spinel/ops/sparse_operands.h"

#include <limits>

#include "spinel/base/error.h"
#include "spinel/ops/executor.h"
#ifdef SPINEL_CUDA
#include "spinel/kernels/cuda/csr_index.h"
#endif

namespace spinel::ops {

using kernels::CooFacts;
using kernels::CooOrder;

IndexArray::IndexArray(const Host& host, const Tensor& tensor, const char* op, const char* name)
    : host_(&host), op_(op), name_(name) {
  require(tensor.defined(), "{}: {} is undefined; a tensor is needed", op, name);
  const ScalarType dtype = tensor.scalar_type();
  require(dtype == ScalarType::int32 || dtype == ScalarType::int64, "{}: {} is {}; indices are int32 or int64", op,
          name, registry::to_string(dtype));
  require(tensor.dim() == 1, "{}: {} has {} dimensions; 1 is needed", op, name, tensor.dim());
  require(dtype == ScalarType::int64 || tensor.numel() <= std::numeric_limits<int32_t>::max(),
          "{}: {} has {} elements, more than int32 counts; int64 is needed", op, name, tensor.numel());
  tensor_ = host.contiguous(tensor, MemoryFormat::contiguous);
}

IndexArray::IndexArray(const Host& host, const Tensor& tensor, const char* op, const char* name, const IndexArray& like)
    : IndexArray(host, tensor, op, name) {
  require(dtype() == like.dtype(), "{}: {} is {} but {} is {}; all indices must have one type", op, name,
          registry::to_string(dtype()), like.name_, registry::to_string(like.dtype()));
}

void IndexArray::require_size(int64_t size) const {
  require(tensor_.numel() == size, "{}: {} has {} elements; {} are needed", op_, name_, tensor_.numel(), size);
}

void IndexArray::require_sound(int64_t place, int64_t limit, const char* counted) const {
  if (place != kernels::all_sound) kernels::fail_index(op_, name_, place, at(place), limit, counted);
}

void IndexArray::require_permutation(int64_t place) const {
  require(place == kernels::all_sound, "{}: {}[{}] is {}; each number of [0, {}) must be there once", op_, name_, place,
          place == kernels::all_sound ? 0 : at(place), size());
}

int64_t IndexArray::at(int64_t place) const {
  return run_kernels(*host_, device(), index(),
                     [&](auto zero, auto& executor) { return number_at(data<decltype(zero)>(), place, executor); });
}

CsrArrays::CsrArrays(const Host& host, const Tensor& pointers, const Tensor& indices, const kernels::CsrNames& names)
    : pointers_(host, pointers, names.op, names.pointers),
      indices_(host, indices, names.op, names.indices, pointers_),
      names_(names) {
  require(pointers_.size() > 0, "{}: {} is empty; it must have one element more than there are rows", names.op,
          names.pointers);
}

kernels::CsrOperand CsrArrays::operand(int64_t columns, const void* value) const {
  return {.index = index(),
          .rows = rows(),
          .columns = columns,
          .entries = entries(),
          .rowptr = pointers_.data(),
          .col = indices_.data(),
          .value = value,
          .names = names_};
}

PointerArray::PointerArray(const Host& host, const Tensor& tensor, int64_t entries, const char* op, const char* name)
    : IndexArray(host, tensor, op, name) {
  require(size() > 0, "{}: {} is empty; it must have one element more than there are rows", op, name);
  run_kernels(host, device(), index(), [&](auto zero, auto& executor) {
    kernels::check_pointers({.op = op, .pointers = name}, rows(), data<decltype(zero)>(), entries, executor);
  });
}

EntryArrays::EntryArrays(const Host& host, const Tensor& row, const Tensor& col, const char* op)
    : op_(op), row_(host, row, op, "row"), col_(host, col, op, "col", row_) {
  require(row_.size() == col_.size(), "{}: there are {} rows and {} columns; each entry has one of both", op,
          row_.size(), col_.size());
}

CooFacts EntryArrays::facts(const Host& host) const {
  return run_kernels(host, device(), index(), [&](auto zero, auto& executor) {
    using Index = decltype(zero);
    return kernels::inspect_coo(n(), row_.data<Index>(), col_.data<Index>(), executor);
  });
}

void EntryArrays::require_within(const Host& host, int64_t rows, int64_t cols) const {
  if (n() == 0) return;
  const CooFacts found = facts(host);
  require(found.min_row >= 0 && found.max_row < rows, "{}: rows go from {} to {}; they must lie in [0, {})", op_,
          found.min_row, found.max_row, rows);
  require(found.min_col >= 0 && found.max_col < cols, "{}: columns go from {} to {}; they must lie in [0, {})", op_,
          found.min_col, found.max_col, cols);
}

void EntryArrays::require_order(const Host& host, CooOrder order, std::string_view suffix) const {
  const CooOrder found = facts(host).order;
  require(found >= order, "{}: row{} and col{} are not sorted by row, then column{}; sort them first", op_, suffix,
          suffix, found == CooOrder::entries ? " without duplicates" : "");
}

void EntryArrays::require_alike(const EntryArrays& other) const {
  require(row_.dtype() == other.row_.dtype(), "{}: the lists are {} and {}; all indices must have one type", op_,
          registry::to_string(row_.dtype()), registry::to_string(other.row_.dtype()));
}

int64_t length_argument(Arguments arguments, size_t index, const char* op, const char* name) {
  const int64_t length = arguments.integer(index);
  require(length >= 0, "{}: {} is {}; it must not be negative", op, name, length);
  return length;
}

Tensor empty_index(const Host& host, int64_t size, ScalarType dtype, registry::Device device) {
  return host.empty({size}, dtype, device);
}

Size pointed_rows(std::string_view op, const TensorSpec& pointers, std::string_view name) {
  const std::vector<Size>& sizes = pointers.sizes;
  require(sizes.size() == 1, "{}: {} has {} dimensions; 1 is needed", op, name, sizes.size());
  require(!sizes[0].is_number() || sizes[0].value() > 0,
          "{}: {} is empty; it must have one element more than there are rows", op, name);
  return sizes[0] - 1;
}

}  // namespace spinel::ops
