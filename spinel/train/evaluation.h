// Loss and metrics of a model over a dataset.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "spinel/train/config.h"
#include "spinel/train/dataset.h"
#include "spinel/train/distributed.h"
#include "spinel/train/losses.h"
#include "spinel/train/metrics.h"
#include "spinel/train/model.h"
#include "spinel/train/target_transforms.h"

namespace spinel::train {

/// Values by name: "loss", "loss/energy", "energy/mae", ….
using Scores = std::vector<std::pair<std::string, double>>;
/// NaN where there is no such name.
double score(const Scores& scores, const std::string& name);

/// The metrics of section Metric with their names, "energy/mae".
class MetricSet {
 public:
  explicit MetricSet(std::vector<MetricEntry> entries);
  bool empty() const { return items_.empty(); }
  std::vector<std::string> names() const;
  bool greater_is_better(const std::string& name) const;
  void reset();
  void add(const NamedTensors& predictions, const NamedTensors& targets);
  Scores values() const;
  /// Joins with what the other processes added.
  void merge(Communicator& communicator);

 private:
  struct Item {
    std::string target;
    std::string name;
    std::unique_ptr<Metric> metric;
  };
  std::vector<Item> items_;
};

/// A batch as the model takes it: targets transformed, floats in the model's dtype, all on its device.
struct PreparedBatch {
  NamedTensors inputs;
  NamedTensors targets;
};
PreparedBatch prepare(const Batch& batch, const TargetTransforms& transforms, at::ScalarType dtype, at::Device device);

/// What an evaluation needs besides the data. All references outlive it.
struct EvaluationSetup {
  Model& model;
  const WeightedLoss& loss;
  MetricSet& metrics;
  const TargetTransforms& transforms;
  at::ScalarType dtype;
  at::Device device;
  bool per_batch_metrics =
      false;  ///< mean of the batches' values, weighted by samples; else of all predictions together
  int64_t batch_size = 16;
};

/// One pass in evaluation mode with constant parameters; the mode and the parameters' requires_grad are restored.
/// Losses are means over the batches, weighted by samples. The processes share the batches; each gets all scores.
Scores evaluate(const EvaluationSetup& setup, const Dataset& dataset, Communicator& communicator);

}  // namespace spinel::train
