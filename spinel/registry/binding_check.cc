// Golden cases of bindings: what both binders make of a call, and which of several overloads it runs.
#include "spinel/base/format.h"
#include "spinel/registry/binder.h"
#include "spinel/registry/check.h"
#include "spinel/registry/golden_value.h"
#include "spinel/registry/operator_error.h"
#include "spinel/registry/schema_parser.h"

namespace spinel::registry::inline v1 {
namespace {

struct Call {
  std::vector<Value> positional;
  Keywords keywords;
};

Call call_of(const Config& entry) {
  Call call;
  for (const Config& given : entry.at("args").as_list()) call.positional.push_back(golden_value(given));
  for (const auto& [name, given] : entry.at("kwargs").as_map()) call.keywords.emplace_back(name, golden_value(given));
  return call;
}

std::string compare_bound(const Stack& bound, const Config& expected) {
  const Config::List& values = expected.at("bound").as_list();
  if (bound.size() != values.size()) return format("{} values instead of {}", bound.size(), values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    if (const std::string inner = golden_difference(bound[i], values[i]); !inner.empty()) {
      return format("value {}: {}", i, inner);
    }
  }
  return "";
}

/// Runs a binder and compares what it binds, or the kind of its failure.
template <typename Bind>
std::string check(std::string_view binder, const Config& expected, Bind bind) {
  std::string difference;
  try {
    const Stack bound = bind();
    if (const Config* error = expected.find("error")) difference = "bound instead of " + error->as_string();
    else difference = compare_bound(bound, expected);
  } catch (const OperatorError& error) {
    const Config* kind = expected.find("error");
    if (kind != nullptr && kind->as_string() == to_string(error.failure())) return "";
    difference = format("{} ({}) instead of {}", to_string(error.failure()), error.what(), to_json(expected, -1));
  }
  return difference.empty() ? "" : format("{}: {}", binder, difference);
}

std::string check_binders(const Config& entry) {
  const FunctionSchema schema = parse_schema(entry.at("schema").as_string());
  const Call call = call_of(entry);
  std::string difference =
      check("python", entry.at("python"), [&] { return bind_host(schema, call.positional, call.keywords); });
  if (!difference.empty() || !entry.contains("cpp")) return difference;
  return check("cpp", entry.at("cpp"), [&] {
    Stack stack = call.positional;
    check_and_normalize(schema, stack, call.keywords);
    return stack;
  });
}

std::string check_overloads(const Config& entry) {
  std::vector<FunctionSchema> schemas;
  for (const std::string& text : entry.at("schemas").as_strings()) schemas.push_back(parse_schema(text));
  std::vector<const FunctionSchema*> overloads;
  for (const FunctionSchema& schema : schemas) overloads.push_back(&schema);
  const Call call = call_of(entry);
  const Config& expected = entry.at("python");
  std::string ran;
  const std::string difference = check("python", expected, [&] {
    Resolved resolved = resolve_overload(overloads, call.positional, call.keywords);
    ran = schemas[resolved.index].name.overload;
    return std::move(resolved.stack);
  });
  const Config* overload = expected.find("overload");
  if (!difference.empty() || overload == nullptr || overload->as_string() == ran) return difference;
  return format("python: overload '{}' instead of '{}'", ran, overload->as_string());
}

}  // namespace

std::vector<golden::JsonFunction> binding_golden_json() {
  return {{.name = "registry/bindings", .lists = {"cases", "overloads"}, .run = [](const Config& entry, const Config&) {
             return entry.contains("schemas") ? check_overloads(entry) : check_binders(entry);
           }}};
}

}  // namespace spinel::registry::inline v1
