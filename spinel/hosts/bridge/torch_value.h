// Values of the registry as libtorch's and back: tensors share their memory, containers are copied.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/core/ivalue.h>

#include "spinel/registry/tensor_methods.h"
#include "spinel/registry/value.h"

namespace spinel::hosts {

/// A tensor of libtorch as the registry's; an undefined one stays undefined. Its dispatch keys are those of an ordinary
/// tensor of its device. Not `written`: its memory is only read, so one that is copied on writing is not copied.
registry::Tensor to_registry(const at::Tensor& tensor, bool written = true);
/// The tensor of libtorch inside, or a view of another host's memory that keeps that tensor alive. Element types that
/// libtorch lacks and devices it is not built for: an error.
at::Tensor to_torch(const registry::Tensor& tensor);

/// What operators of the layer do with tensors of libtorch; named as the default by a program, also how they make new
/// ones.
const registry::TensorMethods& torch_methods();

/// A value of libtorch as the registry's. What schemas name but the registry does not look into (Storage, Stream, an
/// object of TorchScript) becomes a HostObject that to_torch() turns back.
registry::Value to_registry(const c10::IValue& value);
/// A value for an argument of libtorch's `type`, which decides what its lists and dictionaries hold. An instance of a
/// class of the registry, which libtorch does not know: invalid_argument.
c10::IValue to_torch(const registry::Value& value, const c10::TypePtr& type);

/// A type of libtorch in the registry's terms; what has no counterpart is Any.
registry::Type to_registry(const c10::Type& type);

}  // namespace spinel::hosts
