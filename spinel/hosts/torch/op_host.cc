#include "spinel/hosts/torch/op_host.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <mutex>

#include "spinel/hosts/bridge/torch_value.h"
#include "spinel/hosts/torch/op_value.h"
#include "spinel/hosts/torch/parallel.h"

namespace spinel::hosts {
namespace {

at::Device to_torch_device(registry::Device device) { return {static_cast<at::DeviceType>(device.type), device.index}; }

class TorchHost final : public ops::Host {
 public:
  std::string_view name() const override { return "torch"; }
  registry::Tensor empty(const std::vector<int64_t>& sizes, registry::ScalarType dtype, registry::Device device,
                         registry::MemoryFormat format) const override {
    const at::TensorOptions options = at::TensorOptions(to_torch(dtype)).device(to_torch_device(device));
    return to_registry(at::empty(sizes, options.memory_format(to_torch(format))));
  }
  registry::Tensor contiguous(const registry::Tensor& tensor, registry::MemoryFormat format) const override {
    return to_registry(to_torch(tensor).contiguous(to_torch(format)), false);
  }
  const ParallelFor& parallel() const override { return torch_parallel(); }
  /// Asked of the device's interface, so that this library loads beside a libtorch without CUDA too.
  void* stream(registry::Device device) const override {
    const c10::impl::VirtualGuardImpl guard(to_torch_device(device).type());
    return guard.getStream(to_torch_device(device)).native_handle();
  }
  uint64_t random() const override {
    at::Generator generator = at::detail::getDefaultCPUGenerator();
    const std::lock_guard lock(generator.mutex());
    return at::check_generator<at::CPUGeneratorImpl>(generator)->random64();
  }
  registry::Tensor uniform(const std::vector<int64_t>& sizes, registry::Device device) const override {
    // What torch.rand() does.
    return to_registry(at::empty(sizes, at::TensorOptions(at::kFloat).device(to_torch_device(device))).uniform_());
  }
};

}  // namespace

const ops::Host& torch_host() {
  static const TorchHost instance;
  return instance;
}

}  // namespace spinel::hosts
