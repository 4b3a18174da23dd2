// From the metadata of a case to the call of its component.
#include <ATen/ATen.h>

#include "spinel/base/error.h"
#include "spinel/cli/check/run_case.h"

namespace spinel::check {
namespace {

/// What one argument of the call stands for: a tensor, or a literal.
golden::Value argument(const Config& given, const NamedTensors& inputs, const GoldenCase& golden) {
  if (given.is_string()) {
    const std::string& name = given.as_string();
    if (const at::Tensor* tensor = inputs.find(name)) return *tensor;
    if (golden.section("objects").contains(name)) return Config::map({{"input", given}});
    for (const auto& [input, tensor] : inputs) {
      if (input.starts_with(name + "/") || input.starts_with(name + ".")) return Config::map({{"input", given}});
    }
    fail(ErrorKind::corrupt, "{}: the call names '{}' but there is no input.{}", golden.file, name, name);
  }
  if (given.is_map() && given.as_map().size() == 1) {
    if (const Config* value = given.find("value")) return *value;
  }
  return given;
}

}  // namespace

golden::Call make_call(const GoldenCase& golden, const NamedTensors& inputs) {
  golden::Call call;
  call.args = golden.section("args");
  call.metadata = golden.metadata;
  for (const auto& [name, tensor] : golden.stored) call.stored_outputs.push_back(name);
  for (const auto& [name, tensor] : inputs) {
    if (name != "dummy" && name != "_") call.inputs.emplace_back(name, tensor);
  }
  const Config& described = golden.section("call");
  if (const Config* positional = described.find("args")) {
    for (const Config& given : positional->as_list()) {
      call.positional.push_back(argument(given, inputs, golden));
      const bool tensor = std::holds_alternative<at::Tensor>(call.positional.back());
      call.positional_names.push_back(tensor ? given.as_string() : "");
    }
  }
  if (const Config* named = described.find("kwargs")) {
    for (const auto& [name, given] : named->as_map()) call.named.emplace_back(name, argument(given, inputs, golden));
  }
  return call;
}

}  // namespace spinel::check
