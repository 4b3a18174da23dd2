#include "spinel/ops/max_pool_window.h"
#ifdef SPINEL_CUDA
#include "spinel/kernels/cuda/max_pool.h"
#include "spinel/ops/executor.h"
#endif

namespace spinel::ops {
#ifdef SPINEL_CUDA
namespace {

void forward(const Host& host, Arguments arguments, std::span<Tensor> results) {
  if (results[0].numel() == 0) return;
  CudaWorkspace workspace(host, results[0].device());
  kernels::cuda::max_pool_forward(forward_operands(arguments, results), workspace);
}

void backward(const Host& host, Arguments arguments, std::span<Tensor> results) {
  CudaWorkspace workspace(host, results[0].device());
  const PoolBackwardOperands operands = backward_operands(host, arguments, results[0]);
  if (operands.dx.numel()) kernels::cuda::max_pool_backward(operands.call, workspace);
}

void gather(const Host& host, Arguments arguments, std::span<Tensor> results) {
  CudaWorkspace workspace(host, results[0].device());
  const PoolBackwardOperands operands = gather_operands(host, arguments, results[0]);
  if (operands.dy.numel()) kernels::cuda::max_pool_gather(operands.call, workspace);
}

}  // namespace

constinit const Forward max_pool_cuda = forward, max_pool_backward_cuda = backward, max_pool_gather_cuda = gather;
#else
constinit const Forward max_pool_cuda = nullptr, max_pool_backward_cuda = nullptr, max_pool_gather_cuda = nullptr;
#endif

}  // namespace spinel::ops
