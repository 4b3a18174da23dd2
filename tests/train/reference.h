// Numbers of torch.optim and its relatives, from tests/golden/train/torch.json.
#pragma once

#include <ATen/ATen.h>

#include <string>
#include <vector>

#include "spinel/base/config.h"
#include "spinel/base/platform/file.h"
#include "spinel/nn/named_tensors.h"
#include "tests/support/paths.h"

namespace spinel::train {

inline const Config& reference() {
  static const std::string path = source_dir() + "/tests/golden/train/torch.json";
  static const Config numbers = parse_json(read_file(path), path);
  return numbers;
}

inline at::Tensor tensor_of(const Config& values, at::IntArrayRef shape = {-1}) {
  return at::tensor(values.as_doubles(), at::kDouble).reshape(shape);
}

/// The start of the optimiser cases: leaves "w" [2, 3] and "b" [3].
inline NamedTensors reference_parameters(at::ScalarType dtype = at::kDouble) {
  NamedTensors result;
  for (size_t i = 0; i < 2; ++i) {
    const Config& entry = reference().at("parameters").as_list()[i];
    const at::Tensor value = tensor_of(entry.at("values"), entry.at("shape").as_ints());
    result.set(i == 0 ? "w" : "b", value.to(dtype).set_requires_grad(true));
  }
  return result;
}

inline int64_t num_reference_steps() { return static_cast<int64_t>(reference().at("gradients").as_list().size()); }

inline void set_reference_gradients(const NamedTensors& parameters, int64_t step) {
  const Config::List& gradients = reference().at("gradients").as_list()[step].as_list();
  size_t i = 0;
  for (const auto& [name, parameter] : parameters) {
    parameter.mutable_grad() = tensor_of(gradients[i++], parameter.sizes()).to(parameter.scalar_type());
  }
}

}  // namespace spinel::train
