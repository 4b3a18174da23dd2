// CUDA kernels of max pooling with dilation: forward with or without indices, backward, and the backward's derivative.
#pragma once

#include <cstdint>

#include "spinel/kernels/cpu/max_pool.h"
#include "spinel/kernels/cuda/workspace.h"

namespace spinel::kernels::cuda {

// Operands as on the CPU, but all pointers are of the current device, and the work is queued. One thread an element; no
// atomic additions, so results are the same in every run, and sums are taken in the CPU's order. A launch that fails:
// unavailable, with CUDA's words.

/// Types as on the CPU.
void max_pool_forward(const MaxPoolForward& call, Workspace& workspace);
/// Indices must be those of the forward: one that points out of its window adds to nothing.
void max_pool_backward(const MaxPoolBackward& call, Workspace& workspace);
/// ddy[o] = ddx[index[o]]; 0 for an index outside the plane.
void max_pool_gather(const MaxPoolBackward& call, Workspace& workspace);

}  // namespace spinel::kernels::cuda
