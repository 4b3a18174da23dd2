// Per-target transforms of a run: targets into what the model learns, its outputs back into targets.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <string>

#include "spinel/base/config.h"
#include "spinel/nn/named_tensors.h"
#include "spinel/train/dataset.h"

namespace spinel::train {

/// A chain of transforms for each target that has one; all in float64.
class TargetTransforms {
 public:
  TargetTransforms();
  ~TargetTransforms();
  TargetTransforms(TargetTransforms&&) noexcept;
  TargetTransforms& operator=(TargetTransforms&&) noexcept;

  /// `section`: per target name one transform or a list of them, each `Name: {arguments}`. Statistics that the
  /// arguments leave open are taken from the training part.
  static TargetTransforms fit(const Config& section, const Dataset& train);
  /// As to_config() wrote it: with all statistics.
  static TargetTransforms from_config(const Config& section);
  Config to_config() const;

  /// The targets of a batch as the model learns them.
  NamedTensors apply(const Batch& batch) const;
  /// Outputs of the model as predictions of the targets; `batch` needs numbers and n_atoms only.
  NamedTensors undo(const NamedTensors& outputs, const Batch& batch) const;
  /// What an energy of the model is multiplied by in undo(); so are forces and stress without transforms of their own.
  double energy_scale() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace spinel::train
