#include "spinel/ops/sparse_operands.h"

#include "spinel/base/error.h"
#include "spinel/kernels/cpu/csr_pointer.h"

namespace spinel::ops {

using kernels::CooFacts;
using kernels::CooOrder;

IndexArray::IndexArray(const Host& host, const Tensor& tensor, std::string_view op, std::string_view name) {
  require(tensor.scalar_type() == ScalarType::int64, "{}: {} is {}; int64 is needed", op, name,
          registry::to_string(tensor.scalar_type()));
  require(tensor.dim() == 1, "{}: {} has {} dimensions; 1 is needed", op, name, tensor.dim());
  tensor_ = host.contiguous(tensor, MemoryFormat::contiguous);
}

PointerArray::PointerArray(const Host& host, const Tensor& tensor, int64_t entries, std::string_view op,
                           std::string_view name)
    : array_(host, tensor, op, name) {
  require(array_.size() > 0, "{}: {} is empty; one pointer more than there are rows is needed", op, name);
  const int64_t bad = kernels::check_pointers(rows(), data(), entries, host.parallel());
  if (bad == kernels::all_sound) return;
  if (bad == rows()) {
    fail(ErrorKind::invalid_argument, "{}: {} goes from {} to {}; it must go from 0 to the number of entries, {}", op,
         name, data()[0], data()[rows()], entries);
  }
  fail(ErrorKind::invalid_argument, "{}: {} falls from {} to {} at {}; it must not fall", op, name, data()[bad],
       data()[bad + 1], bad + 1);
}

EntryArrays::EntryArrays(const Host& host, const Tensor& row, const Tensor& col, std::string_view op)
    : op_(op), row_(host, row, op, "row"), col_(host, col, op, "col") {
  require(row_.size() == col_.size(), "{}: there are {} rows and {} columns; each entry has one of both", op,
          row_.size(), col_.size());
}

void EntryArrays::require_within(const Host& host, int64_t rows, int64_t cols) const {
  if (n() == 0) return;
  const CooFacts facts = kernels::inspect_coo(n(), row(), col(), host.parallel());
  require(facts.min_row >= 0 && facts.max_row < rows, "{}: rows go from {} to {}; they must lie in [0, {})", op_,
          facts.min_row, facts.max_row, rows);
  require(facts.min_col >= 0 && facts.max_col < cols, "{}: columns go from {} to {}; they must lie in [0, {})", op_,
          facts.min_col, facts.max_col, cols);
}

void EntryArrays::require_order(const Host& host, CooOrder order, std::string_view suffix) const {
  const CooOrder found = kernels::inspect_coo(n(), row(), col(), host.parallel()).order;
  require(found >= order, "{}: row{} and col{} are not sorted by row, then column{}; sort them first", op_, suffix,
          suffix, found == CooOrder::entries ? " without duplicates" : "");
}

int64_t length_argument(Arguments arguments, size_t index, std::string_view op, std::string_view name) {
  const int64_t length = arguments.integer(index);
  require(length >= 0, "{}: {} is {}; it must not be negative", op, name, length);
  return length;
}

Tensor empty_index(const Host& host, int64_t size) { return host.empty({size}, ScalarType::int64, {}); }

}  // namespace spinel::ops
