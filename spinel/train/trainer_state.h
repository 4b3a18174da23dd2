// The parts of a run and the steps of its loop; shared by the sources of Trainer only.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "spinel/base/platform/file_lock.h"
#include "spinel/train/batch_order.h"
#include "spinel/train/checkpoint.h"
#include "spinel/train/distributed.h"
#include "spinel/train/gradient_step.h"
#include "spinel/train/loop_state.h"
#include "spinel/train/optimizers.h"
#include "spinel/train/report.h"
#include "spinel/train/schedules.h"
#include "spinel/train/stop_signal.h"
#include "spinel/train/trainer.h"
#include "spinel/train/weight_average.h"

namespace spinel::train {

struct Trainer::State {
  State(RunConfig config, const ModelList& models, std::optional<TrainingData> data, Communicator& communicator);

  // Making a run (trainer_setup.cc).
  void make_components(const ModelList& models, std::optional<TrainingData>& given, const Checkpoint* resumed);
  void set_threads();
  void load_pretrained();
  void freeze();
  void make_optimizer();
  void choose_indicator();
  void fill_config();
  void agree();
  BatchOrderOptions order_options() const;
  int64_t batches_per_epoch() const;

  // Checkpoints of a run (trainer_checkpoint.cc).
  std::string checkpoint_path(const std::string& name) const;
  std::optional<Checkpoint> find_resumed();
  Checkpoint make_checkpoint(bool with_training);
  at::Tensor generators();
  void restore(const Checkpoint& checkpoint);
  void restore_generator(const Checkpoint& checkpoint);
  /// Process 0 writes; false, in all processes, where the disk did not take it and it is to be tried again.
  bool write(const std::string& name, const Checkpoint& checkpoint);
  void save(const std::string& name, bool with_training);
  void save_best_if_due();
  void load_best();

  // The loop (trainer.cc).
  TrainingResult run();
  void write_result(const TrainingResult& result) const;
  void train();
  void train_epoch();
  void train_batch(const BatchOrder& order, bool updates);
  void check_finite(const BatchResult& result, const PreparedBatch* share) const;
  void record(const BatchResult& result, const Batch& batch, int64_t joint_size);
  void update();
  void finish_epoch();
  /// Compares the indicator, where it was computed, with the best so far.
  void judge(const Scores& train_scores, const Scores& eval);
  /// What the schedule asks for; NaN where it was not computed in this epoch.
  double watched_metric(const Scores& train_scores, const Scores& eval) const;
  Scores evaluate_part(const std::string& part, const Dataset& dataset);
  bool evaluates() const;
  bool at_max_iter() const;
  bool is_stale() const;
  bool stop_requested();
  ReportPlace place() const;

  std::optional<FileLock> lock;  ///< of output_dir, process 0
  RunConfig config;
  Communicator& communicator;
  at::ScalarType dtype;
  at::Device device;
  std::unique_ptr<Model> model;
  TrainingData data;
  TargetTransforms transforms;
  std::unique_ptr<WeightedLoss> loss;
  std::unique_ptr<MetricSet> metrics;
  std::unique_ptr<Optimizer> optimizer;
  std::unique_ptr<Schedule> schedule;
  std::unique_ptr<WeightAverage> average;
  std::unique_ptr<Report> report;
  std::unique_ptr<GradientStep> gradients;
  LoopState loop;
  std::string indicator;  ///< name of the score that decides which checkpoint is best
  bool indicator_of_eval = true;
  bool greater_is_better = false;

  // Of the moment; not part of a checkpoint.
  Scores last_scores;                   ///< of the last batch
  const StopSignal* signals = nullptr;  ///< while training
  int stop_signal = 0;
  bool early_stopped = false;
  bool best_due = false;                   ///< there is a new best to be saved
  std::optional<Checkpoint> unsaved_best;  ///< the best, where it could not be written yet
  bool save_due = false;                   ///< `latest` is to be saved at the next update
  bool save_failed = false;                ///< the last save of `latest` failed; the same in all processes
  bool replace_latest = false;             ///< `latest` was broken; the run goes on from an older checkpoint
  bool may_fail = true;                    ///< a failed save is said and tried again later
  bool holds_best = false;                 ///< the model holds the parameters of `best`
};

}  // namespace spinel::train
