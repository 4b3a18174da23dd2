// Conversions of values of a host's language to the types of arguments, and the names of types in messages.
#include <algorithm>
#include <cmath>

#include "spinel/registry/binder.h"
#include "spinel/registry/operator_error.h"

namespace spinel::registry::inline v1 {
namespace {

using Tag = Value::Tag;
using Converted = std::optional<Value>;

bool is_one_element(const Value& value) {
  if (!value.is_tensor() || value.tensor_impl() == nullptr) return false;
  for (int64_t size : value.tensor_impl()->sizes()) {
    if (size != 1) return false;
  }
  return true;
}

/// A dtype, layout or memory format of the host's language.
bool is_code(const Value& value) {
  return value.tag() == Tag::scalar_type || value.tag() == Tag::layout || value.tag() == Tag::memory_format;
}

/// The number in a one-element tensor, or the value as it is.
Value number_of(const Value& value) { return is_one_element(value) ? Value(value.tensor_impl()->item()) : value; }

Converted to_integer(const Value& value) {
  switch (value.tag()) {
    case Tag::integer:
    case Tag::scalar_type:
    case Tag::layout:
    case Tag::memory_format: return Value(value.to_int());
    case Tag::boolean: return Value(value.to_bool() ? 1 : 0);
    default: break;
  }
  if (!is_one_element(value)) return {};
  const Value number = number_of(value);
  if (number.is_int()) return number;
  if (number.is_bool()) return Value(number.to_bool() ? 1 : 0);
  if (!number.is_double()) return {};
  const double truncated = std::trunc(number.to_double());
  if (!(truncated >= -9223372036854775808.0 && truncated < 9223372036854775808.0)) return {};
  return Value(static_cast<int64_t>(truncated));
}

Converted to_floating(const Value& value) {
  const Value number = number_of(value);
  if (number.is_double()) return number;
  if (number.is_int()) return Value(static_cast<double>(number.to_int()));
  if (number.is_bool()) return Value(number.to_bool() ? 1.0 : 0.0);
  return {};
}

Converted to_boolean(const Value& value) {
  if (value.is_none()) return Value(false);
  const Value number = number_of(value);
  if (number.is_bool()) return number;
  if (number.is_number()) return Value(number.to_scalar().to_bool());
  return {};
}

Converted to_complex(const Value& value) {
  const Value number = number_of(value);
  if (number.is_bool() || number.is_number()) return Value(number.to_scalar().to_complex());
  return {};
}

Converted to_scalar(const Value& value) {
  if (value.is_bool() || value.is_number()) return value;
  if (value.tag() == Tag::scalar_type || value.tag() == Tag::layout) return Value(value.to_int());
  return {};
}

Converted to_device(const Value& value) {
  if (value.is_device()) return value;
  if (!value.is_string()) return {};
  try {
    return Value(parse_device(value.to_string()));
  } catch (const Error& error) {
    fail_operator(OperatorFailure::value, error.what());
  }
}

/// A dtype for ScalarType, a layout for Layout, a memory format for MemoryFormat; or what serves as an int. Objects of
/// another of these kinds do not.
Converted to_code(const Value& value, Tag own) {
  if (is_code(value) && value.tag() != own) return {};
  return to_integer(value);
}

/// The characters of a string, as a host's language iterates over it.
std::vector<Value> characters(const std::string& text) {
  std::vector<Value> items;
  for (size_t i = 0; i < text.size();) {
    size_t end = i + 1;
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) ++end;
    items.emplace_back(text.substr(i, end - i));
    i = end;
  }
  return items;
}

/// What iterating over a value gives. Lists of ints, floats, bools and tensors come from lists and tuples only; others
/// also from a string (its characters) and a dictionary (its keys).
std::optional<std::vector<Value>> items_of(const Value& value, const Type& element) {
  if (value.is_list()) return value.to_list().items;
  if (value.is_tuple()) return value.to_tuple().items;
  const TypeKind kind = element.kind();
  if (kind == TypeKind::integer || kind == TypeKind::floating || kind == TypeKind::boolean ||
      kind == TypeKind::tensor) {
    return {};
  }
  if (value.is_string()) return characters(value.to_string());
  if (!value.is_dict()) return {};
  std::vector<Value> keys;
  for (const auto& entry : value.to_dict().items) keys.push_back(entry.first);
  return keys;
}

/// A bare element for T[N]: an int or bool for int[N], a float (no int) for float[N].
bool is_repeated(const Value& value, const Type& element) {
  if (element.kind() == TypeKind::integer) return value.is_int() || value.is_bool();
  return element.kind() == TypeKind::floating && value.is_double();
}

Converted to_list(const Value& value, const Type& element, std::optional<int32_t> size) {
  if (size && is_repeated(value, element)) {
    const Converted one = convert_host_value(value, element);
    return make_list_value(element.bound(), std::vector<Value>(static_cast<size_t>(std::max(*size, 0)), *one));
  }
  std::optional<std::vector<Value>> items = items_of(value, element);
  if (!items) return {};
  for (Value& item : *items) {
    // Unlike as arguments of their own, an element of Tensor[] may not be None, one of int[] no dtype, and one of
    // SymInt[] no tensor.
    if (element.kind() == TypeKind::tensor && item.is_none()) return {};
    if (element.kind() == TypeKind::integer && is_code(item)) return {};
    if (element.kind() == TypeKind::sym_int && !item.is_int() && !item.is_bool()) return {};
    Converted converted = convert_host_value(item, element);
    if (!converted) return {};
    item = std::move(*converted);
  }
  return make_list_value(element.bound(), std::move(*items));
}

Converted to_tuple(const Value& value, const Type& type) {
  if (!value.is_tuple() && !value.is_list()) return {};
  const std::vector<Value>& given = value.is_tuple() ? value.to_tuple().items : value.to_list().items;
  if (given.size() != type.size()) return {};
  std::vector<Value> items;
  for (size_t i = 0; i < given.size(); ++i) {
    Converted converted = convert_host_value(given[i], type.element(i));
    if (!converted) return {};
    items.push_back(std::move(*converted));
  }
  return make_tuple_value(std::move(items));
}

/// The entries of a dictionary, or of what a host's language makes one from: a list of pairs, an empty string.
std::optional<std::vector<std::pair<Value, Value>>> entries_of(const Value& value) {
  if (value.is_dict()) return value.to_dict().items;
  std::vector<std::pair<Value, Value>> entries;
  if (value.is_string() && value.to_string().empty()) return entries;
  if (!value.is_list() && !value.is_tuple()) return {};
  for (const Value& item : value.is_list() ? value.to_list().items : value.to_tuple().items) {
    if (!item.is_list() && !item.is_tuple()) return {};
    const std::vector<Value>& pair = item.is_list() ? item.to_list().items : item.to_tuple().items;
    if (pair.size() != 2) return {};
    entries.emplace_back(pair[0], pair[1]);
  }
  return entries;
}

Converted to_dict(const Value& value, const Type& type) {
  const auto entries = entries_of(value);
  if (!entries) return {};
  auto dict = make_intrusive<DictValue>(type.element(0).bound(), type.element(1).bound());
  for (const auto& [key, item] : *entries) {
    Converted converted_key = convert_host_value(key, type.element(0));
    Converted converted_item = convert_host_value(item, type.element(1));
    if (!converted_key || !converted_item) return {};
    dict->items.emplace_back(std::move(*converted_key), std::move(*converted_item));
  }
  return Value(std::move(dict));
}

/// The type that two elements of one list have in common, if any: T and None give T?.
std::optional<Type> unify(const Type& a, const Type& b) {
  if (a == b || b.is_subtype_of(a)) return a;
  if (a.is_subtype_of(b)) return b;
  if (a.kind() == TypeKind::none) return Type::optional(b);
  if (b.kind() == TypeKind::none) return Type::optional(a);
  return {};
}

Converted infer(const Value& value);

/// Items of one common type; nothing for an empty or a mixed list, or one of dtypes or layouts.
bool infer_items(std::vector<Value>& items, Type& common) {
  if (items.empty()) return false;
  std::optional<Type> type;
  for (Value& item : items) {
    Converted converted = is_code(item) ? Converted() : infer(item);
    if (!converted) return false;
    item = std::move(*converted);
    type = type ? unify(*type, item.type()) : item.type();
    if (!type) return false;
  }
  common = *type;
  return true;
}

/// A value for an argument that takes any: its lists and dictionaries must be of one type each.
Converted infer(const Value& value) {
  switch (value.tag()) {
    case Tag::memory_format: return {};
    case Tag::scalar_type:
    case Tag::layout: return Value(value.to_int());
    case Tag::list: {
      std::vector<Value> items = value.to_list().items;
      Type element;
      if (!infer_items(items, element)) return {};
      return make_list_value(element, std::move(items));
    }
    case Tag::tuple: {
      std::vector<Value> items;
      for (const Value& item : value.to_tuple().items) {
        Converted converted = infer(item);
        if (!converted) return {};
        items.push_back(std::move(*converted));
      }
      return make_tuple_value(std::move(items));
    }
    case Tag::dict: {
      std::vector<Value> keys, items;
      for (const auto& [key, item] : value.to_dict().items) {
        keys.push_back(key);
        items.push_back(item);
      }
      Type key_type, item_type;
      if (!infer_items(keys, key_type) || !infer_items(items, item_type)) return {};
      auto dict = make_intrusive<DictValue>(key_type, item_type);
      for (size_t i = 0; i < keys.size(); ++i) dict->items.emplace_back(std::move(keys[i]), std::move(items[i]));
      return Value(std::move(dict));
    }
    default: return value;
  }
}

Converted only_if(bool fits, const Value& value) { return fits ? Converted(value) : Converted(); }

Converted to_member_of_union(const Value& value, const Type& type) {
  Converted inferred = infer(value);
  if (!inferred || !inferred->type().is_subtype_of(type)) return {};
  return inferred;
}

}  // namespace

