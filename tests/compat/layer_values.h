// Arguments and results of the test extensions' calls in the registry's terms.
#pragma once

#include <algorithm>

#include "spinel/hosts/plain/plain_tensor.h"
#include "spinel/registry/binder.h"
#include "spinel/registry/dispatcher.h"
#include "spinel/registry/tensor_functions.h"
#include "tests/compat/calls.h"

namespace spinel::compat_test {

using registry::Dispatcher;
using registry::OperatorHandle;
using registry::Stack;
using registry::Value;

inline Value value_of(const Argument& argument);

inline std::vector<Value> values_of(const std::vector<Argument>& arguments) {
  std::vector<Value> values;
  for (const Argument& argument : arguments) values.push_back(value_of(argument));
  return values;
}

inline Value value_of(const Argument& argument) {
  return std::visit(
      []<typename A>(const A& value) -> Value {
        if constexpr (std::is_same_v<A, None>) return Value();
        else if constexpr (std::is_same_v<A, TupleOf>) return registry::make_tuple_value(values_of(value.items));
        else if constexpr (std::is_same_v<A, ListOf>) {
          std::vector<Value> items = values_of(value.items);
          const registry::Type element = items.front().type();
          return registry::make_list_value(element, std::move(items));
        } else if constexpr (std::is_same_v<A, DictOf>) {
          const Value key = value_of(value.entries.front().first), item = value_of(value.entries.front().second);
          auto dict = registry::make_intrusive<registry::DictValue>(key.type(), item.type());
          for (const auto& [one, other] : value.entries) dict->items.emplace_back(value_of(one), value_of(other));
          return dict;
        } else if constexpr (std::is_same_v<A, TensorOf>) {
          const registry::Tensor tensor = plain::empty(value.sizes);
          std::copy(value.elements.begin(), value.elements.end(), static_cast<float*>(tensor.data()));
          return tensor;
        } else {
          return value;
        }
      },
      argument.value);
}

inline std::string text_of(const Value& value) {
  if (value.is_tensor()) {
    const registry::Tensor tensor = registry::to(value.to_tensor(), {.dtype = registry::ScalarType::float64});
    const auto* data = static_cast<const double*>(registry::contiguous(tensor).data());
    return text(tensor.sizes().vec(), std::vector<double>(data, data + tensor.numel()));
  }
  if (value.is_string()) return text(value.to_string());
  if (value.is_int()) return text(value.to_int());
  if (value.is_double()) return text(value.to_double());
  if (value.is_none()) return "None";
  std::string made;
  if (value.is_dict()) {
    for (const auto& [key, item] : value.to_dict().items) {
      made += (made.empty() ? "" : ", ") + text_of(key) + ": " + text_of(item);
    }
    return "{" + made + "}";
  }
  const std::vector<Value>& items = value.is_tuple() ? value.to_tuple().items : value.to_list().items;
  for (const Value& item : items) made += (made.empty() ? "" : ", ") + text_of(item);
  return "[" + made + "]";
}

/// The results, one after the other, or the class of the error.
inline std::string outcome(const std::string& name_space, const Call& call) {
  try {
    const OperatorHandle op =
        Dispatcher::singleton().find_schema_or_throw(name_space + "::" + call.name, call.overload);
    registry::Keywords keywords;
    for (const auto& [name, argument] : call.keywords) keywords.emplace_back(name, value_of(argument));
    Stack stack = values_of(call.positional);
    check_and_normalize(*op.schema(), stack, keywords);
    op.call_boxed(stack);
    std::string made;
    for (const Value& value : stack) made += (made.empty() ? "" : ", ") + text_of(value);
    return made;
  } catch (const registry::CallError& error) {
    return "error: " + std::string(to_string(error.error_class()));
  } catch (const std::exception&) {
    return "error: RuntimeError";
  }
}

}  // namespace spinel::compat_test
