#include "spinel/sparse/matmul.h"

#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>

#include "spinel/base/error.h"
#include "spinel/hosts/torch/operators.h"
#include "spinel/sparse/operators.h"

namespace spinel::sparse {
namespace {

using Tensor = at::Tensor;
using Optional = std::optional<at::Tensor>;

Optional optional(const Tensor& tensor) { return tensor.defined() ? Optional(tensor) : std::nullopt; }

/// The values of a factor: one number an entry.
Tensor scalar_values(const SparseTensor& a, at::ScalarType dtype) {
  if (!a.has_value()) return {};
  require(a.dim() == 2, "matmul: the values have the sizes {}; one number an entry is needed",
          sizes_text(a.storage().value().sizes()));
  return a.storage().value().to(dtype);
}

Tensor sum_or_mean(const SparseTensor& a, const Tensor& x, const Tensor& value, bool mean) {
  using Sum = Tensor(const Optional&, const Tensor&, const Tensor&, const Optional&, const Optional&, const Optional&,
                     const Tensor&);
  using Mean = Tensor(const Optional&, const Tensor&, const Tensor&, const Optional&, const Optional&, const Optional&,
                      const Optional&, const Tensor&);
  static const auto sum_op = hosts::torch_operator("spmm_sum").typed<Sum>();
  static const auto mean_op = hosts::torch_operator("spmm_mean").typed<Mean>();
  const SparseStorage& storage = a.storage();
  // What the derivatives walk along is kept with the matrix for the next call.
  Optional row, colptr, csr2csc;
  if (at::GradMode::is_enabled() && (x.requires_grad() || (value.defined() && value.requires_grad()))) {
    row = storage.row();
    if (x.requires_grad()) {
      colptr = storage.colptr();
      csr2csc = storage.csr2csc();
    }
  }
  if (!mean) return sum_op.call(row, storage.rowptr(), storage.col(), optional(value), colptr, csr2csc, x);
  return mean_op.call(row, storage.rowptr(), storage.col(), optional(value), std::nullopt, colptr, csr2csc, x);
}

Tensor least_or_greatest(const SparseTensor& a, const Tensor& x, const Tensor& value, bool greatest) {
  using Signature = op::Two(const Tensor&, const Tensor&, const Optional&, const Tensor&);
  static const auto min_op = hosts::torch_operator("spmm_min").typed<Signature>();
  static const auto max_op = hosts::torch_operator("spmm_max").typed<Signature>();
  return std::get<0>((greatest ? max_op : min_op).call(a.storage().rowptr(), a.storage().col(), optional(value), x));
}

}  // namespace

Tensor matmul(const SparseTensor& a, const Tensor& x, std::string_view reduce) {
  const Reduce kind = parse_reduce(reduce);
  require(x.defined() && x.dim() >= 1, "matmul: the dense factor has no dimension; [N], [N, k] or [b, N, k] is needed");
  require(x.layout() == at::kStrided && x.device() == a.device(),
          "matmul: the dense factor is {} on {}; a dense tensor on {}, where the matrix is, is needed",
          c10::str(x.layout()), x.device().str(), a.device().str());
  if (x.dim() == 1) return matmul(a, x.unsqueeze(-1), reduce).squeeze(-1);
  require(x.size(-2) == a.sparse_size(1),
          "matmul: the matrix has {} columns and the dense factor {} rows; they "
          "must be the same",
          a.sparse_size(1), x.size(-2));
  const Tensor value = scalar_values(a, x.scalar_type());
  if (kind == Reduce::sum || kind == Reduce::mean) return sum_or_mean(a, x, value, kind == Reduce::mean);
  return least_or_greatest(a, x, value, kind == Reduce::max);
}

Tensor spmm(const SparseTensor& a, const Tensor& x, std::string_view reduce) { return matmul(a, x, reduce); }

SparseTensor matmul(const SparseTensor& a, const SparseTensor& b, std::string_view reduce) {
  require(parse_reduce(reduce) == Reduce::sum, "matmul: '{}' of two sparse matrices is not implemented; only 'sum' is",
          reduce);
  require(a.sparse_size(1) == b.sparse_size(0),
          "matmul: the first matrix has {} columns and the second {} rows; they "
          "must be the same",
          a.sparse_size(1), b.sparse_size(0));
  using Signature =
      op::Three(const Tensor&, const Tensor&, const Optional&, const Tensor&, const Tensor&, const Optional&, int64_t);
  static const auto product = hosts::torch_operator("spspmm_csr").typed<Signature>();
  const bool has_value = a.has_value() || b.has_value();
  const at::ScalarType dtype = a.has_value() && b.has_value() ? at::promote_types(a.dtype(), b.dtype())
                               : a.has_value()                ? a.dtype()
                                                              : b.dtype();
  const Tensor value_a = scalar_values(a, dtype), value_b = scalar_values(b, dtype);
  auto [rowptr, col, value] =
      product.call(a.storage().rowptr(), a.storage().col(), optional(value_a), b.storage().rowptr(), b.storage().col(),
                   optional(value_b), b.sparse_size(1));
  return trusted({.rowptr = std::move(rowptr), .col = std::move(col)}, {a.sparse_size(0), b.sparse_size(1)},
                 has_value ? std::move(value) : Tensor(), static_cast<int64_t>(Order::distinct));
}

SparseTensor spspmm(const SparseTensor& a, const SparseTensor& b, std::string_view reduce) {
  return matmul(a, b, reduce);
}

Tensor SparseTensor::matmul(const Tensor& x, std::string_view reduce) const { return sparse::matmul(*this, x, reduce); }

SparseTensor SparseTensor::matmul(const SparseTensor& other, std::string_view reduce) const {
  return sparse::matmul(*this, other, reduce);
}

}  // namespace spinel::sparse
