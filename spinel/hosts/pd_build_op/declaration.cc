#include "spinel/hosts/pd_build_op/declaration.h"

#include <algorithm>
#include <array>
#include <set>

#include "spinel/base/error.h"

namespace spinel::hosts::pd {
namespace {

constexpr std::string_view vector_mark = "@VECTOR", optional_mark = "@OPTIONAL";

/// Takes all occurrences of a mark out of a name.
bool take_mark(std::string& name, std::string_view mark) {
  bool found = false;
  for (size_t at = name.find(mark); at != std::string::npos; at = name.find(mark)) {
    name.erase(at, mark.size());
    found = true;
  }
  return found;
}

std::string trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return std::string(text);
}

constexpr std::pair<std::string_view, std::string_view> attribute_types[] = {
    {"bool", "bool"},
    {"int", "int"},
    {"int64_t", "int"},
    {"float", "float"},
    {"double", "float"},
    {"std::string", "str"},
    {"std::vector<int>", "int[]"},
    {"std::vector<int64_t>", "int[]"},
    {"std::vector<float>", "float[]"},
    {"std::vector<double>", "float[]"},
    {"std::vector<std::string>", "str[]"},
};

/// "Out@GRAD@NEW" as an identifier: "Out_grad_new".
std::string identifier(std::string name) {
  static const std::set<std::string, std::less<>> keywords = {
      "True", "False", "None",   "and",   "as",     "assert", "break", "class",  "continue", "def",      "del",
      "elif", "else",  "except", "for",   "from",   "global", "if",    "import", "in",       "is",       "lambda",
      "not",  "or",    "pass",   "raise", "return", "try",    "while", "with",   "yield",    "Ellipsis", "NoneType"};
  std::string result;
  for (size_t i = 0; i < name.size(); ++i) {
    if (name[i] != '@') {
      result += name[i];
      continue;
    }
    result += '_';
    // The marks are written in capitals.
    for (++i; i < name.size() && name[i] != '@'; ++i) result += static_cast<char>(name[i] | 0x20);
    --i;
  }
  if (keywords.contains(result)) result += '_';
  return result;
}

std::string alias(size_t index) {
  std::string name(1, static_cast<char>('a' + index % 26));
  return "(" + (index < 26 ? name : name + format("{}", index / 26)) + "!)";
}

/// `Tensor(a!)[]?`
std::string tensor_type(const TensorName& name, const std::string& mark) {
  return "Tensor" + mark + (name.is_vector ? "[]" : "") + (name.is_optional ? "?" : "");
}

}  // namespace

TensorName parse_tensor_name(std::string_view declared) {
  TensorName result{std::string(declared)};
  result.is_vector = take_mark(result.name, vector_mark);
  result.is_optional = take_mark(result.name, optional_mark);
  return result;
}

Attribute parse_attribute(std::string_view declared, std::string_view op) {
  const size_t colon = declared.find(':');
  require(colon != std::string_view::npos && colon > 0, "{}: the attribute '{}' has no type; write \"name: type\"", op,
          declared);
  const std::string name = trimmed(declared.substr(0, colon)), type = trimmed(declared.substr(colon + 1));
  for (const auto& [paddle, schema] : attribute_types) {
    if (type == paddle) return {name, type, std::string(schema)};
  }
  std::vector<std::string_view> known;
  for (const auto& entry : attribute_types) known.push_back(entry.first);
  fail(ErrorKind::invalid_argument, "{}: attribute '{}' is of type '{}'; known: {}", op, name, type,
       join_text(known, ", "));
}

std::string Declaration::operator_name() const {
  return order == 0 ? name : order == 1 ? name + "_grad" : name + "_grad_grad";
}

int Declaration::inplace_input(size_t index) const {
  for (const auto& [input, output] : inplace) {
    if (output != outputs[index]) continue;
    const auto found = std::find(inputs.begin(), inputs.end(), input);
    if (found != inputs.end()) return static_cast<int>(found - inputs.begin());
  }
  return -1;
}

bool Declaration::writes_input(size_t index) const {
  const auto found = inplace.find(inputs[index]);
  return found != inplace.end() && std::find(outputs.begin(), outputs.end(), found->second) != outputs.end();
}

std::string schema_of(const Declaration& declaration) {
  const std::string op = declaration.operator_name();
  std::vector<std::string> marks(declaration.inputs.size()), arguments, returns;
  size_t marked = 0;
  for (size_t i = 0; i < declaration.outputs.size(); ++i) {
    const int input = declaration.inplace_input(i);
    if (input >= 0) marks[static_cast<size_t>(input)] = alias(marked++);
  }
  for (size_t i = 0; i < declaration.inputs.size(); ++i) {
    const TensorName name = parse_tensor_name(declaration.inputs[i]);
    arguments.push_back(tensor_type(name, marks[i]) + " " + identifier(name.name));
  }
  for (const std::string& text : declaration.attributes) {
    const Attribute attribute = parse_attribute(text, op);
    arguments.push_back(attribute.schema_type + " " + identifier(attribute.name));
  }
  for (size_t i = 0; i < declaration.outputs.size(); ++i) {
    const int input = declaration.inplace_input(i);
    returns.push_back(
        tensor_type(parse_tensor_name(declaration.outputs[i]), input < 0 ? "" : marks[static_cast<size_t>(input)]));
  }
  const std::string returned = returns.size() == 1 ? returns.front() : "(" + join_text(returns, ", ") + ")";
  return op + "(" + join_text(arguments, ", ") + ") -> " + returned;
}

}  // namespace spinel::hosts::pd
