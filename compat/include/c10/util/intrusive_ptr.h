// Counted pointers under PyTorch's names.
#pragma once

#include <type_traits>
#include <utility>

#include "spinel/registry/intrusive_ptr.h"

namespace c10 {
inline namespace spinel_v1 {
using ::spinel::registry::intrusive_ptr;
using ::spinel::registry::make_intrusive;

/// Base of counted objects. There are no weak pointers here, so release_resources(), which is for objects that only
/// weak ones still hold, is never called.
class intrusive_ptr_target : public ::spinel::registry::CustomClassHolder {
 protected:
  virtual void release_resources() {}
};
}  // namespace spinel_v1
}  // namespace c10
