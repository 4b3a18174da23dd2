#include "spinel/nn/norm/instance_norm.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "spinel/base/error.h"
#include "spinel/graph/reduce.h"
#include "spinel/nn/inits.h"
#include "spinel/nn/norm/batch_groups.h"

namespace spinel::nn {

using graph::GroupReduce;
using graph::Groups;

InstanceNorm::InstanceNorm(const InstanceNormOptions& options) : options_(options) {
  const int64_t channels = options.in_channels;
  require(channels >= 0, "InstanceNorm: in_channels is {}; it must not be negative", channels);
  if (options.affine) {
    weight_ = at::empty({channels});
    bias_ = at::empty({channels});
  }
  if (options.track_running_stats) {
    running_mean_ = at::empty({channels});
    running_var_ = at::empty({channels});
    num_batches_tracked_ = at::zeros({}, at::kLong);
  }
  add_parameter("weight", weight_);
  add_parameter("bias", bias_);
  add_buffer("running_mean", running_mean_);
  add_buffer("running_var", running_var_);
  add_buffer("num_batches_tracked", num_batches_tracked_);
  InstanceNorm::reset_parameters();
}

void InstanceNorm::reset_parameters() {
  ones(weight_);
  zeros(bias_);
  zeros(running_mean_);
  ones(running_var_);
  zeros(num_batches_tracked_);
}

std::string InstanceNorm::to_string() const { return format("InstanceNorm({})", options_.in_channels); }

at::Tensor InstanceNorm::forward(const at::Tensor& x, const at::Tensor& batch, std::optional<int64_t> batch_size) {
  require(x.dim() == 2 && x.size(1) == options_.in_channels, "InstanceNorm: x has the sizes [{}]; [N, {}] is needed",
          join_text(x.sizes(), ", "), options_.in_channels);
  const Groups groups = batch_groups(x, batch, batch_size, "InstanceNorm");
  at::Tensor centred, var;
  if (is_training() || !options_.track_running_stats) {
    const at::Tensor mean = reduce_groups(x, groups, GroupReduce::mean);
    centred = x - spread_groups(mean, groups);
    var = reduce_groups(centred * centred, groups, GroupReduce::mean);
    if (options_.track_running_stats) {
      at::NoGradGuard no_grad;
      const at::Tensor count = groups.count().clamp_min(1).to(x.scalar_type()).unsqueeze(1);
      const at::Tensor unbiased = var * count / (count - 1).clamp_min(1);
      running_mean_.mul_(1 - options_.momentum).add_(mean.mean(0), options_.momentum);
      running_var_.mul_(1 - options_.momentum).add_(unbiased.mean(0), options_.momentum);
    }
  } else {
    centred = x - running_mean_;
    var = running_var_.unsqueeze(0).expand({groups.size(), -1});
  }
  at::Tensor out = centred / spread_groups((var + options_.eps).sqrt(), groups);
  if (weight_.defined()) out = out * weight_ + bias_;
  return out;
}

}  // namespace spinel::nn
