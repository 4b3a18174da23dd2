// Between libtorch's boxed values and those of the registry, in which our operators take arguments and give results.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/core/ivalue.h>

#include "spinel/ops/op_def.h"

namespace spinel::hosts {

/// Tensors, only to be read, numbers, texts, None and lists of these. Others, which no operator of ours has: internal. Symbolic sizes
/// are asked for their number, which fixes it in a trace.
registry::Value to_value(const c10::IValue& value);
/// `type` of the schema says which kind an empty list is.
c10::IValue to_ivalue(const registry::Value& value, const c10::TypePtr& type);

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
