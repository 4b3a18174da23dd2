// CUDA kernels of random walks.
#pragma once

#include "spinel/kernels/cpu/random_walk.h"
#include "spinel/kernels/cuda/workspace.h"

namespace spinel::kernels::cuda {

/// As kernels::random_walk(), but all pointers are of the current device, and the work is awaited, so that a place
/// outside the graph is the same error as on the CPU. One thread a walk. A launch that fails: unavailable, with CUDA's
/// words.
template <typename Index>
void random_walk(const WalkProblem<Index>& problem, const float* uniform, Workspace& workspace);

}  // namespace spinel::kernels::cuda
