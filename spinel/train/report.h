// What a run tells while it goes on: log lines, progress, JSON Lines and TensorBoard files.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "spinel/train/config.h"
#include "spinel/train/evaluation.h"

namespace spinel::train {

/// Where in the run a line belongs.
struct ReportPlace {
  int64_t epoch = 0;  ///< from 1
  int64_t epochs = 0;
  int64_t batch = 0;  ///< from 1, of the epoch
  int64_t batches = 0;
  int64_t step = 0;  ///< batches of the run
};

/// Process 0 of a run reports; the others are silent.
class Report {
 public:
  /// `step`: batches that an earlier part of the run has done; records after it (of a part that was killed before its
  /// next checkpoint) are dropped from the log.
  Report(const TrainerOptions& options, bool silent, int64_t step, int64_t steps);
  ~Report();

  /// One batch is done; shows progress.
  void advance(const ReportPlace& place, double loss);
  /// "Train: Epoch [e/E] | Step: [s/S] | lr: … | loss(loss): … | energy/mae(metric): …"
  void train(const ReportPlace& place, double lr, const Scores& scores);
  /// The same for an evaluation, "Eval" or "Test"; `logged`: also into the log.
  void evaluation(const std::string& part, const ReportPlace& place, const Scores& scores, bool logged);
  /// Ends the progress line: training is over.
  void finish();
  /// Brings everything to disk.
  void flush();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// "loss(loss): 0.123456 | energy/mae(metric): 0.050236"
std::string score_text(const Scores& scores);

}  // namespace spinel::train
