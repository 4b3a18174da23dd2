#include "spinel/cli/check/golden_case.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <filesystem>

#include "spinel/base/error.h"
#include "spinel/base/safetensors.h"
#include "spinel/hosts/torch/tensor_view.h"

namespace spinel::check {
namespace {

/// The metadata keys whose text is JSON.
constexpr std::string_view json_keys[] = {"args",    "call",         "outputs",   "none_outputs", "expect",
                                          "compare", "tolerance",    "optimizer", "loss",         "loss_columns",
                                          "needs",   "output_sizes", "key_order", "objects"};

Config read_metadata(const std::map<std::string, std::string>& texts, const std::string& file) {
  Config metadata = Config::map();
  for (const auto& [key, text] : texts) {
    const bool json = std::find(std::begin(json_keys), std::end(json_keys), key) != std::end(json_keys);
    metadata.set(key, json ? parse_json(text, file + ": metadata." + key) : Config(text));
  }
  for (const char* key : {"area", "kind", "name", "outputs"}) {
    if (!metadata.contains(key)) fail(ErrorKind::corrupt, "{}: the metadata has no '{}'", file, key);
  }
  return metadata;
}

Tolerance read_tolerance(const Config* given, const std::string& prefix, Tolerance otherwise) {
  if (!given) return otherwise;
  if (const Config* rtol = given->find(prefix + "rtol")) otherwise.rtol = rtol->as_double();
  if (const Config* atol = given->find(prefix + "atol")) otherwise.atol = atol->as_double();
  return otherwise;
}

Tolerance larger(Tolerance a, Tolerance b) { return {std::max(a.rtol, b.rtol), std::max(a.atol, b.atol)}; }

/// "param.a.b" → the collection of parameters and "a.b".
NamedTensors* collection(GoldenCase& golden, std::string_view full, std::string& name) {
  const std::pair<std::string_view, NamedTensors*> prefixes[] = {
      {"param.", &golden.params},
      {"buffer.", &golden.buffers},
      {"input.", &golden.inputs},
      {"output.", &golden.stored},
      {"cotangent.", &golden.cotangents},
      {"grad.param.", &golden.grad_params},
      {"grad.input.", &golden.grad_inputs},
      {"final.param.", &golden.final_state},
      {"final.buffer.", &golden.final_state},
      {"final.swa.", &golden.final_swa},
  };
  for (const auto& [prefix, tensors] : prefixes) {
    if (!full.starts_with(prefix)) continue;
    name = full.substr(prefix.size());
    return tensors;
  }
  return nullptr;
}

/// Cases whose tensors are float32 are held to float32's own tolerance when they state none.
at::ScalarType case_dtype(const GoldenCase& golden) {
  for (const NamedTensors* tensors : {&golden.stored, &golden.params, &golden.inputs}) {
    for (const auto& [name, tensor] : *tensors) {
      if (tensor.is_floating_point()) return tensor.scalar_type();
    }
  }
  return at::kDouble;
}

}  // namespace

Tolerance dtype_tolerance(at::ScalarType dtype) {
  switch (dtype) {
    case at::kDouble: return {1e-7, 1e-9};
    case at::kFloat: return {1e-4, 1e-5};
    case at::kHalf: return {1e-2, 1e-2};
    case at::kBFloat16: return {5e-2, 5e-2};
    default: return {};
  }
}

const Config& GoldenCase::section(std::string_view key) const {
  static const Config empty = Config::map();
  const Config* found = metadata.find(key);
  return found ? *found : empty;
}

std::vector<std::string> GoldenCase::parts_of(const std::string& output) const {
  std::vector<std::string> parts;
  for (const auto& [name, tensor] : stored) {
    if (name == output) return {output};
    if (!name.starts_with(output + ".") && !name.starts_with(output + "/")) continue;
    // "after.a" and "after.a.b" can both be outputs of their own.
    if (std::find(outputs.begin(), outputs.end(), name) == outputs.end()) parts.push_back(name);
  }
  return parts;
}

GoldenCase read_golden_case(const std::string& file, const CheckSettings& settings) {
  const SafetensorsFile content = SafetensorsFile::open(file);
  GoldenCase golden;
  golden.file = file;
  golden.other_dtype = settings.dtype;
  golden.metadata = read_metadata(content.metadata(), file);
  const Config& metadata = golden.metadata;
  const std::string format = content.metadata().contains("format") ? content.metadata().at("format") : "";
  if (format != "golden/1") fail(ErrorKind::corrupt, "{}: the format is '{}'; golden/1 is known", file, format);
  golden.component = metadata.at("area").as_string() + "/" + metadata.at("name").as_string();
  golden.kind = metadata.at("kind").as_string();
  golden.outputs = metadata.at("outputs").as_strings();
  if (const Config* none = metadata.find("none_outputs")) golden.none_outputs = none->as_strings();
  for (const std::string& full : content.names()) {
    at::Tensor tensor = to_tensor(content.tensor(full), content.owner());
    if (settings.dtype && tensor.is_floating_point() && full != "loss" && full != "lr")
      tensor = tensor.to(*settings.dtype);
    // Cloned: the file is mapped read-only, and components may work in place on what they own.
    tensor = tensor.to(at::Device(settings.device)).clone();
    std::string name;
    if (NamedTensors* tensors = collection(golden, full, name)) {
      tensors->set(name, std::move(tensor));
    } else {
      golden.others.emplace(full, std::move(tensor));
    }
  }
  const Config* given = metadata.find("tolerance");
  golden.tolerance = read_tolerance(given, "", dtype_tolerance(case_dtype(golden)));
  golden.grad_tolerance = read_tolerance(given, "grad_", golden.tolerance);
  if (settings.dtype) {
    golden.tolerance = larger(golden.tolerance, dtype_tolerance(*settings.dtype));
    golden.grad_tolerance = larger(golden.grad_tolerance, dtype_tolerance(*settings.dtype));
  }
  return golden;
}

std::string missing_need(const GoldenCase& golden, const CheckSettings& settings) {
  const Config& needs = golden.section("needs");
  for (const char* key : {"data", "file"}) {
    const Config* need = needs.find(key);
    if (!need) continue;
    std::string name = need->as_string();
    const std::string_view shared = "shared/data/";
    if (name.starts_with(shared)) name = name.substr(shared.size());
    if (!std::filesystem::exists(std::filesystem::path(settings.data_folder) / name)) {
      return format("needs {} in {}", name, settings.data_folder);
    }
  }
  return "";
}

}  // namespace spinel::check
