// Typed lists under PyTorch's name.
#pragma once

#include "spinel/registry/list.h"

namespace c10 {
inline namespace spinel_v1 {
using ::spinel::registry::List;
}  // namespace spinel_v1
}  // namespace c10
