#include "spinel/cli/ops/operators.h"

#include <algorithm>
#include <cctype>

#include "spinel/base/error.h"
#include "spinel/base/suggest.h"
#include "spinel/cli/ops/literal.h"
#include "spinel/hosts/bridge/torch_operators.h"
#include "spinel/registry/binder.h"
#include "spinel/registry/dispatcher.h"
#include "spinel/registry/operator_error.h"

namespace spinel::cli {
namespace {

using registry::Dispatcher;
using registry::OperatorName;

std::vector<OperatorName> layer_overloads(const std::string& name) {
  std::vector<OperatorName> names;
  for (const registry::OperatorHandle& op : Dispatcher::singleton().overloads(name)) names.push_back(op.name());
  return names;
}

Operator operator_of(const OperatorName& name, bool of_torch) {
  if (of_torch) return {hosts::torch_schema(name), true};
  return {*Dispatcher::singleton().find_schema_or_throw(name.name, name.overload).schema(), false};
}

/// The operators that a name means in one place.
std::vector<Operator> operators_in(const std::string& name, bool of_torch) {
  const auto overloads = [&](const std::string& base) {
    return of_torch ? hosts::torch_overloads(base) : layer_overloads(base);
  };
  const size_t dot = name.rfind('.'), colons = name.find("::");
  const bool has_overload = dot != std::string::npos && colons != std::string::npos && dot > colons;
  const std::string overload = has_overload ? name.substr(dot + 1) : "";
  std::vector<Operator> found;
  for (const OperatorName& one : overloads(has_overload ? name.substr(0, dot) : name)) {
    const bool is_meant = !has_overload || one.overload == overload || (one.overload.empty() && overload == "default");
    if (is_meant) found.push_back(operator_of(one, of_torch));
  }
  return found;
}

std::vector<std::string> known_names() {
  std::vector<std::string> names;
  for (const OperatorName& name : Dispatcher::singleton().operator_names()) names.push_back(name.to_string());
  for (const OperatorName& name : hosts::torch_operator_names()) names.push_back(name.to_string());
  return names;
}

bool is_identifier(std::string_view text) {
  return !text.empty() && !std::isdigit(static_cast<unsigned char>(text[0])) &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isalnum(c) || c == '_'; });
}

/// The type that an argument's text is read as; what the schema does not have is left to the binder to refuse.
registry::Type type_of(const registry::FunctionSchema& schema, std::optional<size_t> index) {
  const bool is_there = index && *index < schema.arguments.size();
  return is_there ? schema.arguments[*index].type : registry::Type(registry::TypeKind::any);
}

/// The binder's messages have a line each for position, value and declaration.
std::string in_one_line(std::string_view text) {
  std::string result;
  for (const char c : text) result += c == '\n' ? std::string("; ") : std::string(1, c);
  return result;
}

registry::Stack bind(const registry::FunctionSchema& schema, const TypedArguments& arguments) {
  std::vector<registry::Value> positional;
  registry::Keywords keywords;
  for (const std::string& text : arguments.positional) {
    positional.push_back(read_literal(text, type_of(schema, positional.size())));
  }
  for (const auto& [name, text] : arguments.named) {
    keywords.emplace_back(name, read_literal(text, type_of(schema, schema.argument_index(name))));
  }
  try {
    return registry::bind_host(schema, positional, keywords);
  } catch (const registry::OperatorError& error) {
    registry::fail_operator(error.failure(), in_one_line(error.what()));
  }
}

}  // namespace

std::vector<std::string> Operator::kernels() const {
  if (of_torch) return hosts::torch_kernel_keys(schema.name);
  std::vector<std::string> lines;
  const auto op = Dispatcher::singleton().find_schema_or_throw(schema.name.name, schema.name.overload);
  for (const auto& [key, location] : op.kernels()) {
    lines.push_back(std::string(registry::to_string(key)) + "  " + location);
  }
  return lines;
}

void Operator::call(registry::Stack& stack) const {
  if (of_torch) return hosts::call_torch(schema.name, stack);
  Dispatcher::singleton().find_schema_or_throw(schema.name.name, schema.name.overload).call_boxed(stack);
}

std::vector<Operator> list_operators(std::string_view pattern, bool torch) {
  std::vector<Operator> found;
  const auto add = [&](const std::vector<OperatorName>& names, bool of_torch) {
    for (const OperatorName& name : names) {
      if (name.to_string().find(pattern) != std::string::npos) found.push_back(operator_of(name, of_torch));
    }
  };
  add(Dispatcher::singleton().operator_names(), false);
  if (torch) add(hosts::torch_operator_names(), true);
  std::stable_sort(found.begin(), found.end(),
                   [](const Operator& a, const Operator& b) { return a.schema.name < b.schema.name; });
  return found;
}

std::vector<Operator> find_operators(const std::string& name, bool torch) {
  std::vector<Operator> found;
  if (!torch) found = operators_in(name, false);
  if (found.empty()) found = operators_in(name, true);
  if (found.empty()) {
    const std::string nearest = nearest_name(name, known_names());
    fail(ErrorKind::not_found, "{}: no operator has this name{}", name,
         nearest.empty() ? "; spinel ops list shows those that are defined" : "; did you mean '" + nearest + "'?");
  }
  return found;
}

TypedArguments split_arguments(const std::vector<std::string>& words) {
  TypedArguments arguments;
  for (const std::string& word : words) {
    const size_t equals = word.find('=');
    const bool is_named = equals != std::string::npos && is_identifier(std::string_view(word).substr(0, equals));
    if (is_named) arguments.named.emplace_back(word.substr(0, equals), word.substr(equals + 1));
    else arguments.positional.push_back(word);
  }
  return arguments;
}

std::pair<const Operator*, registry::Stack> bind_arguments(const std::vector<Operator>& overloads,
                                                           const TypedArguments& arguments) {
  if (overloads.size() == 1) return {&overloads.front(), bind(overloads.front().schema, arguments)};
  std::string failures;
  for (const Operator& one : overloads) {
    try {
      return {&one, bind(one.schema, arguments)};
    } catch (const Error& error) {
      // A file that cannot be read is no reason to look for another overload.
      const bool is_mismatch = dynamic_cast<const registry::OperatorError*>(&error) != nullptr;
      if (!is_mismatch && error.kind() != ErrorKind::invalid_argument) throw;
      const std::string_view text = error.what();
      // The declaration stands in front already.
      const std::string_view reason = text.substr(0, std::min(text.find("; Declaration:"), text.find(" Declaration:")));
      failures += format("; {}: {}", one.schema.to_string(), reason);
    }
  }
  registry::fail_operator(registry::OperatorFailure::no_match,
                          overloads.front().schema.name.name + ": no overload takes these arguments" + failures);
}

}  // namespace spinel::cli
