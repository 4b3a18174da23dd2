// SchNetPack's models as checkpoints of ours.
#pragma once

#include "spinel/base/config.h"
#include "spinel/base/sharded_safetensors.h"
#include "spinel/base/torch_file.h"
#include "spinel/nn/named_tensors.h"
#include "spinel/train/checkpoint.h"

namespace spinel::cli {

/// The tensors of a file, each with memory of its own.
NamedTensors tensors_of(const TorchFile& file);
NamedTensors tensors_of(const ShardedSafetensors& file);

/// The checkpoint of a SchNetPack model, with its offsets as transforms. Such models name no units: theirs are taken as
/// those of our outputs (eV, Å). `overrides`: arguments of SchNet that tensors do not tell, {head: {forces: false}}.
/// Errors as models::convert_schnetpack.
train::Checkpoint schnetpack_checkpoint(const NamedTensors& tensors, const std::string& name, const Config& overrides);

}  // namespace spinel::cli
