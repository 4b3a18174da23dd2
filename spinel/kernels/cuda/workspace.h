// What a host lends to the CUDA kernels of one call: the queue, and memory of the device.
#pragma once

#include <cstdint>
#include <vector>

namespace spinel::kernels::cuda {

class Workspace {
 public:
  virtual ~Workspace() = default;
  /// The cudaStream_t that the work is queued on.
  virtual void* stream() const = 0;
  /// Memory of the device, not set and aligned for any number, until the call ends. No memory: the host's error.
  virtual void* allocate(int64_t bytes) = 0;
  /// Gives memory back before the call ends; what is queued already may still use it.
  virtual void release(void* memory) = 0;

  template <typename T>
  T* array(int64_t n) {
    return static_cast<T*>(allocate(n * static_cast<int64_t>(sizeof(T))));
  }
};

/// A part of a call: its memory is given back when it goes.
class WorkspaceScope final : public Workspace {
 public:
  explicit WorkspaceScope(Workspace& workspace) : workspace_(workspace) {}
  ~WorkspaceScope() override {
    for (void* memory : memory_) workspace_.release(memory);
  }
  void* stream() const override { return workspace_.stream(); }
  void* allocate(int64_t bytes) override { return memory_.emplace_back(workspace_.allocate(bytes)); }
  void release(void* memory) override {
    std::erase(memory_, memory);
    workspace_.release(memory);
  }

 private:
  Workspace& workspace_;
  std::vector<void*> memory_;
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
