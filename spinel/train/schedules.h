// Learning-rate schedules by name, with warm-up, per step or per epoch, and reduction on a plateau.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "spinel/base/component.h"
#include "spinel/base/config.h"

namespace spinel::train {

/// What a schedule takes from the run.
struct ScheduleContext {
  double lr = 1e-3;             ///< base rate, where the schedule's arguments give no `learning_rate`
  int64_t epochs = 1;           ///< planned epochs
  int64_t iters_per_epoch = 1;  ///< optimiser steps of an epoch
};

/// The rate in force, and how it goes on. A schedule is advanced by exactly one of the two calls, as its kind says:
///
///   every optimiser step:   if (schedule->per_step()) schedule->step();
///   end of each epoch:      if (!schedule->per_step()) schedule->step(metric);   // metric: NaN where there is none
///   then:                   optimizer->set_lr(schedule->lr());
class Schedule {
 public:
  virtual ~Schedule() = default;
  virtual std::string name() const = 0;
  /// The rate for the next optimiser step.
  virtual double lr() const = 0;
  /// True: advance after every optimiser step; false: at the end of every epoch (`by_epoch`, plateau).
  virtual bool per_step() const = 0;
  /// True: step needs the monitored metric.
  virtual bool needs_metric() const { return false; }
  /// What is watched ("eval_loss", "train_metric", …) and which loss or metric of it; empty where nothing is.
  virtual std::string indicator() const { return ""; }
  virtual std::string indicator_name() const { return ""; }
  /// Advances by one. `metric` is the monitored value; a schedule that needs one refuses NaN.
  virtual void step(double metric) = 0;
  void step();

  /// Scalars for exact resume.
  virtual Config state() const = 0;
  /// State of another schedule: invalid_argument.
  virtual void load_state(const Config& state) = 0;
};

using ScheduleList = ComponentList<std::unique_ptr<Schedule>(const Config& arguments, const ScheduleContext& context)>;

/// All schedules: Constant, Linear, ExponentialDecay, Cosine, Step, MultiStepDecay, Piecewise, CosineWarmRestarts,
/// OneCycleLR, ReduceOnPlateau (PaddlePaddle's rules), ReduceLROnPlateau (PyTorch's, with SchNetPack's smoothing),
/// Noam, InverseSqrt.
const ScheduleList& schedules();

/// `schedule` is `Name: {arguments}` or `Name`.
std::unique_ptr<Schedule> make_schedule(const Config& schedule, const ScheduleContext& context);

}  // namespace spinel::train
