// Values of 64 bits, as the stable ABI passes them, from the registry's values and back, as a schema's types say.
#pragma once

#include <vector>

#include "compat/include/torch/csrc/inductor/aoti_torch/c/shim.h"
#include "spinel/registry/function_schema.h"
#include "spinel/registry/value.h"

namespace spinel::shim {

/// Handles in the result belong to the receiver. What the stable ABI has no form for (dictionaries, Scalar, classes, …)
/// is NotImplementedError, with the type.
StableIValue to_stable(const registry::Value& value, const registry::Type& type);
/// Takes the handles in it over, also where it fails.
registry::Value from_stable(StableIValue value, const registry::Type& type);
/// Frees the handles in it.
void drop_stable(StableIValue value, const registry::Type& type) noexcept;

/// All arguments or results of a call. What fails leaves no handle behind.
std::vector<StableIValue> to_stable(const registry::Value* values, const std::vector<registry::Argument>& places);
/// Pushes them on the stack, and takes all handles over, also where it fails.
void from_stable(const StableIValue* values, const std::vector<registry::Argument>& places, registry::Stack& stack);

inline registry::Tensor& tensor_of(AtenTensorHandle handle) { return *reinterpret_cast<registry::Tensor*>(handle); }
/// A new handle, owned by the caller.
AtenTensorHandle new_handle(registry::Tensor tensor);

}  // namespace spinel::shim
