// Where a run stands: the scalars of the training loop that a checkpoint keeps.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "spinel/base/config.h"

namespace spinel::train {

/// Means over the samples seen so far, by name.
class RunningMeans {
 public:
  void add(const std::string& name, double value, double weight);
  void clear() { sums_.clear(); }
  /// NaN for a name that nothing was added to.
  double mean(const std::string& name) const;
  /// In the order in which the names came first.
  std::vector<std::pair<std::string, double>> means() const;

  Config to_config() const;
  static RunningMeans from_config(const Config& config);

 private:
  struct Sum {
    std::string name;
    double sum = 0;
    double weight = 0;
  };
  const Sum* find(const std::string& name) const;
  std::vector<Sum> sums_;
};

/// Everything that changes from batch to batch besides tensors.
struct LoopState {
  int64_t epoch = 0;        ///< finished epochs
  int64_t batch = 0;        ///< finished batches of the epoch under way
  int64_t global_step = 0;  ///< finished batches of the run
  std::optional<double> best_metric;
  int64_t best_epoch = 0;
  int64_t stale_evaluations = 0;  ///< since the last improvement
  RunningMeans train;             ///< of the epoch under way

  Config to_config() const;
  static LoopState from_config(const Config& config);
};

}  // namespace spinel::train
