// The training loop: epochs, evaluation, checkpoints, logs, early stopping and exact resume.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "spinel/train/checkpoint.h"
#include "spinel/train/config.h"
#include "spinel/train/data.h"
#include "spinel/train/distributed.h"
#include "spinel/train/evaluation.h"
#include "spinel/train/model.h"

namespace spinel::train {

/// How a run ended.
struct TrainingResult {
  enum class End { finished, early_stopped, terminated, interrupted };  ///< the last two: SIGTERM, SIGINT
  End end = End::finished;
  int64_t epochs = 0;
  int64_t steps = 0;  ///< batches
  std::optional<double> best_metric;
  int64_t best_epoch = 0;
  Scores val;   ///< of `best`
  Scores test;  ///< of `best`; empty where there is no test part
  double seconds = 0;
  /// 0, or 128 + the signal's number.
  int exit_status() const;
};

/// One run. Made from its config, it either starts anew, from pretrained weights, or where a checkpoint ends.
class Trainer {
 public:
  /// Makes the model, reads the data and writes `<output_dir>/config.yaml`. A lock in output_dir keeps a second writer
  /// out (unavailable, naming the holder).
  Trainer(RunConfig config, const ModelList& models, Communicator& communicator = single_process());
  Trainer(RunConfig config, const ModelList& models, TrainingData data, Communicator& communicator = single_process());
  ~Trainer();

  Model& model();
  const TrainingData& data() const;
  /// With all defaults filled in: what `config.yaml` holds.
  const RunConfig& config() const;
  /// Trains to the end (do_train), evaluates `best` on val and test. A loss that is not finite: internal, naming step
  /// and tensor; the last checkpoint stays untouched.
  TrainingResult run();
  /// Loss and metrics of the present parameters (the averaged ones where there are) on a dataset.
  Scores evaluate(const Dataset& dataset);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace spinel::train
