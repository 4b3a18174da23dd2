// The ways through a forward call of max pooling that a plan chooses from.
#pragma once

#include <cstdint>

#include "spinel/kernels/cpu/max_pool.h"

namespace spinel::kernels {

/// Axis by axis on tiles; `scratch` as for max_pool_forward.
void pool_by_tiles(const MaxPoolForward& call, const MaxPoolPlan& plan, void* scratch, const ParallelFor& parallel);

/// True where whole windows are cheaper than the passes axis by axis, and `call` has what they need: channels side by
/// side in all tensors.
bool pools_whole_windows(const MaxPoolForward& call);

/// The forward of such a call by at most `threads` threads; needs no scratch.
void pool_whole_windows(const MaxPoolForward& call, int64_t threads, const ParallelFor& parallel);

/// A plain scan of each window, for windows too sparse or too long for tiles; `lines` rows of outputs. No scratch.
void pool_by_scan(const MaxPoolForward& call, int64_t lines, const ParallelFor& parallel);

}  // namespace spinel::kernels
