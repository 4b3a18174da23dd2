#include "spinel/registry/device.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include "spinel/base/error.h"
#include "spinel/base/suggest.h"

namespace spinel::registry::inline v1 {
namespace {

constexpr std::array<std::string_view, 21> names = {
    "cpu", "cuda", "mkldnn", "opengl", "opencl", "ideep", "hip",  "fpga", "maia", "xla",          "vulkan",
    "",    "xpu",  "mps",    "meta",   "hpu",    "ve",    "lazy", "ipu",  "mtia", "privateuseone"};
static_assert(names[static_cast<size_t>(DeviceType::metal)].empty());  // a code, but no device string

/// The index after the colon: decimal digits without leading zeros, at most 127.
std::optional<int8_t> index_of(std::string_view digits) {
  int8_t index = 0;
  const char* end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, index);
  const bool leading_zero = digits.size() > 1 && digits[0] == '0';
  if (digits.empty() || digits[0] == '-' || leading_zero || error != std::errc() || stop != end) return std::nullopt;
  return index;
}

}  // namespace

std::string_view to_string(DeviceType type) {
  const auto code = static_cast<size_t>(type);
  return type == DeviceType::metal ? "metal" : code < names.size() ? names[code] : "unknown";
}

std::string to_string(const Device& device) {
  std::string text(to_string(device.type));
  if (device.index >= 0) text += ":" + std::to_string(device.index);
  return text;
}

std::optional<Device> find_device(std::string_view text) {
  const std::string_view type = text.substr(0, text.find(':'));
  const auto found = std::find(names.begin(), names.end(), type);
  if (type.empty() || found == names.end()) return std::nullopt;
  Device device{static_cast<DeviceType>(found - names.begin()), -1};
  if (type.size() == text.size()) return device;
  const std::optional<int8_t> index = index_of(text.substr(type.size() + 1));
  if (!index) return std::nullopt;
  device.index = *index;
  return device;
}

Device parse_device(std::string_view text) {
  if (const auto device = find_device(text)) return *device;
  const std::string_view type = text.substr(0, text.find(':'));
  if (type.empty() || std::find(names.begin(), names.end(), type) != names.end()) {
    fail(ErrorKind::invalid_argument, "device: '{}' is not a type, or a type with an index from 0 to 127, as cuda:1 is",
         text);
  }
  std::vector<std::string> known;
  for (const std::string_view name : names) {
    if (!name.empty()) known.emplace_back(name);
  }
  fail(ErrorKind::invalid_argument, "device: '{}' is no device type; one of {} begins a device string", type,
       join_text(known, ", "));
}

}  // namespace spinel::registry::inline v1
