// The losses of golden cases of kind `train`, one list entry each.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "spinel/cli/check/golden_case.h"
#include "spinel/nn/golden_module.h"

namespace spinel::check {

/// What a loss is computed from.
struct TrainingStep {
  const GoldenCase& golden;
  golden::ModuleUnderTest& module;
  const NamedTensors& batch;  ///< inputs and targets
  const Config& loss;         ///< the `loss` object of the case

  /// Runs the module on the batch, or on other inputs of the same call.
  golden::Outputs run() const;
  golden::Outputs run(const NamedTensors& inputs) const;
};

/// One update: the parameters whose keys begin with `parameters` get the gradient of the first tensor returned.
/// The tensors are the columns of `loss` that this update contributes.
struct TrainUpdate {
  std::string parameters;
  std::vector<at::Tensor> (*loss)(const TrainingStep& step);
};

/// A loss by its name in the cases; its updates are made one after another in each step.
struct TrainLoss {
  std::string name;
  std::vector<TrainUpdate> updates;
};

const std::vector<TrainLoss>& train_loss_list();

}  // namespace spinel::check
