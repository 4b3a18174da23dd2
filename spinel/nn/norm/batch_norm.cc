#include "spinel/nn/norm/batch_norm.h"

#include <ATen/ATen.h>

#include "spinel/base/error.h"
#include "spinel/nn/inits.h"

namespace spinel::nn {

BatchNorm1d::BatchNorm1d(const BatchNormOptions& options) : options_(options) {
  const int64_t channels = options.in_channels;
  require(channels >= 0, "BatchNorm: in_channels is {}; it must not be negative", channels);
  require(!options.allow_single_element || options.track_running_stats,
          "BatchNorm: allow_single_element is set but track_running_stats is not; both are needed");
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
  BatchNorm1d::reset_parameters();
}

void BatchNorm1d::reset_parameters() {
  ones(weight_);
  zeros(bias_);
  zeros(running_mean_);
  ones(running_var_);
  zeros(num_batches_tracked_);
}

std::string BatchNorm1d::to_string() const {
  return format("{}({}, eps={}, momentum={}, affine={}, track_running_stats={})", name(), options_.in_channels,
                options_.eps, options_.momentum ? format("{}", *options_.momentum) : "None",
                options_.affine ? "True" : "False", options_.track_running_stats ? "True" : "False");
}

at::Tensor BatchNorm1d::forward(const at::Tensor& x) {
  require((x.dim() == 2 || x.dim() == 3) && x.size(1) == options_.in_channels,
          "BatchNorm: x has the sizes [{}]; [N, {}] is needed", join_text(x.sizes(), ", "), options_.in_channels);
  if (options_.allow_single_element && x.size(0) <= 1) {
    return at::batch_norm(x, weight_, bias_, running_mean_, running_var_, false, 0, options_.eps, false);
  }
  const bool by_batch = is_training() || !options_.track_running_stats;
  const int64_t values = options_.in_channels == 0 ? 0 : x.numel() / options_.in_channels;
  require(!by_batch || values != 1 || options_.in_channels == 0,
          "BatchNorm: x has one value a channel; a variance needs more in training");
  double factor = options_.momentum.value_or(0);
  if (is_training() && options_.track_running_stats) {
    num_batches_tracked_.add_(1);
    if (!options_.momentum) factor = 1.0 / num_batches_tracked_.item<double>();
  }
  return at::batch_norm(x, weight_, bias_, running_mean_, running_var_, by_batch, factor, options_.eps, false);
}

BatchNorm::BatchNorm(const BatchNormOptions& options) : module_(options) { add_child("module", module_); }

std::string BatchNorm::to_string() const {
  const std::string inner = module_.to_string();
  return "BatchNorm" + inner.substr(inner.find('('));
}

at::Tensor BatchNorm::forward(const at::Tensor& x, const at::Tensor&, std::optional<int64_t>) {
  return module_.forward(x);
}

}  // namespace spinel::nn
