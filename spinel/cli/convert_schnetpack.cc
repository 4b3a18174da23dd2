#include "spinel/cli/convert_schnetpack.h"

#include <ATen/ATen.h>

#include "spinel/base/error.h"
#include "spinel/hosts/torch/tensor_view.h"
#include "spinel/models/list.h"

namespace spinel::cli {
namespace {

/// Keys of a Lightning checkpoint begin with "model.".
std::string_view without_prefix(std::string_view key) { return key.starts_with("model.") ? key.substr(6) : key; }

at::Tensor copy_of(const TorchTensor& tensor) {
  const std::vector<std::byte> bytes = tensor.contiguous();
  const TensorView view{tensor.dtype, tensor.shape, bytes};
  return to_tensor(view, nullptr).clone();
}

const at::Tensor& need(const NamedTensors& tensors, const char* key, const std::string& name) {
  const at::Tensor* found = tensors.find(key);
  require(found, "{}: it has no tensor '{}'; SchNetPack's SchNet does", name, key);
  return *found;
}

int64_t count(const NamedTensors& tensors, const char* before, const char* after) {
  int64_t n = 0;
  while (tensors.contains(format("{}{}{}", before, n, after))) ++n;
  return n;
}

Config offsets(const NamedTensors& tensors) {
  Config transforms = Config::map();
  for (const auto& [key, tensor] : tensors) {
    if (!key.starts_with("postprocessors.") || !key.ends_with(".mean")) continue;
    Config arguments = Config::map();
    arguments.set("mean", tensor.to(at::kDouble).reshape(-1)[0].item<double>());
    if (const at::Tensor* atomref = tensors.find(key.substr(0, key.size() - 4) + "atomref")) {
      const at::Tensor values = atomref->to(at::kDouble).reshape(-1).contiguous();
      Config::List energies;
      for (int64_t z = 0; z < values.numel(); ++z) energies.push_back(Config(values.const_data_ptr<double>()[z]));
      if (values.abs().sum().item<double>() > 0) arguments.set("atomrefs", std::move(energies));
    }
    Config component = Config::map();
    component.set("RemoveOffsets", std::move(arguments));
    transforms.set("energy", std::move(component));
  }
  return transforms;
}

}  // namespace

bool is_schnetpack(const TorchFile& file) {
  for (const TorchTensor& tensor : file.tensors()) {
    if (without_prefix(tensor.name) == "representation.interactions.0.in2f.weight") return true;
  }
  return false;
}

train::Checkpoint convert_schnetpack(const TorchFile& file, const std::string& name, bool forces) {
  NamedTensors tensors;
  for (const TorchTensor& tensor : file.tensors()) tensors.set(without_prefix(tensor.name), copy_of(tensor));
  const at::Tensor& embedding = need(tensors, "representation.embedding.weight", name);
  const at::Tensor& in2f = need(tensors, "representation.interactions.0.in2f.weight", name);
  const at::Tensor& filter = need(tensors, "representation.interactions.0.filter_network.0.weight", name);
  const at::Tensor& cutoff = need(tensors, "representation.cutoff_fn.cutoff", name);
  Config arguments = Config::map(), head = Config::map();
  arguments.set("n_atom_basis", embedding.size(1));
  arguments.set("max_z", embedding.size(0));
  arguments.set("n_filters", in2f.size(0));
  arguments.set("n_rbf", filter.size(1));
  arguments.set("n_interactions", count(tensors, "representation.interactions.", ".in2f.weight"));
  arguments.set("cutoff", cutoff.reshape(-1)[0].item<double>());
  head.set("type", "Atomwise");
  head.set("n_layers", count(tensors, "output_modules.0.outnet.", ".weight"));
  head.set("forces", forces);
  arguments.set("head", std::move(head));

  train::Checkpoint checkpoint;
  checkpoint.model_name = "SchNet";
  checkpoint.dtype = embedding.scalar_type() == at::kDouble ? "float64" : "float32";
  checkpoint.transforms = offsets(tensors);
  const auto model = models::model_list().at("SchNet").make(arguments);
  checkpoint.model_arguments = model->arguments();
  NamedTensors state;
  for (const auto& [key, tensor] : tensors) {
    if (key.starts_with("representation.") || key.starts_with("output_modules.0.")) state.set(key, tensor);
  }
  model->load_state_dict(state);
  checkpoint.parameters = std::move(state);
  for (const train::OutputDoc& output : model->outputs()) {
    Config target = Config::map();
    target.set("unit", output.unit);
    target.set("per_atom", output.per_atom);
    checkpoint.targets.set(output.name, std::move(target));
  }
  return checkpoint;
}

}  // namespace spinel::cli
