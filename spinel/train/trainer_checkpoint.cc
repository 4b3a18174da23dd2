// What a run writes into its checkpoints, and how it goes on from one.
#include <ATen/ATen.h>

#include <utility>

#include "spinel/base/error.h"
#include "spinel/base/log.h"
#include "spinel/base/platform/file.h"
#include "spinel/train/random.h"
#include "spinel/train/trainer_state.h"

namespace spinel::train {
namespace {

constexpr std::string_view kOptimizer = "optimizer/";
constexpr std::string_view kRaw = "raw/";          // parameters that training goes on with, where averages are saved
constexpr std::string_view kAverage = "average/";  // averages that do not count yet

/// The tensors whose names begin with `prefix`, without it.
NamedTensors with_prefix(const NamedTensors& tensors, std::string_view prefix) {
  NamedTensors result;
  for (const auto& [name, tensor] : tensors) {
    if (name.starts_with(prefix)) result.set(name.substr(prefix.size()), tensor);
  }
  return result;
}

void add_with_prefix(NamedTensors& to, std::string_view prefix, const NamedTensors& tensors) {
  for (const auto& [name, tensor] : tensors) to.set(std::string(prefix) + name, tensor);
}

}  // namespace

std::string Trainer::State::checkpoint_path(const std::string& name) const {
  return config.trainer.output_dir + "/checkpoints/" + name + ".safetensors";
}

std::optional<Checkpoint> Trainer::State::find_resumed() {
  const std::string& wanted = config.trainer.resume_from_checkpoint;
  if (wanted.empty()) return std::nullopt;
  if (wanted != "latest") return load_checkpoint(wanted, true);
  const std::string latest = checkpoint_path("latest");
  try {
    return load_checkpoint(latest, true);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::corrupt) throw;
    // A device that lost what it had reported as written: the newest epoch that can be read is the best there is.
    for (int64_t epoch = config.trainer.max_epochs; epoch > 0; --epoch) {
      const std::string candidate = checkpoint_path("epoch_" + std::to_string(epoch));
      if (!file_exists(candidate)) continue;
      try {
        Checkpoint older = load_checkpoint(candidate, true);
        log_warning("{}; going on from {} instead", error.what(), candidate);
        replace_latest = true;
        return older;
      } catch (const Error& also) {
        if (also.kind() != ErrorKind::corrupt) throw;
      }
    }
    throw;
  }
}

at::Tensor Trainer::State::generators() {
  const at::Tensor own = generator_state();
  at::Tensor all = at::zeros({communicator.size(), own.numel()}, at::kByte);
  all[communicator.rank()].copy_(own);
  communicator.sum(all);
  return all;
}

void Trainer::State::restore_generator(const Checkpoint& checkpoint) {
  const at::Tensor& all = checkpoint.training.at("generators", "checkpoint");
  if (all.dim() != 2 || all.size(0) != communicator.size()) {
    log_warning("{}: it was saved by {} processes and goes on with {}; random numbers start anew",
                config.trainer.resume_from_checkpoint, all.size(0), communicator.size());
    return;
  }
  set_generator_state(all[communicator.rank()].clone());
}

Checkpoint Trainer::State::make_checkpoint(bool with_training) {
  Checkpoint result;
  result.model_name = config.model.name;
  result.model_arguments = config.model.arguments;
  result.dtype = config.global.dtype;
  for (const OutputDoc& doc : model->outputs()) {
    for (const std::string& label : config.global.label_names) {
      if (doc.name != label) continue;
      result.targets.set(label, Config::map({{"unit", doc.unit}, {"per_atom", doc.per_atom}}));
    }
  }
  result.transforms = transforms.to_config();
  result.split = data.split;
  result.run = config.complete();
  const bool averaged = average && average->ready();
  for (const auto& [name, tensor] : model->state_dict()) {
    const at::Tensor* mean = averaged ? average->average().find(name) : nullptr;
    result.parameters.set(name, mean ? *mean : tensor);
  }
  result.progress = loop.to_config();
  if (!with_training) return result;
  const OptimizerState of_optimizer = optimizer->state();
  result.progress.set("optimizer", of_optimizer.values);
  add_with_prefix(result.training, kOptimizer, of_optimizer.tensors);
  if (schedule) result.progress.set("schedule", schedule->state());
  if (average) {
    result.progress.set("weight_average", average->state());
    if (averaged) {
      add_with_prefix(result.training, kRaw, model->state_dict());
    } else {
      add_with_prefix(result.training, kAverage, average->average());
    }
  }
  result.training.set("generators", generators());
  return result;
}