std::optional<Value> convert_host_value(const Value& value, const Type& type, std::optional<int32_t> size) {
  switch (type.kind()) {
    case TypeKind::none: return only_if(value.is_none(), value);
    case TypeKind::any:
    case TypeKind::variable: return infer(value);
    case TypeKind::tensor: return value.is_none() ? Value(Tensor()) : only_if(value.is_tensor(), value);
    case TypeKind::integer: return to_integer(value);
    case TypeKind::sym_int: return is_code(value) ? Converted() : to_integer(value);
    case TypeKind::scalar_type: return to_code(value, Tag::scalar_type);
    case TypeKind::layout: return to_code(value, Tag::layout);
    case TypeKind::memory_format: return to_code(value, Tag::memory_format);
    case TypeKind::floating:
    case TypeKind::sym_float: return to_floating(value);
    case TypeKind::boolean:
    case TypeKind::sym_bool: return to_boolean(value);
    case TypeKind::complex: return to_complex(value);
    case TypeKind::scalar: return to_scalar(value);
    case TypeKind::string: return only_if(value.is_string(), value);
    case TypeKind::device: return to_device(value);
    case TypeKind::generator: return only_if(value.tag() == Tag::generator, value);
    case TypeKind::optional:
      return value.is_none() ? Converted(value) : convert_host_value(value, type.element(), size);
    case TypeKind::list: return to_list(value, type.element(), size);
    case TypeKind::tuple: return to_tuple(value, type);
    case TypeKind::dict: return to_dict(value, type);
    case TypeKind::union_: return to_member_of_union(value, type);
    case TypeKind::any_class: return only_if(value.is_object(), value);
    case TypeKind::qscheme: return to_integer(value);
    default: return only_if(value.type().is_subtype_of(type), value);
  }
}

