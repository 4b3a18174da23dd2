#include "spinel/train/evaluation.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "spinel/base/error.h"
#include "spinel/base/suggest.h"
#include "spinel/train/batch_order.h"
#include "spinel/train/loop_state.h"

namespace spinel::train {
namespace {

/// Evaluation mode and constant parameters for as long as it lives: without gradients of the parameters a forces model
/// builds the graph of its positions only.
class ConstantModel {
 public:
  explicit ConstantModel(Model& model) : model_(model), training_(model.is_training()) {
    for (at::Tensor& parameter : model.parameters()) {
      if (!parameter.requires_grad()) continue;
      parameter.requires_grad_(false);
      parameters_.push_back(parameter);
    }
    model_.eval();
  }
  ~ConstantModel() {
    for (at::Tensor& parameter : parameters_) parameter.requires_grad_(true);
    model_.train(training_);
  }
  ConstantModel(const ConstantModel&) = delete;
  ConstantModel& operator=(const ConstantModel&) = delete;

 private:
  Model& model_;
  bool training_;
  std::vector<at::Tensor> parameters_;
};

/// Sums of all processes, so that each has the mean over all samples.
Scores joint_means(const RunningMeans& means, int64_t samples, const std::vector<std::string>& names,
                   Communicator& communicator) {
  std::vector<double> sums;
  for (const std::string& name : names)
    sums.push_back(samples > 0 ? means.mean(name) * static_cast<double>(samples) : 0);
  sums.push_back(static_cast<double>(samples));
  at::Tensor total = at::tensor(sums, at::kDouble);
  communicator.sum(total);
  const double* values = total.const_data_ptr<double>();
  Scores scores;
  for (size_t k = 0; k < names.size(); ++k) scores.emplace_back(names[k], values[k] / values[names.size()]);
  return scores;
}

}  // namespace

double score(const Scores& scores, const std::string& name) {
  for (const auto& [key, value] : scores) {
    if (key == name) return value;
  }
  return std::numeric_limits<double>::quiet_NaN();
}

MetricSet::MetricSet(std::vector<MetricEntry> entries) {
  for (const MetricEntry& entry : entries) {
    std::unique_ptr<Metric> metric = make_metric(component_config(entry.metric));
    items_.push_back({entry.target, entry.target + "/" + metric->name(), std::move(metric)});
  }
}

std::vector<std::string> MetricSet::names() const {
  std::vector<std::string> result;
  for (const Item& item : items_) result.push_back(item.name);
  return result;
}

bool MetricSet::greater_is_better(const std::string& name) const {
  for (const Item& item : items_) {
    if (item.name == name) return item.metric->greater_is_better();
  }
  fail(ErrorKind::invalid_argument, "Metric: there is no '{}'{}", name, suggestion(name, names()));
}

void MetricSet::reset() {
  for (Item& item : items_) item.metric->reset();
}

void MetricSet::add(const NamedTensors& predictions, const NamedTensors& targets) {
  for (Item& item : items_) {
    item.metric->add(predictions.at(item.target, "Metric"), targets.at(item.target, "Metric"));
  }
}

Scores MetricSet::values() const {
  Scores result;
  for (const Item& item : items_) result.emplace_back(item.name, item.metric->value());
  return result;
}

void MetricSet::merge(Communicator& communicator) {
  if (communicator.size() == 1 || items_.empty()) return;
  const int64_t size = communicator.size(), rank = communicator.rank(), count = static_cast<int64_t>(items_.size());
  // A process that had no sample knows no columns: the lengths are told before the sums.
  at::Tensor lengths = at::zeros({size, count}, at::kLong);
  std::vector<std::vector<double>> own;
  for (int64_t k = 0; k < count; ++k) {
    own.push_back(items_[static_cast<size_t>(k)].metric->sums());
    lengths[rank][k].fill_(static_cast<int64_t>(own.back().size()));
  }
  communicator.sum(lengths);
  const int64_t width = lengths.max().item<int64_t>();
  if (width == 0) return;
  // Each process fills its own row, so that the sum of all is the table of all.
  at::Tensor rows = at::zeros({size, count, width}, at::kDouble);
  double* values = rows.mutable_data_ptr<double>();
  for (int64_t k = 0; k < count; ++k) {
    const std::vector<double>& sums = own[static_cast<size_t>(k)];
    std::copy(sums.begin(), sums.end(), values + (rank * count + k) * width);
  }
  communicator.sum(rows);
  const int64_t* length = lengths.const_data_ptr<int64_t>();
  for (int64_t k = 0; k < count; ++k) {
    Metric& metric = *items_[static_cast<size_t>(k)].metric;
    metric.reset();
    for (int64_t row = k; row < size * count; row += count) {
      metric.merge({values + row * width, values + row * width + length[row]});
    }
  }
}

PreparedBatch prepare(const Batch& batch, const TargetTransforms& transforms, at::ScalarType dtype, at::Device device) {
  PreparedBatch result;
  for (const auto& [name, tensor] : batch.inputs) result.inputs.set(name, tensor.to(device));
  for (const auto& [name, tensor] : transforms.apply(batch)) {
    result.targets.set(name, tensor.to(device, tensor.is_floating_point() ? dtype : tensor.scalar_type()));
  }
  return result;
}

Scores evaluate(const EvaluationSetup& setup, const Dataset& dataset, Communicator& communicator) {
  const ConstantModel constant(setup.model);
  const BatchOrder order({.samples = dataset.size(), .batch_size = setup.batch_size}, 0);
  RunningMeans means;
  int64_t samples = 0;
  setup.metrics.reset();
  for (int64_t b = communicator.rank(); b < order.batches(); b += communicator.size()) {
    const Batch batch = dataset.batch(order.samples(b));
    const PreparedBatch prepared = prepare(batch, setup.transforms, setup.dtype, setup.device);
    NamedTensors outputs;
    for (const auto& [name, tensor] : setup.model.call(prepared.inputs)) outputs.set(name, tensor.detach());
    const auto loss =
        setup.loss(outputs, prepared.targets, batch.n_atoms.defined() ? batch.n_atoms.to(setup.device) : at::Tensor());
    const auto weight = static_cast<double>(batch.size);
    samples += batch.size;
    means.add("loss", loss.total.item<double>(), weight);
    for (const auto& [name, value] : loss.terms) means.add("loss/" + name, value.item<double>(), weight);
    if (setup.metrics.empty()) continue;
    setup.metrics.add(setup.transforms.undo(outputs, batch), batch.targets);
    if (!setup.per_batch_metrics) continue;
    for (const auto& [name, value] : setup.metrics.values()) means.add(name, value, weight);
    setup.metrics.reset();
  }
  std::vector<std::string> names{"loss"};
  for (const LossTermOptions& term : setup.loss.terms()) names.push_back("loss/" + term.output);
  if (setup.per_batch_metrics) {
    for (const std::string& name : setup.metrics.names()) names.push_back(name);
  }
  Scores scores = joint_means(means, samples, names, communicator);
  if (!setup.per_batch_metrics) {
    setup.metrics.merge(communicator);
    for (const auto& entry : setup.metrics.values()) scores.push_back(entry);
  }
  return scores;
}

}  // namespace spinel::train
