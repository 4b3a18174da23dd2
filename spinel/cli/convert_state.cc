#include "spinel/cli/convert_state.h"

#include <ATen/ATen.h>

#include "spinel/base/error.h"
#include "spinel/models/list.h"
#include "spinel/train/config.h"

namespace spinel::cli {
namespace {

/// Without the prefix that wrappers of modules put before every key.
NamedTensors without_prefix(const NamedTensors& tensors, const NamedTensors& state) {
  for (const char* prefix : {"model.", "module."}) {
    bool all = !tensors.empty();
    for (const auto& [key, tensor] : tensors) all = all && key.starts_with(prefix);
    if (!all || state.contains(tensors.begin()->first)) continue;
    NamedTensors result;
    for (const auto& [key, tensor] : tensors) result.set(key.substr(std::string_view(prefix).size()), tensor);
    return result;
  }
  return tensors;
}

at::ScalarType floating_type(const NamedTensors& tensors, const std::string& name) {
  for (const auto& [key, tensor] : tensors) {
    if (tensor.is_floating_point()) return tensor.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
  }
  fail(ErrorKind::invalid_argument, "{}: it has no floating tensors; a state dict has", name);
}

}  // namespace

train::Checkpoint state_checkpoint(const NamedTensors& tensors, const std::string& name, const std::string& config) {
  const train::RunConfig run = train::parse_run_config(load_config(config));
  const auto model = models::model_list().at(run.model.name, run.model.where).make(run.model.arguments);
  const at::ScalarType dtype = floating_type(tensors, name);
  model->to(dtype);
  try {
    model->load_state_dict(without_prefix(tensors, model->state_dict()));
  } catch (const Error& error) {
    fail(error.kind(), "{}: it does not fit {} of {}: {}", name, run.model.name, config, error.what());
  }
  train::Checkpoint checkpoint;
  checkpoint.model_name = model->name();
  checkpoint.model_arguments = model->arguments();
  checkpoint.dtype = dtype == at::kDouble ? "float64" : "float32";
  checkpoint.run = run.complete();
  for (const auto& [key, tensor] : model->state_dict()) checkpoint.parameters.set(key, tensor.detach());
  for (const train::OutputDoc& output : model->outputs()) {
    checkpoint.targets.set(output.name, Config::map({{"unit", output.unit}, {"per_atom", output.per_atom}}));
  }
  return checkpoint;
}

}  // namespace spinel::cli
