// Paddle's places: where a tensor's memory is, as libtorch's devices.
#pragma once

#include <c10/core/Device.h>

#include <string>

namespace phi {

enum class AllocationType : int8_t { UNDEFINED = 0, CPU = 1, GPU = 2, GPUPINNED = 3, XPU = 4, IPU = 7, CUSTOM = 9 };
/// The names of the first releases, which sources still compare places with.
enum class PlaceType { kUNK = -1, kCPU, kGPU, kGPUPINNED };

/// A kind of device and its index. Pinned memory is the CPU's to libtorch.
class Place {
 public:
  Place() = default;
  explicit Place(AllocationType type, int8_t id = 0) : type_(type), id_(id) {}
  Place(PlaceType type)
      : type_(type == PlaceType::kCPU         ? AllocationType::CPU
              : type == PlaceType::kGPU       ? AllocationType::GPU
              : type == PlaceType::kGPUPINNED ? AllocationType::GPUPINNED
                                              : AllocationType::UNDEFINED) {}
  Place(c10::Device device) : id_(device.has_index() ? static_cast<int8_t>(device.index()) : 0) {
    if (device.is_cpu()) type_ = AllocationType::CPU;
    else if (device.is_cuda()) type_ = AllocationType::GPU;
    else if (device.is_xpu()) type_ = AllocationType::XPU;
    else type_ = AllocationType::CUSTOM, torch_type_ = device.type();
  }

  /// The undefined place is the CPU, as it is where Paddle allocates by default.
  c10::Device device() const {
    switch (type_) {
      case AllocationType::GPU: return {c10::DeviceType::CUDA, id_};
      case AllocationType::XPU: return {c10::DeviceType::XPU, id_};
      case AllocationType::CUSTOM: return {torch_type_, torch_type_ == c10::DeviceType::Meta ? int8_t(-1) : id_};
      default: return c10::DeviceType::CPU;
    }
  }
  AllocationType GetType() const { return type_; }
  int8_t GetDeviceId() const { return id_; }
  std::string DebugString() const { return "Place(" + device().str() + ")"; }
  friend bool operator==(const Place& a, const Place& b) { return a.type_ == b.type_ && a.device() == b.device(); }
  friend bool operator!=(const Place& a, const Place& b) { return !(a == b); }

 private:
  AllocationType type_ = AllocationType::UNDEFINED;
  int8_t id_ = 0;
  c10::DeviceType torch_type_ = c10::DeviceType::PrivateUse1;
};

struct CPUPlace : Place {
  CPUPlace() : Place(AllocationType::CPU) {}
};
struct GPUPlace : Place {
  explicit GPUPlace(int8_t id = 0) : Place(AllocationType::GPU, id) {}
};
struct GPUPinnedPlace : Place {
  GPUPinnedPlace() : Place(AllocationType::GPUPINNED) {}
};
struct XPUPlace : Place {
  explicit XPUPlace(int8_t id = 0) : Place(AllocationType::XPU, id) {}
};
struct CustomPlace : Place {
  explicit CustomPlace(const std::string& = "", int8_t id = 0) : Place(AllocationType::CUSTOM, id) {}
};

inline bool is_cpu_place(const Place& place) { return place.device().is_cpu(); }
inline bool is_gpu_place(const Place& place) { return place.device().is_cuda(); }

}  // namespace phi

namespace paddle {
using phi::CPUPlace;
using phi::CustomPlace;
using phi::GPUPinnedPlace;
using phi::GPUPlace;
using phi::Place;
using phi::PlaceType;
using phi::XPUPlace;
namespace experimental {
using phi::AllocationType;
using phi::Place;
}  // namespace experimental
}  // namespace paddle
