#include "spinel/cli/convert_schnetpack.h"

#include <ATen/ATen.h>

#include "spinel/hosts/torch/tensor_view.h"
#include "spinel/models/list.h"
#include "spinel/models/schnet/convert.h"

namespace spinel::cli {

NamedTensors tensors_of(const TorchFile& file) {
  NamedTensors tensors;
  for (const TorchTensor& tensor : file.tensors()) {
    const std::vector<std::byte> bytes = tensor.contiguous();
    tensors.set(tensor.name, to_tensor({tensor.dtype, tensor.shape, bytes}, nullptr).clone());
  }
  return tensors;
}

NamedTensors tensors_of(const ShardedSafetensors& file) {
  NamedTensors tensors;
  for (const std::string& name : file.names()) tensors.set(name, to_tensor(file.tensor(name), nullptr).clone());
  file.check_intact();
  return tensors;
}

train::Checkpoint schnetpack_checkpoint(const NamedTensors& tensors, const std::string& name, const Config& overrides) {
  models::ConvertedSchNet converted = models::convert_schnetpack(tensors, name, overrides);
  train::Checkpoint checkpoint;
  checkpoint.model_name = "SchNet";
  checkpoint.model_arguments = std::move(converted.arguments);
  checkpoint.transforms = std::move(converted.transforms);
  const at::Tensor& embedding = converted.state.at("representation.embedding.weight");
  checkpoint.dtype = embedding.scalar_type() == at::kDouble ? "float64" : "float32";
  checkpoint.parameters = std::move(converted.state);
  for (const train::OutputDoc& output : train::make_model(checkpoint, models::model_list())->outputs()) {
    checkpoint.targets.set(output.name, Config::map({{"unit", output.unit}, {"per_atom", output.per_atom}}));
  }
  return checkpoint;
}

}  // namespace spinel::cli
