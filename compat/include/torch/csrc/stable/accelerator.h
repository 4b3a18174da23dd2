// The current device and its queue of work, for sources on the stable ABI. The layer's one device is number 0.
#pragma once

#include <memory>

#include "torch/csrc/stable/macros.h"

namespace torch {
namespace stable {
namespace accelerator {
inline namespace spinel_v1 {

using DeviceIndex = int32_t;
using StreamId = int64_t;

/// Makes a device the current one as long as it lives.
class DeviceGuard {
 public:
  explicit DeviceGuard(DeviceIndex index) {
    DeviceGuardHandle guard;
    TORCH_ERROR_CODE_CHECK(aoti_torch_create_device_guard(index, &guard));
    guard_.reset(guard);
  }
  void set_index(DeviceIndex index) { TORCH_ERROR_CODE_CHECK(aoti_torch_device_guard_set_index(guard_.get(), index)); }

 private:
  struct Delete {
    void operator()(DeviceGuardHandle guard) const { aoti_torch_delete_device_guard(guard); }
  };
  std::unique_ptr<DeviceGuardOpaque, Delete> guard_;
};

/// A queue; takes the handle over. Copies share it.
class Stream {
 public:
  explicit Stream(StreamHandle handle) : handle_(handle, [](StreamHandle old) { aoti_torch_delete_stream(old); }) {}
  StreamId id() const {
    StreamId id;
    TORCH_ERROR_CODE_CHECK(aoti_torch_stream_id(handle_.get(), &id));
    return id;
  }
  /// The backend's own handle, as cudaStream_t; null where nothing is queued.
  void* nativeHandle() const {
    void* handle;
    TORCH_ERROR_CODE_CHECK(torch_stream_native_handle(handle_.get(), &handle));
    return handle;
  }

 private:
  std::shared_ptr<StreamOpaque> handle_;
};

inline Stream getCurrentStream(DeviceIndex index) {
  StreamHandle handle;
  TORCH_ERROR_CODE_CHECK(aoti_torch_get_current_stream(index, &handle));
  return Stream(handle);
}
inline DeviceIndex getCurrentDeviceIndex() {
  DeviceIndex index;
  TORCH_ERROR_CODE_CHECK(aoti_torch_get_current_device_index(&index));
  return index;
}

}  // namespace spinel_v1
}  // namespace accelerator
}  // namespace stable
}  // namespace torch
