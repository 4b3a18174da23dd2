#include "spinel/train/config.h"

#include <algorithm>

#include "spinel/base/error.h"
#include "spinel/base/suggest.h"

namespace spinel::train {
namespace {

constexpr double kMany = 1e15;  // largest count that is taken; exact in double

/// Sections Dataset.train, .val and .test, as their keys stand in the file.
struct PartKeys {
  Config dataset;
  Config loader = Config::map();
};
struct DatasetKeys {
  Config dataset, split;
  Config train = Config::map(), val = Config::map(), test = Config::map();
  Config transforms = Config::map();
};

std::string place(const Config& value, const char* section) { return value.where().empty() ? section : value.where(); }

DatasetPart parse_part(const Config& value, const std::string& section, bool train) {
  const auto keys = OptionTable<PartKeys>(section)
                        .add("dataset", &PartKeys::dataset, "dataset of this part")
                        .add("loader", &PartKeys::loader, "batch_size, shuffle, drop_last")
                        .parse(value);
  DatasetPart part;
  if (!keys.dataset.is_null()) part.dataset = named_arguments(keys.dataset);
  part.loader = loader_table().parse(keys.loader);
  if (!train && !keys.loader.contains("shuffle")) part.loader.shuffle = false;
  return part;
}

DatasetOptions parse_dataset(const Config& section) {
  const auto keys = OptionTable<DatasetKeys>("Dataset")
                        .add("dataset", &DatasetKeys::dataset, "one dataset that is split into the parts")
                        .add("split", &DatasetKeys::split, "train, val, test as counts or shares")
                        .add("train", &DatasetKeys::train, "training part")
                        .add("val", &DatasetKeys::val, "validation part")
                        .add("test", &DatasetKeys::test, "test part")
                        .add("transforms", &DatasetKeys::transforms, "per target: offsets and scale")
                        .parse(section);
  DatasetOptions result;
  if (!keys.dataset.is_null()) result.dataset = named_arguments(keys.dataset);
  result.split = keys.split;
  result.transforms = keys.transforms;
  result.train = parse_part(keys.train, "Dataset.train", true);
  result.val = parse_part(keys.val, "Dataset.val", false);
  result.test = parse_part(keys.test, "Dataset.test", false);
  const std::string where = place(section, "Dataset");
  if (result.dataset) {
    require(!result.train.dataset && !result.val.dataset && !result.test.dataset,
            "{}: there is a joint dataset and one of a part; give either 'dataset' with 'split', or a dataset per part",
            where);
  } else {
    require(result.split.is_null(), "{}: 'split' needs a joint 'dataset' to split", where);
  }
  return result;
}

std::vector<MetricEntry> parse_metrics(const Config& section) {
  std::vector<MetricEntry> entries;
  if (section.is_null()) return entries;
  for (const auto& [target, value] : section.as_map()) {
    if (value.is_list()) {
      for (const Config& item : value.as_list()) entries.push_back({target, named_arguments(item)});
    } else {
      entries.push_back({target, named_arguments(value)});
    }
  }
  return entries;
}

Config part_config(const DatasetPart& part) {
  Config result = Config::map();
  if (part.dataset) result.set("dataset", component_config(*part.dataset));
  result.set("loader", loader_table().complete(part.loader));
  return result;
}

}  // namespace

const OptionTable<GlobalOptions>& global_table() {
  using O = GlobalOptions;
  static const auto table =
      OptionTable<O>("Global")
          .add("label_names", &O::label_names, "targets to train on; empty: those of section Loss")
          .add("do_train", &O::do_train, "train")
          .add("do_eval", &O::do_eval, "evaluate on the validation part")
          .add("do_test", &O::do_test, "evaluate the best checkpoint on the test part at the end")
          .add("dtype", &O::dtype, "precision of parameters and inputs")
          .choices({"float32", "float64"})
          .add("device", &O::device,
               "where to compute: cpu, cuda (in a run of several processes one GPU each) or cuda:<n>")
          .add("num_threads", &O::num_threads, "CPU threads of each process; 0: an equal part of the cores")
          .range(0, 4096);
  return table;
}

const OptionTable<TrainerOptions>& trainer_table() {
  using O = TrainerOptions;
  static const auto table =
      OptionTable<O>("Trainer")
          .add("max_epochs", &O::max_epochs, "passes over the training part")
          .range(1, kMany)
          .add("max_iter", &O::max_iter, "stop after so many batches; 0: no limit")
          .range(0, kMany)
          .add("seed", &O::seed, "of initial parameters, order and every other random choice")
          .range(0, kMany)
          .add("output_dir", &O::output_dir, "folder of checkpoints, logs and the complete config")
          .add("overwrite", &O::overwrite, "start anew where output_dir holds checkpoints of an earlier run")
          .add("gradient_accumulation_steps", &O::gradient_accumulation_steps, "batches per optimiser step")
          .range(1, kMany)
          .add("log_freq", &O::log_freq, "batches between log lines")
          .range(1, kMany)
          .add("save_freq", &O::save_freq, "epochs between epoch_<n> checkpoints; 0: none")
          .range(0, kMany)
          .add("save_freq_steps", &O::save_freq_steps, "batches between saves of latest; 0: at epoch ends only")
          .range(0, kMany)
          .add("start_eval_epoch", &O::start_eval_epoch, "first epoch that is evaluated")
          .range(1, kMany)
          .add("eval_freq", &O::eval_freq, "epochs between evaluations")
          .range(1, kMany)
          .add("eval_freq_steps", &O::eval_freq_steps, "batches between evaluations; 0: at epoch ends only")
          .range(0, kMany)
          .add("best_metric_indicator", &O::best_metric_indicator, "what decides which checkpoint is best")
          .choices({"train_loss", "train_metric", "eval_loss", "eval_metric"})
          .add("name_for_best_metric", &O::name_for_best_metric, "the metric meant, as energy/mae; empty: the first")
          .add("greater_is_better", &O::greater_is_better, "direction of the best metric")
          .add("compute_metric_during_train", &O::compute_metric_during_train, "metrics of the training batches too")
          .add("metric_strategy_during_eval", &O::metric_strategy_during_eval,
               "step: mean of the batches' values; epoch: on all predictions together")
          .choices({"step", "epoch"})
          .add("resume_from_checkpoint", &O::resume_from_checkpoint,
               "continue a run exactly: a checkpoint file, or 'latest' of output_dir")
          .add("pretrained_model_path", &O::pretrained_model_path, "checkpoint or state dict to start from")
          .add("freeze", &O::freeze, "patterns (* and ?) of parameter names that are not trained")
          .add("early_stopping_patience", &O::early_stopping_patience,
               "evaluations without improvement until training ends; 0: never")
          .range(0, kMany)
          .add("early_stopping_min_delta", &O::early_stopping_min_delta, "smallest change that is an improvement")
          .range(0)
          .add("weight_average", &O::weight_average, "EMA or SWA of the parameters, used for evaluation and saved")
          .add("clip_norm", &O::clip_norm, "largest norm of all gradients; 0: no limit")
          .range(0)
          .add("clip_value", &O::clip_value, "largest absolute value in a gradient; 0: no limit")
          .range(0)
          .add("check_finite", &O::check_finite, "refuse initial weights and gradients that are not finite")
          .add("use_tensorboard", &O::use_tensorboard, "write TensorBoard event files")
          .add("progress", &O::progress, "show progress")
          .add("timeout", &O::timeout, "silence after which a process of a data-parallel run counts as lost", "s")
          .positive();
  return table;
}

const OptionTable<LoaderOptions>& loader_table() {
  using O = LoaderOptions;
  static const auto table = OptionTable<O>("loader")
                                .add("batch_size", &O::batch_size, "samples per batch and process")
                                .range(1, 1e9)
                                .add("shuffle", &O::shuffle, "new order each epoch (training part)")
                                .add("drop_last", &O::drop_last, "leave out an incomplete last batch (training part)");
  return table;
}

RunConfig parse_run_config(const Config& config) {
  static const std::vector<std::string> sections = {"Global",    "Trainer", "Model",   "Dataset", "Metric",
                                                    "Optimizer", "Loss",    "Predict", "Sample",  "Vocabulary"};
  require(config.is_map(), "{}: the config is {}; a map with the sections {} is needed", place(config, "config"),
          config.type_name(), join_text(sections, ", "));
  for (const auto& [name, value] : config.as_map()) {
    require(std::find(sections.begin(), sections.end(), name) != sections.end(), "{}: there is no section '{}'{}",
            place(value, "config"), name, suggestion(name, sections));
  }
  const auto section = [&](std::string_view name) {
    const Config* value = config.find(name);
    return value && !value->is_null() ? *value : Config::map();
  };
  RunConfig result;
  result.global = global_table().parse(section("Global"));
  result.trainer = trainer_table().parse(section("Trainer"));
  result.model = named_arguments(config.at("Model"));
  result.dataset = parse_dataset(section("Dataset"));
  const Config terms = section("Loss");
  for (const auto& [target, term] : terms.as_map()) {
    // `forces: mse` is short for `forces: {loss: mse}`.
    result.loss.set(target, term.is_string() ? Config::map({{"loss", term}}) : term);
  }
  result.metrics = parse_metrics(section("Metric"));
  if (const Config* optimizer = config.find("Optimizer")) result.optimizer = named_arguments(*optimizer);
  if (const Config* lr = result.optimizer.arguments.find("lr"); lr && (lr->is_map() || lr->is_string())) {
    result.lr_schedule = named_arguments(*lr);
  }
  result.predict = section("Predict");
  if (result.global.label_names.empty()) {
    for (const auto& [target, term] : result.loss.as_map()) result.global.label_names.push_back(target);
  }
  return result;
}

Config component_config(const NamedArguments& component) {
  return Config::map({{component.name, component.arguments}});
}

Config RunConfig::complete() const {
  Config result = Config::map();
  result.set("Global", global_table().complete(global));
  result.set("Trainer", trainer_table().complete(trainer));
  result.set("Model", component_config(model));
  Config data = Config::map();
  if (dataset.dataset) data.set("dataset", component_config(*dataset.dataset));
  if (!dataset.split.is_null()) data.set("split", dataset.split);
  data.set("train", part_config(dataset.train));
  data.set("val", part_config(dataset.val));
  data.set("test", part_config(dataset.test));
  if (!dataset.transforms.is_null()) data.set("transforms", dataset.transforms);
  result.set("Dataset", std::move(data));
  result.set("Loss", loss);
  Config metric = Config::map();
  for (const MetricEntry& entry : metrics) {
    if (!metric.contains(entry.target)) metric.set(entry.target, Config(Config::List{}));
    metric.find(entry.target)->as_list().push_back(component_config(entry.metric));
  }
  result.set("Metric", std::move(metric));
  if (!optimizer.name.empty()) result.set("Optimizer", component_config(optimizer));
  if (!predict.as_map().empty()) result.set("Predict", predict);
  return result;
}

bool matches_pattern(std::string_view key, std::string_view pattern) {
  // Greedy with one remembered star: linear in practice, never exponential.
  size_t k = 0, p = 0, star = std::string_view::npos, resume = 0;
  while (k < key.size()) {
    if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == key[k]) && pattern[p] != '*') {
      ++k, ++p;
    } else if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = k;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      k = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace spinel::train
