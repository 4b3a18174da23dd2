// The configuration of a run: its sections, their options with defaults, and the complete form written back.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "spinel/base/component.h"
#include "spinel/base/config.h"
#include "spinel/base/options.h"

namespace spinel::train {

/// Section Global: what is trained, in which precision, and which stages run.
struct GlobalOptions {
  std::vector<std::string> label_names;  ///< target names; empty: those of section Loss
  bool do_train = true;
  bool do_eval = true;  ///< evaluate on the validation part during and after training
  bool do_test = true;  ///< evaluate `best` on the test part at the end
  std::string dtype = "float32";
  std::string device = "cpu";
  int64_t num_threads = 0;  ///< 0: as many as libtorch takes by itself
};

/// Section Trainer: the loop. Names and meaning follow the trainer of PaddleMaterials where it has them.
struct TrainerOptions {
  int64_t max_epochs = 100;
  int64_t max_iter = 0;  ///< stop after so many batches; 0: no limit
  int64_t seed = 42;
  std::string output_dir = "output";
  bool overwrite = false;                   ///< start anew in an output_dir that holds checkpoints of an earlier run
  int64_t gradient_accumulation_steps = 1;  ///< batches per optimiser step; the loss is not divided by it
  int64_t log_freq = 10;                    ///< every so many batches, and the first and last of an epoch
  int64_t save_freq = 10;                   ///< epochs between `epoch_<n>` checkpoints; 0: none
  int64_t save_freq_steps = 0;              ///< batches between saves of `latest` within an epoch; 0: none
  int64_t start_eval_epoch = 1;
  int64_t eval_freq = 1;        ///< epochs between evaluations
  int64_t eval_freq_steps = 0;  ///< batches between evaluations within an epoch; 0: none
  std::string best_metric_indicator = "eval_loss";
  std::string name_for_best_metric;  ///< which metric, where the indicator is one; empty: the first
  bool greater_is_better = false;
  bool compute_metric_during_train = false;
  std::string metric_strategy_during_eval = "epoch";
  std::string resume_from_checkpoint;   ///< a checkpoint file, or "latest" of output_dir
  std::string pretrained_model_path;    ///< a checkpoint or a .safetensors state dict to start from
  std::vector<std::string> freeze;      ///< key patterns ('*' and '?') of parameters that stay as they are
  int64_t early_stopping_patience = 0;  ///< evaluations without improvement until training ends; 0: never
  double early_stopping_min_delta = 0;
  Config weight_average;      ///< EMA or SWA: `EMA: {decay: 0.995}`; null: none
  double clip_norm = 0;       ///< largest global gradient norm; 0: no limit
  double clip_value = 0;      ///< largest absolute gradient entry; 0: no limit
  bool check_finite = false;  ///< refuse pretrained weights and gradients that are not finite
  bool use_tensorboard = true;
  bool progress = true;  ///< progress bar on stderr (plain lines where it is no terminal)
  double timeout = 600;  ///< seconds after which a silent worker of a data-parallel run counts as lost
};

/// How the samples of one part are put into batches.
struct LoaderOptions {
  int64_t batch_size = 16;  ///< per process
  bool shuffle = true;      ///< training part only; the order of an epoch follows from seed and epoch
  bool drop_last = false;
};

/// One part of section Dataset (train, val or test).
struct DatasetPart {
  std::optional<NamedArguments> dataset;  ///< own files; absent: a share of the joint dataset
  LoaderOptions loader;
};

/// Section Dataset: either one dataset that is split, or one dataset per part.
struct DatasetOptions {
  std::optional<NamedArguments> dataset;
  Config split;  ///< {train, val, test: counts or shares, seed}, or {file: …} with indices; of the joint dataset
  DatasetPart train, val, test;
  Config transforms = Config::map();  ///< per target name: transforms of the target (offsets, scale)
};

/// One entry of section Metric: `energy: [mae, rmse]`.
struct MetricEntry {
  std::string target;
  NamedArguments metric;
};

struct RunConfig {
  GlobalOptions global;
  TrainerOptions trainer;
  NamedArguments model;
  DatasetOptions dataset;
  Config loss = Config::map();  ///< section Loss: what WeightedLoss::from_config takes
  std::vector<MetricEntry> metrics;
  NamedArguments optimizer;
  std::optional<NamedArguments> lr_schedule;  ///< Optimizer's `lr`, where it is a component
  Config predict;                             ///< section Predict as given (a map)

  /// All sections with all options: what `config.yaml` holds.
  Config complete() const;
};

/// The tables from which parsing, defaults, help and the documentation are made.
const OptionTable<GlobalOptions>& global_table();
const OptionTable<TrainerOptions>& trainer_table();
const OptionTable<LoaderOptions>& loader_table();

/// Reads the sections Global, Trainer, Model, Dataset, Metric, Optimizer, Loss and Predict; Sample and Vocabulary
/// belong to other jobs and are let through. Unknown section or key, wrong type, impossible value: invalid_argument
/// with file, line, key path and the nearest right key.
RunConfig parse_run_config(const Config& config);

/// `Name: {arguments}` of a component, as written back.
Config component_config(const NamedArguments& component);

/// True where `key` matches `pattern` with '*' (any text) and '?' (any character).
bool matches_pattern(std::string_view key, std::string_view pattern);

}  // namespace spinel::train
