// CUDA kernels of random walks on a graph.
#pragma once

#include "spinel/kernels/cpu/random_walk.h"
#include "spinel/kernels/cuda/workspace.h"

namespace spinel::kernels {

// Overloads of the CPU's functions with a workspace in place of threads: all pointers are of the current device. One
// thread a walk, with the CPU's draws, so that both walk alike. The work is awaited: a place outside the graph is the
// same error as on the CPU.

template <typename Index>
void random_walk(const WalkProblem<Index>& problem, const float* uniform, cuda::Workspace& workspace);
template <typename Index>
void node2vec_walk(const WalkProblem<Index>& problem, const Node2VecOptions& options, cuda::Workspace& workspace);

}  // namespace spinel::kernels
