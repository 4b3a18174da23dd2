#include "spinel/registry/function_schema.h"

#include <algorithm>

namespace spinel::registry::inline v1 {
namespace {

void append_set(std::string& text, const std::vector<std::string>& names) {
  for (size_t i = 0; i < names.size(); ++i) {
    if (i != 0) text += '|';
    text += names[i];
  }
}

/// `(a!)`, `(a -> *)`.
void append_alias(std::string& text, const AliasInfo& alias) {
  text += '(';
  append_set(text, alias.before);
  if (alias.is_write) text += '!';
  if (alias.before != alias.after) {
    text += " -> ";
    append_set(text, alias.after);
  }
  text += ')';
}

/// The type with size and alias marks; the marks of a list's elements stand before its brackets.
void append_type(std::string& text, const Argument& argument) {
  Type type = argument.type;
  const bool is_optional = type.kind() == TypeKind::optional;
  if (is_optional) type = type.element();
  const AliasInfo* alias = argument.alias.get();
  if (type.kind() == TypeKind::list) {
    type.element().append_to(text);
    if (alias && !alias->contained.empty()) append_alias(text, alias->contained[0]);
    text += '[';
    if (argument.size) text += std::to_string(*argument.size);
    text += ']';
  } else {
    type.append_to(text);
  }
  if (alias && !(alias->before.empty() && alias->after.empty())) append_alias(text, *alias);
  if (is_optional) text += '?';
}

void append_argument(std::string& text, const Argument& argument) {
  append_type(text, argument);
  if (!argument.name.empty()) {
    text += ' ';
    text += argument.name;
  }
  if (argument.default_value) {
    text += '=';
    append_default(text, *argument.default_value, argument.type);
  }
}

void append_returns(std::string& text, const FunctionSchema& schema) {
  const size_t begin = text.size();
  bool first = true;
  for (const Argument& result : schema.returns) {
    if (!first) text += ", ";
    first = false;
    append_argument(text, result);
  }
  if (schema.is_varret) text += first ? "..." : ", ...";
  // One return or `...` stands bare, unless it begins with a bracket, in which the parser would look for several.
  const bool single = schema.returns.size() + (schema.is_varret ? 1 : 0) == 1;
  if (single && text[begin] != '(') return;
  text.insert(begin, 1, '(');
  text += ')';
}

}  // namespace

std::string_view OperatorName::name_space() const {
  const size_t colons = name.find("::");
  return std::string_view(name).substr(0, colons == std::string::npos ? 0 : colons);
}

std::string OperatorName::to_string() const { return overload.empty() ? name : name + "." + overload; }

std::string Argument::to_string() const {
  std::string text;
  append_argument(text, *this);
  return text;
}

bool operator==(const Argument& a, const Argument& b) {
  const bool same_alias = a.alias == b.alias || (a.alias && b.alias && *a.alias == *b.alias);
  return same_alias && a.name == b.name && a.type == b.type && a.size == b.size && a.kwarg_only == b.kwarg_only &&
         a.default_value == b.default_value;
}

bool FunctionSchema::is_mutable() const {
  return std::any_of(arguments.begin(), arguments.end(), [](const Argument& argument) { return argument.is_write(); });
}

std::optional<size_t> FunctionSchema::argument_index(std::string_view argument) const {
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i].name == argument) return i;
  }
  return std::nullopt;
}

std::string FunctionSchema::to_string() const {
  std::string text = name.to_string();
  text += '(';
  bool kwarg_only = false;
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (i != 0) text += ", ";
    if (arguments[i].kwarg_only && !std::exchange(kwarg_only, true)) text += "*, ";
    append_argument(text, arguments[i]);
  }
  if (is_vararg) text += arguments.empty() ? "..." : ", ...";
  text += ") -> ";
  append_returns(text, *this);
  return text;
}

}  // namespace spinel::registry::inline v1
