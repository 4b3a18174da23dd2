#include "spinel/train/loop_state.h"

#include <limits>

#include "spinel/base/error.h"

namespace spinel::train {

const RunningMeans::Sum* RunningMeans::find(const std::string& name) const {
  for (const Sum& sum : sums_) {
    if (sum.name == name) return &sum;
  }
  return nullptr;
}

void RunningMeans::add(const std::string& name, double value, double weight) {
  Sum* sum = const_cast<Sum*>(find(name));
  if (!sum) sum = &sums_.emplace_back(Sum{name, 0, 0});
  sum->sum += value * weight;
  sum->weight += weight;
}

double RunningMeans::mean(const std::string& name) const {
  const Sum* sum = find(name);
  return sum && sum->weight > 0 ? sum->sum / sum->weight : std::numeric_limits<double>::quiet_NaN();
}

std::vector<std::pair<std::string, double>> RunningMeans::means() const {
  std::vector<std::pair<std::string, double>> result;
  for (const Sum& sum : sums_) result.emplace_back(sum.name, mean(sum.name));
  return result;
}

Config RunningMeans::to_config() const {
  Config result = Config::map();
  for (const Sum& sum : sums_) result.set(sum.name, Config(Config::List{sum.sum, sum.weight}));
  return result;
}

RunningMeans RunningMeans::from_config(const Config& config) {
  RunningMeans result;
  for (const auto& [name, pair] : config.as_map()) {
    const std::vector<double> values = pair.as_doubles();
    require(values.size() == 2, "{}: the running mean '{}' has {} values; it needs sum and weight", config.where(),
            name, values.size());
    result.sums_.push_back({name, values[0], values[1]});
  }
  return result;
}

Config LoopState::to_config() const {
  return Config::map({{"epoch", epoch},
                      {"batch", batch},
                      {"global_step", global_step},
                      {"best_metric", best_metric ? Config(*best_metric) : Config()},
                      {"best_epoch", best_epoch},
                      {"stale_evaluations", stale_evaluations},
                      {"train_means", train.to_config()}});
}

LoopState LoopState::from_config(const Config& config) {
  LoopState result;
  result.epoch = config.at("epoch").as_int();
  result.batch = config.at("batch").as_int();
  result.global_step = config.at("global_step").as_int();
  if (const Config& best = config.at("best_metric"); !best.is_null()) result.best_metric = best.as_double();
  result.best_epoch = config.at("best_epoch").as_int();
  result.stale_evaluations = config.at("stale_evaluations").as_int();
  result.train = RunningMeans::from_config(config.at("train_means"));
  require(result.epoch >= 0 && result.batch >= 0 && result.global_step >= 0,
          "{}: epoch {}, batch {} and global_step {} must not be negative", config.where(), result.epoch, result.batch,
          result.global_step);
  return result;
}

}  // namespace spinel::train
