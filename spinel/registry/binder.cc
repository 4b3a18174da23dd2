#include "spinel/registry/binder.h"

#include <algorithm>

#include "spinel/base/format.h"
#include "spinel/registry/operator_error.h"

namespace spinel::registry::inline v1 {
namespace {

[[noreturn]] void fail_too_many(const FunctionSchema& schema, size_t received) {
  fail_operator(OperatorFailure::too_many_arguments,
                format("{}() expected at most {} argument(s) but received {} argument(s). Declaration: {}",
                       schema.name.name, schema.arguments.size(), received, schema.to_string()));
}

[[noreturn]] void fail_missing(const FunctionSchema& schema, const Argument& argument) {
  fail_operator(OperatorFailure::missing, format("{}() is missing value for argument '{}'. Declaration: {}",
                                                 schema.name.name, argument.name, schema.to_string()));
}

[[noreturn]] void fail_unknown(const FunctionSchema& schema, const std::string& keyword) {
  fail_operator(OperatorFailure::unknown_kwarg, format("Unknown keyword argument '{}' for operator '{}'. Schema: {}",
                                                       keyword, schema.name.name, schema.to_string()));
}

[[noreturn]] void fail_type(const FunctionSchema& schema, size_t index, const Value& value, std::string_view found) {
  const Argument& argument = schema.arguments[index];
  fail_operator(OperatorFailure::type,
                format("{}() Expected a value of type '{}' for argument '{}' but instead found type '{}'.\n"
                       "Position: {}\nValue: {}\nDeclaration: {}",
                       schema.name.name, annotation(argument.type), argument.name, found, index, value.repr(),
                       schema.to_string()));
}

[[noreturn]] void fail_keyword_only(const FunctionSchema& schema, size_t given) {
  const auto positional = std::count_if(schema.arguments.begin(), schema.arguments.end(),
                                        [](const Argument& argument) { return !argument.kwarg_only; });
  fail_operator(OperatorFailure::too_many_positional,
                format("{}() takes {} positional argument(s) but {} was/were given. Declaration: {}", schema.name.name,
                       positional, given, schema.to_string()));
}

/// Some keyword was not used: it is unknown, or its argument had its value by position.
[[noreturn]] void fail_left_over(const FunctionSchema& schema, const Keywords& keywords) {
  for (const auto& keyword : keywords) {
    if (!schema.argument_index(keyword.first)) fail_unknown(schema, keyword.first);
  }
  const auto twice = std::find_if(schema.arguments.begin(), schema.arguments.end(), [&](const Argument& argument) {
    return std::any_of(keywords.begin(), keywords.end(),
                       [&](const auto& keyword) { return keyword.first == argument.name; });
  });
  fail_operator(OperatorFailure::duplicate,
                format("Argument '{}' specified both as positional and keyword argument. Schema: {}", twice->name,
                       schema.to_string()));
}

const Value* find_keyword(const Keywords& keywords, const std::string& name) {
  for (const auto& [keyword, value] : keywords) {
    if (keyword == name) return &value;
  }
  return nullptr;
}

/// The steps that all binders share. `take(index, value)` converts or checks one value.
template <typename Take>
Stack bind_arguments(const FunctionSchema& schema, std::span<const Value> positional, const Keywords& keywords,
                     bool keyword_only_by_position, Take take) {
  Stack stack;
  stack.reserve(schema.arguments.size());
  for (size_t i = 0; i < positional.size(); ++i) {
    if (schema.arguments[i].kwarg_only && !keyword_only_by_position) fail_keyword_only(schema, positional.size());
    stack.push_back(take(i, positional[i]));
  }
  size_t used = 0;
  for (size_t i = positional.size(); i < schema.arguments.size(); ++i) {
    const Argument& argument = schema.arguments[i];
    if (const Value* value = find_keyword(keywords, argument.name)) {
      stack.push_back(take(i, *value));
      ++used;
    } else if (argument.default_value) {
      stack.emplace_back(*argument.default_value);
    } else {
      fail_missing(schema, argument);
    }
  }
  if (used != keywords.size()) fail_left_over(schema, keywords);
  return stack;
}

bool has_type(const Value& value, const Type& type) {
  const Type bound = type.bound();
  if (value.is_dict() && value.to_dict().items.empty()) {
    const Type inner = bound.kind() == TypeKind::optional ? bound.element() : bound;
    if (inner.kind() == TypeKind::dict) return true;
  }
  return value.type().is_subtype_of(bound);
}

/// int[] → float[] and the like do not widen: only a bare int does, also under `?`.
bool widens(const Value& value, const Type& type) {
  const Type inner = type.kind() == TypeKind::optional ? type.element() : type;
  return value.is_int() && inner.kind() == TypeKind::floating;
}

}  // namespace

Stack bind_host(const FunctionSchema& schema, std::span<const Value> positional, const Keywords& keywords) {
  if (positional.size() + keywords.size() > schema.arguments.size()) {
    fail_too_many(schema, positional.size() + keywords.size());
  }
  return bind_arguments(schema, positional, keywords, false, [&](size_t i, const Value& value) {
    std::optional<Value> converted = convert_host_value(value, schema.arguments[i].type, schema.arguments[i].size);
    if (!converted) fail_type(schema, i, value, host_type_name(value));
    return std::move(*converted);
  });
}

void check_and_normalize(const FunctionSchema& schema, Stack& stack, const Keywords& keywords) {
  if (stack.size() > schema.arguments.size()) {
    fail_operator(OperatorFailure::too_many_arguments,
                  format("Expected at most {} argument(s) for operator '{}', but received {} argument(s). "
                         "Declaration: {}",
                         schema.arguments.size(), schema.name.name, stack.size(), schema.to_string()));
  }
  // A keyword for an argument that has its value by position counts as unknown.
  const auto open = schema.arguments.begin() + static_cast<ptrdiff_t>(stack.size());
  Keywords known;
  const std::string* unknown = nullptr;
  for (const auto& keyword : keywords) {
    const bool is_open = std::any_of(open, schema.arguments.end(),
                                     [&](const Argument& argument) { return argument.name == keyword.first; });
    if (is_open) known.push_back(keyword);
    else if (unknown == nullptr) unknown = &keyword.first;
  }
  const auto take = [&](size_t i, const Value& value) {
    if (!has_type(value, schema.arguments[i].type)) fail_type(schema, i, value, annotation(value.type()));
    return value;
  };
  Stack bound = bind_arguments(schema, stack, known, true, take);
  if (unknown != nullptr) fail_unknown(schema, *unknown);
  stack = std::move(bound);
}

Stack bind_call(const FunctionSchema& schema, std::span<const Value> positional, const Keywords& keywords,
                bool strict) {
  if (positional.size() + keywords.size() > schema.arguments.size()) {
    fail_too_many(schema, positional.size() + keywords.size());
  }
  return bind_arguments(schema, positional, keywords, false, [&](size_t i, const Value& value) -> Value {
    const Type type = schema.arguments[i].type.bound();
    if (has_type(value, type)) return value;
    if (!strict && widens(value, type)) return static_cast<double>(value.to_int());
    fail_type(schema, i, value, annotation(value.type()));
  });
}

Resolved resolve_overload(std::span<const FunctionSchema* const> overloads, std::span<const Value> positional,
                          const Keywords& keywords) {
  if (overloads.size() == 1) return {0, bind_host(*overloads[0], positional, keywords)};
  std::string messages;
  for (size_t i = 0; i < overloads.size(); ++i) {
    try {
      return {i, bind_host(*overloads[i], positional, keywords)};
    } catch (const OperatorError& error) {
      if (error.failure() == OperatorFailure::value) throw;  // the type was right, so no other overload is meant
      messages += format("\n  {}", error.what());
    }
  }
  const std::string name = overloads.empty() ? "" : overloads[0]->name.name;
  fail_operator(OperatorFailure::no_match, format("Overloaded torch operator invoked from Python failed to match any "
                                                  "schema: {}{}",
                                                  name, messages));
}

}  // namespace spinel::registry::inline v1
