// Views of consecutive elements under PyTorch's names.
#pragma once

#include <ostream>

#include "spinel/registry/array_ref.h"

namespace c10 {
inline namespace spinel_v1 {
using ::spinel::registry::ArrayRef;
using ::spinel::registry::IntArrayRef;
using ::spinel::registry::OptionalArrayRef;
using ::spinel::registry::OptionalIntArrayRef;

template <typename T>
ArrayRef<T> makeArrayRef(const std::vector<T>& items) {
  return items;
}
template <typename T>
ArrayRef<T> makeArrayRef(const T* data, size_t size) {
  return ArrayRef<T>(data, size);
}
template <typename T>
ArrayRef<T> makeArrayRef(const T* first, const T* last) {
  return ArrayRef<T>(first, last);
}
template <typename T>
ArrayRef<T> makeArrayRef(const T& single) {
  return ArrayRef<T>(single);
}
template <typename T, size_t N>
ArrayRef<T> makeArrayRef(const std::array<T, N>& items) {
  return items;
}
template <typename T, size_t N>
ArrayRef<T> makeArrayRef(const T (&items)[N]) {
  return items;
}
}  // namespace spinel_v1
}  // namespace c10

namespace spinel::registry::inline v1 {
/// Found where a view is streamed into a check: `[2, 3]`.
template <typename T>
std::ostream& operator<<(std::ostream& out, const ArrayRef<T>& items) {
  const char* separator = "[";
  for (const T& item : items) {
    out << separator << item;
    separator = ", ";
  }
  return out << (items.empty() ? "[]" : "]");
}
}  // namespace spinel::registry::inline v1
