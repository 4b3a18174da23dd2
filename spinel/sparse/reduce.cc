// Reductions over the stored entries of a sparse matrix.
#include <ATen/ATen.h>

#include "spinel/base/error.h"
#include "spinel/sparse/operators.h"
#include "spinel/sparse/sparse_tensor.h"

namespace spinel::sparse {
namespace {

/// As torch: whole numbers have no mean but by rows and columns, where it is cut.
void check_mean(const at::Tensor& value, Reduce reduce) {
  require(reduce != Reduce::mean || at::isFloatingType(value.scalar_type()),
          "SparseTensor: values of type {} have no mean; convert them to a floating type",
          c10::toString(value.scalar_type()));
}

at::Tensor reduce_all(const at::Tensor& value, Reduce reduce) {
  check_mean(value, reduce);
  require(value.numel() > 0 || reduce == Reduce::sum,
          "SparseTensor: there is no entry to reduce; only sums have 0 then");
  switch (reduce) {
    case Reduce::sum: return value.sum();
    case Reduce::mean: return value.mean();
    case Reduce::min: return value.min();
    case Reduce::max: break;
  }
  return value.max();
}

at::Tensor reduce_dim(const at::Tensor& value, Reduce reduce, int64_t dim) {
  check_mean(value, reduce);
  require(value.size(dim) > 0 || reduce == Reduce::sum,
          "SparseTensor: dimension {} has no element to reduce; only sums have 0 then", dim + 1);
  switch (reduce) {
    case Reduce::sum: return value.sum(dim);
    case Reduce::mean: return value.mean(dim);
    case Reduce::min: return std::get<0>(value.min(dim));
    case Reduce::max: break;
  }
  return std::get<0>(value.max(dim));
}

}  // namespace

at::Tensor SparseTensor::reduce(Reduce reduce, std::optional<int64_t> dim) const {
  const at::Tensor& value = storage_.value();
  const auto options = at::TensorOptions(dtype()).device(device());
  if (!dim) {
    if (has_value()) return reduce_all(value, reduce);
    return at::scalar_tensor(reduce == Reduce::sum ? nnz() : 1, options);
  }
  const int64_t d = wrapped_dim(*dim, this->dim(), "SparseTensor");
  if (d > 1) return reduce_dim(value, reduce, d - 1);
  if (!has_value()) {
    if (reduce == Reduce::sum) return (d == 0 ? storage_.colcount() : storage_.rowcount()).to(dtype());
    return at::ones({sparse_size(1 - d)}, options);
  }
  if (d == 0) return op::segment_reduce(value, storage_.colptr(), storage_.csr2csc(), reduce);
  return op::segment_reduce(value, storage_.rowptr(), {}, reduce);
}

}  // namespace spinel::sparse
