// Checkpoints of a run: one safetensors file with a versioned JSON description, replaced atomically.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "spinel/base/config.h"
#include "spinel/nn/named_tensors.h"
#include "spinel/train/model.h"

namespace spinel::train {

/// The format version that this build writes; older ones are upgraded on reading, newer ones refused (corrupt).
inline constexpr int64_t kCheckpointVersion = 2;

/// A model with everything needed to use it, and the state of the run that made it.
///
/// On disk: `<name>.safetensors`. Its tensors are the parameters and buffers for inference under their state_dict keys
/// (the averaged ones where the run averages), and, under `training.…`, what a resumed run needs. Its metadata entry
/// `spinel_checkpoint` is the JSON description:
/// {format_version, model: {name, arguments}, dtype, targets: {name: {unit, …}}, transforms, split, config, progress}.
struct Checkpoint {
  std::string model_name;
  Config model_arguments = Config::map();  ///< complete
  std::string dtype = "float32";
  Config targets = Config::map();     ///< per target name: unit, per_atom
  Config transforms = Config::map();  ///< per target name: what turns a prediction back into the target
  Config split = Config::map();       ///< indices {train, val, test} of the joint dataset; empty where parts have files
  Config run = Config::map();         ///< the complete config of the run
  Config progress = Config::map();    ///< epoch, global_step, best_metric, …: the scalars of the loop
  NamedTensors parameters;            ///< state dict for inference
  NamedTensors training;              ///< raw parameters, optimiser, averages, generators; empty: not resumable
};

/// Writes all or nothing; a kill at any moment leaves the old file or the new one. Failure: unavailable.
void save_checkpoint(const std::string& path, const Checkpoint& checkpoint);

/// Reads a file, or the checkpoint that a folder stands for: `<folder>/best.safetensors`, else
/// `<folder>/checkpoints/best.safetensors`, else `latest` likewise. `with_training`: also the tensors of `training`.
/// Absent: not_found; broken or from a newer version: corrupt; a file that is no checkpoint: invalid_argument.
Checkpoint load_checkpoint(const std::string& path, bool with_training = false);

/// Whether a safetensors file is a checkpoint of ours (has the description). Errors as SafetensorsFile::open.
bool is_checkpoint(const std::string& path);

/// The path that load_checkpoint reads for `path`.
std::string resolve_checkpoint(const std::string& path);

/// Turns the description of any older version into that of kCheckpointVersion, step by step.
Config upgrade_description(Config description, std::string_view where);

struct MakeModelOptions {
  std::string dtype = "";           ///< "float32", "float64"; empty: as saved
  bool strict = false;              ///< tensors without a place in the model are an error, not a warning
  std::string name = "checkpoint";  ///< what errors and warnings call it
};

/// The model of a checkpoint with its parameters, in evaluation mode.
std::unique_ptr<Model> make_model(const Checkpoint& checkpoint, const ModelList& models,
                                  const MakeModelOptions& options = {});

at::ScalarType to_scalar_type(std::string_view dtype);

}  // namespace spinel::train
