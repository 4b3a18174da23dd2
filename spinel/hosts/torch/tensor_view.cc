#include "spinel/hosts/torch/tensor_view.h"

#include <ATen/ATen.h>

#include <cstring>
#include <utility>

#include "spinel/base/error.h"

namespace spinel {
namespace {

constexpr std::pair<Dtype, at::ScalarType> kTypes[] = {
    {Dtype::boolean, at::kBool},
    {Dtype::u8, at::kByte},
    {Dtype::i8, at::kChar},
    {Dtype::u16, at::ScalarType::UInt16},
    {Dtype::i16, at::kShort},
    {Dtype::u32, at::ScalarType::UInt32},
    {Dtype::i32, at::kInt},
    {Dtype::u64, at::ScalarType::UInt64},
    {Dtype::i64, at::kLong},
    {Dtype::f16, at::kHalf},
    {Dtype::bf16, at::kBFloat16},
    {Dtype::f32, at::kFloat},
    {Dtype::f64, at::kDouble},
    {Dtype::f8_e4m3, at::ScalarType::Float8_e4m3fn},
    {Dtype::f8_e5m2, at::ScalarType::Float8_e5m2},
};

}  // namespace

at::ScalarType to_scalar_type(Dtype dtype) {
  for (const auto& [ours, theirs] : kTypes) {
    if (ours == dtype) return theirs;
  }
  fail(ErrorKind::internal, "dtype: {} has no counterpart in libtorch", to_string(dtype));
}

Dtype to_dtype(at::ScalarType type) {
  for (const auto& [ours, theirs] : kTypes) {
    if (theirs == type) return ours;
  }
  fail(ErrorKind::invalid_argument, "tensor: a safetensors file cannot hold the type {}; convert it to a real one",
       at::toString(type));
}

at::Tensor to_tensor(const TensorView& view, std::shared_ptr<const void> owner) {
  const at::TensorOptions options = at::TensorOptions().dtype(to_scalar_type(view.dtype));
  void* data = const_cast<std::byte*>(view.bytes.data());
  if (view.bytes.empty() || reinterpret_cast<uintptr_t>(data) % element_size(view.dtype) != 0) {
    at::Tensor copy = at::empty(view.shape, options);
    if (!view.bytes.empty()) std::memcpy(copy.mutable_data_ptr(), data, view.bytes.size());
    return copy;
  }
  return at::from_blob(
      data, view.shape, [owner = std::move(owner)](void*) {}, options);
}

TensorView to_view(const at::Tensor& tensor) {
  require(tensor.device().is_cpu() && tensor.is_contiguous(),
          "tensor: it lies on {} and is {}contiguous; a file takes contiguous tensors of the CPU",
          tensor.device().str(), tensor.is_contiguous() ? "" : "not ");
  return {to_dtype(tensor.scalar_type()),
          tensor.sizes().vec(),
          {static_cast<const std::byte*>(tensor.const_data_ptr()), tensor.nbytes()}};
}

}  // namespace spinel
