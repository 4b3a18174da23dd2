#include "spinel/models/check.h"

#include "spinel/models/gnn/graph_model.h"
#include "spinel/models/list.h"

namespace spinel::models {
namespace {

/// `names`, `name`, `description` and `pairs` label a case; they are no arguments of the component.
Config without_labels(Config args) {
  for (const char* label : {"names", "name", "description", "pairs"}) args.erase(label);
  return args;
}

golden::Outputs run(train::Model& model, const golden::Call& call) {
  NamedTensors inputs;
  for (size_t k = 0; k < call.positional.size(); ++k) {
    if (const auto* tensor = std::get_if<at::Tensor>(&call.positional[k]))
      inputs.set(call.positional_names[k], *tensor);
  }
  for (const auto& [name, value] : call.named) {
    if (const auto* tensor = std::get_if<at::Tensor>(&value)) inputs.set(name, *tensor);
  }
  golden::Outputs outputs;
  for (const auto& [name, tensor] : model.call(inputs)) outputs.tensors.emplace_back(name, tensor);
  return outputs;
}

golden::ModuleEntry entry(const std::string& area, const std::string& model) {
  return {area + "/" + model, [model](const Config& args) {
            std::unique_ptr<train::Model> made = model_list().at(model).make(without_labels(args));
            train::Model* pointer = made.get();
            return golden::ModuleUnderTest{std::move(made),
                                           [pointer](const golden::Call& call) { return run(*pointer, call); }};
          }};
}

}  // namespace

std::vector<golden::ModuleEntry> models_golden_modules() {
  std::vector<golden::ModuleEntry> entries{entry("materials/schnet", "SchNet")};
  for (const auto& model : graph_models()) entries.push_back(entry("gnn", model.name));
  return entries;
}

}  // namespace spinel::models
