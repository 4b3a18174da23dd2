#include "spinel/hosts/tvm_ffi/conversion.h"

#include <ATen/ATen.h>
#include <ATen/DLConvertor.h>

#include "spinel/base/error.h"
#include "spinel/hosts/bridge/torch_value.h"

namespace spinel::hosts::tvm_ffi {
namespace {

using registry::Type;
using registry::TypeKind;
using registry::Value;
using Tag = Value::Tag;

constexpr int64_t max_items = int64_t{1} << 31;

Any make(int32_t type) {
  Any any;
  any.type_index = type;
  return any;
}

Any make_integer(int32_t type, int64_t value) {
  Any any = make(type);
  any.integer = value;
  return any;
}

Any make_floating(double value) {
  Any any = make(type_float);
  any.floating = value;
  return any;
}

Any make_object(Object* object) {
  Any any = make(object->type_index);
  any.object = object;
  return any;
}

bool is_object(const Any& any) { return any.type_index >= type_first_object; }

c10::Device device_of(registry::Device device) {
  return c10::Device(static_cast<c10::DeviceType>(device.type), device.index);
}

/// Whether the argument wants a dtype, which values hold as its code.
bool wants_dtype(const Type& type) {
  return type.kind() == TypeKind::scalar_type || (type.kind() == TypeKind::optional && wants_dtype(type.element()));
}

Type element_of(const Type& type, size_t index) {
  if (type.kind() == TypeKind::optional) return element_of(type.element(), index);
  return index < type.size() ? type.element(index) : Type(TypeKind::any);
}

/// A tensor of libtorch with the memory of a view that its owner keeps for the time of the call.
at::Tensor tensor_of(const DLTensor& view) {
  const at::Device device = at::dlDeviceToTorchDevice(view.device.device_type,
                                                      static_cast<c10::DeviceIndex>(view.device.device_id), view.data);
  const auto options = at::TensorOptions(at::toScalarType(view.dtype)).device(device);
  const at::IntArrayRef sizes(view.shape, static_cast<size_t>(view.ndim));
  char* data = static_cast<char*>(view.data) + (view.data == nullptr ? 0 : view.byte_offset);
  at::TensorMaker maker = at::for_blob(data, sizes);
  maker.options(options).target_device(device);
  if (view.strides != nullptr) maker.strides(at::IntArrayRef(view.strides, sizes.size()));
  return maker.make_tensor();
}

Value items_of(const Any* items, int64_t count, std::string_view what) {
  require(count >= 0 && count < max_items, "{}: an array of {} items is given", what, count);
  std::vector<Value> values;
  for (int64_t i = 0; i < count; ++i) values.push_back(to_value(items[i], what, true));
  return registry::make_list_value(std::move(values));
}

/// The entries of a map or a dictionary in their order, through the iterator that the run-time makes for each.
Value entries_of(const Any& any, std::string_view what) {
  const Runtime& runtime = Runtime::get();
  const bool is_map = any.type_index == type_map;
  auto dict = registry::make_intrusive<registry::DictValue>();
  const Any arguments[] = {any};
  const int64_t count = runtime.call_global(is_map ? "ffi.MapSize" : "ffi.DictSize", arguments).integer;
  if (count == 0) return dict;
  const Any iterator =
      runtime.call_global(is_map ? "ffi.MapForwardIterFunctor" : "ffi.DictForwardIterFunctor", arguments);
  const ObjectRef owned(iterator.object);
  const auto step = [&](int64_t command) {
    const Any commands[] = {make_integer(type_int, command)};
    return runtime.call(owned.get(), commands, what);
  };
  enum : int64_t { key = 0, item = 1, next = 2 };
  for (int64_t i = 0; i < count; ++i) {
    Value name = to_value(step(key), what);
    dict->items.emplace_back(std::move(name), to_value(step(item), what));
    step(next);
  }
  return dict;
}

Value object_value(const Any& any, std::string_view what) {
  switch (any.type_index) {
    case type_string:
    case type_bytes: {
      const auto& bytes = cell_of<ByteArray>(any.object);
      return Value(std::string(bytes.data, bytes.size));
    }
    case type_shape: {
      const auto& shape = cell_of<ShapeCell>(any.object);
      std::vector<Value> sizes(shape.data, shape.data + shape.size);
      return registry::make_list_value(TypeKind::integer, std::move(sizes));
    }
    case type_tensor: return to_registry(at::fromDLPackVersioned(Runtime::get().to_dlpack(any.object)));
    case type_array:
    case type_list: {
      const auto& cell = cell_of<SequenceCell>(any.object);
      return items_of(cell.data, cell.size, what);
    }
    case type_map:
    case type_dict: return entries_of(any, what);
    default:
      fail(ErrorKind::invalid_argument, "{}: it gives an object of TVM-FFI's type {}, which no operator can hold", what,
           any.type_index);
  }
}

}  // namespace

DLDataType to_data_type(registry::ScalarType dtype) {
  // libtorch's own table, asked by way of a tensor without elements.
  return at::getDLDataType(at::empty({0}, static_cast<at::ScalarType>(dtype)));
}

registry::ScalarType to_scalar_type(DLDataType dtype) {
  return static_cast<registry::ScalarType>(at::toScalarType(dtype));
}

Any Arguments::keep(Any owned) {
  if (is_object(owned)) objects_.emplace_back(owned.object);
  return owned;
}

Any Arguments::tensor(const registry::Tensor& tensor) {
  if (!tensor.defined()) return make(type_none);
  const DLDevice device = at::torchDeviceToDLDevice(device_of(tensor.device()));
  if (device_.device_type == kDLCPU) device_ = device;
  if (owned_tensors_) {
    return keep(make_object(need_runtime().make_tensor(at::toDLPackVersioned(to_torch(tensor).detach())).release()));
  }
  View& kept = views_.emplace_back();
  kept.tensor = tensor;
  kept.sizes = tensor.sizes();
  kept.strides = tensor.strides();
  kept.view = {.data = tensor.data(),
               .device = device,
               .ndim = static_cast<int32_t>(kept.sizes.size()),
               .dtype = to_data_type(tensor.scalar_type()),
               .shape = kept.sizes.data(),
               .strides = kept.strides.data(),
               .byte_offset = 0};
  Any any = make(type_dl_tensor);
  any.pointer = &kept.view;
  return any;
}

Any Arguments::text(const std::string& text) {
  if (text.find('\0') != std::string::npos) return keep(need_runtime().make_string(text));
  Any any = make(type_raw_string);
  any.text = texts_.emplace_back(text).c_str();
  return any;
}

Any Arguments::items(const std::vector<Value>& items, const Type& type) {
  std::vector<Any> elements;
  for (size_t i = 0; i < items.size(); ++i) {
    elements.push_back(convert(items[i], element_of(type, type.kind() == TypeKind::tuple ? i : 0)));
  }
  return keep(need_runtime().call_global("ffi.Array", elements));
}

Any Arguments::dictionary(const registry::DictValue& dict, const Type& type) {
  std::vector<Any> elements;
  for (const auto& [key, value] : dict.items) {
    elements.push_back(convert(key, element_of(type, 0)));
    elements.push_back(convert(value, element_of(type, 1)));
  }
  return keep(need_runtime().call_global("ffi.Map", elements));
}

Any Arguments::convert(const Value& value, const Type& type) {
  switch (value.tag()) {
    case Tag::none: return make(type_none);
    case Tag::boolean: return make_integer(type_bool, value.to_bool() ? 1 : 0);
    case Tag::floating: return make_floating(value.to_double());
    case Tag::string: return text(value.to_string());
    case Tag::tensor: return tensor(value.to_tensor());
    case Tag::list: return items(value.to_list().items, type);
    case Tag::tuple: return items(value.to_tuple().items, type);
    case Tag::dict: return dictionary(value.to_dict(), type);
    case Tag::device: {
      Any any = make(type_device);
      any.device = at::torchDeviceToDLDevice(device_of(value.to_device()));
      return any;
    }
    case Tag::integer:
    case Tag::scalar_type:
    case Tag::layout:
    case Tag::memory_format: {
      if (!wants_dtype(type)) return make_integer(type_int, value.to_int());
      Any any = make(type_data_type);
      any.data_type = to_data_type(static_cast<registry::ScalarType>(value.to_int()));
      return any;
    }
    default:
      fail(ErrorKind::invalid_argument,
           "{}: TVM-FFI has no values of this kind; numbers, texts, tensors, dtypes, "
           "devices and containers of them are taken",
           value.repr());
  }
}

Value to_value(const Any& any, std::string_view what, bool borrowed) {
  const ObjectRef owned(is_object(any) && !borrowed ? any.object : nullptr);
  switch (any.type_index) {
    case type_none: return {};
    case type_int: return any.integer;
    case type_bool: return any.integer != 0;
    case type_float: return any.floating;
    case type_data_type: return static_cast<int64_t>(to_scalar_type(any.data_type));
    case type_device: {
      const at::Device device =
          at::dlDeviceToTorchDevice(any.device.device_type, static_cast<c10::DeviceIndex>(any.device.device_id));
      return registry::Device{static_cast<registry::DeviceType>(device.type()), static_cast<int8_t>(device.index())};
    }
    case type_dl_tensor: return to_registry(tensor_of(*static_cast<const DLTensor*>(any.pointer)));
    case type_moved_object: {
      // Taken as an ordinary argument: the caller's reference stays his and is released by him.
      Any object;
      object.object = *static_cast<Object**>(any.pointer);
      object.type_index = object.object == nullptr ? type_none : object.object->type_index;
      return to_value(object, what, true);
    }
    case type_raw_string: return Value(any.text);
    case type_byte_array: {
      const auto& bytes = *static_cast<const ByteArray*>(any.pointer);
      return Value(std::string(bytes.data, bytes.size));
    }
    case type_small_string:
    case type_small_bytes: return Value(std::string(any.bytes, std::min<size_t>(any.small_length, sizeof(any.bytes))));
    default: return object_value(any, what);
  }
}

Any to_owned(const Runtime& runtime, const Value& value, const Type& type) {
  if (value.is_string()) return runtime.make_string(value.to_string());
  if (value.is_tensor()) {
    if (!value.to_tensor().defined()) return {};
    return make_object(runtime.make_tensor(at::toDLPackVersioned(to_torch(value.to_tensor()).detach())).release());
  }
  const auto collect = [&](const std::vector<Value>& items) {
    Arguments arguments(&runtime, true);
    for (size_t i = 0; i < items.size(); ++i) {
      arguments.add(items[i], element_of(type, type.kind() == TypeKind::tuple ? i : 0));
    }
    return runtime.call_global("ffi.Array", arguments.values());
  };
  if (value.is_list()) return collect(value.to_list().items);
  if (value.is_tuple()) return collect(value.to_tuple().items);
  Arguments arguments(&runtime, true);
  if (value.is_dict()) {
    for (const auto& [key, item] : value.to_dict().items) {
      arguments.add(key, element_of(type, 0));
      arguments.add(item, element_of(type, 1));
    }
    return runtime.call_global("ffi.Map", arguments.values());
  }
  arguments.add(value, type);
  return arguments.values().front();
}

}  // namespace spinel::hosts::tvm_ffi
