// Metrics by name, accumulated over batches: mae, rmse, mse, r2, max_error, accuracy, f1.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <string>
#include <vector>

#include "spinel/base/component.h"

namespace spinel::train {

/// A metric over everything that was added since reset, independent of how it was cut into batches. Sums are float64.
/// Not differentiable.
class Metric {
 public:
  virtual ~Metric() = default;
  virtual std::string name() const = 0;
  /// Prediction and target of the same shape [n, …]; another shape: invalid_argument with both.
  virtual void add(const at::Tensor& prediction, const at::Tensor& target) = 0;
  /// Over all components; NaN where nothing was added.
  virtual double value() const = 0;
  /// One value for each column of the last axis (a single one for [n]).
  virtual std::vector<double> per_component() const = 0;
  virtual void reset() = 0;
  /// Unit of the metric where the quantity is in `unit`: eV → eV (mae), eV² (mse), "" (r2).
  virtual std::string unit(const std::string& unit) const = 0;
  /// True where larger is better (r2).
  virtual bool greater_is_better() const { return false; }

  /// What value() is made from, as numbers: for resume, and for joining the processes of a data-parallel run (gather
  /// the sums of all, then reset and merge them one by one).
  virtual std::vector<double> sums() const = 0;
  virtual void set_sums(const std::vector<double>& sums) = 0;
  /// Joins with the sums of the same metric over other samples.
  virtual void merge(const std::vector<double>& sums) = 0;
};

using MetricList = ComponentList<std::unique_ptr<Metric>(const Config& arguments)>;

/// mae, rmse, mse, r2, max_error, which take `ignore_nan` (entries whose target is NaN do not count) and `columns` (of
/// the last axis), with `IgnoreNan: {metric: mae}` as a wrapper of the same meaning; of classes accuracy and f1
/// (class_metrics.h).
const MetricList& metrics();
/// `metric` is `name: {arguments}` or `name`.
std::unique_ptr<Metric> make_metric(const Config& metric);

}  // namespace spinel::train
