// Arguments and results of the test extensions' calls in libtorch's terms.
#pragma once

#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <c10/util/Exception.h>

#include <algorithm>

#include "tests/compat/calls.h"

namespace spinel::compat_test {

using c10::IValue;

inline IValue value_of(const Argument& argument);

inline std::vector<IValue> values_of(const std::vector<Argument>& arguments) {
  std::vector<IValue> values;
  for (const Argument& argument : arguments) values.push_back(value_of(argument));
  return values;
}

inline IValue value_of(const Argument& argument) {
  return std::visit(
      []<typename A>(const A& value) -> IValue {
        if constexpr (std::is_same_v<A, None>) return {};
        else if constexpr (std::is_same_v<A, TupleOf>) return c10::ivalue::Tuple::create(values_of(value.items));
        else if constexpr (std::is_same_v<A, ListOf>) {
          const std::vector<IValue> items = values_of(value.items);
          // The type of a tensor value has its sizes; that of the list's elements has none.
          const bool of_tensors = items.front().isTensor();
          c10::impl::GenericList list(of_tensors ? c10::TypePtr(c10::TensorType::get()) : items.front().type());
          for (const IValue& item : items) list.push_back(item);
          return list;
        } else if constexpr (std::is_same_v<A, DictOf>) {
          const IValue key = value_of(value.entries.front().first), item = value_of(value.entries.front().second);
          c10::impl::GenericDict dict(key.type(), item.type());
          for (const auto& [one, other] : value.entries) dict.insert(value_of(one), value_of(other));
          return dict;
        } else if constexpr (std::is_same_v<A, TensorOf>) {
          at::Tensor tensor = at::empty(value.sizes);
          std::copy(value.elements.begin(), value.elements.end(), tensor.data_ptr<float>());
          return tensor;
        } else {
          return value;
        }
      },
      argument.value);
}

inline std::string text_of(const IValue& value) {
  if (value.isTensor()) {
    const at::Tensor tensor = value.toTensor().to(at::kDouble).contiguous();
    const auto* data = tensor.const_data_ptr<double>();
    return text(tensor.sizes().vec(), std::vector<double>(data, data + tensor.numel()));
  }
  if (value.isString()) return text(value.toStringRef());
  if (value.isInt()) return text(value.toInt());
  if (value.isDouble()) return text(value.toDouble());
  if (value.isNone()) return "None";
  std::string made;
  if (value.isGenericDict()) {
    for (const auto& entry : value.toGenericDict()) {
      made += (made.empty() ? "" : ", ") + text_of(entry.key()) + ": " + text_of(entry.value());
    }
    return "{" + made + "}";
  }
  if (value.isTuple()) {
    for (const IValue& item : value.toTupleRef().elements()) made += (made.empty() ? "" : ", ") + text_of(item);
    return "[" + made + "]";
  }
  for (const IValue& item : value.toListRef()) made += (made.empty() ? "" : ", ") + text_of(item);
  return "[" + made + "]";
}

/// The results, one after the other, or the class that Python would see.
inline std::string outcome(const std::string& name_space, const Call& call) {
  try {
    const auto op =
        c10::Dispatcher::singleton().findSchemaOrThrow((name_space + "::" + call.name).c_str(), call.overload.c_str());
    std::unordered_map<std::string, IValue> keywords;
    for (const auto& [name, argument] : call.keywords) keywords.emplace(name, value_of(argument));
    std::vector<IValue> stack = values_of(call.positional);
    op.schema().checkAndNormalizeInputs(stack, keywords);
    op.callBoxed(stack);
    std::string made;
    for (const IValue& value : stack) made += (made.empty() ? "" : ", ") + text_of(value);
    return made;
  } catch (const c10::IndexError&) {
    return "error: IndexError";
  } catch (const c10::ValueError&) {
    return "error: ValueError";
  } catch (const c10::TypeError&) {
    return "error: TypeError";
  } catch (const c10::NotImplementedError&) {
    return "error: NotImplementedError";
  } catch (const c10::LinAlgError&) {
    return "error: LinAlgError";
  } catch (const c10::OutOfMemoryError&) {
    return "error: OutOfMemoryError";
  } catch (const c10::SyntaxError&) {
    return "error: SyntaxError";
  } catch (const std::exception&) {
    return "error: RuntimeError";
  }
}

}  // namespace spinel::compat_test