void Trainer::State::restore(const Checkpoint& checkpoint) {
  const std::string& where = config.trainer.resume_from_checkpoint;
  require(checkpoint.model_name == config.model.name,
          "{}: it holds a {} but the config asks for a {}; resume with the run's own config", where,
          checkpoint.model_name, config.model.name);
  const NamedTensors* kept = &checkpoint.training;
  require(
      kept->contains("generators"),
      "{}: it holds no state of training; resume from 'latest' or an epoch_<n>, or take it as pretrained_model_path",
      where);
  const NamedTensors raw = with_prefix(*kept, kRaw);
  model->load_state_dict(raw.empty() ? checkpoint.parameters : raw);
  loop = LoopState::from_config(checkpoint.progress);
  optimizer->load_state({checkpoint.progress.at("optimizer"), with_prefix(*kept, kOptimizer)});
  if (schedule) {
    schedule->load_state(checkpoint.progress.at("schedule"));
    optimizer->set_lr(schedule->lr());
  }
  if (average) {
    NamedTensors means = with_prefix(*kept, kAverage);
    if (means.empty()) {
      for (const auto& [name, tensor] : average->average()) {
        means.set(name, checkpoint.parameters.at(name, where));
      }
    }
    average->load_state(checkpoint.progress.at("weight_average"), means);
  }
  restore_generator(checkpoint);
}

bool Trainer::State::write(const std::string& name, const Checkpoint& checkpoint) {
  bool failed = false;
  if (communicator.rank() == 0) {
    try {
      // First, so that no checkpoint is ahead of the log on the disk.
      report->flush();
      save_checkpoint(checkpoint_path(name), checkpoint);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::unavailable || !may_fail) throw;
      failed = true;
      log_warning("{}; training goes on and saves again at the next occasion", error.what());
    }
  }
  // Saving is a joint operation, so all processes must know whether it is to be tried again.
  at::Tensor told = at::full({1}, failed ? 1 : 0, at::kLong);
  communicator.broadcast(told);
  return told.item<int64_t>() == 0;
}

void Trainer::State::save(const std::string& name, bool with_training) {
  // All processes make one, as it gathers their generators.
  if (!write(name, make_checkpoint(with_training))) {
    save_failed = true;
  } else if (name == "latest") {
    save_due = save_failed = false;
  }
}

void Trainer::State::save_best_if_due() {
  if (std::exchange(best_due, false)) unsaved_best = make_checkpoint(false);
  if (!unsaved_best) return;
  if (write("best", *unsaved_best)) {
    unsaved_best.reset();
    return;
  }
  // Training goes on and changes the parameters; the best ones are kept until they can be written.
  NamedTensors kept;
  for (const auto& [name, tensor] : unsaved_best->parameters) kept.set(name, tensor.detach().clone());
  unsaved_best->parameters = std::move(kept);
}

void Trainer::State::load_best() {
  if (!loop.best_metric) return;
  int64_t found = 0;
  if (communicator.rank() == 0 && file_exists(checkpoint_path("best"))) {
    model->load_state_dict(load_checkpoint(checkpoint_path("best")).parameters);
    found = 1;
  }
  at::Tensor known = at::full({1}, found, at::kLong);
  communicator.broadcast(known);
  if (known.item<int64_t>() == 0) return;
  agree();
  holds_best = true;
}

}  // namespace spinel::train
