// A device as schemas and values name it: type and index, in PyTorch's notation and numbering.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace spinel::registry::inline v1 {

/// PyTorch's device types with their codes.
enum class DeviceType : int8_t {
  cpu = 0,
  cuda = 1,
  mkldnn = 2,
  opengl = 3,
  opencl = 4,
  ideep = 5,
  hip = 6,
  fpga = 7,
  maia = 8,
  xla = 9,
  vulkan = 10,
  metal = 11,
  xpu = 12,
  mps = 13,
  meta = 14,
  hpu = 15,
  ve = 16,
  lazy = 17,
  ipu = 18,
  mtia = 19,
  privateuseone = 20,
};

std::string_view to_string(DeviceType type);

/// "cuda:1" is {cuda, 1}; index -1 is the current device of that type.
struct Device {
  DeviceType type = DeviceType::cpu;
  int8_t index = -1;
  friend bool operator==(const Device&, const Device&) = default;
};

std::string to_string(const Device& device);

/// Reads "cpu", "cuda", "cuda:1". An unknown type and a malformed or too large index are invalid_argument; the second
/// form gives nullopt instead.
Device parse_device(std::string_view text);
std::optional<Device> find_device(std::string_view text);

}  // namespace spinel::registry::inline v1
