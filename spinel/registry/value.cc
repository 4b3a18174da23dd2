#include "spinel/registry/value.h"

#include <optional>

#include "spinel/base/error.h"
#include "spinel/registry/call_error.h"
#include "spinel/registry/custom_class.h"
#include "spinel/registry/value_traits.h"

namespace spinel::registry::inline v1 {
namespace {

class StringBox : public RefCounted {
 public:
  explicit StringBox(std::string t) : text(std::move(t)) {}
  std::string text;
};

class ComplexBox : public RefCounted {
 public:
  explicit ComplexBox(std::complex<double> n) : number(n) {}
  std::complex<double> number;
};

/// Numbers are equal only within their kind: True is not 1.
bool equal_items(const std::vector<Value>& a, const std::vector<Value>& b) { return a == b; }

/// Of items of one type that type; where some are None besides, T?; else Any.
Type common_type(const std::vector<Value>& items) {
  if (items.empty()) return TypeKind::any;
  std::optional<Type> common;
  bool has_none = false;
  for (const Value& item : items) {
    has_none = has_none || item.is_none();
    if (item.is_none()) continue;
    const Type type = item.type();
    if (common && *common != type) return TypeKind::any;
    common = type;
  }
  if (!common) return TypeKind::none;
  return has_none ? Type::optional(*common) : *common;
}

constexpr size_t max_repr = 200;

void append_repr(std::string& text, const Value& value, int depth);

void append_items(std::string& text, const std::vector<Value>& items, int depth) {
  for (size_t i = 0; i < items.size() && text.size() < max_repr; ++i) {
    if (i > 0) text += ", ";
    append_repr(text, items[i], depth);
  }
}

std::string tensor_repr(const Tensor& tensor) {
  if (!tensor.defined()) return "<undefined Tensor>";
  return format("<Tensor [{}] {} {}>", join_text(tensor.sizes(), ", "), to_string(tensor.scalar_type()),
                to_string(tensor.device()));
}

void append_repr(std::string& text, const Value& value, int depth) {
  using Tag = Value::Tag;
  if (depth > 8) {
    text += "...";
    return;
  }
  switch (value.tag()) {
    case Tag::none: text += "None"; break;
    case Tag::boolean: text += value.to_bool() ? "True" : "False"; break;
    case Tag::integer: text += format("{}", value.to_int()); break;
    case Tag::floating: text += format("{}", value.to_double()); break;
    case Tag::device: text += to_string(value.to_device()); break;
    case Tag::scalar_type: text += to_string(static_cast<ScalarType>(value.to_int())); break;
    case Tag::layout: text += format("Layout({})", value.to_int()); break;
    case Tag::memory_format: text += format("MemoryFormat({})", value.to_int()); break;
    case Tag::complex: text += format("({}{:+}j)", value.to_complex().real(), value.to_complex().imag()); break;
    case Tag::string: text += "'" + value.to_string() + "'"; break;
    case Tag::tensor: text += tensor_repr(value.to_tensor()); break;
    case Tag::generator: text += "<Generator>"; break;
    case Tag::object: text += "<" + value.type().to_string() + ">"; break;
    case Tag::host_object: text += "<" + value.type().to_string() + ">"; break;
    case Tag::list:
      text += "[";
      append_items(text, value.to_list().items, depth + 1);
      text += "]";
      break;
    case Tag::tuple:
      text += "(";
      append_items(text, value.to_tuple().items, depth + 1);
      text += ")";
      break;
    case Tag::dict:
      text += "{";
      for (const auto& [key, item] : value.to_dict().items) {
        if (text.size() >= max_repr) break;
        if (!text.ends_with("{")) text += ", ";
        append_repr(text, key, depth + 1);
        text += ": ";
        append_repr(text, item, depth + 1);
      }
      text += "}";
      break;
  }
}

}  // namespace

Value::Value(std::complex<double> value) : Value(Tag::complex, nullptr) {
  payload_.object = make_intrusive<ComplexBox>(value).release();
}
Value::Value(std::string value) : Value(Tag::string, nullptr) {
  payload_.object = make_intrusive<StringBox>(std::move(value)).release();
}
Value::Value(Device value) noexcept
    : tag_(Tag::device),
      payload_{.integer =
                   static_cast<int64_t>(static_cast<uint8_t>(value.index)) << 8 | static_cast<uint8_t>(value.type)} {}
Value::Value(const Scalar& value)
    : Value(std::visit([](const auto& number) { return Value(number); }, value.value())) {}
Value::Value(Tensor value) noexcept : Value(Tag::tensor, nullptr) {
  payload_.object = intrusive_ptr<TensorImpl>(value.pointer()).release();
}
Value::Value(intrusive_ptr<ListValue> value) noexcept : Value(Tag::list, value.release()) {}
Value::Value(intrusive_ptr<TupleValue> value) noexcept : Value(Tag::tuple, value.release()) {}
Value::Value(intrusive_ptr<DictValue> value) noexcept : Value(Tag::dict, value.release()) {}
Value::Value(intrusive_ptr<ObjectValue> value) noexcept : Value(Tag::object, value.release()) {}

Value::Value(const Constant& constant) : Value() {
  *this = std::visit(
      [](const auto& held) -> Value {
        using T = std::decay_t<decltype(held)>;
        if constexpr (std::is_same_v<T, std::monostate>) {
          return {};
        } else if constexpr (std::is_same_v<T, ConstantList>) {
          std::vector<Value> items;
          items.reserve(held.items.size());
          for (const Constant& item : held.items) items.emplace_back(Value(item));
          return make_list_value(Type(held.element), std::move(items));
        } else {
          return Value(held);
        }
      },
      constant.value);
}

int64_t Value::to_int() const {
  if (tag_ == Tag::scalar_type || tag_ == Tag::layout || tag_ == Tag::memory_format) return payload_.integer;
  return as(Tag::integer).integer;
}
const std::complex<double>& Value::to_complex() const {
  return static_cast<const ComplexBox*>(as(Tag::complex).object)->number;
}
const std::string& Value::to_string() const { return static_cast<const StringBox*>(as(Tag::string).object)->text; }
Device Value::to_device() const {
  const int64_t code = as(Tag::device).integer;
  return {static_cast<DeviceType>(code & 0xff), static_cast<int8_t>(code >> 8 & 0xff)};
}
Scalar Value::to_scalar() const {
  switch (tag_) {
    case Tag::boolean: return Scalar(payload_.integer != 0);
    case Tag::floating: return Scalar(payload_.floating);
    case Tag::complex: return Scalar(to_complex());
    default: return Scalar(to_int());
  }
}
Tensor Value::to_tensor() const& {
  return Tensor(intrusive_ptr<TensorImpl>(static_cast<TensorImpl*>(as(Tag::tensor).object)));
}
Tensor Value::to_tensor() && {
  auto* impl = static_cast<TensorImpl*>(as(Tag::tensor).object);
  tag_ = Tag::none;
  return Tensor(intrusive_ptr<TensorImpl>::reclaim(impl));
}
ListValue& Value::to_list() const { return *static_cast<ListValue*>(as(Tag::list).object); }
TupleValue& Value::to_tuple() const { return *static_cast<TupleValue*>(as(Tag::tuple).object); }
DictValue& Value::to_dict() const { return *static_cast<DictValue*>(as(Tag::dict).object); }
ObjectValue& Value::to_object() const { return *static_cast<ObjectValue*>(as(Tag::object).object); }
Generator Value::to_generator() const {
  if (is_none()) return {};
  return Generator(static_cast<GeneratorImpl*>(as(Tag::generator).object));
}
HostObject& Value::to_host_object() const { return *static_cast<HostObject*>(as(Tag::host_object).object); }

void Value::fail_kind(Tag wanted) const {
  fail(ErrorKind::invalid_argument, "value: expected {} but got {}", registry::to_string(wanted),
       registry::to_string(tag_));
}

std::string_view to_string(Value::Tag tag) {
  constexpr std::string_view names[] = {"None",       "Bool",      "Int",          "Double",        "Device",
                                        "ScalarType", "Layout",    "MemoryFormat", "ComplexDouble", "String",
                                        "Tensor",     "Generator", "GenericList",  "Tuple",         "GenericDict",
                                        "Object",     "Capsule"};
  return names[static_cast<size_t>(tag)];
}

Type Value::type() const {
  switch (tag_) {
    case Tag::none: return TypeKind::none;
    case Tag::boolean: return TypeKind::boolean;
    case Tag::integer: return TypeKind::integer;
    case Tag::floating: return TypeKind::floating;
    case Tag::device: return TypeKind::device;
    case Tag::scalar_type:
    case Tag::layout:
    case Tag::memory_format: return TypeKind::integer;
    case Tag::complex: return TypeKind::complex;
    case Tag::string: return TypeKind::string;
    case Tag::tensor: return TypeKind::tensor;
    case Tag::generator: return TypeKind::generator;
    case Tag::object: return to_object().custom_class->type();
    case Tag::host_object: return to_host_object().type();
    case Tag::list: {
      const ListValue& list = to_list();
      return Type::list(list.typed ? list.element : common_type(list.items));
    }
    case Tag::tuple: {
      std::vector<Type> types;
      for (const Value& item : to_tuple().items) types.push_back(item.type());
      return Type::tuple(types);
    }
    case Tag::dict: {
      const DictValue& dict = to_dict();
      if (dict.typed) return Type::dict(dict.key, dict.value);
      std::vector<Value> keys, values;
      for (const auto& [key, value] : dict.items) {
        keys.push_back(key);
        values.push_back(value);
      }
      return Type::dict(common_type(keys), common_type(values));
    }
  }
  return TypeKind::any;
}

std::string Value::repr() const {
  std::string text;
  append_repr(text, *this, 0);
  if (text.size() > max_repr) text = text.substr(0, max_repr) + "...";
  return text;
}

bool operator==(const Value& a, const Value& b) {
  using Tag = Value::Tag;
  if (a.tag_ != b.tag_) return false;
  switch (a.tag_) {
    case Tag::none: return true;
    case Tag::floating: return a.payload_.floating == b.payload_.floating;
    case Tag::complex: return a.to_complex() == b.to_complex();
    case Tag::string: return a.to_string() == b.to_string();
    case Tag::list: return equal_items(a.to_list().items, b.to_list().items);
    case Tag::tuple: return equal_items(a.to_tuple().items, b.to_tuple().items);
    case Tag::dict: {
      const auto& items = a.to_dict().items;
      if (items.size() != b.to_dict().items.size()) return false;
      for (const auto& [key, value] : items) {
        const Value* other = b.to_dict().find(key);
        if (other == nullptr || !(*other == value)) return false;
      }
      return true;
    }
    case Tag::object: return a.to_object().instance == b.to_object().instance;
    case Tag::tensor:
    case Tag::generator:
    case Tag::host_object: return a.payload_.object == b.payload_.object;
    default: return a.payload_.integer == b.payload_.integer;
  }
}

ObjectValue::ObjectValue(intrusive_ptr<const CustomClass> of, intrusive_ptr<CustomClassHolder> object)
    : custom_class(std::move(of)), instance(std::move(object)) {}
ObjectValue::~ObjectValue() = default;

const Value* DictValue::find(const Value& wanted) const {
  for (const auto& [key, value] : items) {
    if (key == wanted) return &value;
  }
  return nullptr;
}

namespace internal {

void fail_size(std::string_view what, size_t has, size_t needs) {
  fail(ErrorKind::invalid_argument, "{}: it has {} elements; {} are needed", what, has, needs);
}

void fail_array_index(size_t index, size_t size) {
  fail_call(ErrorClass::runtime, format("ArrayRef: invalid index Index = {}; Length = {}", index, size));
}

void fail_array_slice(size_t first, size_t count, size_t size) {
  fail_call(ErrorClass::runtime, format("ArrayRef: invalid slice, N = {}; M = {}; size = {}", first, count, size));
}

void fail_index(size_t index, size_t size) {
  fail_call(ErrorClass::index, format("list: index {} is out of range for {} elements", index, size));
}

}  // namespace internal

}  // namespace spinel::registry::inline v1
