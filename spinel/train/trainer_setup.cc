// How a run is made from its config: model, data, loss, optimiser, and where it starts.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <cstdlib>
#include <thread>

#include "spinel/base/error.h"
#include "spinel/base/log.h"
#include "spinel/base/platform/cpu.h"
#include "spinel/base/platform/file.h"
#include "spinel/base/safetensors.h"
#include "spinel/base/suggest.h"
#include "spinel/hosts/torch/tensor_view.h"
#include "spinel/train/random.h"
#include "spinel/train/trainer_state.h"

namespace spinel::train {
namespace {

/// The arguments with every option that was left out at its default.
template <typename Make>
Config with_defaults(const ComponentList<Make>& list, const NamedArguments& component) {
  Config result = component.arguments;
  const Component<Make>* found = list.find(component.name);
  if (!found) return result;
  for (const OptionDoc& doc : found->options) {
    if (!doc.default_value.empty() && !result.contains(doc.name)) {
      result.set(doc.name, parse_json(doc.default_value, doc.name));
    }
  }
  return result;
}

NamedTensors read_state_dict(const std::string& path) {
  const SafetensorsFile file = SafetensorsFile::open(path);
  NamedTensors state;
  for (const std::string& name : file.names()) state.set(name, to_tensor(file.tensor(name), file.owner()));
  return state;
}

}  // namespace

Trainer::State::State(RunConfig run_config, const ModelList& models, std::optional<TrainingData> given,
                      Communicator& processes)
    : config(std::move(run_config)),
      communicator(processes),
      dtype(to_scalar_type(config.global.dtype)),
      device(process_device("Global.device", config.global.device, processes.local_rank(), visible_gpus())) {
  const bool first = communicator.rank() == 0;
  set_threads();
  const std::optional<Checkpoint> resumed = find_resumed();
  if (first) {
    make_folders(config.trainer.output_dir + "/checkpoints");
    lock.emplace(config.trainer.output_dir + "/.lock");
    require(resumed || config.trainer.overwrite || !config.global.do_train || !file_exists(checkpoint_path("latest")),
            "{}: the folder holds checkpoints of an earlier run; go on with resume_from_checkpoint: latest (--resume), "
            "start "
            "anew with overwrite: true (--overwrite), or choose another output_dir (--output)",
            config.trainer.output_dir);
  }
  manual_seed(config.trainer.seed);
  make_components(models, given, resumed ? &*resumed : nullptr);
  if (resumed && config.global.do_train) restore(*resumed);
  if (resumed && !config.global.do_train) model->load_state_dict(resumed->parameters);
  agree();
  // One seed for equal initial parameters, then one each for what is drawn while training.
  if (!resumed && communicator.size() > 1) manual_seed(config.trainer.seed + 1 + communicator.rank());
  fill_config();
  if (first) write_file_atomic(config.trainer.output_dir + "/config.yaml", to_yaml(config.complete()));
  report = std::make_unique<Report>(config.trainer, !first, loop.global_step,
                                    config.trainer.max_epochs * batches_per_epoch());
}

void Trainer::State::make_components(const ModelList& models, std::optional<TrainingData>& given,
                                     const Checkpoint* resumed) {
  model = models.at(config.model.name, config.model.where).make(config.model.arguments);
  model->to(dtype);
  model->to(device);
  config.model.arguments = model->arguments();
  require(!config.global.label_names.empty(), "Loss: no target is named; give at least one as 'energy: {{loss: mse}}'");
  if (given) {
    data = std::move(*given);
  } else {
    data = load_data(config.dataset, {*model, config.global.label_names, dtype}, config.trainer.seed,
                     resumed ? resumed->split : Config::map());
  }
  require(data.train && data.train->size() > 0, "Dataset: the training part is empty; it needs at least one sample");
  transforms = resumed ? TargetTransforms::from_config(resumed->transforms)
                       : TargetTransforms::fit(config.dataset.transforms, *data.train);
  loss = std::make_unique<WeightedLoss>(WeightedLoss::from_config(config.loss));
  metrics = std::make_unique<MetricSet>(config.metrics);
  if (!resumed) load_pretrained();
  freeze();
  make_optimizer();
  gradients = std::make_unique<GradientStep>(*model, *loss, communicator);
  choose_indicator();
}

void Trainer::State::set_threads() {
  const Cores cores{static_cast<int>(std::thread::hardware_concurrency()), available_cores()};
  const int threads = process_threads(config.global.num_threads, communicator.local_size(), cores);
  // Launchers that set OMP_NUM_THREADS have done the division.
  if (config.global.num_threads == 0 && std::getenv("OMP_NUM_THREADS")) return;
  if (threads > 0) at::set_num_threads(threads);
}

void Trainer::State::load_pretrained() {
  const std::string& path = config.trainer.pretrained_model_path;
  if (!path.empty()) {
    const std::string file = resolve_checkpoint(path);
    const NamedTensors state = is_checkpoint(file) ? load_checkpoint(file).parameters : read_state_dict(file);
    const nn::LoadReport report = model->load_state_dict(state, nn::KeyMatch::allow_all);
    if (!report.missing.empty()) {
      log_warning("{}: {} parameters are not in it and start at random: {}", file, report.missing.size(),
                  first_few(report.missing));
    }
    if (!report.unexpected.empty()) {
      log_warning("{}: {} has no place for {} of its tensors: {}", file, model->name(), report.unexpected.size(),
                  first_few(report.unexpected));
    }
  }
  if (!config.trainer.check_finite) return;
  const std::string culprit = parameter_not_finite(*model);
  require(culprit.empty(), "{}: the {} holds values that are not finite; training would spread them",
          path.empty() ? model->name() : path, culprit);
}

void Trainer::State::freeze() {
  for (const std::string& pattern : config.trainer.freeze) {
    bool matched = false;
    std::vector<std::string> names;
    for (auto& [name, parameter] : model->named_parameters()) {
      names.push_back(name);
      if (!matches_pattern(name, pattern)) continue;
      matched = true;
      at::Tensor(parameter).requires_grad_(false);
    }
    require(matched, "Trainer.freeze: '{}' matches no parameter of {}{}", pattern, model->name(),
            suggestion(pattern, names));
  }
}

void Trainer::State::make_optimizer() {
  if (!config.global.do_train) return;
  require(!config.optimizer.name.empty(), "Optimizer: there is none; training needs one, as 'AdamW: {{lr: 1e-3}}'");
  NamedTensors trained;
  for (const auto& [name, parameter] : model->named_parameters()) {
    if (parameter.requires_grad()) trained.set(name, parameter);
  }
  require(!trained.empty(), "Trainer.freeze: all parameters of {} are frozen; leave at least one to train",
          model->name());
  NamedArguments arguments = config.optimizer;
  if (config.lr_schedule) {
    const int64_t accumulation = config.trainer.gradient_accumulation_steps;
    ScheduleContext context;
    context.epochs = config.trainer.max_epochs;
    context.iters_per_epoch = (batches_per_epoch() + accumulation - 1) / accumulation;
    schedule = make_schedule(component_config(*config.lr_schedule), context);
    arguments.arguments.set("lr", schedule->lr());
  }
  optimizer = train::make_optimizer(component_config(arguments), trained);
  require(!optimizer->needs_closure() || config.trainer.gradient_accumulation_steps == 1,
          "Trainer.gradient_accumulation_steps: {} evaluates the loss itself and takes one batch a step; set 1",
          optimizer->name());
  if (!config.trainer.weight_average.is_null()) {
    average = make_weight_average(config.trainer.weight_average, model->state_dict());
  }
}

void Trainer::State::choose_indicator() {
  const std::string& wanted = config.trainer.best_metric_indicator;
  indicator_of_eval = wanted.starts_with("eval");
  const bool has_eval = config.global.do_eval && data.val;
  if (indicator_of_eval && !has_eval && config.global.do_train) {
    log_warning(
        "Trainer.best_metric_indicator: there is no validation part, so the training loss takes the place of {}",
        wanted);
    indicator_of_eval = false;
    indicator = "loss";
    return;
  }
  greater_is_better = config.trainer.greater_is_better;
  if (wanted.ends_with("loss")) {
    indicator = "loss";
    return;
  }
  const std::vector<std::string> names = metrics->names();
  require(!names.empty(), "Trainer.best_metric_indicator: '{}' needs a metric; name one in section Metric", wanted);
  require(indicator_of_eval || config.trainer.compute_metric_during_train,
          "Trainer.best_metric_indicator: train_metric needs compute_metric_during_train: true");
  indicator = config.trainer.name_for_best_metric.empty() ? names.front() : config.trainer.name_for_best_metric;
  greater_is_better = greater_is_better || metrics->greater_is_better(indicator);
}

void Trainer::State::fill_config() {
  // How this process was started is no property of the run: interrupted or not, it writes the same.
  config.trainer.resume_from_checkpoint.clear();
  config.trainer.overwrite = false;
  if (!config.optimizer.name.empty()) config.optimizer.arguments = with_defaults(optimizers(), config.optimizer);
  if (config.lr_schedule) {
    config.lr_schedule->arguments = with_defaults(schedules(), *config.lr_schedule);
    config.optimizer.arguments.set("lr", component_config(*config.lr_schedule));
  }
  for (MetricEntry& entry : config.metrics) entry.metric.arguments = with_defaults(train::metrics(), entry.metric);
}

void Trainer::State::agree() {
  if (communicator.size() == 1) return;
  for (auto& [name, tensor] : model->state_dict()) {
    at::Tensor values = tensor.detach().contiguous();
    communicator.broadcast(values);
    tensor.detach().copy_(values);
  }
}

BatchOrderOptions Trainer::State::order_options() const {
  const LoaderOptions& loader = config.dataset.train.loader;
  return {.samples = data.train->size(),
          .batch_size = loader.batch_size,
          .shuffle = loader.shuffle,
          .drop_last = loader.drop_last,
          .seed = static_cast<uint64_t>(config.trainer.seed),
          .size = communicator.size()};
}

int64_t Trainer::State::batches_per_epoch() const {
  const int64_t batches = BatchOrder(order_options(), 0).batches();
  require(batches > 0,
          "Dataset.train.loader: drop_last leaves no batch of {} out of {} samples; take a smaller batch_size",
          config.dataset.train.loader.batch_size, data.train->size());
  return batches;
}

}  // namespace spinel::train
