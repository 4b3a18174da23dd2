#include "spinel/hosts/bridge/torch_value.h"

#include <ATen/ATen.h>
#include <ATen/core/Generator.h>
#include <ATen/core/jit_type.h>

#include <complex>

#include "spinel/base/error.h"

namespace spinel::hosts {
namespace {

using registry::Type;
using registry::TypeKind;
using registry::Value;
using Tag = Value::Tag;

registry::Device device_of(c10::Device device) {
  return {static_cast<registry::DeviceType>(device.type()), static_cast<int8_t>(device.index())};
}

c10::Device device_of(registry::Device device) {
  return c10::Device(static_cast<c10::DeviceType>(device.type), device.index);
}

registry::Scalar scalar_of(const at::Scalar& scalar) {
  if (scalar.isBoolean()) return registry::Scalar(scalar.to<bool>());
  if (scalar.isIntegral(false)) return registry::Scalar(scalar.to<int64_t>());
  if (scalar.isFloatingPoint()) return registry::Scalar(scalar.to<double>());
  return registry::Scalar(std::complex<double>(scalar.to<c10::complex<double>>()));
}

/// libtorch's counterpart of a dtype and device of the registry.
at::TensorOptions options_of(registry::ScalarType dtype, registry::Device device) {
  return at::TensorOptions(static_cast<at::ScalarType>(dtype)).device(device_of(device));
}

at::IntArrayRef array_of(registry::IntArrayRef items) { return {items.data(), items.size()}; }

/// What libtorch does for operators that are compiled against the layer.
class TorchMethods final : public registry::TensorMethods {
 public:
  std::string_view host() const override { return "torch"; }
  registry::Tensor empty_strided(registry::IntArrayRef sizes, registry::IntArrayRef strides, registry::ScalarType dtype,
                                 registry::Device device) const override {
    return to_registry(at::empty_strided(array_of(sizes), array_of(strides), options_of(dtype, device)));
  }
  registry::Tensor from_blob(void* data, registry::IntArrayRef sizes, registry::IntArrayRef strides,
                             registry::ScalarType dtype, registry::Device device,
                             std::function<void(void*)> deleter) const override {
    if (!deleter) deleter = [](void*) {};
    return to_registry(at::from_blob(data, array_of(sizes), array_of(strides), deleter, options_of(dtype, device)));
  }
  registry::Tensor as_strided(const registry::Tensor& tensor, registry::IntArrayRef sizes,
                              registry::IntArrayRef strides, int64_t offset) const override {
    const at::Tensor own = to_torch(tensor);
    return to_registry(own.as_strided(array_of(sizes), array_of(strides), own.storage_offset() + offset));
  }
  void copy(const registry::Tensor& from, const registry::Tensor& to) const override {
    to_torch(to).copy_(to_torch(from));
  }
  void fill(const registry::Tensor& tensor, const registry::Scalar& value) const override {
    std::visit(
        [&](const auto& number) {
          if constexpr (std::is_same_v<std::decay_t<decltype(number)>, std::complex<double>>) {
            to_torch(tensor).fill_(c10::complex<double>(number));
          } else {
            to_torch(tensor).fill_(number);
          }
        },
        value.value());
  }
  bool requires_grad(const registry::Tensor& tensor) const override { return to_torch(tensor).requires_grad(); }
  bool is_pinned(const registry::Tensor& tensor) const override { return to_torch(tensor).is_pinned(); }
};

/// A tensor of libtorch as operators of the layer see it.
class TorchTensor final : public registry::TensorImpl {
 public:
  TorchTensor(at::Tensor tensor, bool written)
      : TensorImpl(registry::tensor_keys(registry::backend_of_device(device_of(tensor.device()).type))),
        tensor_(std::move(tensor)),
        written_(written) {}

  std::string_view host() const override { return "torch"; }
  registry::ScalarType scalar_type() const override { return static_cast<registry::ScalarType>(tensor_.scalar_type()); }
  registry::Device device() const override { return device_of(tensor_.device()); }
  registry::IntArrayRef sizes() const override { return {tensor_.sizes().data(), tensor_.sizes().size()}; }
  registry::IntArrayRef strides() const override { return {tensor_.strides().data(), tensor_.strides().size()}; }
  void* data() const override {
    if (tensor_.numel() == 0 || tensor_.is_meta()) return nullptr;
    return written_ ? tensor_.mutable_data_ptr() : const_cast<void*>(tensor_.const_data_ptr());
  }
  registry::Scalar item() const override {
    require(tensor_.numel() == 1, "tensor: it has {} elements; a number is taken from one element only",
            tensor_.numel());
    return scalar_of(tensor_.item());
  }
  const registry::TensorMethods* methods() const override { return &torch_methods(); }
  const at::Tensor& tensor() const { return tensor_; }

