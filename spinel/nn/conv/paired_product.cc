#include "spinel/nn/conv/paired_product.h"

#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>

#include <atomic>
#include <utility>

#include "spinel/base/format.h"
#include "spinel/hosts/torch/operators.h"
#include "spinel/nn/conv/remembered.h"
#include "spinel/sparse/operators.h"

namespace spinel::nn {
namespace {

using Optional = std::optional<at::Tensor>;
using Storage = sparse::SparseStorage;

/// Of the entries in the order of rows, and in that of columns.
using Values = std::pair<at::Tensor, at::Tensor>;

Optional optional(const at::Tensor& tensor) { return tensor.defined() ? Optional(tensor) : std::nullopt; }

/// A number for the pattern, for the keys of what depends on a weight too.
int64_t number_of(const Storage& pattern) {
  static std::atomic<int64_t> last = 0;
  return *remembered(pattern.pattern(), "number", [] { return ++last; });
}

/// What each entry of a mean is multiplied by.
Values shares(const Storage& pattern, at::ScalarType dtype) {
  const at::Tensor share = pattern.rowcount().clamp_min(1).to(dtype).reciprocal();
  return {share.index_select(0, sparse::op::ptr2ind(pattern.rowptr(), pattern.nnz())),
          share.index_select(0, transposed_columns(pattern))};
}

Values values_of(const Storage& pattern, const at::Tensor& weight, const at::Tensor& perm, bool mean,
                 at::ScalarType dtype) {
  if (!weight.defined() && !mean) return {};
  if (!weight.defined()) {
    return *remembered(pattern.pattern(), format("shares {}", static_cast<int>(dtype)),
                       [&] { return shares(pattern, dtype); });
  }
  return *remembered(weight, format("paired {} {}", number_of(pattern), mean), [&]() -> Values {
    // Not the weight itself, which what is remembered of it must not hold.
    at::Tensor value = weight.detach().to(dtype);
    value = perm.defined() ? value.index_select(0, perm) : value.clone();
    if (mean) value = value * shares(pattern, dtype).first;
    return {value, value.index_select(0, pattern.csr2csc())};
  });
}

}  // namespace

at::Tensor transposed_columns(const Storage& pattern) {
  return *remembered(pattern.pattern(), "transposed columns", [&] {
    return sparse::op::ptr2ind(pattern.rowptr(), pattern.nnz()).index_select(0, pattern.csr2csc());
  });
}

at::Tensor paired_product(const Storage& pattern, const at::Tensor& x, const at::Tensor& weight, const at::Tensor& perm,
                          bool mean) {
  using Signature = at::Tensor(const at::Tensor&, const at::Tensor&, const at::Tensor&, const Optional&,
                               const at::Tensor&, const at::Tensor&, const Optional&);
  static const auto product = hosts::torch_operator("_spmm_paired").typed<Signature>();
  const auto [value, value_t] = values_of(pattern, weight, perm, mean, x.scalar_type());
  return product.call(x, pattern.rowptr(), pattern.col(), optional(value), pattern.colptr(),
                      transposed_columns(pattern), optional(value_t));
}

}  // namespace spinel::nn
