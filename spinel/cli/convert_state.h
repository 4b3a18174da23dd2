// State dicts of other programs as checkpoints of a model that a config names.
#pragma once

#include <string>

#include "spinel/nn/named_tensors.h"
#include "spinel/train/checkpoint.h"

namespace spinel::cli {

/// The checkpoint of the Model section of a config with these tensors under the reference's keys, whose data and losses
/// predictions then know. A prefix that all keys have beyond the model's ("model.", "module.") is left out. Keys or
/// shapes that are not the model's: invalid_argument that lists them.
train::Checkpoint state_checkpoint(const NamedTensors& tensors, const std::string& name, const std::string& config);

}  // namespace spinel::cli
