#include "spinel/train/weight_average.h"

#include <ATen/core/grad_mode.h>

#include <algorithm>

namespace spinel::train {

WeightAverage::WeightAverage(const NamedTensors& tensors) {
  at::NoGradGuard no_grad;
  for (const auto& [name, tensor] : tensors) {
    if (!tensor.is_floating_point()) continue;
    source_.push_back(tensor.detach());
    shadow_.set(name, source_.back().clone());
    values_.push_back(shadow_.at(name));
  }
  require(!source_.empty(), "weight average: the model has no floating tensors to average");
}

void WeightAverage::update() {
  at::NoGradGuard no_grad;
  ++calls_;
  const double w = weight(calls_, updates_ + 1);
  if (w == 0) return;
  ++updates_;
  at::_foreach_lerp_(values_, source_, w);
}

void WeightAverage::swap() {
  at::NoGradGuard no_grad;
  for (size_t i = 0; i < source_.size(); ++i) {
    const at::Tensor held = source_[i].clone();
    source_[i].copy_(values_[i]);
    values_[i].copy_(held);
  }
}

Config WeightAverage::state() const {
  return Config::map({{"weight_average", name()}, {"num_steps", calls_}, {"num_updates", updates_}});
}

void WeightAverage::load_state(const Config& state, const NamedTensors& average) {
  const std::string owner = state.at("weight_average").as_string();
  require(owner == name(), "weight average state: it is of {}; the run uses {}", owner, name());
  const int64_t calls = state.at("num_steps").as_int(), updates = state.at("num_updates").as_int();
  for (const auto& [key, value] : shadow_) {
    const at::Tensor& saved = average.at(key, "weight average state");
    require(saved.sizes() == value.sizes(), "weight average state: {} is [{}]; the model's is [{}]", key,
            join_text(saved.sizes(), ", "), join_text(value.sizes(), ", "));
  }
  at::NoGradGuard no_grad;
  for (const auto& [key, value] : shadow_) at::Tensor(value).copy_(average.at(key));
  calls_ = calls;
  updates_ = updates;
}

namespace {

struct EmaOptions {
  double decay = 0.9;
  bool warmup = false;
};

OptionTable<EmaOptions> ema_table() {
  return OptionTable<EmaOptions>("EMA")
      .add("decay", &EmaOptions::decay, "share of the old average that stays")
      .range(0, 1)
      .add("warmup", &EmaOptions::warmup, "decay min(decay, (1 + t)/(10 + t)) at update t = 1, 2, …");
}

class Ema : public WeightAverage {
 public:
  Ema(const EmaOptions& options, const NamedTensors& tensors) : WeightAverage(tensors), options_(options) {}
  std::string name() const override { return "EMA"; }

 protected:
  double weight(int64_t, int64_t updates) const override {
    const auto t = static_cast<double>(updates);
    return 1 - (options_.warmup ? std::min(options_.decay, (1 + t) / (10 + t)) : options_.decay);
  }

 private:
  EmaOptions options_;
};

struct SwaOptions {
  int64_t start_step = 0;
  bool include_initial = true;
};

OptionTable<SwaOptions> swa_table() {
  return OptionTable<SwaOptions>("SWA")
      .add("start_step", &SwaOptions::start_step, "first optimiser step (from 0) whose result counts", "steps")
      .range(0)
      .add("include_initial", &SwaOptions::include_initial,
           "the initial parameters are the first member (only with start_step 0)");
}

class Swa : public WeightAverage {
 public:
  Swa(const SwaOptions& options, const NamedTensors& tensors) : WeightAverage(tensors), options_(options) {}
  std::string name() const override { return "SWA"; }

 protected:
  double weight(int64_t calls, int64_t updates) const override {
    if (calls <= options_.start_step) return 0;
    const bool initial = options_.include_initial && options_.start_step == 0;
    return 1 / static_cast<double>(updates + (initial ? 1 : 0));
  }

 private:
  SwaOptions options_;
};

template <typename T, typename O>
Component<std::unique_ptr<WeightAverage>(const Config&, const NamedTensors&)> average_entry(const OptionTable<O>& table,
                                                                                            std::string summary) {
  return {table.component(), std::move(summary), table.docs(),
          [table](const Config& arguments, const NamedTensors& tensors) -> std::unique_ptr<WeightAverage> {
            return std::make_unique<T>(table.parse(arguments), tensors);
          }};
}

}  // namespace

const WeightAverageList& weight_averages() {
  static const WeightAverageList list(
      "weight average", {
                            average_entry<Ema>(ema_table(), "exponential moving average"),
                            average_entry<Swa>(swa_table(), "stochastic weight averaging: the plain mean"),
                        });
  return list;
}

std::unique_ptr<WeightAverage> make_weight_average(const Config& average, const NamedTensors& tensors) {
  const NamedArguments named = named_arguments(average);
  return weight_averages().at(named.name, named.where).make(named.arguments, tensors);
}

}  // namespace spinel::train