 private:
  at::Tensor tensor_;
  bool written_;
};

class TorchGenerator final : public registry::GeneratorImpl {
 public:
  explicit TorchGenerator(at::Generator generator) : generator_(std::move(generator)) {}
  registry::Device device() const override { return device_of(generator_.device()); }
  const at::Generator& generator() const { return generator_; }

 private:
  at::Generator generator_;
};

/// What the registry does not look into.
class TorchObject final : public registry::HostObject {
 public:
  TorchObject(Type type, c10::IValue value) : HostObject(std::move(type)), value_(std::move(value)) {}
  const c10::IValue& value() const { return value_; }

 private:
  c10::IValue value_;
};

Value list_of(const c10::List<c10::IValue>& list) {
  std::vector<Value> items;
  items.reserve(list.size());
  for (const c10::IValue& item : list) items.push_back(to_registry(item));
  return make_list_value(to_registry(*list.elementType()), std::move(items));
}

Value dict_of(const c10::impl::GenericDict& dict) {
  auto result =
      registry::make_intrusive<registry::DictValue>(to_registry(*dict.keyType()), to_registry(*dict.valueType()));
  for (const auto& entry : dict) result->items.emplace_back(to_registry(entry.key()), to_registry(entry.value()));
  return result;
}

Value tuple_of(const c10::ivalue::Tuple& tuple) {
  std::vector<Value> items;
  for (const c10::IValue& item : tuple.elements()) items.push_back(to_registry(item));
  return make_tuple_value(std::move(items));
}

Type object_type(const c10::IValue& value) {
  if (value.isStorage()) return TypeKind::storage;
  if (value.isStream()) return TypeKind::stream;
  if (value.isQuantizer()) return TypeKind::quantizer;
  return value.isCapsule() ? TypeKind::capsule : TypeKind::any_class;
}

/// The type that the elements of a container have: of an optional of a container, those of the container.
c10::TypePtr element_type(const c10::TypePtr& type, size_t index) {
  if (type->kind() == c10::TypeKind::OptionalType) {
    return element_type(type->expectRef<c10::OptionalType>().getElementType(), index);
  }
  const auto contained = type->containedTypes();
  return index < contained.size() ? contained[index] : c10::TypePtr(c10::AnyType::get());
}

c10::IValue list_of(const registry::ListValue& list, const c10::TypePtr& type) {
  const c10::TypePtr element = element_type(type, 0);
  c10::impl::GenericList result(element);
  result.reserve(list.items.size());
  for (const Value& item : list.items) result.push_back(to_torch(item, element));
  return result;
}

c10::IValue dict_of(const registry::DictValue& dict, const c10::TypePtr& type) {
  const c10::TypePtr key = element_type(type, 0), value = element_type(type, 1);
  c10::impl::GenericDict result(key, value);
  for (const auto& [name, item] : dict.items) result.insert(to_torch(name, key), to_torch(item, value));
  return result;
}

c10::IValue tuple_of(const registry::TupleValue& tuple, const c10::TypePtr& type) {
  std::vector<c10::IValue> items;
  for (size_t i = 0; i < tuple.items.size(); ++i) items.push_back(to_torch(tuple.items[i], element_type(type, i)));
  return c10::ivalue::Tuple::create(std::move(items));
}

c10::IValue generator_of(const registry::Generator& generator) {
  if (!generator) return {};
  const auto* own = dynamic_cast<const TorchGenerator*>(generator.get());
  require(own != nullptr, "generator: it is another host's, on {}; libtorch takes its own only",
          registry::to_string(generator->device()));
  return own->generator();
}

c10::IValue object_of(const Value& value) {
  const auto* own = value.tag() == Tag::host_object ? dynamic_cast<TorchObject*>(&value.to_host_object()) : nullptr;
  require(own != nullptr, "{}: libtorch has no such objects; tensors, numbers, texts and containers of them are taken",
          value.repr());
  return own->value();
}

}  // namespace

const registry::TensorMethods& torch_methods() {
  static const TorchMethods methods;
  return methods;
}

registry::Tensor to_registry(const at::Tensor& tensor, bool written) {
  if (!tensor.defined()) return {};
  return registry::Tensor(registry::make_intrusive<TorchTensor>(tensor, written));
}

at::Tensor to_torch(const registry::Tensor& tensor) {
  if (!tensor.defined()) return {};
  if (const auto* own = dynamic_cast<const TorchTensor*>(tensor.impl())) return own->tensor();
  const registry::IntArrayRef sizes = tensor.sizes(), strides = tensor.strides();
  const auto options =
      at::TensorOptions(static_cast<at::ScalarType>(tensor.scalar_type())).device(device_of(tensor.device()));
  return at::from_blob(
      tensor.data(), {sizes.data(), sizes.size()}, {strides.data(), strides.size()}, [tensor](void*) {}, options);
}

Type to_registry(const c10::Type& type) {
  switch (type.kind()) {
    case c10::TypeKind::TensorType: return TypeKind::tensor;
    case c10::TypeKind::IntType: return TypeKind::integer;
    case c10::TypeKind::SymIntType: return TypeKind::sym_int;
    case c10::TypeKind::FloatType: return TypeKind::floating;
    case c10::TypeKind::ComplexType: return TypeKind::complex;
    case c10::TypeKind::BoolType: return TypeKind::boolean;
    case c10::TypeKind::StringType: return TypeKind::string;
    case c10::TypeKind::NumberType: return TypeKind::scalar;
    case c10::TypeKind::DeviceObjType: return TypeKind::device;
    case c10::TypeKind::GeneratorType: return TypeKind::generator;
    case c10::TypeKind::NoneType: return TypeKind::none;
    case c10::TypeKind::OptionalType: return Type::optional(to_registry(*type.containedType(0)));
    case c10::TypeKind::ListType: return Type::list(to_registry(*type.containedType(0)));
    case c10::TypeKind::DictType:
      return Type::dict(to_registry(*type.containedType(0)), to_registry(*type.containedType(1)));
    default: return TypeKind::any;
  }
}

Value to_registry(const c10::IValue& value) {
  if (value.isNone()) return {};
  if (value.isTensor()) return to_registry(value.toTensor());
  if (value.isBool()) return value.toBool();
  if (value.isInt()) return value.toInt();
  if (value.isDouble()) return value.toDouble();
  if (value.isComplexDouble()) return std::complex<double>(value.toComplexDouble());
  if (value.isString()) return value.toStringRef();
  if (value.isDevice()) return device_of(value.toDevice());
  if (value.isSymInt()) return value.toSymInt().guard_int(__FILE__, __LINE__);
  if (value.isSymFloat()) return value.toSymFloat().guard_float(__FILE__, __LINE__);
  if (value.isSymBool()) return value.toSymBool().guard_bool(__FILE__, __LINE__);
  if (value.isList()) return list_of(value.toList());
  if (value.isTuple()) return tuple_of(value.toTupleRef());
  if (value.isGenericDict()) return dict_of(value.toGenericDict());
  if (value.isGenerator()) return registry::Generator(registry::make_intrusive<TorchGenerator>(value.toGenerator()));
  return registry::intrusive_ptr<registry::HostObject>(
      registry::make_intrusive<TorchObject>(object_type(value), value));
}

c10::IValue to_torch(const Value& value, const c10::TypePtr& type) {
  switch (value.tag()) {
    case Tag::none: return type->kind() == c10::TypeKind::TensorType ? c10::IValue(at::Tensor()) : c10::IValue();
    case Tag::boolean: return value.to_bool();
    case Tag::integer:
    case Tag::scalar_type:
    case Tag::layout:
    case Tag::memory_format: return value.to_int();
    case Tag::floating: return value.to_double();
    case Tag::complex: return c10::complex<double>(value.to_complex());
    case Tag::string: return value.to_string();
    case Tag::device: return device_of(value.to_device());
    case Tag::tensor: return to_torch(value.to_tensor());
    case Tag::generator: return generator_of(value.to_generator());
    case Tag::list: return list_of(value.to_list(), type);
    case Tag::tuple: return tuple_of(value.to_tuple(), type);
    case Tag::dict: return dict_of(value.to_dict(), type);
    case Tag::object:
    case Tag::host_object: return object_of(value);
  }
  return {};
}

}  // namespace spinel::hosts
