#include "spinel/train/trainer.h"

#include <ATen/ATen.h>

#include <chrono>
#include <cmath>
#include <utility>

#include "spinel/base/error.h"
#include "spinel/base/platform/file.h"
#include "spinel/train/trainer_state.h"

namespace spinel::train {

int TrainingResult::exit_status() const {
  if (end == End::terminated) return 128 + 15;
  if (end == End::interrupted) return 128 + 2;
  return 0;
}

Trainer::Trainer(RunConfig config, const ModelList& models, Communicator& communicator)
    : state_(std::make_unique<State>(std::move(config), models, std::nullopt, communicator)) {}
Trainer::Trainer(RunConfig config, const ModelList& models, TrainingData data, Communicator& communicator)
    : state_(std::make_unique<State>(std::move(config), models, std::move(data), communicator)) {}
Trainer::~Trainer() = default;

Model& Trainer::model() { return *state_->model; }
const TrainingData& Trainer::data() const { return state_->data; }
const RunConfig& Trainer::config() const { return state_->config; }
TrainingResult Trainer::run() { return state_->run(); }
Scores Trainer::evaluate(const Dataset& dataset) { return state_->evaluate_part("Eval", dataset); }

ReportPlace Trainer::State::place() const {
  // Between two epochs the place is the end of the one that has just been finished.
  const bool between = loop.batch == 0 && loop.epoch > 0;
  const int64_t batches = batches_per_epoch();
  return {loop.epoch + (between ? 0 : 1), config.trainer.max_epochs, between ? batches : loop.batch, batches,
          loop.global_step};
}

TrainingResult Trainer::State::run() {
  const auto start = std::chrono::steady_clock::now();
  TrainingResult result;
  if (config.global.do_train) train();
  result.epochs = loop.epoch;
  result.steps = loop.global_step;
  result.best_metric = loop.best_metric;
  result.best_epoch = loop.best_epoch;
  if (stop_signal) {
    result.end = stop_signal == 15 ? TrainingResult::End::terminated : TrainingResult::End::interrupted;
  } else {
    if (config.global.do_train) load_best();
    if (config.global.do_eval && data.val) result.val = evaluate_part("Eval", *data.val);
    if (config.global.do_test && data.test) result.test = evaluate_part("Test", *data.test);
    if (early_stopped) result.end = TrainingResult::End::early_stopped;
    write_result(result);
  }
  report->flush();
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

void Trainer::State::write_result(const TrainingResult& result) const {
  if (communicator.rank() != 0) return;
  const auto map_of = [](const Scores& scores) {
    Config map = Config::map();
    for (const auto& [name, value] : scores) map.set(name, std::isfinite(value) ? Config(value) : Config());
    return map;
  };
  const Config content = Config::map({{"epochs", result.epochs},
                                      {"steps", result.steps},
                                      {"best_epoch", result.best_epoch},
                                      {"best_metric", result.best_metric ? Config(*result.best_metric) : Config()},
                                      {"val", map_of(result.val)},
                                      {"test", map_of(result.test)}});
  write_file_atomic(config.trainer.output_dir + "/result.json", to_json(content) + "\n");
}

void Trainer::State::train() {
  const StopSignal signal;
  signals = &signal;
  model->train();
  // At once, so that what comes next, be it nothing, leaves a checkpoint to go on from.
  if (std::exchange(replace_latest, false)) save("latest", true);
  early_stopped = is_stale();  // of a run that is resumed after it had stopped
  while (loop.epoch < config.trainer.max_epochs && !at_max_iter() && !early_stopped && !stop_signal) {
    train_epoch();
    early_stopped = is_stale();
  }
  signals = nullptr;
  report->finish();
  // The last chance: what was kept in memory because of a full disk must not end with the process unsaid.
  may_fail = !save_failed && !unsaved_best;
  save_best_if_due();
  if (save_failed) save("latest", true);
}

bool Trainer::State::is_stale() const {
  const int64_t patience = config.trainer.early_stopping_patience;
  return patience > 0 && loop.stale_evaluations >= patience;
}

bool Trainer::State::at_max_iter() const {
  return config.trainer.max_iter > 0 && loop.global_step >= config.trainer.max_iter;
}

bool Trainer::State::stop_requested() {
  int number = signals ? signals->received() : 0;
  if (communicator.size() > 1) {
    // A signal may reach one process only; all must stop at the same batch.
    at::Tensor numbers = at::zeros({communicator.size()}, at::kLong);
    numbers[communicator.rank()].fill_(number);
    communicator.sum(numbers);
    number = static_cast<int>(numbers.max().item<int64_t>());
  }
  stop_signal = number;
  return number != 0;
}

void Trainer::State::train_epoch() {
  const BatchOrder order(order_options(), loop.epoch);
  if (loop.batch == 0) loop.train.clear();
  const int64_t accumulation = config.trainer.gradient_accumulation_steps;
  while (loop.batch < order.batches() && !at_max_iter()) {
    const bool last = loop.batch + 1 == order.batches() ||
                      (config.trainer.max_iter > 0 && loop.global_step + 1 >= config.trainer.max_iter);
    const bool updates = last || (loop.batch + 1) % accumulation == 0;
    train_batch(order, updates);
    if (last) break;
    if (config.trainer.eval_freq_steps > 0 && loop.global_step % config.trainer.eval_freq_steps == 0 && evaluates()) {
      judge(loop.train.means(), evaluate_part("Eval", *data.val));
      save_best_if_due();
    }
    save_due =
        save_due || (config.trainer.save_freq_steps > 0 && loop.global_step % config.trainer.save_freq_steps == 0);
    // Half-accumulated gradients are not part of a checkpoint, so saving waits for the next update.
    if (!updates) continue;
    const bool stop = stop_requested();
    if (save_due || stop) save("latest", true);
    if (stop) return;
  }
  finish_epoch();
}

void Trainer::State::train_batch(const BatchOrder& order, bool updates) {
  const std::vector<int64_t> samples = order.samples(loop.batch, communicator.rank());
  Batch batch;
  std::optional<PreparedBatch> prepared;
  if (!samples.empty()) {
    batch = data.train->batch(samples);
    prepared = prepare(batch, transforms, dtype, device);
  }
  const at::Tensor n_atoms = batch.n_atoms.defined() ? batch.n_atoms.to(device) : at::Tensor();
  const PreparedBatch* share = prepared ? &*prepared : nullptr;
  BatchResult result;
  if (optimizer->needs_closure()) {
    bool first = true;
    optimizer->step([&] {
      optimizer->zero_grad();
      BatchResult now = gradients->accumulate(share, n_atoms);
      check_finite(now, share);
      gradients->reduce();
      const double loss_now = now.loss;
      if (std::exchange(first, false)) result = std::move(now);
      return loss_now;
    });
  } else {
    result = gradients->accumulate(share, n_atoms);
    check_finite(result, share);
  }
  ++loop.batch;
  ++loop.global_step;
  const double rate = optimizer->lr();
  record(result, batch, order.joint_size(loop.batch - 1));
  if (updates) update();
  const ReportPlace at = place();
  report->advance(at, result.loss);
  if (at.batch == 1 || at.batch == at.batches || at.batch % config.trainer.log_freq == 0) {
    report->train(at, rate, last_scores);
  }
}

void Trainer::State::check_finite(const BatchResult& result, const PreparedBatch* share) const {
  if (!std::isfinite(result.loss)) {
    std::string culprit = first_not_finite(*model, share, result.outputs);
    if (culprit.empty()) culprit = "the loss itself";
    fail(ErrorKind::internal,
         "training: the loss is {} at step {} (epoch {}); the first tensor that is not finite is {}, so lower the "
         "learning rate, set clip_norm or look at the data; the last checkpoint is untouched",
         result.loss, loop.global_step + 1, loop.epoch + 1, culprit);
  }
  if (!config.trainer.check_finite) return;
  const std::string culprit = gradient_not_finite(*model);
  if (!culprit.empty()) {
    fail(ErrorKind::internal,
         "training: the {} is not finite at step {} (epoch {}); lower the learning rate or set clip_norm", culprit,
         loop.global_step + 1, loop.epoch + 1);
  }
}

void Trainer::State::record(const BatchResult& result, const Batch& batch, int64_t joint_size) {
  last_scores = {{"loss", result.loss}};
  for (const auto& [name, value] : result.terms) last_scores.emplace_back("loss/" + name, value);
  if (config.trainer.compute_metric_during_train && !metrics->empty()) {
    metrics->reset();
    if (batch.size > 0) metrics->add(transforms.undo(result.outputs, batch), batch.targets);
    metrics->merge(communicator);
    for (const auto& entry : metrics->values()) last_scores.push_back(entry);
  }
  for (const auto& [name, value] : last_scores) loop.train.add(name, value, static_cast<double>(joint_size));
}

void Trainer::State::update() {
  if (!optimizer->needs_closure()) {
    gradients->reduce();
    const std::vector<at::Tensor> parameters = optimizer->parameters();
    if (config.trainer.clip_value > 0) clip_grad_value(parameters, config.trainer.clip_value);
    if (config.trainer.clip_norm > 0) clip_grad_norm(parameters, config.trainer.clip_norm, ClipRule::paddle);
    optimizer->step();
  }
  optimizer->zero_grad();
  if (average) average->update();
  if (schedule && schedule->per_step()) {
    schedule->step();
    optimizer->set_lr(schedule->lr());
  }
}

bool Trainer::State::evaluates() const {
  return config.global.do_eval && data.val && loop.epoch + 1 >= config.trainer.start_eval_epoch;
}

void Trainer::State::finish_epoch() {
  const int64_t epoch = loop.epoch + 1;
  const bool last = epoch == config.trainer.max_epochs || at_max_iter();
  const auto due = [&](int64_t every) { return every > 0 && (epoch == 1 || epoch % every == 0 || last); };
  Scores eval;
  const Scores train_scores = loop.train.means();
  if (evaluates() && due(config.trainer.eval_freq)) eval = evaluate_part("Eval", *data.val);
  judge(train_scores, eval);
  const double watched = schedule && schedule->needs_metric() ? watched_metric(train_scores, eval) : 0;
  if (schedule && !schedule->per_step() && !std::isnan(watched)) {
    schedule->step(watched);
    optimizer->set_lr(schedule->lr());
  }
  loop.epoch = epoch;
  loop.batch = 0;
  loop.train.clear();
  save_best_if_due();
  if (due(config.trainer.save_freq)) save("epoch_" + std::to_string(epoch), true);
  stop_requested();
  save("latest", true);
}

double Trainer::State::watched_metric(const Scores& train_scores, const Scores& eval) const {
  const Config& arguments = config.lr_schedule->arguments;
  const std::string kind = arguments.at("indicator").as_string();
  std::string name = arguments.at("indicator_name").as_string();
  if (kind.ends_with("metric") && name == "loss" && !metrics->empty()) name = metrics->names().front();
  const bool of_eval = kind.starts_with("eval") && config.global.do_eval && data.val;
  return score(of_eval ? eval : train_scores, name);
}

void Trainer::State::judge(const Scores& train_scores, const Scores& eval) {
  const double value = score(indicator_of_eval ? eval : train_scores, indicator);
  if (std::isnan(value)) return;
  const double sign = greater_is_better ? -1 : 1;
  const bool improved = !loop.best_metric || sign * value < sign * *loop.best_metric;
  const bool clearly =
      !loop.best_metric || sign * value < sign * *loop.best_metric - config.trainer.early_stopping_min_delta;
  loop.stale_evaluations = clearly ? 0 : loop.stale_evaluations + 1;
  if (improved) {
    loop.best_metric = value;
    loop.best_epoch = loop.epoch + 1;
    best_due = true;
  }
}

Scores Trainer::State::evaluate_part(const std::string& part, const Dataset& dataset) {
  const bool averaged = average && average->ready() && !holds_best;
  if (averaged) average->swap();
  const EvaluationSetup setup{.model = *model,
                              .loss = *loss,
                              .metrics = *metrics,
                              .transforms = transforms,
                              .dtype = dtype,
                              .device = device,
                              .per_batch_metrics = config.trainer.metric_strategy_during_eval == "step",
                              .batch_size = config.dataset.val.loader.batch_size};
  Scores scores;
  try {
    scores = train::evaluate(setup, dataset, communicator);
  } catch (...) {
    if (averaged) average->swap();
    throw;
  }
  if (averaged) average->swap();
  // What comes after training belongs to no step of the log: result.json has it.
  report->evaluation(part, place(), scores, signals != nullptr);
  return scores;
}

}  // namespace spinel::train
