// SchNetPack's checkpoints as options and state of our SchNet.
#pragma once

#include <string>

#include "spinel/base/config.h"
#include "spinel/nn/named_tensors.h"

namespace spinel::models {

/// What a checkpoint holds, in our terms.
struct ConvertedSchNet {
  Config arguments;                   ///< complete; make_schnet() takes them
  NamedTensors state;                 ///< load_state_dict() takes it
  Config transforms = Config::map();  ///< per output: {RemoveOffsets: …} where the checkpoint adds offsets to it
};

/// Whether the tensors are those of a SchNet of SchNetPack 2 or 0.3, with or without Lightning's prefix `model.`.
bool is_schnetpack(const NamedTensors& tensors);

/// Reads the sizes of the network, radial basis, cutoff function and head off the tensors of a state dict (of the
/// model, of Lightning's task around it, or of a pickled model). What tensors cannot tell is SchNetPack's default:
/// activations (head: SiLU; in 0.3 shifted softplus), aggregation by sum, an energy with forces, the cosine cutoff
/// where a 0.3 checkpoint has only a radius. `overrides` are arguments of SchNet that win over what was found, for
/// instance {head: {type: DipoleMoment}}. Offsets of postprocessors become a transform; a 0.3 model's standard
/// deviation goes into its last layer. `name` begins messages. Not a SchNet, a head of several outputs, a tensor that
/// is missing, has another shape or no place: invalid_argument naming it.
ConvertedSchNet convert_schnetpack(const NamedTensors& tensors, const std::string& name,
                                   const Config& overrides = Config::map());

}  // namespace spinel::models
