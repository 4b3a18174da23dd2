#include "spinel/ops/segment_operands.h"

#include "spinel/base/error.h"
#include "spinel/kernels/cpu/index_sort.h"
#include "spinel/ops/dtype.h"
#include "spinel/ops/executor.h"
#ifdef SPINEL_CUDA
#include "spinel/kernels/cuda/csr_index.h"
#endif

namespace spinel::ops {

int64_t width_of(registry::IntArrayRef sizes) {
  int64_t width = 1;
  for (size_t k = 1; k < sizes.size(); ++k) width *= sizes[k];
  return width;
}

Dtype segment_dtype(const Tensor& tensor, const char* op) {
  const Dtype dtype = kernel_dtype(tensor.scalar_type());
  require(kernels::is_segment_dtype(dtype), "{}: there is no kernel for {}; convert it", op,
          registry::to_string(tensor.scalar_type()));
  return dtype;
}

SegmentOperands::SegmentOperands(const Host& host, const Tensor& ptr, const Tensor& perm, const Tensor& like,
                                 int64_t rows, const char* op)
    : dtype_(segment_dtype(like, op)), width_(width_of(like.sizes())), ptr_(host, ptr, rows, op, "ptr") {
  if (!perm.defined()) return;
  order_ = IndexArray(host, perm, op, "perm", ptr_);
  require(order_.size() == rows, "{}: perm has {} numbers but there are {} rows; each must be there once", op,
          order_.size(), rows);
  const Tensor inverse = empty_index(host, rows, order_.dtype(), order_.device());
  run_kernels(host, order_.device(), index(), [&](auto zero, auto& executor) {
    using Index = decltype(zero);
    order_.require_permutation(
        kernels::invert_permutation(rows, order_.data<Index>(), index_data<Index>(inverse), executor));
  });
}

std::vector<Size> with_first(const Size& first, const std::vector<Size>& sizes, const char* op) {
  require(!sizes.empty(), "{}: src has no dimension; rows are needed", op);
  std::vector<Size> result = sizes;
  result[0] = first;
  return result;
}

}  // namespace spinel::ops
