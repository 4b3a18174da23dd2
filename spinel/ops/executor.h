// Where the kernels of a call run: on the threads of its host, or on the GPU that its tensors are on.
#pragma once

#include "spinel/kernels/cpu/csr_check.h"
#include "spinel/ops/op_def.h"
#ifdef SPINEL_CUDA
#include <algorithm>

#include "spinel/kernels/cuda/workspace.h"
#endif

namespace spinel::ops {

#ifdef SPINEL_CUDA
constexpr bool has_cuda = true;

/// The memory and the queue of a call on a GPU, which is the current one as long as this lives.
class CudaWorkspace final : public kernels::cuda::Workspace {
 public:
  CudaWorkspace(const Host& host, registry::Device device) : host_(host), device_(device), scope_(device.index) {}
  void* stream() const override { return host_.stream(device_); }
  void* allocate(int64_t bytes) override {
    return memory_.emplace_back(host_.empty({bytes}, ScalarType::uint8, device_)).data();
  }
  void release(void* memory) override {
    std::erase_if(memory_, [&](const Tensor& tensor) { return tensor.data() == memory; });
  }

 private:
  const Host& host_;
  registry::Device device_;
  kernels::cuda::DeviceScope scope_;
  std::vector<Tensor> memory_;
};
#else
constexpr bool has_cuda = false;
#endif

/// Calls function(threads) or, for tensors on a GPU, function(workspace): the last argument of the kernels' overloads.
template <typename F>
decltype(auto) on_device(const Host& host, registry::Device device, F&& function) {
#ifdef SPINEL_CUDA
  if (device.type == registry::DeviceType::cuda) {
    CudaWorkspace workspace(host, device);
    return function(static_cast<kernels::cuda::Workspace&>(workspace));
  }
#else
  static_cast<void>(device);
#endif
  return function(host.parallel());
}

/// Calls function(Index{}, executor) with the type of the indices and what on_device() hands over.
template <typename F>
decltype(auto) run_kernels(const Host& host, registry::Device device, Dtype index, F&& function) {
  return on_device(host, device, [&](auto& executor) {
    return kernels::by_index(index, [&](auto zero) { return function(zero, executor); });
  });
}

/// The forward of an operator whose kernels exist for both, as its OpDef has it for GPUs.
constexpr Forward also_on_cuda(Forward forward) { return has_cuda ? forward : nullptr; }

}  // namespace spinel::ops
