// How CUDA kernels are started: by plain function calls, so that their sources compile as C++ too.
#pragma once

#include <cuda_runtime.h>

#include <algorithm>
#include <cstdint>

#include "spinel/base/error.h"
#include "spinel/kernels/cuda/workspace.h"

namespace spinel::kernels::cuda {

constexpr int kWarp = 32;
constexpr int kThreads = 256;  // of a block
constexpr int kWarps = kThreads / kWarp;
constexpr unsigned kAllLanes = 0xffffffffu;

/// A status of CUDA's that is no success: unavailable, with CUDA's words.
inline void check_cuda(cudaError_t status, const char* op) {
  if (status != cudaSuccess) fail(ErrorKind::unavailable, "{}: CUDA: {}", op, cudaGetErrorString(status));
}

inline cudaStream_t queue_of(const Workspace& workspace) { return static_cast<cudaStream_t>(workspace.stream()); }

/// Blocks of kThreads for n units of which a block takes `each`; kernels loop over what is beyond the grid's limit.
inline unsigned grid_of(int64_t n, int64_t each) {
  return static_cast<unsigned>(std::clamp<int64_t>((n + each - 1) / each, 1, int64_t{1} << 30));
}

/// Queues a kernel. A launch that fails: unavailable, with CUDA's words.
template <typename... Parameters, typename... Arguments>
void launch(const char* op, const Workspace& workspace, unsigned blocks, void (*kernel)(Parameters...),
            const Arguments&... arguments) {
  cudaLaunchConfig_t config{};
  config.gridDim = dim3(blocks);
  config.blockDim = dim3(kThreads);
  config.stream = queue_of(workspace);
  check_cuda(cudaLaunchKernelEx(&config, kernel, Parameters(arguments)...), op);
}

/// The number of the calling thread in the grid, and how many there are.
__device__ inline int64_t first_item() { return static_cast<int64_t>(blockIdx.x) * kThreads + threadIdx.x; }
__device__ inline int64_t item_step() { return static_cast<int64_t>(gridDim.x) * kThreads; }
/// The same of warps.
__device__ inline int64_t first_warp() { return static_cast<int64_t>(blockIdx.x) * kWarps + threadIdx.x / kWarp; }
__device__ inline int64_t warp_step() { return static_cast<int64_t>(gridDim.x) * kWarps; }

template <typename Function>
__global__ void __launch_bounds__(kThreads) run_each(int64_t n, Function function) {
  for (int64_t i = first_item(); i < n; i += item_step()) function(i);
}

/// Queues function(i) for i in [0, n), a thread each: a lambda with __device__.
template <typename Function>
void for_each(const char* op, const Workspace& workspace, int64_t n, Function function) {
  if (n > 0) launch(op, workspace, grid_of(n, kThreads), run_each<Function>, n, function);
}

}  // namespace spinel::kernels::cuda
