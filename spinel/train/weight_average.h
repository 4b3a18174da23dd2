// Averages of a model's parameters over training: exponential (EMA) and stochastic weight averaging (SWA).
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "spinel/base/component.h"
#include "spinel/nn/named_tensors.h"

namespace spinel::train {

/// Keeps a shadow copy of parameters and floating buffers and follows them.
class WeightAverage {
 public:
  virtual ~WeightAverage() = default;
  virtual std::string name() const = 0;
  /// Called after each optimiser step.
  void update();
  /// False until the first update counts (SWA before `start_step`): use the raw parameters.
  bool ready() const { return updates_ > 0; }
  int64_t num_updates() const { return updates_; }

  /// The averaged tensors under the names given at construction (they alias the shadow).
  const NamedTensors& average() const { return shadow_; }
  /// Exchanges the values of model and shadow: the model computes with the averages until the next call.
  void swap();

  /// {num_updates, num_steps} for resume; tensors are average().
  Config state() const;
  void load_state(const Config& state, const NamedTensors& average);

 protected:
  /// `tensors` are the model's parameters and buffers; those that are not floating are left out.
  explicit WeightAverage(const NamedTensors& tensors);
  /// The weight w of s ← s + w (p − s) of this update; `calls` and `updates` count from 1. w = 0: it does not count.
  virtual double weight(int64_t calls, int64_t updates) const = 0;

 private:
  NamedTensors shadow_;
  std::vector<at::Tensor> source_, values_;  // the model's tensors, and those of shadow_
  int64_t calls_ = 0;
  int64_t updates_ = 0;
};

using WeightAverageList =
    ComponentList<std::unique_ptr<WeightAverage>(const Config& arguments, const NamedTensors& tensors)>;

/// EMA {decay 0.9, warmup false}: s ← s + (p − s)(1 − d), with warm-up d = min(decay, (1 + t)/(10 + t)), t = 1, 2, …
/// SWA {start_step 0, include_initial true}: the running mean of the parameters after each step from start_step on
/// (counted from 0), with the initial parameters as first member where start_step is 0 and include_initial.
const WeightAverageList& weight_averages();
/// `average` is `Name: {arguments}` or `Name`.
std::unique_ptr<WeightAverage> make_weight_average(const Config& average, const NamedTensors& tensors);

}  // namespace spinel::train
