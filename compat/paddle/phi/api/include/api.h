// The functions of paddle:: that native operator sources call on tensors, as libtorch's.
#pragma once

#include <ATen/Functions.h>

#include <functional>
#include <tuple>

#include "paddle/phi/api/include/tensor.h"

namespace paddle::experimental {

namespace internal {
inline at::TensorOptions options(DataType dtype, const Place& place) {
  return at::TensorOptions(phi::to_torch(dtype)).device(place.device());
}
inline at::TensorOptions options_like(const Tensor& x, DataType dtype, const Place& place) {
  at::TensorOptions options = x.torch().options();
  if (dtype != DataType::UNDEFINED) options = options.dtype(phi::to_torch(dtype));
  return place.GetType() == phi::AllocationType::UNDEFINED ? options : options.device(place.device());
}
inline at::IntArrayRef sizes(const IntArray& shape) { return shape.GetData(); }
inline std::vector<at::Tensor> list(const std::vector<Tensor>& tensors) {
  std::vector<at::Tensor> result;
  for (const Tensor& tensor : tensors) result.push_back(tensor.torch());
  return result;
}
}  // namespace internal

inline Tensor empty(const IntArray& shape, DataType dtype = DataType::FLOAT32, const Place& place = CPUPlace()) {
  return at::empty(internal::sizes(shape), internal::options(dtype, place));
}
inline Tensor full(const IntArray& shape, const Scalar& value, DataType dtype = DataType::FLOAT32,
                   const Place& place = CPUPlace()) {
  return at::full(internal::sizes(shape), value.torch(), internal::options(dtype, place));
}
inline Tensor zeros(const IntArray& shape, DataType dtype = DataType::FLOAT32, const Place& place = CPUPlace()) {
  return at::zeros(internal::sizes(shape), internal::options(dtype, place));
}
inline Tensor ones(const IntArray& shape, DataType dtype = DataType::FLOAT32, const Place& place = CPUPlace()) {
  return at::ones(internal::sizes(shape), internal::options(dtype, place));
}
inline Tensor empty_like(const Tensor& x, DataType dtype = DataType::UNDEFINED, const Place& place = {}) {
  return at::empty_like(x.torch(), internal::options_like(x, dtype, place), at::MemoryFormat::Contiguous);
}
inline Tensor full_like(const Tensor& x, const Scalar& value, DataType dtype = DataType::UNDEFINED,
                        const Place& place = {}) {
  return at::full_like(x.torch(), value.torch(), internal::options_like(x, dtype, place));
}
inline Tensor zeros_like(const Tensor& x, DataType dtype = DataType::UNDEFINED, const Place& place = {}) {
  return at::zeros_like(x.torch(), internal::options_like(x, dtype, place));
}
inline Tensor ones_like(const Tensor& x, DataType dtype = DataType::UNDEFINED, const Place& place = {}) {
  return at::ones_like(x.torch(), internal::options_like(x, dtype, place));
}

/// Memory of the caller's, which `deleter` is given when the last tensor over it goes; it copies nothing.
using Deleter = std::function<void(void*)>;
inline Tensor from_blob(void* data, const IntArray& shape, DataType dtype = DataType::FLOAT32,
                        DataLayout = DataLayout::NCHW, const Place& place = CPUPlace(), Deleter deleter = {}) {
  if (!deleter) deleter = [](void*) {};
  return at::from_blob(data, internal::sizes(shape), std::move(deleter), internal::options(dtype, place));
}
/// Sets all elements, of `x` itself where the name ends in `_`.
inline Tensor fill(const Tensor& x, const Scalar& value) { return at::full_like(x.torch(), value.torch()); }
inline Tensor fill_(Tensor& x, const Scalar& value) { return x.torch().fill_(value.torch()); }

inline Tensor add(const Tensor& x, const Tensor& y) { return x + y; }
inline Tensor subtract(const Tensor& x, const Tensor& y) { return x - y; }
inline Tensor multiply(const Tensor& x, const Tensor& y) { return x * y; }
inline Tensor divide(const Tensor& x, const Tensor& y) { return x / y; }
inline Tensor maximum(const Tensor& x, const Tensor& y) { return at::maximum(x.torch(), y.torch()); }
inline Tensor minimum(const Tensor& x, const Tensor& y) { return at::minimum(x.torch(), y.torch()); }
inline Tensor pow(const Tensor& x, const Scalar& y) { return x.pow(y); }
inline Tensor exp(const Tensor& x) { return x.exp(); }
inline Tensor log(const Tensor& x) { return x.log(); }
inline Tensor abs(const Tensor& x) { return x.abs(); }
inline Tensor sqrt(const Tensor& x) { return at::sqrt(x.torch()); }
inline Tensor sin(const Tensor& x) { return at::sin(x.torch()); }
inline Tensor cos(const Tensor& x) { return at::cos(x.torch()); }
inline Tensor tanh(const Tensor& x) { return at::tanh(x.torch()); }
inline Tensor relu(const Tensor& x) { return at::relu(x.torch()); }
inline Tensor sigmoid(const Tensor& x) { return at::sigmoid(x.torch()); }
inline Tensor softmax(const Tensor& x, int axis = -1) { return at::softmax(x.torch(), axis); }
inline Tensor clip(const Tensor& x, const Scalar& min, const Scalar& max) {
  return at::clamp(x.torch(), min.torch(), max.torch());
}
inline Tensor cast(const Tensor& x, DataType dtype) { return x.cast(dtype); }
inline Tensor copy_to(const Tensor& x, const Place& place, bool blocking) { return x.copy_to(place, blocking); }
inline Tensor assign(const Tensor& x) { return x.torch().clone(); }
inline Tensor scale(const Tensor& x, const Scalar& scale, const Scalar& bias = 0.0, bool bias_after_scale = true) {
  return bias_after_scale ? x * scale + bias : (x + bias) * scale;
}
inline Tensor matmul(const Tensor& x, const Tensor& y, bool transpose_x = false, bool transpose_y = false) {
  return at::matmul(transpose_x ? x.torch().mT() : x.torch(), transpose_y ? y.torch().mT() : y.torch());
}
inline Tensor reshape(const Tensor& x, const IntArray& shape) { return x.torch().reshape(internal::sizes(shape)); }
inline Tensor transpose(const Tensor& x, const std::vector<int>& perm) {
  return x.torch().permute(std::vector<int64_t>(perm.begin(), perm.end()));
}
inline Tensor concat(const std::vector<Tensor>& x, const Scalar& axis = 0) {
  return at::cat(internal::list(x), axis.to<int64_t>());
}
inline Tensor stack(const std::vector<Tensor>& x, int axis = 0) { return at::stack(internal::list(x), axis); }
inline std::vector<Tensor> split(const Tensor& x, const IntArray& sections, const Scalar& axis) {
  std::vector<Tensor> parts;
  for (at::Tensor& part : at::split_with_sizes(x.torch(), internal::sizes(sections), axis.to<int64_t>())) {
    parts.emplace_back(std::move(part));
  }
  return parts;
}
inline Tensor sum(const Tensor& x, const IntArray& axis = {}, DataType dtype = DataType::UNDEFINED,
                  bool keepdim = false) {
  const auto type = dtype == DataType::UNDEFINED ? std::nullopt : std::optional(phi::to_torch(dtype));
  return at::sum(x.torch(), internal::sizes(axis), keepdim, type);
}
inline Tensor mean(const Tensor& x, const IntArray& axis = {}, bool keepdim = false) {
  return at::mean(x.torch(), internal::sizes(axis), keepdim);
}
inline Tensor where(const Tensor& condition, const Tensor& x, const Tensor& y) {
  return at::where(condition.torch(), x.torch(), y.torch());
}
/// Slices along an axis, by an index of one dimension or of none.
inline Tensor gather(const Tensor& x, const Tensor& index, const Scalar& axis = 0) {
  return at::index_select(x.torch(), axis.to<int64_t>(), index.torch().reshape(-1));
}
/// The sorted values and, as int64, where each was.
inline std::tuple<Tensor, Tensor> argsort(const Tensor& x, int axis = -1, bool descending = false,
                                          bool stable = false) {
  auto [values, indices] = at::sort(x.torch(), std::optional<bool>(stable), axis, descending);
  return {values, indices};
}
inline Tensor expand(const Tensor& x, const IntArray& shape) { return x.torch().expand(internal::sizes(shape)); }
inline Tensor squeeze(const Tensor& x, const IntArray& axis = {}) {
  return axis.GetData().empty() ? x.torch().squeeze() : x.torch().squeeze(internal::sizes(axis));
}

}  // namespace paddle::experimental

namespace paddle {
using namespace experimental;
}
