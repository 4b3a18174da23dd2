#include <ATen/ATen.h>

#include "spinel/base/error.h"
#include "spinel/hosts/torch/max_pool_window.h"
#ifdef SPINEL_CUDA
#include <c10/core/DeviceGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include "spinel/kernels/cuda/max_pool.h"
#endif

namespace spinel::hosts {
#ifdef SPINEL_CUDA
namespace {

/// The cudaStream_t that libtorch queues its own kernels on. Asked of the device's interface, so that this library
/// loads beside a libtorch without CUDA too.
void* current_stream(const at::Tensor& tensor) {
  return c10::impl::VirtualGuardImpl(c10::DeviceType::CUDA).getStream(tensor.device()).native_handle();
}

}  // namespace

std::tuple<at::Tensor, at::Tensor> max_pool_cuda(const at::Tensor& x, at::IntArrayRef window, int64_t index_type) {
  const c10::DeviceGuard guard(x.device());
  const PoolForwardOperands operands = prepare_forward(x, window, index_type);
  if (operands.y.numel()) kernels::cuda::max_pool_forward(operands.call, current_stream(x));
  return {operands.y, operands.index};
}

at::Tensor max_pool_backward_cuda(const at::Tensor& dy, const at::Tensor& index, at::IntArrayRef sizes,
                                  at::IntArrayRef window) {
  const c10::DeviceGuard guard(dy.device());
  const PoolBackwardOperands operands = prepare_backward(dy, index, sizes, window);
  if (operands.dx.numel()) kernels::cuda::max_pool_backward(operands.call, current_stream(dy));
  return operands.dx;
}

at::Tensor max_pool_gather_cuda(const at::Tensor& ddx, const at::Tensor& index, at::IntArrayRef window) {
  const c10::DeviceGuard guard(ddx.device());
  const PoolBackwardOperands operands = prepare_gather(ddx, index, window);
  if (operands.dy.numel()) kernels::cuda::max_pool_gather(operands.call, current_stream(ddx));
  return operands.dy;
}
#else
namespace {

[[noreturn]] void fail_without_cuda() {
  fail(ErrorKind::unavailable, "max_pool: this build has no CUDA kernels; configure it with --preset cuda");
}

}  // namespace

std::tuple<at::Tensor, at::Tensor> max_pool_cuda(const at::Tensor&, at::IntArrayRef, int64_t) { fail_without_cuda(); }
at::Tensor max_pool_backward_cuda(const at::Tensor&, const at::Tensor&, at::IntArrayRef, at::IntArrayRef) {
  fail_without_cuda();
}
at::Tensor max_pool_gather_cuda(const at::Tensor&, const at::Tensor&, at::IntArrayRef) { fail_without_cuda(); }
#endif

}  // namespace spinel::hosts
