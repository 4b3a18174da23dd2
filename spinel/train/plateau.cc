#include "spinel/train/plateau.h"

#include <algorithm>
#include <cmath>
#include <optional>

namespace spinel::train {
namespace {

struct PlateauOptions {
  std::optional<double> learning_rate;
  std::string indicator = "eval_loss";
  std::string indicator_name = "loss";
  std::string mode = "min";
  double factor = 0.1;
  int64_t patience = 10;
  double threshold = 1e-4;
  std::string threshold_mode = "rel";
  int64_t cooldown = 0;
  double min_lr = 0;
  double epsilon = 1e-8;
  double smoothing_factor = 0;
};

OptionTable<PlateauOptions> plateau_table(const std::string& name) {
  OptionTable<PlateauOptions> table(name);
  table.add("learning_rate", &PlateauOptions::learning_rate, "first rate; null: that of the optimiser")
      .range(0)
      .add("indicator", &PlateauOptions::indicator, "what is watched")
      .choices({"train_loss", "train_metric", "eval_loss", "eval_metric"})
      .add("indicator_name", &PlateauOptions::indicator_name, "which loss or metric of it")
      .add("mode", &PlateauOptions::mode, "whether smaller or larger is better")
      .choices({"min", "max"})
      .add("factor", &PlateauOptions::factor, "of the rate at a reduction")
      .range(0, 1)
      .add("patience", &PlateauOptions::patience, "epochs without improvement that are borne")
      .range(0)
      .add("threshold", &PlateauOptions::threshold, "least improvement that counts")
      .range(0)
      .add("threshold_mode", &PlateauOptions::threshold_mode, "threshold as a share of the best value, or as such")
      .choices({"rel", "abs"})
      .add("cooldown", &PlateauOptions::cooldown, "epochs after a reduction that do not count", "epochs")
      .range(0)
      .add("min_lr", &PlateauOptions::min_lr, "lowest rate")
      .range(0);
  if (name == "ReduceOnPlateau") {
    table.add("epsilon", &PlateauOptions::epsilon, "reductions by less are left out").range(0);
  } else {
    table.add("eps", &PlateauOptions::epsilon, "reductions by less are left out")
        .range(0)
        .add("smoothing_factor", &PlateauOptions::smoothing_factor, "s of the watched mean m ← s m + (1 − s) value")
        .range(0, 1);
  }
  return table;
}

/// Reduces the rate where the watched value has stopped improving. The two dialects differ in the cooldown:
/// PaddlePaddle ignores values during it, PyTorch still takes a better one as the new best.
class Plateau : public Schedule {
 public:
  Plateau(std::string name, PlateauOptions options, double lr)
      : name_(std::move(name)), options_(std::move(options)), lr_(options_.learning_rate.value_or(lr)) {}
  std::string name() const override { return name_; }
  double lr() const override { return lr_; }
  bool per_step() const override { return false; }
  bool needs_metric() const override { return true; }
  std::string indicator() const override { return options_.indicator; }
  std::string indicator_name() const override { return options_.indicator_name; }

  void step(double metric) override {
    require(!std::isnan(metric), "{}: the watched {} is NaN; it needs a number", name_, options_.indicator);
    const double s = options_.smoothing_factor;
    smoothed_ = smoothed_ ? s * *smoothed_ + (1 - s) * metric : metric;
    const double value = *smoothed_;
    if (name_ == "ReduceOnPlateau") {
      if (cooldown_ > 0) {
        --cooldown_;
        return;
      }
      judge(value);
    } else {
      judge(value);
      if (cooldown_ > 0) {
        --cooldown_;
        bad_ = 0;
      }
    }
    if (bad_ <= options_.patience) return;
    cooldown_ = options_.cooldown;
    bad_ = 0;
    const double reduced = std::max(lr_ * options_.factor, options_.min_lr);
    if (lr_ - reduced > options_.epsilon) lr_ = reduced;
  }

  Config state() const override {
    Config state = Config::map({{"schedule", name_}, {"lr", lr_}, {"bad_epochs", bad_}, {"cooldown", cooldown_}});
    if (best_) state.set("best", *best_);
    if (smoothed_) state.set("smoothed", *smoothed_);
    return state;
  }
  void load_state(const Config& state) override {
    const std::string owner = state.at("schedule").as_string();
    require(owner == name_, "schedule state: it is of {}; the schedule is {}", owner, name_);
    const auto number = [&](std::string_view key) {
      const Config* value = state.find(key);
      return value ? std::optional<double>(value->as_double()) : std::nullopt;
    };
    const double lr = state.at("lr").as_double();
    const int64_t bad = state.at("bad_epochs").as_int(), cooldown = state.at("cooldown").as_int();
    best_ = number("best");
    smoothed_ = number("smoothed");
    lr_ = lr;
    bad_ = bad;
    cooldown_ = cooldown;
  }

 private:
  void judge(double value) {
    if (!best_ || better(value)) {
      best_ = value;
      bad_ = 0;
    } else {
      ++bad_;
    }
  }
  bool better(double value) const {
    const double margin = options_.threshold_mode == "rel" ? *best_ * options_.threshold : options_.threshold;
    return options_.mode == "min" ? value < *best_ - margin : value > *best_ + margin;
  }

  std::string name_;
  PlateauOptions options_;
  double lr_;
  std::optional<double> best_, smoothed_;
  int64_t bad_ = 0, cooldown_ = 0;
};

ScheduleEntry plateau_entry(const std::string& name, std::string summary) {
  const OptionTable<PlateauOptions> table = plateau_table(name);
  return {name, std::move(summary), table.docs(), [=](const Config& arguments, const ScheduleContext& context) {
            const PlateauOptions options = table.parse(arguments);
            require(options.factor < 1, "{}: factor is {}; it must be below 1", name, options.factor);
            return std::make_unique<Plateau>(name, options, context.lr);
          }};
}

}  // namespace

ScheduleEntry reduce_on_plateau() {
  return plateau_entry("ReduceOnPlateau", "reduction on a plateau by PaddlePaddle's rules");
}

ScheduleEntry reduce_lr_on_plateau() {
  return plateau_entry("ReduceLROnPlateau", "reduction on a plateau by PyTorch's rules, with smoothing");
}

}  // namespace spinel::train
