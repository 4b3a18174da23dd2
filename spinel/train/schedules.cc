#include "spinel/train/schedules.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numbers>
#include <optional>
#include <vector>

#include "spinel/train/plateau.h"

namespace spinel::train {

void Schedule::step() { step(std::numeric_limits<double>::quiet_NaN()); }

namespace {

using std::numbers::pi;

/// A rate that depends on nothing but the number of steps taken.
class ClosedForm : public Schedule {
 public:
  ClosedForm(std::string name, bool per_step, std::function<double(int64_t)> rate)
      : name_(std::move(name)), per_step_(per_step), rate_(std::move(rate)) {}
  std::string name() const override { return name_; }
  double lr() const override { return rate_(step_); }
  bool per_step() const override { return per_step_; }
  void step(double) override { ++step_; }
  Config state() const override { return Config::map({{"schedule", name_}, {"step", step_}}); }
  void load_state(const Config& state) override {
    const std::string owner = state.at("schedule").as_string();
    require(owner == name_, "schedule state: it is of {}; the schedule is {}", owner, name_);
    const int64_t step = state.at("step").as_int();
    require(step >= 0, "schedule state: the step is {}; it must not be negative", step);
    step_ = step;
  }

 private:
  std::string name_;
  bool per_step_;
  std::function<double(int64_t)> rate_;
  int64_t step_ = 0;
};

/// Options that all closed forms but Constant and Noam have.
struct CommonScheduleOptions {
  std::optional<double> learning_rate;
  double warmup_epoch = 0;
  double warmup_start_lr = 0;
  bool by_epoch = false;
};

template <typename T>
OptionTable<T> schedule_table(const std::string& name) {
  OptionTable<T> table(name);
  table
      .add("learning_rate", static_cast<std::optional<double> T::*>(&T::learning_rate),
           "base rate; null: that of the optimiser")
      .range(0)
      .add("warmup_epoch", static_cast<double T::*>(&T::warmup_epoch),
           "linear warm-up before the schedule starts at its step 0", "epochs")
      .range(0)
      .add("warmup_start_lr", static_cast<double T::*>(&T::warmup_start_lr), "rate at the first warm-up step")
      .range(0)
      .add("by_epoch", static_cast<bool T::*>(&T::by_epoch), "advance once an epoch instead of once a step");
  return table;
}

/// The times of a schedule in its own steps: optimiser steps, or epochs with by_epoch.
struct Times {
  double lr;
  int64_t unit;    // steps of an epoch, 1 with by_epoch
  int64_t warmup;  // steps of the warm-up
  int64_t decay;   // planned steps after the epochs of warm-up
};

/// The steps of so many epochs; as many as there can be where the product does not fit.
int64_t steps_of(int64_t epochs, int64_t unit) {
  constexpr int64_t most = std::numeric_limits<int64_t>::max() / 4;
  return epochs > most / unit ? most : epochs * unit;
}

/// In which unit a warm-up is counted with by_epoch.
enum class WarmUpUnit { epochs, optimizer_steps };

/// With by_epoch PaddleMaterials' Linear and ExponentialDecay still make warmup_epoch · iters_per_epoch steps of the
/// warm-up, each of which then lasts an epoch; its other schedules make warmup_epoch.
Times times(const std::string& owner, const CommonScheduleOptions& options, const ScheduleContext& context,
            WarmUpUnit by_epoch_unit = WarmUpUnit::epochs) {
  const int64_t unit = options.by_epoch ? 1 : context.iters_per_epoch;
  const double epochs = std::min(options.warmup_epoch, static_cast<double>(context.epochs));
  require(!options.by_epoch || epochs == std::floor(epochs),
          "{}: warmup_epoch is {} with by_epoch; it must be a whole number of epochs", owner, options.warmup_epoch);
  const int64_t warmup_unit = by_epoch_unit == WarmUpUnit::optimizer_steps ? context.iters_per_epoch : unit;
  const auto steps = [epochs](int64_t of_epoch) {
    return static_cast<int64_t>(std::nearbyint(epochs * static_cast<double>(of_epoch)));
  };
  return {options.learning_rate.value_or(context.lr), unit, steps(warmup_unit),
          steps_of(context.epochs, unit) - steps(unit)};
}

/// Rises linearly from warmup_start_lr to `peak` and then follows `rate` from its step 0.
std::unique_ptr<Schedule> with_warmup(std::string name, const CommonScheduleOptions& options, int64_t warmup,
                                      double peak, std::function<double(int64_t)> rate) {
  return std::make_unique<ClosedForm>(
      std::move(name), !options.by_epoch, [=, start = options.warmup_start_lr](int64_t step) {
        if (step >= warmup) return rate(step - warmup);
        return start + (peak - start) * static_cast<double>(step) / static_cast<double>(warmup);
      });
}

struct ConstantOptions {
  std::optional<double> learning_rate;
};

OptionTable<ConstantOptions> constant_table() {
  return OptionTable<ConstantOptions>("Constant")
      .add("learning_rate", &ConstantOptions::learning_rate, "the rate; null: that of the optimiser")
      .range(0);
}

std::unique_ptr<Schedule> make_constant(const ConstantOptions& options, const ScheduleContext& context) {
  const double lr = options.learning_rate.value_or(context.lr);
  return std::make_unique<ClosedForm>("Constant", true, [lr](int64_t) { return lr; });
}

struct LinearOptions : CommonScheduleOptions {
  double end_lr = 0;
  double power = 1;
  bool cycle = false;
};

OptionTable<LinearOptions> linear_table() {
  auto table = schedule_table<LinearOptions>("Linear");
  return table.add("end_lr", &LinearOptions::end_lr, "rate at the end")
      .range(0)
      .add("power", &LinearOptions::power, "exponent of the remaining share")
      .positive()
      .add("cycle", &LinearOptions::cycle, "rise again after the end, over a longer stretch each time");
}

/// end + (lr − end)(1 − k/K)^power, K the planned steps.
std::unique_ptr<Schedule> make_linear(const LinearOptions& o, const ScheduleContext& context) {
  const Times t = times("Linear", o, context, WarmUpUnit::optimizer_steps);
  return with_warmup("Linear", o, t.warmup, t.lr, [o, t](int64_t step) {
    if (t.decay <= 0) return t.lr;
    double total = static_cast<double>(t.decay), done = static_cast<double>(step);
    if (o.cycle) {
      total *= std::max(1.0, std::ceil(done / total));
    } else {
      done = std::min(done, total);
    }
    return o.end_lr + (t.lr - o.end_lr) * std::pow(1 - done / total, o.power);
  });
}

struct ExponentialOptions : CommonScheduleOptions {
  double gamma = 0;
  double decay_steps = 0;
};

OptionTable<ExponentialOptions> exponential_table() {
  auto table = schedule_table<ExponentialOptions>("ExponentialDecay");
  return table.add("gamma", &ExponentialOptions::gamma, "factor over decay_steps")
      .required()
      .positive()
      .add("decay_steps", &ExponentialOptions::decay_steps, "optimiser steps of one factor gamma", "steps")
      .required()
      .positive();
}

std::unique_ptr<Schedule> make_exponential(const ExponentialOptions& o, const ScheduleContext& context) {
  const Times t = times("ExponentialDecay", o, context, WarmUpUnit::optimizer_steps);
  // decay_steps counts optimiser steps also where the schedule advances by epoch.
  const double decay_steps = o.by_epoch ? o.decay_steps / static_cast<double>(context.iters_per_epoch) : o.decay_steps;
  return with_warmup("ExponentialDecay", o, t.warmup, t.lr, [=, lr = t.lr, gamma = o.gamma](int64_t step) {
    return lr * std::pow(gamma, static_cast<double>(step) / decay_steps);
  });
}

struct CosineOptions : CommonScheduleOptions {
  double eta_min = 0;
  std::optional<int64_t> T_max;
};

OptionTable<CosineOptions> cosine_table() {
  auto table = schedule_table<CosineOptions>("Cosine");
  return table.add("eta_min", &CosineOptions::eta_min, "rate at the end")
      .range(0)
      .add("T_max", &CosineOptions::T_max, "steps from the base rate to eta_min; null: all after the warm-up")
      .range(1);
}

/// eta_min + (lr − eta_min)(1 + cos(π k/T))/2; beyond T it rises again, as the cosine does.
std::unique_ptr<Schedule> make_cosine(const CosineOptions& o, const ScheduleContext& context) {
  const Times t = times("Cosine", o, context);
  const int64_t period = o.T_max.value_or(t.decay);
  return with_warmup("Cosine", o, t.warmup, t.lr, [=, lr = t.lr, low = o.eta_min](int64_t step) {
    if (period <= 0) return lr;
    return low + (lr - low) * (1 + std::cos(pi * static_cast<double>(step) / static_cast<double>(period))) / 2;
  });
}

struct StepOptions : CommonScheduleOptions {
  int64_t step_size = 0;
  double gamma = 0.1;
};

OptionTable<StepOptions> step_table() {
  auto table = schedule_table<StepOptions>("Step");
  return table.add("step_size", &StepOptions::step_size, "epochs of constant rate", "epochs")
      .required()
      .range(1)
      .add("gamma", &StepOptions::gamma, "factor after each")
      .positive();
}

std::unique_ptr<Schedule> make_step(const StepOptions& o, const ScheduleContext& context) {
  const Times t = times("Step", o, context);
  const int64_t size = steps_of(o.step_size, t.unit);
  return with_warmup("Step", o, t.warmup, t.lr, [=, lr = t.lr, gamma = o.gamma](int64_t step) {
    return lr * std::pow(gamma, static_cast<double>(step / size));
  });
}

/// How many of the ascending `boundaries` (epochs) lie at or before `step`.
size_t passed(const std::vector<int64_t>& boundaries, int64_t unit, int64_t step) {
  size_t count = 0;
  while (count < boundaries.size() && step >= steps_of(boundaries[count], unit)) ++count;
  return count;
}

void check_ascending(const std::string& name, const std::string& key, const std::vector<int64_t>& boundaries) {
  for (size_t i = 0; i < boundaries.size(); ++i) {
    require(boundaries[i] > (i ? boundaries[i - 1] : 0), "{}: {} is [{}]; the epochs must ascend from 1", name, key,
            join_text(boundaries, ", "));
  }
}

struct MultiStepOptions : CommonScheduleOptions {
  std::vector<int64_t> milestones;
  double gamma = 0.1;
};

OptionTable<MultiStepOptions> multi_step_table() {
  auto table = schedule_table<MultiStepOptions>("MultiStepDecay");
  return table.add("milestones", &MultiStepOptions::milestones, "ascending epochs", "epochs")
      .required()
      .range(1)
      .add("gamma", &MultiStepOptions::gamma, "factor at each")
      .positive();
}

std::unique_ptr<Schedule> make_multi_step(const MultiStepOptions& o, const ScheduleContext& context) {
  check_ascending("MultiStepDecay", "milestones", o.milestones);
  const Times t = times("MultiStepDecay", o, context);
  return with_warmup("MultiStepDecay", o, t.warmup, t.lr, [o, t](int64_t step) {
    return t.lr * std::pow(o.gamma, static_cast<double>(passed(o.milestones, t.unit, step)));
  });
}

struct PiecewiseOptions : CommonScheduleOptions {
  std::vector<int64_t> decay_epochs;
  std::vector<double> values;
};

OptionTable<PiecewiseOptions> piecewise_table() {
  auto table = schedule_table<PiecewiseOptions>("Piecewise");
  return table
      .add("decay_epochs", &PiecewiseOptions::decay_epochs, "ascending epochs at which the rate changes", "epochs")
      .required()
      .range(1)
      .add("values", &PiecewiseOptions::values, "rates, one more than decay_epochs")
      .required()
      .range(0);
}

std::unique_ptr<Schedule> make_piecewise(const PiecewiseOptions& o, const ScheduleContext& context) {
  check_ascending("Piecewise", "decay_epochs", o.decay_epochs);
  require(o.values.size() == o.decay_epochs.size() + 1,
          "Piecewise: there are {} values for {} decay_epochs; one more is needed", o.values.size(),
          o.decay_epochs.size());
  const Times t = times("Piecewise", o, context);
  return with_warmup("Piecewise", o, t.warmup, o.values.front(),
                     [o, t](int64_t step) { return o.values[passed(o.decay_epochs, t.unit, step)]; });
}

struct WarmRestartsOptions : CommonScheduleOptions {
  int64_t T_0 = 0;
  int64_t T_mult = 1;
  double eta_min = 0;
};

OptionTable<WarmRestartsOptions> warm_restarts_table() {
  auto table = schedule_table<WarmRestartsOptions>("CosineWarmRestarts");
  return table.add("T_0", &WarmRestartsOptions::T_0, "length of the first cycle", "epochs")
      .required()
      .range(1)
      .add("T_mult", &WarmRestartsOptions::T_mult, "each cycle is so many times longer than the one before")
      .range(1)
      .add("eta_min", &WarmRestartsOptions::eta_min, "rate at the end of a cycle")
      .range(0);
}

/// Loshchilov and Hutter, arXiv:1608.03983.
std::unique_ptr<Schedule> make_warm_restarts(const WarmRestartsOptions& o, const ScheduleContext& context) {
  const Times t = times("CosineWarmRestarts", o, context);
  return with_warmup("CosineWarmRestarts", o, t.warmup, t.lr, [o, t](int64_t step) {
    int64_t length = steps_of(o.T_0, t.unit);
    if (o.T_mult == 1) step %= length;
    while (step >= length) {
      step -= length;
      length = steps_of(length, o.T_mult);
    }
    return o.eta_min +
           (t.lr - o.eta_min) * (1 + std::cos(pi * static_cast<double>(step) / static_cast<double>(length))) / 2;
  });
}

struct OneCycleOptions {
  std::optional<double> max_learning_rate;
  double divide_factor = 25;
  double end_learning_rate = 1e-4;
  double phase_pct = 0.3;
  std::string anneal_strategy = "cos";
  bool three_phase = false;
  double warmup_epoch = 0;
  double warmup_start_lr = 0;
  bool by_epoch = false;
};

OptionTable<OneCycleOptions> one_cycle_table() {
  return OptionTable<OneCycleOptions>("OneCycleLR")
      .add("max_learning_rate", &OneCycleOptions::max_learning_rate, "peak rate; null: that of the optimiser")
      .range(0)
      .add("divide_factor", &OneCycleOptions::divide_factor, "peak rate over initial rate")
      .positive()
      .add("end_learning_rate", &OneCycleOptions::end_learning_rate, "rate at the end")
      .range(0)
      .add("phase_pct", &OneCycleOptions::phase_pct, "share of the steps in which the rate rises")
      .range(0, 1)
      .add("anneal_strategy", &OneCycleOptions::anneal_strategy, "shape of each phase")
      .choices({"cos", "linear"})
      .add("three_phase", &OneCycleOptions::three_phase, "fall back to the initial rate before the last phase")
      .add("warmup_epoch", &OneCycleOptions::warmup_epoch, "linear warm-up before the cycle", "epochs")
      .range(0)
      .add("warmup_start_lr", &OneCycleOptions::warmup_start_lr, "rate at the first warm-up step")
      .range(0)
      .add("by_epoch", &OneCycleOptions::by_epoch, "advance once an epoch instead of once a step");
}

/// Smith and Topin, arXiv:1708.07120. Phases meet at step p·N − 1 (and 2p·N − 2), the last ends at N − 1.
std::unique_ptr<Schedule> make_one_cycle(const OneCycleOptions& o, const ScheduleContext& context) {
  const CommonScheduleOptions common{o.max_learning_rate, o.warmup_epoch, o.warmup_start_lr, o.by_epoch};
  const Times t = times("OneCycleLR", common, context);
  const auto total = static_cast<double>(steps_of(context.epochs, t.unit));
  require(!o.three_phase || o.phase_pct < 0.5, "OneCycleLR: phase_pct is {} with three_phase; it must be below 0.5",
          o.phase_pct);
  const double rise = o.phase_pct * total - 1, low = t.lr / o.divide_factor;
  std::vector<double> ends{rise, total - 1}, rates{low, t.lr, o.end_learning_rate};
  if (o.three_phase) {
    ends = {rise, 2 * rise, total - 1};
    rates = {low, t.lr, low, o.end_learning_rate};
  }
  const bool cosine = o.anneal_strategy == "cos";
  return with_warmup("OneCycleLR", common, t.warmup, t.lr, [=](int64_t step) {
    const auto now = static_cast<double>(step);
    size_t phase = 0;
    while (phase + 1 < ends.size() && now > ends[phase]) ++phase;
    const double begin = phase == 0 ? 0 : ends[phase - 1], length = ends[phase] - begin;
    const double share = length > 0 ? std::min(1.0, (now - begin) / length) : 1;
    const double from = rates[phase], to = rates[phase + 1];
    return cosine ? to + (from - to) * (1 + std::cos(pi * share)) / 2 : from + (to - from) * share;
  });
}

struct NoamOptions {
  double init_lr = 1e-4, max_lr = 1e-3, final_lr = 1e-4;
  double warmup_epochs = 2;
};

OptionTable<NoamOptions> noam_table() {
  return OptionTable<NoamOptions>("Noam")
      .add("init_lr", &NoamOptions::init_lr, "rate before the first step")
      .positive()
      .add("max_lr", &NoamOptions::max_lr, "rate at the end of the warm-up")
      .positive()
      .add("final_lr", &NoamOptions::final_lr, "rate at the end and after it")
      .positive()
      .add("warmup_epochs", &NoamOptions::warmup_epochs, "epochs of linear rise", "epochs")
      .range(0);
}

/// Linear rise, then exponential decay, as chemprop has it: the first optimiser step already takes one increment.
std::unique_ptr<Schedule> make_noam(const NoamOptions& o, const ScheduleContext& context) {
  const auto unit = static_cast<double>(context.iters_per_epoch);
  const double total = static_cast<double>(context.epochs) * unit;
  const double warmup = std::floor(o.warmup_epochs * unit);
  return std::make_unique<ClosedForm>("Noam", true, [=](int64_t step) {
    const double k = static_cast<double>(step) + 1;
    if (k <= warmup) return o.init_lr + k * (o.max_lr - o.init_lr) / warmup;
    if (k > total) return o.final_lr;
    return o.max_lr * std::pow(std::pow(o.final_lr / o.max_lr, 1 / (total - warmup)), k - warmup);
  });
}

struct InverseSqrtOptions : CommonScheduleOptions {
  double decay_steps = 4000;
};

OptionTable<InverseSqrtOptions> inverse_sqrt_table() {
  auto table = schedule_table<InverseSqrtOptions>("InverseSqrt");
  return table.add("decay_steps", &InverseSqrtOptions::decay_steps, "T of lr·√(T/(T + k))", "steps").positive();
}

std::unique_ptr<Schedule> make_inverse_sqrt(const InverseSqrtOptions& o, const ScheduleContext& context) {
  const Times t = times("InverseSqrt", o, context);
  return with_warmup("InverseSqrt", o, t.warmup, t.lr, [T = o.decay_steps, lr = t.lr](int64_t step) {
    return lr * std::sqrt(T / (T + static_cast<double>(step)));
  });
}

/// One line of the list.
template <typename T, typename Create>
Component<std::unique_ptr<Schedule>(const Config&, const ScheduleContext&)> schedule_entry(const OptionTable<T>& table,
                                                                                           std::string summary,
                                                                                           Create create) {
  return {table.component(), std::move(summary), table.docs(),
          [table, create](const Config& arguments, const ScheduleContext& context) {
            require(context.epochs >= 0 && context.iters_per_epoch >= 1,
                    "{}: the run has {} epochs of {} steps; at least one step an epoch is needed", table.component(),
                    context.epochs, context.iters_per_epoch);
            return create(table.parse(arguments), context);
          }};
}

}  // namespace

const ScheduleList& schedules() {
  static const ScheduleList list(
      "learning-rate schedule",
      {
          schedule_entry(constant_table(), "the same rate throughout", make_constant),
          schedule_entry(linear_table(), "polynomial decay to end_lr", make_linear),
          schedule_entry(exponential_table(), "a factor gamma every decay_steps, step by step", make_exponential),
          schedule_entry(cosine_table(), "half a cosine from the base rate to eta_min", make_cosine),
          schedule_entry(step_table(), "a factor gamma every step_size epochs", make_step),
          schedule_entry(multi_step_table(), "a factor gamma at each milestone", make_multi_step),
          schedule_entry(piecewise_table(), "given rates between given epochs", make_piecewise),
          schedule_entry(warm_restarts_table(), "half cosines, each longer than the one before", make_warm_restarts),
          schedule_entry(one_cycle_table(), "one rise and fall over the whole run", make_one_cycle),
          reduce_on_plateau(),
          reduce_lr_on_plateau(),
          schedule_entry(noam_table(), "linear rise, then exponential decay to final_lr", make_noam),
          schedule_entry(inverse_sqrt_table(), "decay with the inverse root of the steps", make_inverse_sqrt),
      });
  return list;
}

std::unique_ptr<Schedule> make_schedule(const Config& schedule, const ScheduleContext& context) {
  const NamedArguments named = named_arguments(schedule);
  return schedules().at(named.name, named.where).make(named.arguments, context);
}

}  // namespace spinel::train
