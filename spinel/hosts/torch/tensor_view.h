// Between libtorch's tensors and the tensor views of files: no copy either way.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>

#include "spinel/base/safetensors.h"

namespace spinel {

at::ScalarType to_scalar_type(Dtype dtype);
/// A type that safetensors files cannot hold (complex, quantised, …): invalid_argument naming it.
Dtype to_dtype(at::ScalarType type);

/// A CPU tensor over the bytes of a view; `owner` keeps them alive. Bytes of a mapped file must not be written to:
/// clone before an in-place operation. Data that is not aligned for its type is copied.
at::Tensor to_tensor(const TensorView& view, std::shared_ptr<const void> owner);

/// A view of a contiguous CPU tensor; valid while the tensor lives. Another layout: invalid_argument.
TensorView to_view(const at::Tensor& tensor);

}  // namespace spinel
