// Typed dictionaries under PyTorch's name.
#pragma once

#include "spinel/registry/dict.h"

namespace c10 {
inline namespace spinel_v1 {
using ::spinel::registry::Dict;
}  // namespace spinel_v1
}  // namespace c10
