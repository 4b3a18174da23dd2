// What a host lends to the CUDA kernels of one call: the queue, and memory of the device.
#pragma once

#include <cstdint>

namespace spinel::kernels::cuda {

class Workspace {
 public:
  virtual ~Workspace() = default;
  /// The cudaStream_t that the work is queued on.
  virtual void* stream() const = 0;
  /// Memory of the device, not set and aligned for any number, until the call ends. No memory: the host's error.
  virtual void* allocate(int64_t bytes) = 0;

  template <typename T>
  T* array(int64_t n) {
    return static_cast<T*>(allocate(n * static_cast<int64_t>(sizeof(T))));
  }
};

/// Makes a device the current one as long as it lives. No such device: unavailable.
class DeviceScope {
 public:
  /// Below 0: the current one.
  explicit DeviceScope(int device);
  ~DeviceScope();
  DeviceScope(const DeviceScope&) = delete;
  DeviceScope& operator=(const DeviceScope&) = delete;

 private:
  int before_ = -1;
};

}  // namespace spinel::kernels::cuda
