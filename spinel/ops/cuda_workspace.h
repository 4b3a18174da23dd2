// The memory and the queue of a CUDA call, lent by the operator's host.
#pragma once

#include <vector>

#include "spinel/kernels/cuda/workspace.h"
#include "spinel/ops/op_def.h"

namespace spinel::ops {

/// While it lives its device is the current one.
class CudaWorkspace final : public kernels::cuda::Workspace {
 public:
  CudaWorkspace(const Host& host, registry::Device device) : host_(host), device_(device), scope_(device.index) {}
  void* stream() const override { return host_.stream(device_); }
  void* allocate(int64_t bytes) override {
    memory_.push_back(host_.empty({bytes}, ScalarType::uint8, device_));
    return memory_.back().data();
  }

 private:
  const Host& host_;
  registry::Device device_;
  kernels::cuda::DeviceScope scope_;
  std::vector<Tensor> memory_;
};

}  // namespace spinel::ops
