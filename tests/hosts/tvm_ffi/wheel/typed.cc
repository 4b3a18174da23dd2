// A library of TVM-FFI functions as users write them: typed, against the headers of the package, with metadata or
// (TVM_FFI_DLL_EXPORT_INCLUDE_METADATA=0) without.
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/container/map.h>
#include <tvm/ffi/container/shape.h>
#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/container/tuple.h>
#include <tvm/ffi/extra/c_env_api.h>
#include <tvm/ffi/function.h>

#include <string>

namespace {

namespace ffi = tvm::ffi;

double* data_of(const ffi::TensorView& view) {
  return reinterpret_cast<double*>(static_cast<char*>(view.data_ptr()) + view.byte_offset());
}

/// out = factor · x, of one dimension.
void scale(ffi::TensorView x, ffi::TensorView out, double factor) {
  if (x.ndim() != 1 || out.ndim() != 1) TVM_FFI_THROW(ValueError) << "one dimension is wanted, not " << x.ndim();
  if (x.dtype() != DLDataType{kDLFloat, 64, 1}) TVM_FFI_THROW(TypeError) << "float64 is wanted";
  for (int64_t i = 0; i < x.size(0); ++i) data_of(out)[i * out.stride(0)] = factor * data_of(x)[i * x.stride(0)];
}
TVM_FFI_DLL_EXPORT_TYPED_FUNC(scale, scale);

/// A new tensor from the allocator of whoever calls.
ffi::Tensor doubled(ffi::Tensor x) {
  ffi::Tensor out = ffi::Tensor::FromEnvAlloc(TVMFFIEnvTensorAlloc, x.shape(), x.dtype(), x.device());
  for (int64_t i = 0; i < x.numel(); ++i) {
    static_cast<double*>(out.data_ptr())[i] = 2 * static_cast<const double*>(x.data_ptr())[i];
  }
  return out;
}
TVM_FFI_DLL_EXPORT_TYPED_FUNC(doubled, doubled);

/// The argument itself, which the result then keeps alive.
TVM_FFI_DLL_EXPORT_TYPED_FUNC(same, [](ffi::Tensor x) { return x; });

/// Keeps a tensor beyond the call.
ffi::Optional<ffi::Tensor>& kept() {
  static ffi::Optional<ffi::Tensor> tensor;
  return tensor;
}
TVM_FFI_DLL_EXPORT_TYPED_FUNC(keep, [](ffi::Optional<ffi::Tensor> x) { kept() = x; });
TVM_FFI_DLL_EXPORT_TYPED_FUNC(kept, []() { return kept(); });

TVM_FFI_DLL_EXPORT_TYPED_FUNC(join, [](ffi::Array<ffi::String> words, ffi::String between) {
  std::string text;
  for (const ffi::String& word : words) text += (text.empty() ? "" : std::string(between)) + std::string(word);
  return ffi::String(text);
});
TVM_FFI_DLL_EXPORT_TYPED_FUNC(sizes, [](ffi::Array<ffi::Tensor> tensors) {
  ffi::Array<int64_t> sizes;
  for (const ffi::Tensor& tensor : tensors) sizes.push_back(tensor.numel());
  return sizes;
});
ffi::Map<int64_t, ffi::String> turned(ffi::Map<ffi::String, int64_t> map) {
  ffi::Map<int64_t, ffi::String> turned;
  for (const auto& [key, value] : map) turned.Set(value, key);
  return turned;
}
TVM_FFI_DLL_EXPORT_TYPED_FUNC(turned, turned);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(number_of, [](ffi::Optional<double> x, bool negative) {
  return (negative ? -1.0 : 1.0) * (x.has_value() ? *x : 7.0);
});
ffi::Tuple<ffi::String, int64_t> pair(int64_t number, const std::string& text) {
  return ffi::Tuple<ffi::String, int64_t>(text, number);
}
TVM_FFI_DLL_EXPORT_TYPED_FUNC(pair, pair);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(bits, [](DLDataType dtype, DLDevice device) {
  return int64_t{1000} * device.device_type + dtype.bits;
});
TVM_FFI_DLL_EXPORT_TYPED_FUNC(product, [](ffi::Shape shape) { return shape.Product(); });
TVM_FFI_DLL_EXPORT_TYPED_FUNC(apply, [](ffi::Function function, int64_t x) { return function(x).cast<int64_t>(); });

/// Fails as asked.
void failing(const std::string& kind, const std::string& text) { throw ffi::Error(kind, text, ""); }
TVM_FFI_DLL_EXPORT_TYPED_FUNC(failing, failing);

}  // namespace
