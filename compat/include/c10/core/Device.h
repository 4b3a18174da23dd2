// A device, type and index, with PyTorch's members.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "c10/core/DeviceType.h"
#include "c10/util/Exception.h"
#include "spinel/registry/value_traits.h"

namespace c10 {
inline namespace spinel_v1 {

using DeviceIndex = int8_t;

/// Index -1 is the current device of the type.
class Device {
 public:
  using Type = DeviceType;

  constexpr Device(DeviceType type, DeviceIndex index = -1) noexcept : type_(type), index_(index) {}
  /// "cpu", "cuda:1". Anything else is an error that names what would be right.
  Device(const std::string& text) : Device(::spinel::registry::parse_device(text)) {}
  Device(const char* text) : Device(std::string(text)) {}
  constexpr Device(::spinel::registry::Device device) noexcept
      : type_(static_cast<DeviceType>(device.type)), index_(device.index) {}
  constexpr ::spinel::registry::Device core() const noexcept {
    return {static_cast<::spinel::registry::DeviceType>(type_), index_};
  }

  constexpr DeviceType type() const noexcept { return type_; }
  constexpr DeviceIndex index() const noexcept { return index_; }
  void set_index(DeviceIndex index) noexcept { index_ = index; }
  constexpr bool has_index() const noexcept { return index_ != -1; }
  bool is_cpu() const noexcept { return type_ == DeviceType::CPU; }
  bool is_cuda() const noexcept { return type_ == DeviceType::CUDA; }
  bool is_xpu() const noexcept { return type_ == DeviceType::XPU; }
  bool is_mps() const noexcept { return type_ == DeviceType::MPS; }
  bool is_hip() const noexcept { return type_ == DeviceType::HIP; }
  bool is_meta() const noexcept { return type_ == DeviceType::Meta; }
  bool is_privateuseone() const noexcept { return type_ == DeviceType::PrivateUse1; }
  std::string str() const { return ::spinel::registry::to_string(core()); }

  friend constexpr bool operator==(const Device&, const Device&) noexcept = default;
  friend std::ostream& operator<<(std::ostream& out, const Device& device) { return out << device.str(); }

 private:
  DeviceType type_;
  DeviceIndex index_;
};

}  // namespace spinel_v1
}  // namespace c10

template <>
struct std::hash<c10::Device> {
  size_t operator()(c10::Device device) const noexcept {
    return static_cast<size_t>(device.type()) << 8 | static_cast<uint8_t>(device.index());
  }
};

namespace spinel::registry::inline v1 {
template <>
struct ValueTraits<c10::Device> {
  using Holder = c10::Device;
  static Type type() { return TypeKind::device; }
  static c10::Device read(const Value& value) { return value.to_device(); }
  static c10::Device& get(Holder& holder) { return holder; }
  static Value write(c10::Device device) { return device.core(); }
};
template <>
struct KernelType<c10::Device> {
  using type = Device;
};
}  // namespace spinel::registry::inline v1
