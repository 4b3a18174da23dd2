#include "spinel/sparse/operators.h"

#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>

#include "spinel/hosts/torch/operators.h"

namespace spinel::sparse::op {
namespace {

using Tensor = at::Tensor;
using Optional = std::optional<at::Tensor>;

Optional optional(const Tensor& tensor) { return tensor.defined() ? Optional(tensor) : std::nullopt; }

/// The operator of that name with the signature of a function here. Callers keep it, as it is searched for.
template <typename Result, typename... Arguments>
auto operator_like(const char* name, Result (*)(Arguments...)) {
  return hosts::torch_operator(name).typed<Result(Arguments...)>();
}

}  // namespace

Tensor ind2ptr(const Tensor& ind, int64_t rows) {
  static const auto op = operator_like("ind2ptr", ind2ptr);
  return op.call(ind, rows);
}

Tensor ptr2ind(const Tensor& ptr, int64_t entries) {
  static const auto op = operator_like("ptr2ind", ptr2ind);
  return op.call(ptr, entries);
}

Tensor non_diag_mask(const Tensor& row, const Tensor& col, int64_t rows, int64_t cols, int64_t k) {
  static const auto op = operator_like("non_diag_mask", non_diag_mask);
  return op.call(row, col, rows, cols, k);
}

Tensor inspect_coo(const Tensor& row, const Tensor& col) {
  static const auto op = operator_like("inspect_coo", inspect_coo);
  return op.call(row, col);
}

Two index_sort(const Tensor& index, int64_t size) {
  static const auto op = operator_like("index_sort", index_sort);
  return op.call(index, size);
}

Three sort_coo(const Tensor& row, const Tensor& col, int64_t rows, int64_t cols) {
  static const auto op = operator_like("sort_coo", sort_coo);
  return op.call(row, col, rows, cols);
}

Three distinct_coo(const Tensor& row, const Tensor& col) {
  static const auto op = operator_like("distinct_coo", distinct_coo);
  return op.call(row, col);
}

Three merge_coo(const Tensor& row_a, const Tensor& col_a, const Tensor& row_b, const Tensor& col_b) {
  static const auto op = operator_like("merge_coo", merge_coo);
  return op.call(row_a, col_a, row_b, col_b);
}

Two common_coo(const Tensor& row_a, const Tensor& col_a, const Tensor& row_b, const Tensor& col_b) {
  static const auto op = operator_like("common_coo", common_coo);
  return op.call(row_a, col_a, row_b, col_b);
}

Two reshape_coo(const Tensor& row, const Tensor& col, int64_t cols, int64_t new_cols) {
  static const auto op = operator_like("reshape_coo", reshape_coo);
  return op.call(row, col, cols, new_cols);
}

Tensor invert_permutation(const Tensor& perm) {
  static const auto op = operator_like("invert_permutation", invert_permutation);
  return op.call(perm);
}

Three select_rows(const Tensor& rowptr, const Tensor& col, const Tensor& index) {
  static const auto op = operator_like("select_rows", select_rows);
  return op.call(rowptr, col, index);
}

Three select_columns(const Tensor& rowptr, const Tensor& col, int64_t cols, const Tensor& index) {
  static const auto op = operator_like("select_columns", select_columns);
  return op.call(rowptr, col, cols, index);
}

Three narrow_columns(const Tensor& rowptr, const Tensor& col, int64_t start, int64_t length) {
  static const auto op = operator_like("narrow_columns", narrow_columns);
  return op.call(rowptr, col, start, length);
}

Tensor segment_reduce(const Tensor& src, const Tensor& ptr, const Tensor& perm, Reduce reduce) {
  using One = Tensor(const Tensor&, const Tensor&, const Optional&);
  using WithArg = Two(const Tensor&, const Tensor&, const Optional&);
  static const auto sum = hosts::torch_operator("segment_sum_csr").typed<One>();
  static const auto mean = hosts::torch_operator("segment_mean_csr").typed<One>();
  static const auto min = hosts::torch_operator("segment_min_csr").typed<WithArg>();
  static const auto max = hosts::torch_operator("segment_max_csr").typed<WithArg>();
  switch (reduce) {
    case Reduce::sum: return sum.call(src, ptr, optional(perm));
    case Reduce::mean: return mean.call(src, ptr, optional(perm));
    case Reduce::min: return std::get<0>(min.call(src, ptr, optional(perm)));
    case Reduce::max: break;
  }
  return std::get<0>(max.call(src, ptr, optional(perm)));
}

Tensor gather_csr(const Tensor& src, const Tensor& ptr, int64_t entries) {
  using Signature = Tensor(const Tensor&, const Tensor&, const Optional&, c10::SymIntArrayRef);
  static const auto op = hosts::torch_operator("gather_csr").typed<Signature>();
  std::vector<c10::SymInt> sizes(src.sizes().begin(), src.sizes().end());
  sizes.at(0) = entries;
  return op.call(src, ptr, std::nullopt, sizes);
}

}  // namespace spinel::sparse::op
