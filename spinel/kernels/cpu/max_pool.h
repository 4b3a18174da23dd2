// CPU kernels of max pooling with dilation in up to three dimensions: forward with or without indices, and backward.
// Evaluated axis by axis on tiles in the caches, see max_pool_plan.h; long windows take logarithmic time.
#pragma once

#include <cstdint>

#include "spinel/base/parallel.h"
#include "spinel/base/safetensors.h"
#include "spinel/kernels/cpu/max_pool_plan.h"
#include "spinel/kernels/max_pool_geometry.h"

namespace spinel::kernels {

/// What tells where a maximum was found.
enum class PoolIndex {
  none,
  flat64,  ///< int64: flat position in the unpadded plane of the channel
  flat32,  ///< int32: the same; the plane must have at most 2³¹ positions
  tap8,    ///< uint8: number of the tap, row-major over the kernel, which must have at most 256 taps
};
size_t pool_index_size(PoolIndex index);

/// Operands N × C × D × H × W in any strides. `x` and `y` are of type `dtype`: any real type but boolean.
struct MaxPoolForward {
  PoolGeometry geometry;
  Dtype dtype = Dtype::f32;
  const void* x = nullptr;
  PoolStrides x_strides{};
  void* y = nullptr;
  PoolStrides y_strides{};
  PoolIndex index_type = PoolIndex::none;
  void* index = nullptr;
  PoolStrides index_strides{};
};

/// Sizes of tiles and scratch. Channels of input and output that lie side by side are taken as vectors.
MaxPoolPlan plan_max_pool(const MaxPoolForward& call, int num_threads);

/// y = max over the taps inside the input, index = where. The first of equal values in scan order wins, zeros of both
/// signs are equal; a NaN wins over all numbers, the last one in scan order. `scratch`: plan.scratch_bytes, aligned
/// to 64 bytes.
void max_pool_forward(const MaxPoolForward& call, const MaxPoolPlan& plan, void* scratch, const ParallelFor& parallel);

/// The gradient by the input: dx[index] += dy. `dx` and `dy` are of the floating type `dtype`; all of dx is written.
/// Sums are taken in float for 16-bit types.
struct MaxPoolBackward {
  PoolGeometry geometry;
  Dtype dtype = Dtype::f32;
  const void* dy = nullptr;
  PoolStrides dy_strides{};
  PoolIndex index_type = PoolIndex::flat64;
  const void* index = nullptr;
  PoolStrides index_strides{};
  void* dx = nullptr;
  PoolStrides dx_strides{};
};

/// Bytes of scratch memory that a backward call needs.
int64_t max_pool_backward_scratch(const MaxPoolBackward& call, int num_threads);

/// Returns the number of indices outside the plane, whose gradients are left out; 0 where the indices are sound.
int64_t max_pool_backward(const MaxPoolBackward& call, void* scratch, const ParallelFor& parallel);

/// The derivative of the backward by dy: ddy[o] = ddx[index[o]]. `call.dx` is read, `call.dy` is written, any type of
/// 1, 2, 4 or 8 bytes. Returns the number of indices outside the plane, where 0 is written.
int64_t max_pool_gather(const MaxPoolBackward& call, const ParallelFor& parallel);

}  // namespace spinel::kernels
