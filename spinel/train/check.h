// What the train room hands to `spinel check`: its golden functions, and optimisers as golden training cases name them.
#pragma once

#include <memory>
#include <vector>

#include "spinel/hosts/torch/golden_function.h"
#include "spinel/train/losses.h"
#include "spinel/train/optimizers.h"

namespace spinel::train {

/// Optimisers, schedules, averages, splits, metrics and transforms under their golden names.
std::vector<golden::Function> train_golden_functions();

/// The optimiser of a golden case of kind `train`, with the clipping that precedes each step.
struct GoldenOptimizer {
  std::unique_ptr<Optimizer> optimizer;
  double clip_grad_norm = 0;   ///< 0: none
  double clip_grad_value = 0;  ///< 0: none
  void step();
};

/// From the case's `optimizer` object (name, lr, betas, eps, weight_decay, decoupled, no_decay, …). Keys that the
/// runner itself must act on (schedule, lr_per_step, count, swa_from_step) are passed over.
GoldenOptimizer make_golden_optimizer(const Config& optimizer, const NamedTensors& parameters);

/// One entry of `loss.terms` (fn, weight, column, target_mean, target_std, target_shape): weight · fn(output, target).
/// `tensors` hold target_mean and target_std where the term names them.
at::Tensor golden_loss_term(const Config& term, const at::Tensor& output, const at::Tensor& target,
                            const NamedTensors& tensors);

}  // namespace spinel::train
