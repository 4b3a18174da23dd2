// Losses by name, and their weighted sum over targets (energy, forces, stress, …).
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "spinel/base/component.h"
#include "spinel/nn/named_tensors.h"

namespace spinel::train {

/// A scalar loss of a prediction against its target (same shape, except where the loss says otherwise).
using Loss = std::function<at::Tensor(const at::Tensor& prediction, const at::Tensor& target)>;
using LossList = ComponentList<Loss(const Config& arguments)>;

/// mse, l1 (mae), smooth_l1, huber, bce, bce_with_logits, relative_l2, cross_entropy, rmse. All take `reduction`
/// (mean | sum) and `ignore_nan`: entries whose target is NaN do not count.
const LossList& losses();
/// `loss` is `name: {arguments}` or `name`.
Loss make_loss(const Config& loss);

/// weight · loss(prediction[output], target[target]).
struct LossTermOptions {
  std::string output;   ///< name of the model's output
  std::string target;   ///< name in the batch's targets; empty: that of the output
  Config loss = "mse";  ///< component
  double weight = 1;
  bool per_atom = false;  ///< both sides are divided by the number of atoms of their sample first
};

/// A loss of several terms.
class WeightedLoss {
 public:
  explicit WeightedLoss(std::vector<LossTermOptions> terms);

  /// Every key of a map is a term: `{energy: {loss: mse, weight: 0.01}, forces: {loss: mse, weight: 0.99}}`.
  static WeightedLoss from_config(const Config& terms);

  struct Result {
    at::Tensor total;                                       ///< []
    std::vector<std::pair<std::string, at::Tensor>> terms;  ///< unweighted, by output name, detached
  };
  /// `num_atoms` [samples] is needed where a term is per atom. Prediction and target of different shapes:
  /// invalid_argument with both.
  Result operator()(const NamedTensors& predictions, const NamedTensors& targets,
                    const at::Tensor& num_atoms = {}) const;
  const std::vector<LossTermOptions>& terms() const { return options_; }

 private:
  std::vector<LossTermOptions> options_;
  std::vector<Loss> losses_;
};

}  // namespace spinel::train
