// Guards by which a kernel calls below autograd, under PyTorch's names.
#pragma once

#include "c10/core/impl/LocalDispatchKeySet.h"

namespace at {
inline namespace spinel_v1 {
using ::spinel::registry::AutoDispatchBelowADInplaceOrView;
using ::spinel::registry::AutoDispatchBelowAutograd;
using AutoNonVariableTypeMode = AutoDispatchBelowAutograd;
}  // namespace spinel_v1
}  // namespace at
