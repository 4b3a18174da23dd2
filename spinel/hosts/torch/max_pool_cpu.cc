#include <ATen/ATen.h>

#include "spinel/base/error.h"
#include "spinel/hosts/torch/max_pool_window.h"
#include "spinel/hosts/torch/parallel.h"

namespace spinel::hosts {
namespace {

at::Tensor scratch_of(int64_t bytes) { return at::empty({bytes}, at::TensorOptions(at::kByte)); }

void require_sound(int64_t bad, const at::Tensor& input) {
  require(bad == 0,
          "max_pool: {} indices lie outside the planes of an input of [{}]; they must be those that the forward gave",
          bad, join_text(input.sizes(), ", "));
}

}  // namespace

std::tuple<at::Tensor, at::Tensor> max_pool_cpu(const at::Tensor& x, at::IntArrayRef window, int64_t index_type) {
  const PoolForwardOperands operands = prepare_forward(x, window, index_type);
  if (operands.y.numel()) {
    const kernels::MaxPoolPlan plan = kernels::plan_max_pool(operands.call, torch_parallel().num_threads());
    const at::Tensor scratch = scratch_of(plan.scratch_bytes);
    kernels::max_pool_forward(operands.call, plan, scratch.mutable_data_ptr(), torch_parallel());
  }
  return {operands.y, operands.index};
}

at::Tensor max_pool_backward_cpu(const at::Tensor& dy, const at::Tensor& index, at::IntArrayRef sizes,
                                 at::IntArrayRef window) {
  const PoolBackwardOperands operands = prepare_backward(dy, index, sizes, window);
  if (operands.dx.numel()) {
    const int64_t bytes = kernels::max_pool_backward_scratch(operands.call, torch_parallel().num_threads());
    const at::Tensor scratch = scratch_of(bytes);
    require_sound(kernels::max_pool_backward(operands.call, scratch.mutable_data_ptr(), torch_parallel()), operands.dx);
  }
  return operands.dx;
}

at::Tensor max_pool_gather_cpu(const at::Tensor& ddx, const at::Tensor& index, at::IntArrayRef window) {
  const PoolBackwardOperands operands = prepare_gather(ddx, index, window);
  if (operands.dy.numel()) require_sound(kernels::max_pool_gather(operands.call, torch_parallel()), operands.dx);
  return operands.dy;
}

}  // namespace spinel::hosts
