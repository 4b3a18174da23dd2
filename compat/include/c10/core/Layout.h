// Layouts of tensors with PyTorch's names and codes.
#pragma once

#include <cstdint>
#include <ostream>

#include "spinel/registry/value_traits.h"

namespace c10 {
inline namespace spinel_v1 {

enum class Layout : int8_t {
  Strided = 0,
  Sparse = 1,
  SparseCsr = 2,
  Mkldnn = 3,
  SparseCsc = 4,
  SparseBsr = 5,
  SparseBsc = 6,
  Jagged = 7,
  NumOptions,
};

constexpr Layout kStrided = Layout::Strided;
constexpr Layout kSparse = Layout::Sparse;
constexpr Layout kSparseCsr = Layout::SparseCsr;
constexpr Layout kMkldnn = Layout::Mkldnn;
constexpr Layout kSparseCsc = Layout::SparseCsc;
constexpr Layout kSparseBsr = Layout::SparseBsr;
constexpr Layout kSparseBsc = Layout::SparseBsc;
constexpr Layout kJagged = Layout::Jagged;

inline std::ostream& operator<<(std::ostream& out, Layout value) {
  constexpr const char* names[] = {"Strided",   "Sparse",    "SparseCsr", "Mkldnn",
                                   "SparseCsc", "SparseBsr", "SparseBsc", "Jagged"};
  const auto code = static_cast<size_t>(value);
  return code < std::size(names) ? out << names[code] : out << "unknown";
}

}  // namespace spinel_v1
}  // namespace c10

namespace spinel::registry::inline v1 {
template <>
struct ValueTraits<c10::Layout> : internal::CodeTraits<c10::Layout, TypeKind::layout> {};
template <>
struct KernelType<c10::Layout> {
  using type = Layout;
};
}  // namespace spinel::registry::inline v1
