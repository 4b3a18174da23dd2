// From libtorch's tensors to the operands of the max pooling kernels of any device.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "spinel/kernels/cpu/max_pool.h"
#include "spinel/kernels/max_pool_shape.h"

namespace spinel::hosts {

/// [ceil_mode, then kernel, stride, dilation, padding before and after of each dimension].
std::vector<int64_t> pack_window(const kernels::PoolWindow& window);
/// The reverse; a list that is none: invalid_argument.
kernels::PoolWindow unpack_window(at::IntArrayRef packed);

/// Strides N, C, D, H, W of a tensor with or without batch.
kernels::PoolStrides pool_strides(const at::Tensor& tensor, int dims);

/// What indices of this type mean: int64 and int32 flat positions, uint8 numbers of taps; null: none.
at::ScalarType index_scalar_type(kernels::PoolIndex type);
kernels::PoolIndex pool_index_type(const at::Tensor& index);

/// The memory format that a result takes from its tensor of origin.
at::MemoryFormat pool_format(const at::Tensor& tensor, int dims);

/// A call whose results are allocated but not computed. Without elements there is nothing to compute.
struct PoolForwardOperands {
  kernels::MaxPoolForward call;
  at::Tensor x, y, index;  ///< what the call's pointers belong to
};
PoolForwardOperands prepare_forward(const at::Tensor& x, at::IntArrayRef window, int64_t index_type);

struct PoolBackwardOperands {
  kernels::MaxPoolBackward call;
  at::Tensor dy, index, dx;
};
PoolBackwardOperands prepare_backward(const at::Tensor& dy, const at::Tensor& index, at::IntArrayRef sizes,
                                      at::IntArrayRef window);
/// ddy[o] = ddx[index[o]], the derivative of the backward by dy; ddx is the operand `dx`.
PoolBackwardOperands prepare_gather(const at::Tensor& ddx, const at::Tensor& index, at::IntArrayRef window);

// The kernels of each device. `index_type`: PoolIndex as an integer; for `none` the second tensor is empty. Without the
// kernels in this build those for CUDA say so (unavailable).
std::tuple<at::Tensor, at::Tensor> max_pool_cpu(const at::Tensor& x, at::IntArrayRef window, int64_t index_type);
at::Tensor max_pool_backward_cpu(const at::Tensor& dy, const at::Tensor& index, at::IntArrayRef sizes,
                                 at::IntArrayRef window);
at::Tensor max_pool_gather_cpu(const at::Tensor& ddx, const at::Tensor& index, at::IntArrayRef window);
std::tuple<at::Tensor, at::Tensor> max_pool_cuda(const at::Tensor& x, at::IntArrayRef window, int64_t index_type);
at::Tensor max_pool_backward_cuda(const at::Tensor& dy, const at::Tensor& index, at::IntArrayRef sizes,
                                  at::IntArrayRef window);
at::Tensor max_pool_gather_cuda(const at::Tensor& ddx, const at::Tensor& index, at::IntArrayRef window);

}  // namespace spinel::hosts