std::string annotation(const Type& spelt) {
  const Type type = spelt.bound();
  const auto elements = [&] {
    std::string text;
    for (size_t i = 0; i < type.size(); ++i) text += (i == 0 ? "" : ", ") + annotation(type.element(i));
    return text;
  };
  switch (type.kind()) {
    case TypeKind::scalar: return "number";
    case TypeKind::optional: return "Optional[" + elements() + "]";
    case TypeKind::list: return "List[" + elements() + "]";
    case TypeKind::tuple: return type.size() == 0 ? "Tuple[()]" : "Tuple[" + elements() + "]";
    case TypeKind::dict: return "Dict[" + elements() + "]";
    case TypeKind::union_: return "Union[" + elements() + "]";
    case TypeKind::future: return "Future[" + elements() + "]";
    case TypeKind::await: return "Await[" + elements() + "]";
    case TypeKind::rref: return "RRef[" + elements() + "]";
    default: return type.to_string();
  }
}

std::string_view host_type_name(const Value& value) {
  switch (value.tag()) {
    case Tag::none: return "NoneType";
    case Tag::boolean: return "bool";
    case Tag::integer: return "int";
    case Tag::floating: return "float";
    case Tag::complex: return "complex";
    case Tag::string: return "str";
    case Tag::device: return "device";
    case Tag::scalar_type: return "dtype";
    case Tag::layout: return "layout";
    case Tag::memory_format: return "memory_format";
    case Tag::tensor: return "Tensor";
    case Tag::generator: return "Generator";
    case Tag::list: return "list";
    case Tag::tuple: return "tuple";
    case Tag::dict: return "dict";
    case Tag::object: return "ScriptObject";
    case Tag::host_object: return "object";
  }
  return "object";
}

}  // namespace spinel::registry::inline v1
