// Functions that make tensors, and the free forms of the tensor's methods.
#pragma once

#include <functional>
#include <vector>

#include "ATen/core/TensorBody.h"

namespace at {
inline namespace spinel_v1 {

// By the host that is set up to make tensors (set_default_tensor_methods).
inline Tensor empty(IntArrayRef sizes, const TensorOptions& options = {}, std::optional<MemoryFormat> format = {}) {
  const MemoryFormat order = format.value_or(options.memory_format_opt().value_or(MemoryFormat::Contiguous));
  return core_functions::empty(sizes, options.kind(), c10::to_core(order));
}
inline Tensor empty_strided(IntArrayRef sizes, IntArrayRef strides, const TensorOptions& options = {}) {
  const ::spinel::registry::TensorKind kind = options.kind();
  return core_functions::default_tensor_methods().empty_strided(
      sizes, strides, kind.dtype.value_or(::spinel::registry::ScalarType::float32),
      kind.device.value_or(::spinel::registry::Device{}));
}
inline Tensor full(IntArrayRef sizes, const Scalar& value, const TensorOptions& options = {}) {
  // As in PyTorch the value decides where no element type is given.
  ScalarType dtype = value.type();
  if (dtype == ScalarType::Double) dtype = ScalarType::Float;
  if (dtype == ScalarType::ComplexDouble) dtype = ScalarType::ComplexFloat;
  const TensorOptions whole = options.has_dtype() ? options : options.dtype(dtype);
  return core_functions::full(sizes, value.core(), whole.kind());
}
inline Tensor zeros(IntArrayRef sizes, const TensorOptions& options = {}) {
  return core_functions::full(sizes, Scalar(0).core(), options.kind());
}
inline Tensor ones(IntArrayRef sizes, const TensorOptions& options = {}) {
  return core_functions::full(sizes, Scalar(1).core(), options.kind());
}
inline Tensor scalar_tensor(const Scalar& value, const TensorOptions& options = {}) {
  return core_functions::full({}, value.core(), options.kind());
}

inline Tensor empty_like(const Tensor& like, const TensorOptions& options = {},
                         std::optional<MemoryFormat> format = {}) {
  const MemoryFormat order = format.value_or(options.memory_format_opt().value_or(MemoryFormat::Preserve));
  return core_functions::empty_like(like, options.kind(), c10::to_core(order));
}
inline Tensor full_like(const Tensor& like, const Scalar& value, const TensorOptions& options = {}) {
  return core_functions::full_like(like, value.core(), options.kind());
}
inline Tensor zeros_like(const Tensor& like, const TensorOptions& options = {}) { return full_like(like, 0, options); }
inline Tensor ones_like(const Tensor& like, const TensorOptions& options = {}) { return full_like(like, 1, options); }

// Memory of the caller's.
inline Tensor from_blob(void* data, IntArrayRef sizes, IntArrayRef strides, std::function<void(void*)> deleter,
                        const TensorOptions& options = {}) {
  const ::spinel::registry::TensorKind kind = options.kind();
  return core_functions::default_tensor_methods().from_blob(
      data, sizes, strides, kind.dtype.value_or(::spinel::registry::ScalarType::float32),
      kind.device.value_or(::spinel::registry::Device{}), std::move(deleter));
}
inline Tensor from_blob(void* data, IntArrayRef sizes, std::function<void(void*)> deleter,
                        const TensorOptions& options = {}) {
  return from_blob(data, sizes, core_functions::compact_strides(sizes), std::move(deleter), options);
}
inline Tensor from_blob(void* data, IntArrayRef sizes, IntArrayRef strides, const TensorOptions& options = {}) {
  return from_blob(data, sizes, strides, nullptr, options);
}
inline Tensor from_blob(void* data, IntArrayRef sizes, const TensorOptions& options = {}) {
  return from_blob(data, sizes, core_functions::compact_strides(sizes), nullptr, options);
}

/// A tensor of one dimension from its elements, or of none from a number. As in PyTorch floats become the default
/// element type unless another is asked for.
template <typename T>
Tensor tensor(ArrayRef<T> values, const TensorOptions& options = {}) {
  const ScalarType dtype = options.has_dtype()       ? options.dtype().toScalarType()
                           : std::is_same_v<T, bool> ? ScalarType::Bool
                           : std::is_integral_v<T>   ? ScalarType::Long
                                                     : ScalarType::Float;
  const Tensor made = empty({static_cast<int64_t>(values.size())}, options.dtype(dtype));
  for (size_t i = 0; i < values.size(); ++i) made[static_cast<int64_t>(i)].fill_(values[i]);
  return made;
}
template <typename T>
Tensor tensor(std::initializer_list<T> values, const TensorOptions& options = {}) {
  return tensor(ArrayRef<T>(values.begin(), values.size()), options);
}
template <typename T>
Tensor tensor(const std::vector<T>& values, const TensorOptions& options = {}) {
  return tensor(ArrayRef<T>(values), options);
}
template <typename T>
  requires std::is_arithmetic_v<T>
Tensor tensor(T value, const TensorOptions& options = {}) {
  return tensor(ArrayRef<T>(value), options)[0];
}

inline Tensor select(const Tensor& self, int64_t dimension, int64_t index) { return self.select(dimension, index); }
inline Tensor narrow(const Tensor& self, int64_t dimension, int64_t start, int64_t length) {
  return self.narrow(dimension, start, length);
}
inline Tensor reshape(const Tensor& self, IntArrayRef sizes) { return self.reshape(sizes); }
inline Tensor flatten(const Tensor& self, int64_t start = 0, int64_t end = -1) { return self.flatten(start, end); }
inline Tensor permute(const Tensor& self, IntArrayRef dimensions) { return self.permute(dimensions); }
inline Tensor transpose(const Tensor& self, int64_t a, int64_t b) { return self.transpose(a, b); }
inline Tensor unsqueeze(const Tensor& self, int64_t dimension) { return self.unsqueeze(dimension); }
inline Tensor squeeze(const Tensor& self) { return self.squeeze(); }
inline Tensor clone(const Tensor& self, std::optional<MemoryFormat> format = {}) { return self.clone(format); }

inline Tensor gather(const Tensor& self, int64_t dimension, const Tensor& index, bool sparse_grad = false) {
  return self.gather(dimension, index, sparse_grad);
}
inline Tensor index_select(const Tensor& self, int64_t dimension, const Tensor& index) {
  return self.index_select(dimension, index);
}
inline Tensor cumsum(const Tensor& self, int64_t dimension) { return self.cumsum(dimension); }

/// Tensors one behind the other along a new dimension.
inline Tensor stack(TensorList tensors, int64_t dimension = 0) {
  TORCH_CHECK(!tensors.empty(), "stack expects a non-empty TensorList");
  std::vector<int64_t> sizes = tensors[0].sizes().vec();
  dimension = core_functions::wrap_dimension(dimension, tensors[0].dim() + 1);
  sizes.insert(sizes.begin() + dimension, static_cast<int64_t>(tensors.size()));
  const Tensor made = tensors[0].new_empty(sizes);
  for (size_t i = 0; i < tensors.size(); ++i) {
    TORCH_CHECK(tensors[i].sizes() == tensors[0].sizes(), "stack expects each tensor to be equal size, but got ",
                tensors[0].sizes(), " at entry 0 and ", tensors[i].sizes(), " at entry ", i);
    made.select(dimension, static_cast<int64_t>(i)).copy_(tensors[i]);
  }
  return made;
}
/// Tensors one behind the other along a dimension that they have.
inline Tensor cat(TensorList tensors, int64_t dimension = 0) {
  TORCH_CHECK(!tensors.empty(), "torch.cat(): expected a non-empty list of Tensors");
  std::vector<int64_t> sizes = tensors[0].sizes().vec();
  dimension = core_functions::wrap_dimension(dimension, tensors[0].dim());
  TORCH_CHECK(!sizes.empty(), "zero-dimensional tensor (at position 0) cannot be concatenated");
  int64_t& whole = sizes[static_cast<size_t>(dimension)];
  for (size_t i = 1; i < tensors.size(); ++i) {
    TORCH_CHECK(tensors[i].dim() == tensors[0].dim(), "Tensors must have same number of dimensions: got ",
                tensors[0].dim(), " and ", tensors[i].dim());
    whole += tensors[i].size(dimension);
  }
  const Tensor made = tensors[0].new_empty(sizes);
  int64_t start = 0;
  for (const Tensor& tensor : tensors) {
    made.narrow(dimension, start, tensor.size(dimension)).copy_(tensor);
    start += tensor.size(dimension);
  }
  return made;
}

}  // namespace spinel_v1
}  // namespace at
