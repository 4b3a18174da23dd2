// From arguments of the pooling operators to the operands of the kernels of any device.
#pragma once

#include <span>
#include <vector>

#include "spinel/kernels/cpu/max_pool.h"
#include "spinel/kernels/max_pool_shape.h"
#include "spinel/ops/op_def.h"

namespace spinel::ops {

/// [ceil_mode, then kernel, stride, dilation, padding before and after of each dimension]: the `window` of the pooling
/// operators. Padding −1 on both sides stands for PaddlePaddle's SAME, which depends on the input's lengths.
std::vector<int64_t> pack_window(const kernels::PoolWindow& window);
/// The reverse; a list that is none: invalid_argument. SAME stays as it is.
kernels::PoolWindow unpack_window(std::span<const int64_t> packed);

/// The window with SAME replaced by numbers. `sizes` of the input, channels first.
kernels::PoolWindow resolve_window(const kernels::PoolWindow& window, std::span<const int64_t> sizes);

/// Sizes of the result for sizes that may be symbolic, in the order of the input. Numbers have all their checks; of
/// others only a result that is known to be empty is a fault.
std::vector<Size> pooled_sizes(const kernels::PoolWindow& window, std::vector<Size> sizes, bool channels_last);

/// `sizes` or strides N × spatial × C as N × C × spatial (`channels_last`), else as they are.
std::vector<int64_t> channels_first(registry::IntArrayRef sizes, bool channels_last);

/// Strides N, C, D, H, W of a tensor with or without batch.
kernels::PoolStrides pool_strides(const Tensor& tensor, int dims, bool channels_last);

/// What indices of this type are: int64 and int32 flat positions, uint8 numbers of taps; null: none (an empty int64).
ScalarType index_scalar_type(kernels::PoolIndex type);

/// The order in memory that a result takes from its tensor of origin.
MemoryFormat pool_format(const TensorSpec& tensor, int dims, bool channels_last);

/// The operands of `_max_pool` with its results.
kernels::MaxPoolForward forward_operands(Arguments arguments, std::span<Tensor> results);

struct PoolBackwardOperands {
  kernels::MaxPoolBackward call;
  Tensor dy, index, dx;  ///< what the call's pointers belong to; those of the arguments in the order of the indices
};
/// Of `_max_pool_backward`: dx is the result.
PoolBackwardOperands backward_operands(const Host& host, Arguments arguments, const Tensor& dx);
/// Of `_max_pool_gather`, the derivative of the backward by dy: ddy[o] = ddx[index[o]]; ddx is the operand `dx`.
PoolBackwardOperands gather_operands(const Host& host, Arguments arguments, const Tensor& ddy);

/// Fails where a kernel met indices outside the planes of an input of `sizes`.
void require_sound(int64_t bad, registry::IntArrayRef sizes);

// The forwards of the operators for CUDA devices; null in builds without them.
extern const Forward max_pool_cuda, max_pool_backward_cuda, max_pool_gather_cuda;

}  // namespace spinel::ops
