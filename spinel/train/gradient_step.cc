#include "spinel/train/gradient_step.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "spinel/base/component.h"
#include "spinel/base/error.h"

namespace spinel::train {
namespace {

bool is_finite(const at::Tensor& tensor) {
  return !tensor.is_floating_point() || at::isfinite(tensor).all().item<bool>();
}

std::string first_of(const NamedTensors& tensors, const char* kind) {
  for (const auto& [name, tensor] : tensors) {
    if (!is_finite(tensor)) return format("{} '{}'", kind, name);
  }
  return "";
}

}  // namespace

GradientStep::GradientStep(Model& model, const WeightedLoss& loss, Communicator& communicator)
    : model_(model), loss_(loss), communicator_(communicator) {
  if (communicator.size() == 1) return;
  for (const LossTermOptions& term : loss.terms()) {
    const NamedArguments component = named_arguments(term.loss);
    require(component.name != "rmse" && component.name != "relative_l2",
            "Loss.{}: '{}' of a joint batch is no mean over its parts; take mse or l1 where several processes train",
            term.output, component.name);
    const Config* reduction = component.arguments.find("reduction");
    summed_.push_back(reduction && reduction->as_string() == "sum");
    single_terms_.emplace_back(std::vector<LossTermOptions>{term});
  }
}

std::vector<double> GradientStep::shares(const PreparedBatch* batch) const {
  std::vector<double> own;
  for (const LossTermOptions& term : loss_.terms()) {
    if (!batch) {
      own.push_back(0);
      continue;
    }
    const at::Tensor& target = batch->targets.at(term.target.empty() ? term.output : term.target, "Loss");
    // Entries that are NaN do not count where a loss ignores them, and end the run where it does not.
    own.push_back(target.is_floating_point() ? at::isnan(target).logical_not().sum().item<double>()
                                             : static_cast<double>(target.numel()));
  }
  at::Tensor joint = at::tensor(own, at::kDouble);
  communicator_.sum(joint);
  for (size_t k = 0; k < own.size(); ++k) {
    const double total = joint.const_data_ptr<double>()[k];
    own[k] = summed_[k] ? 1.0 : total > 0 ? own[k] / total : 0.0;
  }
  return own;
}

BatchResult GradientStep::accumulate(const PreparedBatch* batch, const at::Tensor& n_atoms) {
  BatchResult result;
  if (communicator_.size() == 1) {
    const NamedTensors outputs = model_.call(batch->inputs);
    const WeightedLoss::Result loss = loss_(outputs, batch->targets, n_atoms);
    loss.total.backward();
    result.loss = loss.total.item<double>();
    for (const auto& [name, value] : loss.terms) result.terms.emplace_back(name, value.item<double>());
    for (const auto& [name, tensor] : outputs) result.outputs.set(name, tensor.detach());
    return result;
  }
  const std::vector<double> share = shares(batch);
  std::vector<double> values(share.size() + 1, 0.0);
  if (batch) {
    const NamedTensors outputs = model_.call(batch->inputs);
    at::Tensor total;
    for (size_t k = 0; k < share.size(); ++k) {
      const WeightedLoss::Result term = single_terms_[k](outputs, batch->targets, n_atoms);
      const at::Tensor part = term.total * share[k];
      total = total.defined() ? total + part : part;
      values[k] = term.terms.front().second.item<double>() * share[k];
    }
    total.backward();
    values.back() = total.item<double>();
    for (const auto& [name, tensor] : outputs) result.outputs.set(name, tensor.detach());
  }
  at::Tensor joint = at::tensor(values, at::kDouble);
  communicator_.sum(joint);
  const double* sums = joint.const_data_ptr<double>();
  for (size_t k = 0; k < share.size(); ++k) result.terms.emplace_back(loss_.terms()[k].output, sums[k]);
  result.loss = sums[share.size()];
  return result;
}

void GradientStep::reduce() {
  if (communicator_.size() == 1) return;
  const std::vector<at::Tensor> parameters = model_.parameters();
  std::vector<at::Tensor> parts;
  // One flag a parameter: without any gradient, in any process, a parameter stays without one.
  at::Tensor flags = at::zeros({static_cast<int64_t>(parameters.size())}, parameters.front().options());
  flags = flags.detach();
  for (size_t k = 0; k < parameters.size(); ++k) {
    const at::Tensor& gradient = parameters[k].grad();
    if (gradient.defined()) flags[static_cast<int64_t>(k)].fill_(1);
    parts.push_back(gradient.defined() ? gradient.reshape({-1}) : at::zeros({parameters[k].numel()}, flags.options()));
  }
  parts.push_back(flags);
  at::Tensor bucket = at::cat(parts);
  communicator_.sum(bucket);
  const at::Tensor present = bucket.slice(0, bucket.numel() - flags.numel()).to(at::kCPU, at::kDouble);
  int64_t at = 0;
  for (size_t k = 0; k < parameters.size(); ++k) {
    at::Tensor parameter = parameters[k];
    const int64_t n = parameter.numel();
    if (present[static_cast<int64_t>(k)].item<double>() > 0) {
      parameter.mutable_grad() = bucket.slice(0, at, at + n).reshape(parameter.sizes()).clone();
    }
    at += n;
  }
}

std::string gradient_not_finite(const Model& model) {
  for (const auto& [name, parameter] : model.named_parameters()) {
    if (parameter.grad().defined() && !is_finite(parameter.grad())) return "gradient of '" + name + "'";
  }
  return "";
}

std::string parameter_not_finite(const Model& model) {
  std::string found = first_of(model.named_parameters(), "parameter");
  return found.empty() ? first_of(model.named_buffers(), "buffer") : found;
}

std::string first_not_finite(const Model& model, const PreparedBatch* batch, const NamedTensors& outputs) {
  std::string found;
  if (batch) found = first_of(batch->inputs, "input");
  if (found.empty() && batch) found = first_of(batch->targets, "target");
  if (found.empty()) found = parameter_not_finite(model);
  if (found.empty()) found = first_of(outputs, "output");
  return found.empty() ? gradient_not_finite(model) : found;
}

}  // namespace spinel::train
