// SchNetPack's models as checkpoints of ours.
#pragma once

#include "spinel/base/torch_file.h"
#include "spinel/train/checkpoint.h"

namespace spinel::cli {

/// Whether the tensors are those of SchNetPack's SchNet with one output module.
bool is_schnetpack(const TorchFile& file);

/// Reads the sizes of the network off its tensors; the offsets of the postprocessors become the energy's transform.
/// What the tensors cannot tell is taken as SchNetPack's default (activation, cutoff function). A tensor that is
/// missing or has no place in the network: invalid_argument naming it. `forces`: the model gives forces too.
train::Checkpoint convert_schnetpack(const TorchFile& file, const std::string& name, bool forces);

}  // namespace spinel::cli
