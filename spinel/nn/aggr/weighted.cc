#include "spinel/nn/aggr/weighted.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "spinel/base/error.h"
#include "spinel/graph/utils/softmax.h"
#include "spinel/nn/dense/mlp.h"
#include "spinel/nn/inits.h"

namespace spinel::nn {

using graph::GroupReduce;
using graph::Groups;

namespace {

void require_channels(const at::Tensor& x, int64_t channels, const char* owner) {
  require(channels == 1 || (x.dim() == 2 && x.size(1) == channels),
          "{}: x has the sizes [{}]; with {} channels [elements, {}] is needed", owner, join_text(x.sizes(), ", "),
          channels, channels);
}

/// An MLP of graph networks is told the groups, for its norms.
at::Tensor run(Layer& layer, const at::Tensor& x, const Groups& groups) {
  if (auto* mlp = dynamic_cast<MLP*>(&layer)) return mlp->forward(x, groups.index(), groups.size());
  return layer.forward(x);
}

/// An MLP has another name in the state.
std::string state_name(const char* role, const Layer& layer) {
  const bool is_mlp = dynamic_cast<const MLP*>(&layer) != nullptr;
  const std::string text = role;
  return is_mlp ? text + "mlp" : text + "nn";
}

}  // namespace

SoftmaxAggregation::SoftmaxAggregation(const SoftmaxAggregationOptions& options) : options_(options) {
  require(!options.learn || !options.semi_grad,
          "SoftmaxAggregation: t is to be learnt, but semi_grad lets no gradient reach it; choose one");
  require(options.channels >= 1, "SoftmaxAggregation: channels is {}; it must be at least 1", options.channels);
  require(options.channels == 1 || options.learn,
          "SoftmaxAggregation: channels is {} but t is not learnt; several are learnt ones", options.channels);
  if (options.learn) t_ = at::empty({options.channels});
  add_parameter("t", t_);
  SoftmaxAggregation::reset_parameters();
}

void SoftmaxAggregation::reset_parameters() { constant(t_, options_.t); }

std::string SoftmaxAggregation::to_string() const {
  return format("SoftmaxAggregation(learn={})", options_.learn ? "True" : "False");
}

at::Tensor SoftmaxAggregation::aggregate(const at::Tensor& x, const Groups& groups, int64_t dim,
                                         std::optional<int64_t>) {
  require_channels(x, options_.channels, "SoftmaxAggregation");
  at::Tensor scaled = x;
  if (options_.learn) scaled = x * t_;
  else if (options_.t != 1) scaled = x * options_.t;
  const at::Tensor weights = softmax(options_.semi_grad ? scaled.detach() : scaled, groups, dim);
  return reduce_groups(x * weights, groups, GroupReduce::sum, dim);
}

PowerMeanAggregation::PowerMeanAggregation(const PowerMeanAggregationOptions& options) : options_(options) {
  require(options.channels >= 1, "PowerMeanAggregation: channels is {}; it must be at least 1", options.channels);
  require(options.channels == 1 || options.learn,
          "PowerMeanAggregation: channels is {} but p is not learnt; several are learnt ones", options.channels);
  if (options.learn) p_ = at::empty({options.channels});
  add_parameter("p", p_);
  PowerMeanAggregation::reset_parameters();
}

void PowerMeanAggregation::reset_parameters() { constant(p_, options_.p); }

std::string PowerMeanAggregation::to_string() const {
  return format("PowerMeanAggregation(learn={})", options_.learn ? "True" : "False");
}

at::Tensor PowerMeanAggregation::aggregate(const at::Tensor& x, const Groups& groups, int64_t dim,
                                           std::optional<int64_t>) {
  require_channels(x, options_.channels, "PowerMeanAggregation");
  if (!options_.learn && options_.p == 1) return reduce_groups(x, groups, GroupReduce::mean, dim);
  const at::Tensor base = x.clamp(0, 100);
  const at::Tensor power = options_.learn ? base.pow(p_) : base.pow(options_.p);
  const at::Tensor mean = reduce_groups(power, groups, GroupReduce::mean, dim).clamp(0, 100);
  return options_.learn ? mean.pow(p_.reciprocal()) : mean.pow(1 / options_.p);
}

AttentionalAggregation::AttentionalAggregation(std::unique_ptr<Layer> gate_nn, std::unique_ptr<Layer> nn)
    : gate_nn_(std::move(gate_nn)), nn_(std::move(nn)) {
  require(gate_nn_ != nullptr, "AttentionalAggregation: gate_nn is none; a network is needed");
  add_child(state_name("gate_", *gate_nn_), *gate_nn_);
  if (nn_) add_child(state_name("", *nn_), *nn_);
}

at::Tensor AttentionalAggregation::aggregate(const at::Tensor& x, const Groups& groups, int64_t dim,
                                             std::optional<int64_t>) {
  require(x.dim() == 2 && dim == 0, "AttentionalAggregation: x has the sizes [{}]; [elements, features] is needed",
          join_text(x.sizes(), ", "));
  const at::Tensor gate = run(*gate_nn_, x, groups);
  const at::Tensor values = nn_ ? run(*nn_, x, groups) : x;
  require(gate.dim() == 2 && (gate.size(1) == 1 || gate.size(1) == values.size(1)),
          "AttentionalAggregation: gate_nn gives [{}]; one gate a row, or one a feature of {}, is needed",
          join_text(gate.sizes(), ", "), values.size(1));
  return reduce_groups(softmax(gate, groups, 0) * values, groups, GroupReduce::sum, 0);
}

DeepSetsAggregation::DeepSetsAggregation(std::unique_ptr<Layer> local_nn, std::unique_ptr<Layer> global_nn)
    : local_nn_(std::move(local_nn)), global_nn_(std::move(global_nn)) {
  if (local_nn_) add_child(state_name("local_", *local_nn_), *local_nn_);
  if (global_nn_) add_child(state_name("global_", *global_nn_), *global_nn_);
}

int64_t DeepSetsAggregation::out_channels(int64_t in_channels) const {
  const int64_t local = local_nn_ ? local_nn_->result_width(in_channels) : in_channels;
  return global_nn_ ? global_nn_->result_width(local) : local;
}

at::Tensor DeepSetsAggregation::aggregate(const at::Tensor& x, const Groups& groups, int64_t dim,
                                          std::optional<int64_t>) {
  const at::Tensor local = local_nn_ ? run(*local_nn_, x, groups) : x;
  const at::Tensor sum = reduce_groups(local, groups, GroupReduce::sum, dim);
  if (!global_nn_) return sum;
  // Each group is an example of its own now.
  if (auto* mlp = dynamic_cast<MLP*>(global_nn_.get())) {
    return mlp->forward(sum, at::arange(sum.size(dim), groups.ptr().options()), sum.size(dim));
  }
  return global_nn_->forward(sum);
}

}  // namespace spinel::nn
