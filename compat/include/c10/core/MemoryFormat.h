// Orders of memory with PyTorch's names and codes.
#pragma once

#include <cstdint>
#include <ostream>

#include "spinel/registry/value_traits.h"

namespace c10 {
inline namespace spinel_v1 {

enum class MemoryFormat : int8_t {
  Contiguous = 0,
  Preserve = 1,
  ChannelsLast = 2,
  ChannelsLast3d = 3,
  NumOptions,
};

inline std::ostream& operator<<(std::ostream& out, MemoryFormat value) {
  constexpr const char* names[] = {"Contiguous", "Preserve", "ChannelsLast", "ChannelsLast3d"};
  const auto code = static_cast<size_t>(value);
  return code < std::size(names) ? out << names[code] : out << "unknown";
}

constexpr ::spinel::registry::MemoryFormat to_core(MemoryFormat format) noexcept {
  return static_cast<::spinel::registry::MemoryFormat>(format);
}

}  // namespace spinel_v1
}  // namespace c10

namespace spinel::registry::inline v1 {
template <>
struct ValueTraits<c10::MemoryFormat> : internal::CodeTraits<c10::MemoryFormat, TypeKind::memory_format> {};
template <>
struct KernelType<c10::MemoryFormat> {
  using type = MemoryFormat;
};
}  // namespace spinel::registry::inline v1
