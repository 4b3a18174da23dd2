// A host's source of random numbers, for sources on the stable ABI.
#pragma once

#include <memory>

#include "c10/core/Device.h"
#include "torch/headeronly/util/shim_utils.h"

namespace torch {
namespace stable {
inline namespace spinel_v1 {

/// Takes the handle over; copies share it.
class Generator {
 public:
  explicit Generator(AtenGeneratorHandle handle)
      : handle_(handle, [](AtenGeneratorHandle old) { torch_delete_generator(old); }) {}
  AtenGeneratorHandle get() const { return handle_.get(); }
  c10::Device device() const {
    int32_t type, index;
    TORCH_ERROR_CODE_CHECK(torch_generator_get_device(get(), &type, &index));
    return {static_cast<c10::DeviceType>(type), static_cast<c10::DeviceIndex>(index)};
  }

 private:
  std::shared_ptr<AtenGeneratorOpaque> handle_;
};

}  // namespace spinel_v1
}  // namespace stable
}  // namespace torch
