// The C functions of the stable ABI that look at tensors and make them.
#include <cmath>
#include <functional>
#include <memory>
#include <string>

#include "compat/aten/operators.h"
#include "compat/shim/guarded.h"
#include "spinel/registry/dispatcher.h"
#include "spinel/registry/tensor_functions.h"

namespace spinel::shim {
namespace {

size_t place(const registry::Tensor& tensor, int64_t dimension) {
  if (tensor.dim() == 0) registry::fail_call(registry::ErrorClass::index, "tensor: it has no dimensions");
  return static_cast<size_t>(registry::wrap_dimension(dimension, tensor.dim()));
}

/// The caller's memory and how it is to be seen.
struct Blob {
  void* data;
  int64_t ndim;
  const int64_t *sizes, *strides;
  int64_t offset;
  int32_t dtype, device_type, device_index;
};

registry::Device device_of(int32_t type, int32_t index) {
  return {static_cast<registry::DeviceType>(type), static_cast<int8_t>(index)};
}

registry::Tensor blob(const Blob& from, const std::shared_ptr<void>& owner) {
  const auto count = static_cast<size_t>(from.ndim);
  const auto dtype = static_cast<registry::ScalarType>(from.dtype);
  auto* const first = static_cast<char*>(from.data) + from.offset * static_cast<int64_t>(registry::element_size(dtype));
  std::function<void(void*)> deleter;
  if (owner != nullptr) deleter = [owner](void*) {};
  return registry::default_tensor_methods().from_blob(first, {from.sizes, count}, {from.strides, count}, dtype,
                                                      device_of(from.device_type, from.device_index),
                                                      std::move(deleter));
}

void require_strided(int32_t layout) {
  if (layout == aoti_torch_layout_strided()) return;
  fail(ErrorKind::unavailable, "tensor: layout {} is wanted; tensors of the layer are strided", layout);
}

registry::Value list_of(const int64_t* items, int64_t count) {
  return registry::make_list_value(registry::TypeKind::integer, std::vector<registry::Value>(items, items + count));
}

/// What a new tensor is made of, as the C functions have it: null for None.
struct Kind {
  const int32_t *dtype, *layout, *device_type;
  int32_t device_index;
  const int32_t* pin_memory;
};

registry::Stack with_kind(registry::Stack stack, const Kind& kind) {
  const auto maybe = [](const int32_t* code) { return code == nullptr ? registry::Value() : registry::Value(*code); };
  stack.push_back(maybe(kind.dtype));
  stack.push_back(maybe(kind.layout));
  stack.push_back(kind.device_type == nullptr ? registry::Value()
                                              : registry::Value(device_of(*kind.device_type, kind.device_index)));
  stack.push_back(kind.pin_memory == nullptr ? registry::Value() : registry::Value(*kind.pin_memory != 0));
  return stack;
}

/// An operator with one tensor as its result.
AOTITorchError call_aten(const char* name, const char* overload, registry::Stack stack, AtenTensorHandle* ret) {
  return guarded([&] {
    aten::register_operators();
    registry::Dispatcher::singleton().find_schema_or_throw(std::string("aten::") + name, overload).call_boxed(stack);
    *ret = new_handle(stack.at(0).to_tensor());
  });
}

}  // namespace
}  // namespace spinel::shim

using namespace spinel::shim;
namespace registry = spinel::registry;

