// Integers that may be symbolic, under PyTorch's name; here they are numbers.
#pragma once

#include <ostream>

#include "c10/util/ArrayRef.h"
#include "spinel/registry/sym_int.h"

namespace c10 {
inline namespace spinel_v1 {

using ::spinel::registry::OptionalSymIntArrayRef;
using ::spinel::registry::SymInt;
using ::spinel::registry::SymIntArrayRef;

/// The numbers of a list of symbolic integers, which are laid out as such.
inline IntArrayRef asIntArrayRefUnchecked(SymIntArrayRef items) {
  static_assert(sizeof(SymInt) == sizeof(int64_t) && std::is_trivially_copyable_v<SymInt>);
  return {reinterpret_cast<const int64_t*>(items.data()), items.size()};
}
inline std::optional<IntArrayRef> asIntArrayRefSlowOpt(SymIntArrayRef items) { return asIntArrayRefUnchecked(items); }
inline SymIntArrayRef fromIntArrayRefSlow(IntArrayRef items) {
  return {reinterpret_cast<const SymInt*>(items.data()), items.size()};
}
inline SymIntArrayRef fromIntArrayRefUnchecked(IntArrayRef items) { return fromIntArrayRefSlow(items); }
#define C10_AS_INTARRAYREF_SLOW(items) ::c10::asIntArrayRefUnchecked(items)

}  // namespace spinel_v1
}  // namespace c10

namespace spinel::registry::inline v1 {
inline std::ostream& operator<<(std::ostream& out, SymInt number) { return out << number.as_int_unchecked(); }
}  // namespace spinel::registry::inline v1
