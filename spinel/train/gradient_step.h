// Loss and gradients of one batch, over all processes of a run, and the search for what is not finite.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "spinel/train/distributed.h"
#include "spinel/train/evaluation.h"
#include "spinel/train/losses.h"
#include "spinel/train/model.h"

namespace spinel::train {

/// What one batch gave.
struct BatchResult {
  double loss = 0;                                    ///< of the joint batch
  std::vector<std::pair<std::string, double>> terms;  ///< unweighted, of the joint batch
  NamedTensors outputs;                               ///< of this process, detached
};

/// Adds gradients of batches up and makes them those of one process on the joint batch.
class GradientStep {
 public:
  /// A loss whose value over a joint batch is no mean of its parts' (rmse, relative_l2) with several processes:
  /// invalid_argument.
  GradientStep(Model& model, const WeightedLoss& loss, Communicator& communicator);

  /// Forward and backward of this process's share (null: it has none). Gradients are added to those that are there.
  /// Each term counts with this process's share of the joint number of target entries, so that uneven shares weigh
  /// right.
  BatchResult accumulate(const PreparedBatch* batch, const at::Tensor& n_atoms);

  /// Sums the gradients over the processes in one flat all-reduce.
  void reduce();

 private:
  std::vector<double> shares(const PreparedBatch* batch) const;

  Model& model_;
  const WeightedLoss& loss_;
  Communicator& communicator_;
  std::vector<WeightedLoss> single_terms_;
  std::vector<bool> summed_;  ///< terms with reduction sum: they add up without a share
};

/// The name of the first tensor with a NaN or infinity: "input 'positions'", "target 'energy'", "parameter '…'",
/// "output 'forces'", "gradient of '…'"; empty if all are finite.
std::string first_not_finite(const Model& model, const PreparedBatch* batch, const NamedTensors& outputs);
/// The same among gradients only, or parameters and buffers only.
std::string gradient_not_finite(const Model& model);
std::string parameter_not_finite(const Model& model);

}  // namespace spinel::train
