#include "spinel/hosts/torch/op_value.h"

#include <ATen/ATen.h>

#include "spinel/base/error.h"
#include "spinel/hosts/bridge/torch_value.h"

namespace spinel::hosts {
namespace {

using ops::Size;
using registry::Value;

/// A length of libtorch's tracers.
class TorchSize final : public ops::SymbolicSize {
 public:
  explicit TorchSize(c10::SymInt value) : value_(std::move(value)) {}

  static Size wrap(const c10::SymInt& value) {
    const auto number = value.maybe_as_int();
    return number ? Size(*number) : Size(std::make_shared<TorchSize>(value));
  }
  static c10::SymInt unwrap(const Size& size) {
    return size.is_number() ? c10::SymInt(size.value()) : static_cast<const TorchSize*>(size.symbol())->value_;
  }
  Size calculate(Operation operation, const Size& a, const Size& b) const override {
    const c10::SymInt left = unwrap(a), right = unwrap(b);
    switch (operation) {
      case Operation::add: return wrap(left + right);
      case Operation::subtract: return wrap(left - right);
      case Operation::multiply: return wrap(left * right);
      case Operation::divide: break;
    }
    return wrap(left / right);
  }
  bool less(const Size& a, const Size& b) const override { return unwrap(a) < unwrap(b); }

 private:
  c10::SymInt value_;
};

template <typename List>
Value list_value(registry::TypeKind element, const List& items) {
  std::vector<Value> values;
  values.reserve(items.size());
  for (const auto& item : items) values.emplace_back(item);
  return registry::make_list_value(element, std::move(values));
}

std::vector<int64_t> integers(const registry::ListValue& list) {
  std::vector<int64_t> numbers;
  for (const Value& item : list.items) numbers.push_back(item.to_int());
  return numbers;
}

c10::IValue list_ivalue(const registry::ListValue& list, const c10::TypePtr& type) {
  const auto* of_list = type->castRaw<c10::ListType>();
  const c10::TypeKind element = of_list ? of_list->getElementType()->kind() : c10::TypeKind::IntType;
  if (element == c10::TypeKind::TensorType) {
    std::vector<at::Tensor> tensors;
    for (const Value& item : list.items) tensors.push_back(to_torch(item.to_tensor()));
    return tensors;
  }
  if (element == c10::TypeKind::FloatType) {
    std::vector<double> numbers;
    for (const Value& item : list.items) numbers.push_back(item.to_double());
    return numbers;
  }
  if (element == c10::TypeKind::BoolType) {
    c10::List<bool> flags;
    for (const Value& item : list.items) flags.push_back(item.to_bool());
    return flags;
  }
  return integers(list);
}

}  // namespace

Value to_value(const c10::IValue& value) {
  if (value.isTensor()) return to_registry(value.toTensor(), false);
  if (value.isNone()) return {};
  if (value.isBool()) return value.toBool();
  if (value.isInt()) return value.toInt();
  if (value.isSymInt()) return value.toSymInt().guard_int(__FILE__, __LINE__);
  if (value.isDouble()) return value.toDouble();
  if (value.isString()) return value.toStringRef();
  if (value.isIntList()) return list_value(registry::TypeKind::integer, value.toIntVector());
  if (value.isDoubleList()) return list_value(registry::TypeKind::floating, value.toDoubleVector());
  if (value.isBoolList()) {
    std::vector<Value> flags;
    for (const bool flag : value.toBoolList()) flags.emplace_back(flag);
    return registry::make_list_value(registry::TypeKind::boolean, std::move(flags));
  }
  if (value.isTensorList()) {
    std::vector<Value> tensors;
    for (const at::Tensor& tensor : value.toTensorVector()) tensors.emplace_back(to_registry(tensor, false));
    return registry::make_list_value(registry::TypeKind::tensor, std::move(tensors));
  }
  if (value.isSymIntList() || value.isList()) {
    std::vector<Value> numbers;
    for (const c10::SymInt& number : value.toSymIntVector()) {
      numbers.emplace_back(number.guard_int(__FILE__, __LINE__));
    }
    return registry::make_list_value(registry::TypeKind::integer, std::move(numbers));
  }
  fail(ErrorKind::internal, "operator: an argument is a {}, which no operator of ours takes", value.tagKind());
}

c10::IValue to_ivalue(const Value& value, const c10::TypePtr& type) {
  switch (value.tag()) {
    case Value::Tag::none: return {};
    case Value::Tag::tensor: return to_torch(value.to_tensor());
    case Value::Tag::boolean: return value.to_bool();
    case Value::Tag::integer: return value.to_int();
    case Value::Tag::floating: return value.to_double();
    case Value::Tag::string: return value.to_string();
    case Value::Tag::list: return list_ivalue(value.to_list(), type);
    default: break;
  }
  fail(ErrorKind::internal, "operator: a value is {}, which no operator of ours gives", value.repr());
}

ops::TensorSpec spec_of(const at::Tensor& tensor) {
  ops::TensorSpec spec;
  for (const c10::SymInt& size : tensor.sym_sizes()) spec.sizes.push_back(TorchSize::wrap(size));
  spec.dtype = from_torch(tensor.scalar_type());
  const at::MemoryFormat format = tensor.suggest_memory_format();
  if (format == at::MemoryFormat::ChannelsLast) spec.format = registry::MemoryFormat::channels_last;
  if (format == at::MemoryFormat::ChannelsLast3d) spec.format = registry::MemoryFormat::channels_last_3d;
  return spec;
}

ops::SpecArgument spec_argument(const c10::IValue& value) {
  if (value.isTensor()) {
    if (!value.toTensor().defined()) return {};
    return {spec_of(value.toTensor()), {}, {}};
  }
  if (value.isSymIntList() || value.isIntList()) {
    std::vector<Size> sizes;
    bool numbers = true;
    for (const c10::SymInt& size : value.toSymIntVector()) {
      sizes.push_back(TorchSize::wrap(size));
      numbers = numbers && sizes.back().is_number();
    }
    return {{}, std::move(sizes), numbers ? to_value(value) : Value()};
  }
  return {{}, {}, to_value(value)};
}

std::vector<c10::SymInt> to_sym_sizes(const std::vector<Size>& sizes) {
  std::vector<c10::SymInt> result;
  for (const Size& size : sizes) result.push_back(TorchSize::unwrap(size));
  return result;
}

at::MemoryFormat to_torch(registry::MemoryFormat format) {
  switch (format) {
    case registry::MemoryFormat::channels_last: return at::MemoryFormat::ChannelsLast;
    case registry::MemoryFormat::channels_last_3d: return at::MemoryFormat::ChannelsLast3d;
    default: return at::MemoryFormat::Contiguous;
  }
}

}  // namespace spinel::hosts
