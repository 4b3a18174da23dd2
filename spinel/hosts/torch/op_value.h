// What shape rules of operators see of libtorch's tensors, and what they answer, in libtorch's terms.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/core/ivalue.h>

#include "spinel/ops/op_def.h"

namespace spinel::hosts {

/// The description of a tensor, symbolic sizes included.
ops::TensorSpec spec_of(const at::Tensor& tensor);
/// What shape rules see of a boxed argument.
ops::SpecArgument spec_argument(const c10::IValue& value);
/// The sizes of a rule's result for libtorch.
std::vector<c10::SymInt> to_sym_sizes(const std::vector<ops::Size>& sizes);

inline at::ScalarType to_torch(registry::ScalarType type) { return static_cast<at::ScalarType>(type); }
inline registry::ScalarType from_torch(at::ScalarType type) { return static_cast<registry::ScalarType>(type); }
at::MemoryFormat to_torch(registry::MemoryFormat format);

}  // namespace spinel::hosts
