#include "spinel/ops/derivative.h"

#include <charconv>
#include <string_view>

#include "spinel/base/error.h"

namespace spinel::ops {
namespace {

using registry::FunctionSchema;
using Kind = DerivativeSource::Kind;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

[[noreturn]] void fail_formula(const FunctionSchema& schema, std::string_view formula, std::string_view part) {
  fail(ErrorKind::internal,
       "{}: its derivative '{}' names '{}', which is no gradient, result or argument; write name(grad0, result0, x, "
       "sizes(x))",
       schema.name.name, formula, part);
}

bool read_number(std::string_view text, std::string_view prefix, size_t below, size_t& number) {
  if (!text.starts_with(prefix) || text.size() == prefix.size()) return false;
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data() + prefix.size(), end, number);
  return error == std::errc() && stopped == end && number < below;
}

DerivativeSource read_source(const FunctionSchema& schema, std::string_view formula, std::string_view text) {
  // Arguments first: one may be called grad1.
  if (const auto index = schema.argument_index(text)) return {Kind::argument, *index};
  size_t number = 0;
  if (read_number(text, "grad", schema.returns.size(), number)) return {Kind::gradient, number};
  if (read_number(text, "result", schema.returns.size(), number)) return {Kind::result, number};
  constexpr std::string_view sizes = "sizes(";
  if (text.starts_with(sizes) && text.ends_with(')')) {
    const std::string_view name = text.substr(sizes.size(), text.size() - sizes.size() - 1);
    if (const auto index = schema.argument_index(name)) return {Kind::sizes, *index};
  }
  fail_formula(schema, formula, text);
}

}  // namespace

DerivativeCall parse_derivative(const FunctionSchema& schema, const Derivative& derivative) {
  const std::string_view formula = derivative.call;
  const auto argument = schema.argument_index(derivative.argument);
  if (!argument) fail_formula(schema, formula, derivative.argument);
  const size_t open = formula.find('(');
  if (open == std::string_view::npos || formula.back() != ')') fail_formula(schema, formula, formula);
  DerivativeCall call{*argument, std::string(formula.substr(0, open)), {}};
  std::string_view rest = formula.substr(open + 1, formula.size() - open - 2);
  while (!rest.empty()) {
    const size_t comma = rest.find(',');
    call.sources.push_back(read_source(schema, formula, trimmed(rest.substr(0, comma))));
    rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
  }
  return call;
}

}  // namespace spinel::ops
