// What is checked of tensors that are to become a sparse matrix, and the sort of those that are not in order.
#include <ATen/ATen.h>

#include <optional>

#include "spinel/base/error.h"
#include "spinel/sparse/operators.h"
#include "spinel/sparse/storage.h"

namespace spinel::sparse {
namespace {

/// An index tensor without gaps: [length] int64 on the device of col; `length` −1 is any.
at::Tensor checked_index(const at::Tensor& tensor, const char* name, const at::Tensor& col, int64_t length) {
  if (!tensor.defined()) return tensor;
  require(tensor.scalar_type() == at::kLong, "SparseTensor: {} is {}; int64 is needed", name,
          c10::toString(tensor.scalar_type()));
  require(tensor.dim() == 1, "SparseTensor: {} has {} dimensions; 1 is needed", name, tensor.dim());
  require(tensor.device() == col.device(), "SparseTensor: {} is on {} but col on {}; move one", name,
          tensor.device().str(), col.device().str());
  require(length < 0 || tensor.numel() == length, "SparseTensor: {} has {} numbers; {} are needed", name,
          tensor.numel(), length);
  return tensor.contiguous();
}

struct Facts {
  Order order;
  int64_t min_row, max_row, min_col, max_col;
};

Facts inspect(const at::Tensor& row, const at::Tensor& col) {
  const at::Tensor facts = op::inspect_coo(row, col).cpu();
  const int64_t* numbers = facts.const_data_ptr<int64_t>();
  return {static_cast<Order>(numbers[0]), numbers[1], numbers[2], numbers[3], numbers[4]};
}

/// A size that is given, or the least that holds the indices. The largest index plus one must be a number.
int64_t resolved_size(std::optional<int64_t> given, int64_t largest, const char* what, bool trust) {
  require(largest < INT64_MAX, "SparseTensor: an index of {} is {}; it must be smaller", what, largest);
  require(trust || !given || largest < *given,
          "SparseTensor: sparse_sizes has {} {} but there is the index {}; {} are "
          "needed at least",
          given.value_or(0), what, largest, largest + 1);
  return given.value_or(largest + 1);
}

/// Derived tensors that were given hold what would be derived.
void check_derived(const StorageArguments& given, const Pattern& fresh) {
  const auto equal = [](const at::Tensor& tensor, const at::Tensor& derived, const char* name) {
    require(!tensor.defined() || at::equal(tensor, derived),
            "SparseTensor: {} is not what row and col give; leave it out to have it derived", name);
  };
  if (given.rowptr.defined()) equal(given.rowptr, fresh.rowptr(), "rowptr");
  if (given.rowcount.defined()) equal(given.rowcount, fresh.rowcount(), "rowcount");
  if (given.colptr.defined()) equal(given.colptr, fresh.colptr(), "colptr");
  if (given.colcount.defined()) equal(given.colcount, fresh.colcount(), "colcount");
  if (given.csr2csc.defined()) {
    // Entries of equal column and row may stand in any order.
    op::invert_permutation(given.csr2csc);
    equal(fresh.col().index_select(0, given.csr2csc), fresh.col().index_select(0, fresh.csr2csc()), "csr2csc");
    equal(fresh.row().index_select(0, given.csr2csc), fresh.row().index_select(0, fresh.csr2csc()), "csr2csc");
  }
  if (given.csc2csr.defined()) {
    equal(given.csc2csr, given.csr2csc.defined() ? op::invert_permutation(given.csr2csc) : fresh.csc2csr(), "csc2csr");
  }
}

/// Kinds, ranks, devices, lengths; sizes as far as they are given.
void check_forms(StorageArguments& a) {
  require(a.row.defined() || a.rowptr.defined(),
          "SparseTensor: neither row nor rowptr is given; one of both is needed");
  require(a.col.defined(), "SparseTensor: col is not given; the columns of the entries are needed");
  for (const std::optional<int64_t>& size : a.sparse_sizes) {
    require(!size || (*size >= 0 && *size < INT64_MAX), "SparseTensor: sparse_sizes has {}; it must not be negative",
            size.value_or(0));
  }
  a.col = checked_index(a.col, "col", a.col, -1);
  a.row = checked_index(a.row, "row", a.col, a.col.numel());
  a.rowptr = checked_index(a.rowptr, "rowptr", a.col, a.sparse_sizes[0] ? *a.sparse_sizes[0] + 1 : -1);
  require(!a.rowptr.defined() || a.rowptr.numel() > 0,
          "SparseTensor: rowptr is empty; it has one number more than rows");
  if (a.rowptr.defined()) a.sparse_sizes[0] = a.rowptr.numel() - 1;
  a.csr2csc = checked_index(a.csr2csc, "csr2csc", a.col, a.col.numel());
  a.csc2csr = checked_index(a.csc2csr, "csc2csr", a.col, a.col.numel());
  if (!a.value.defined()) return;
  require(a.value.dim() > 0 && a.value.size(0) == a.col.numel(),
          "SparseTensor: value has the sizes {}; there are {} entries, each with one row of it",
          sizes_text(a.value.sizes()), a.col.numel());
  require(a.value.device() == a.col.device(), "SparseTensor: value is on {} but col on {}; move one",
          a.value.device().str(), a.col.device().str());
  a.value = a.value.contiguous();
}

}  // namespace

SparseStorage checked_storage(StorageArguments a) {
  check_forms(a);
  const bool blind = a.trust_data && a.is_sorted && a.sparse_sizes[0] && a.sparse_sizes[1];
  Facts facts{Order::distinct, 0, -1, 0, -1};
  if (!blind) {
    require(!a.col.is_meta(), "SparseTensor: col is on {}, where there are no indices to look at; move it",
            a.col.device().str());
    const at::Tensor row = a.row.defined() ? a.row : op::ptr2ind(a.rowptr, a.col.numel());
    facts = inspect(row, a.col);
    require(facts.min_row >= 0, "SparseTensor: row holds {}; indices must not be negative", facts.min_row);
    require(facts.min_col >= 0, "SparseTensor: col holds {}; indices must not be negative", facts.min_col);
  }
  const SparseSizes sizes{resolved_size(a.sparse_sizes[0], facts.max_row, "rows", a.trust_data),
                          resolved_size(a.sparse_sizes[1], facts.max_col, "columns", a.trust_data)};
  a.rowcount = checked_index(a.rowcount, "rowcount", a.col, sizes[0]);
  a.colptr = checked_index(a.colptr, "colptr", a.col, sizes[1] + 1);
  a.colcount = checked_index(a.colcount, "colcount", a.col, sizes[1]);
  const bool in_order = blind || facts.order >= Order::entries;
  require(!a.is_sorted || in_order || a.trust_data,
          "SparseTensor: is_sorted is true but the entries are not in order of row and column; sort them, or leave "
          "is_sorted out");
  if (!a.trust_data) {
    PatternTensors plain{.row = a.row, .col = a.col};
    if (!a.row.defined()) plain.rowptr = a.rowptr;
    SparseStorage fresh(std::make_shared<const Pattern>(std::move(plain), sizes), {});
    // Pointers and counts are the same in any order; permutations are given for entries in order.
    if (!in_order) a.csr2csc = a.csc2csr = at::Tensor();
    check_derived(a, *(in_order ? fresh : fresh.sorted()).pattern());
  }
  const auto pattern = std::make_shared<const Pattern>(
      PatternTensors{a.row, a.rowptr, a.col, a.rowcount, a.colptr, a.colcount, a.csr2csc, a.csc2csr}, sizes);
  if (!blind) pattern->set_order(facts.order);
  const SparseStorage storage(pattern, a.value);
  return in_order || a.is_sorted ? storage : storage.sorted();
}

}  // namespace spinel::sparse
