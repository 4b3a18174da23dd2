// A tensor of the stable ABI: a counted handle that is looked at through C functions.
#pragma once

#include <memory>

#include "c10/core/Device.h"
#include "torch/csrc/stable/accelerator.h"
#include "torch/headeronly/core/ScalarType.h"
#include "torch/headeronly/util/Exception.h"
#include "torch/headeronly/util/shim_utils.h"

namespace torch {
namespace stable {
inline namespace spinel_v1 {

using Device = c10::Device;
using DeviceIndex = c10::DeviceIndex;
using DeviceType = c10::DeviceType;
using torch::headeronly::IntHeaderOnlyArrayRef;
using torch::headeronly::Layout;
using torch::headeronly::ScalarType;

/// Copies share the handle. Looking at an undefined one is an error.
class Tensor {
  template <typename T, typename F, typename... A>
  T ask(F function, A... arguments) const {
    T result;
    TORCH_ERROR_CODE_CHECK(function(get(), arguments..., &result));
    return result;
  }

 public:
  Tensor() {
    AtenTensorHandle handle;
    TORCH_ERROR_CODE_CHECK(aoti_torch_new_uninitialized_tensor(&handle));
    own(handle);
  }
  /// Takes the handle over.
  explicit Tensor(AtenTensorHandle handle) { own(handle); }
  AtenTensorHandle get() const { return handle_.get(); }

  bool defined() const { return ask<bool>(aoti_torch_is_defined); }
  bool is_contiguous() const { return ask<bool>(aoti_torch_is_contiguous); }
  void* data_ptr() const { return ask<void*>(aoti_torch_get_data_ptr); }
  void* mutable_data_ptr() const { return ask<void*>(torch_get_mutable_data_ptr); }
  const void* const_data_ptr() const { return ask<const void*>(torch_get_const_data_ptr); }
  template <typename T>
  T* mutable_data_ptr() const {
    STD_TORCH_CHECK(scalar_type() == c10::CppTypeToScalarType<T>::value, "expected scalar type ",
                    c10::CppTypeToScalarType<T>::value, " but found ", scalar_type());
    return static_cast<T*>(mutable_data_ptr());
  }
  template <typename T>
  const T* const_data_ptr() const {
    return mutable_data_ptr<std::remove_const_t<T>>();
  }
  int64_t dim() const { return ask<int64_t>(aoti_torch_get_dim); }
  int64_t numel() const { return ask<int64_t>(aoti_torch_get_numel); }
  int64_t size(int64_t dimension) const { return ask<int64_t>(aoti_torch_get_size, dimension); }
  int64_t stride(int64_t dimension) const { return ask<int64_t>(aoti_torch_get_stride, dimension); }
  IntHeaderOnlyArrayRef sizes() const { return {ask<int64_t*>(aoti_torch_get_sizes), static_cast<size_t>(dim())}; }
  IntHeaderOnlyArrayRef strides() const { return {ask<int64_t*>(aoti_torch_get_strides), static_cast<size_t>(dim())}; }
  ScalarType scalar_type() const { return static_cast<ScalarType>(ask<int32_t>(aoti_torch_get_dtype)); }
  Layout layout() const { return static_cast<Layout>(ask<int32_t>(aoti_torch_get_layout)); }
  DeviceIndex get_device_index() const { return static_cast<DeviceIndex>(ask<int32_t>(aoti_torch_get_device_index)); }
  Device device() const {
    return {static_cast<c10::DeviceType>(ask<int32_t>(aoti_torch_get_device_type)), get_device_index()};
  }
  size_t element_size() const { return aoti_torch_dtype_element_size(static_cast<int32_t>(scalar_type())); }
  void set_requires_grad(bool requires_grad) const {
    TORCH_ERROR_CODE_CHECK(torch_set_requires_grad(get(), requires_grad));
  }
  bool is_cpu() const { return device().is_cpu(); }
  bool is_cuda() const { return device().is_cuda(); }

 private:
  void own(AtenTensorHandle handle) {
    handle_ = {handle, [](AtenTensorHandle old) { aoti_torch_delete_tensor_object(old); }};
  }
  std::shared_ptr<AtenTensorOpaque> handle_;
};

}  // namespace spinel_v1
}  // namespace stable
}  // namespace torch
