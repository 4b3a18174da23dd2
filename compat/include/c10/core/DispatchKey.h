// Dispatch keys under PyTorch's name.
#pragma once

#include <ostream>

#include "c10/core/DeviceType.h"
#include "spinel/registry/dispatch_key.h"

namespace c10 {
inline namespace spinel_v1 {

using ::spinel::registry::DispatchKey;

inline const char* toString(DispatchKey key) { return ::spinel::registry::to_string(key).data(); }
inline DispatchKey parseDispatchKey(const std::string& name) { return ::spinel::registry::parse_dispatch_key(name); }
/// The key under which kernels for a device type are registered.
inline DispatchKey computeDispatchKey(DeviceType type) {
  return ::spinel::registry::dispatch_key_of_device(static_cast<::spinel::registry::DeviceType>(type));
}

}  // namespace spinel_v1
}  // namespace c10

namespace spinel::registry::inline v1 {
inline std::ostream& operator<<(std::ostream& out, DispatchKey key) { return out << to_string(key); }
}  // namespace spinel::registry::inline v1