extern "C" {

AOTITorchError aoti_torch_new_uninitialized_tensor(AtenTensorHandle* ret) {
  return guarded([&] { *ret = new_handle({}); });
}
AOTITorchError aoti_torch_new_tensor_handle(AtenTensorHandle original, AtenTensorHandle* ret) {
  return guarded([&] { *ret = new_handle(tensor_of(original)); });
}
AOTITorchError aoti_torch_delete_tensor_object(AtenTensorHandle tensor) {
  return guarded([&] { delete &tensor_of(tensor); });
}
AOTITorchError aoti_torch_is_defined(AtenTensorHandle tensor, bool* ret) {
  return guarded([&] { *ret = tensor_of(tensor).defined(); });
}
AOTITorchError aoti_torch_is_contiguous(AtenTensorHandle tensor, bool* ret) {
  return look(tensor, [&](const registry::Tensor& at) { *ret = registry::is_contiguous(at); });
}
AOTITorchError aoti_torch_get_data_ptr(AtenTensorHandle tensor, void** ret) {
  return look(tensor, [&](const registry::Tensor& at) { *ret = at.data(); });
}
AOTITorchError torch_get_mutable_data_ptr(AtenTensorHandle tensor, void** ret) {
  return aoti_torch_get_data_ptr(tensor, ret);
}
AOTITorchError torch_get_const_data_ptr(AtenTensorHandle tensor, const void** ret) {
  return look(tensor, [&](const registry::Tensor& at) { *ret = at.data(); });
}
AOTITorchError aoti_torch_get_numel(AtenTensorHandle tensor, int64_t* ret) {
  return look(tensor, [&](const registry::Tensor& at) { *ret = at.numel(); });
}
AOTITorchError aoti_torch_get_dim(AtenTensorHandle tensor, int64_t* ret) {
  return look(tensor, [&](const registry::Tensor& at) { *ret = at.dim(); });
}
AOTITorchError aoti_torch_get_sizes(AtenTensorHandle tensor, int64_t** ret) {
  return look(tensor, [&](const registry::Tensor& at) { *ret = const_cast<int64_t*>(at.sizes().data()); });
}
AOTITorchError aoti_torch_get_strides(AtenTensorHandle tensor, int64_t** ret) {
  return look(tensor, [&](const registry::Tensor& at) { *ret = const_cast<int64_t*>(at.strides().data()); });
}
AOTITorchError aoti_torch_get_size(AtenTensorHandle tensor, int64_t dimension, int64_t* ret) {
  return look(tensor, [&](const registry::Tensor& at) { *ret = at.sizes()[place(at, dimension)]; });
}
AOTITorchError aoti_torch_get_stride(AtenTensorHandle tensor, int64_t dimension, int64_t* ret) {
  return look(tensor, [&](const registry::Tensor& at) { *ret = at.strides()[place(at, dimension)]; });
}
AOTITorchError aoti_torch_get_dtype(AtenTensorHandle tensor, int32_t* ret) {
  return look(tensor, [&](const registry::Tensor& at) { *ret = static_cast<int32_t>(at.scalar_type()); });
}
AOTITorchError aoti_torch_get_layout(AtenTensorHandle tensor, int32_t* ret) {
  return look(tensor, [&](const registry::Tensor&) { *ret = aoti_torch_layout_strided(); });
}
AOTITorchError aoti_torch_get_device_type(AtenTensorHandle tensor, int32_t* ret) {
  return look(tensor, [&](const registry::Tensor& at) { *ret = static_cast<int32_t>(at.device().type); });
}
AOTITorchError aoti_torch_get_device_index(AtenTensorHandle tensor, int32_t* ret) {
  return look(tensor, [&](const registry::Tensor& at) { *ret = at.device().index; });
}
AOTITorchError aoti_torch_empty_strided(int64_t ndim, const int64_t* sizes, const int64_t* strides, int32_t dtype,
                                        int32_t device_type, int32_t device_index, AtenTensorHandle* ret) {
  return guarded([&] {
    const auto count = static_cast<size_t>(ndim);
    *ret = new_handle(registry::default_tensor_methods().empty_strided(
        {sizes, count}, {strides, count}, static_cast<registry::ScalarType>(dtype),
        {static_cast<registry::DeviceType>(device_type), static_cast<int8_t>(device_index)}));
  });
}
AOTITorchError aoti_torch_create_tensor_from_blob(void* data, int64_t ndim, const int64_t* sizes,
                                                  const int64_t* strides, int64_t storage_offset, int32_t dtype,
                                                  int32_t device_type, int32_t device_index, AtenTensorHandle* ret) {
  return guarded([&] {
    *ret = new_handle(blob({data, ndim, sizes, strides, storage_offset, dtype, device_type, device_index}, {}));
  });
}
AOTITorchError aoti_torch_create_tensor_from_blob_v2(void* data, int64_t ndim, const int64_t* sizes,
                                                     const int64_t* strides, int64_t storage_offset, int32_t dtype,
                                                     int32_t device_type, int32_t device_index, AtenTensorHandle* ret,
                                                     int32_t layout, const uint8_t*, int64_t) {
  return guarded([&] {
    require_strided(layout);
    *ret = new_handle(blob({data, ndim, sizes, strides, storage_offset, dtype, device_type, device_index}, {}));
  });
}
AOTITorchError torch_from_blob(void* data, int64_t ndim, const int64_t* sizes, const int64_t* strides,
                               int64_t storage_offset, int32_t dtype, int32_t device_type, int32_t device_index,
                               AtenTensorHandle* ret, int32_t layout, const uint8_t*, int64_t,
                               void (*deleter)(void* data, void* ctx), void* deleter_ctx) {
  return guarded([&] {
    // Whichever copy of the host's function goes last, also on the way to a failure, lets the memory go.
    std::shared_ptr<void> owner;
    if (deleter != nullptr) owner = {data, [=](void*) { deleter(data, deleter_ctx); }};
    require_strided(layout);
    *ret = new_handle(blob({data, ndim, sizes, strides, storage_offset, dtype, device_type, device_index}, owner));
  });
}
size_t aoti_torch_dtype_element_size(int32_t dtype) {
  return registry::element_size(static_cast<registry::ScalarType>(dtype));
}
AOTITorchError torch_set_requires_grad(AtenTensorHandle tensor, bool requires_grad) {
  return look(tensor, [&](const registry::Tensor& at) {
    if (requires_grad == registry::tensor_methods(at).requires_grad(at)) return;
    spinel::fail(spinel::ErrorKind::unavailable,
                 "tensor: requires_grad is to become {}; set it in the host's language, outside of the operator",
                 requires_grad);
  });
}

AOTITorchError aoti_torch_aten_amax(AtenTensorHandle self, const int64_t* dims, int64_t num_dims, int32_t keepdim,
                                    AtenTensorHandle* ret) {
  return call_aten("amax", "", {tensor_of(self), list_of(dims, num_dims), keepdim != 0}, ret);
}
AOTITorchError aoti_torch_aten_fill__Scalar(AtenTensorHandle self, double value) {
  return look(self, [&](const registry::Tensor& at) { registry::tensor_methods(at).fill(at, value); });
}
AOTITorchError aoti_torch_aten_full(const int64_t* size, int64_t num_sizes, double fill_value, int32_t* dtype,
                                    int32_t* layout, int32_t* device_type, int32_t device_index, int32_t* pin_memory,
                                    AtenTensorHandle* ret) {
  return call_aten(
      "full", "",
      with_kind({list_of(size, num_sizes), fill_value}, {dtype, layout, device_type, device_index, pin_memory}), ret);
}
AOTITorchError aoti_torch_aten_narrow(AtenTensorHandle self, int64_t dim, int64_t start, int64_t length,
                                      AtenTensorHandle* ret) {
  return call_aten("narrow", "", {tensor_of(self), dim, start, length}, ret);
}
AOTITorchError aoti_torch_aten_new_empty(AtenTensorHandle self, const int64_t* size, int64_t num_sizes, int32_t* dtype,
                                         int32_t* layout, int32_t* device_type, int32_t device_index,
                                         int32_t* pin_memory, AtenTensorHandle* ret) {
  return call_aten(
      "new_empty", "",
      with_kind({tensor_of(self), list_of(size, num_sizes)}, {dtype, layout, device_type, device_index, pin_memory}),
      ret);
}
AOTITorchError aoti_torch_aten_new_zeros(AtenTensorHandle self, const int64_t* size, int64_t num_sizes, int32_t* dtype,
                                         int32_t* layout, int32_t* device_type, int32_t device_index,
                                         int32_t* pin_memory, AtenTensorHandle* ret) {
  return call_aten(
      "new_zeros", "",
      with_kind({tensor_of(self), list_of(size, num_sizes)}, {dtype, layout, device_type, device_index, pin_memory}),
      ret);
}
AOTITorchError aoti_torch_aten_pad(AtenTensorHandle self, const int64_t* pad, int64_t num_pads, const char* mode,
                                   double* value, AtenTensorHandle* ret) {
  return call_aten(
      "pad", "",
      {tensor_of(self), list_of(pad, num_pads), mode, value == nullptr ? registry::Value() : registry::Value(*value)},
      ret);
}
AOTITorchError aoti_torch_aten_subtract_Tensor(AtenTensorHandle self, AtenTensorHandle other, double alpha,
                                               AtenTensorHandle* ret) {
  // A whole number may meet integers, as a Scalar does.
  const bool is_whole = alpha == std::floor(alpha) && std::fabs(alpha) < 9e15;
  return call_aten("subtract", "Tensor",
                   {tensor_of(self), tensor_of(other),
                    is_whole ? registry::Value(static_cast<int64_t>(alpha)) : registry::Value(alpha)},
                   ret);
}

}  // extern "C"
