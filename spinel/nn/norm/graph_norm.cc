#include "spinel/nn/norm/graph_norm.h"

#include <ATen/ATen.h>

#include "spinel/base/error.h"
#include "spinel/graph/reduce.h"
#include "spinel/nn/inits.h"
#include "spinel/nn/norm/batch_groups.h"

namespace spinel::nn {

using graph::GroupReduce;
using graph::Groups;

graph::Groups batch_groups(const at::Tensor& x, const at::Tensor& batch, std::optional<int64_t> batch_size,
                           const std::string& owner) {
  require(x.dim() > 0, "{}: x is a number; rows of features are needed", owner);
  if (!batch.defined()) return Groups::single(x.size(0), x.device());
  Groups groups = Groups::from_index(batch, batch_size, owner + ": batch");
  require(groups.num_elements() == x.size(0), "{}: batch has {} nodes but x has {} rows", owner, groups.num_elements(),
          x.size(0));
  return groups;
}

namespace {

at::Tensor without_mean(const at::Tensor& x, const Groups& groups) {
  return x - spread_groups(reduce_groups(x, groups, GroupReduce::mean), groups);
}

}  // namespace

GraphNorm::GraphNorm(int64_t in_channels, double eps) : in_channels_(in_channels), eps_(eps) {
  require(in_channels >= 0, "GraphNorm: in_channels is {}; it must not be negative", in_channels);
  add_parameter("weight", weight_ = at::empty({in_channels}));
  add_parameter("bias", bias_ = at::empty({in_channels}));
  add_parameter("mean_scale", mean_scale_ = at::empty({in_channels}));
  GraphNorm::reset_parameters();
}

void GraphNorm::reset_parameters() {
  ones(weight_);
  zeros(bias_);
  ones(mean_scale_);
}

std::string GraphNorm::to_string() const { return format("GraphNorm({})", in_channels_); }

at::Tensor GraphNorm::forward(const at::Tensor& x, const at::Tensor& batch, std::optional<int64_t> batch_size) {
  require(x.dim() == 2 && x.size(1) == in_channels_, "GraphNorm: x has the sizes [{}]; [N, {}] is needed",
          join_text(x.sizes(), ", "), in_channels_);
  const Groups groups = batch_groups(x, batch, batch_size, "GraphNorm");
  const at::Tensor mean = reduce_groups(x, groups, GroupReduce::mean);
  const at::Tensor shifted = x - spread_groups(mean * mean_scale_, groups);
  const at::Tensor var = reduce_groups(shifted * shifted, groups, GroupReduce::mean);
  return weight_ * shifted / spread_groups((var + eps_).sqrt(), groups) + bias_;
}

at::Tensor GraphSizeNorm::forward(const at::Tensor& x, const at::Tensor& batch, std::optional<int64_t> batch_size) {
  const Groups groups = batch_groups(x, batch, batch_size, "GraphSizeNorm");
  const at::Tensor scale = groups.count().to(x.scalar_type()).pow(-0.5).unsqueeze(1);
  return x * spread_groups(scale, groups);
}

at::Tensor PairNorm::forward(const at::Tensor& x, const at::Tensor& batch, std::optional<int64_t> batch_size) {
  const Groups groups = batch_groups(x, batch, batch_size, "PairNorm");
  const at::Tensor centred = without_mean(x, groups);
  if (options_.scale_individually) {
    return options_.scale * centred / (options_.eps + centred.norm(2, {-1}, /*keepdim=*/true));
  }
  const at::Tensor square = reduce_groups(centred.square().sum(-1, /*keepdim=*/true), groups, GroupReduce::mean);
  return options_.scale * centred / spread_groups((options_.eps + square).sqrt(), groups);
}

at::Tensor MeanSubtractionNorm::forward(const at::Tensor& x, const at::Tensor& batch,
                                        std::optional<int64_t> batch_size) {
  return without_mean(x, batch_groups(x, batch, batch_size, "MeanSubtractionNorm"));
}

}  // namespace spinel::nn
