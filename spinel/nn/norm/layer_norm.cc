#include "spinel/nn/norm/layer_norm.h"

#include <ATen/ATen.h>

#include "spinel/base/error.h"
#include "spinel/base/suggest.h"
#include "spinel/graph/reduce.h"
#include "spinel/nn/inits.h"
#include "spinel/nn/norm/batch_groups.h"

namespace spinel::nn {

using graph::GroupReduce;
using graph::Groups;

LayerNorm::LayerNorm(LayerNormOptions options) : options_(std::move(options)) {
  require(options_.in_channels >= 0, "LayerNorm: in_channels is {}; it must not be negative", options_.in_channels);
  if (options_.mode != "graph" && options_.mode != "node") {
    fail(ErrorKind::invalid_argument, "LayerNorm: there is no mode '{}'{}", options_.mode,
         suggestion(options_.mode, {"graph", "node"}));
  }
  if (options_.affine) {
    weight_ = at::empty({options_.in_channels});
    bias_ = at::empty({options_.in_channels});
  }
  add_parameter("weight", weight_);
  add_parameter("bias", bias_);
  LayerNorm::reset_parameters();
}

void LayerNorm::reset_parameters() {
  ones(weight_);
  zeros(bias_);
}

std::string LayerNorm::to_string() const {
  return format("LayerNorm({}, affine={}, mode={})", options_.in_channels, options_.affine ? "True" : "False",
                options_.mode);
}

at::Tensor LayerNorm::of_graphs(const at::Tensor& x, const at::Tensor& batch, std::optional<int64_t> batch_size) const {
  if (!batch.defined()) {
    const at::Tensor centred = x - x.mean();
    return centred / (x.std(/*unbiased=*/false) + options_.eps);  // of equal numbers it has the gradient 0
  }
  require(x.dim() == 2, "LayerNorm: x has {} dimensions; 2 are needed with a batch", x.dim());
  const Groups groups = batch_groups(x, batch, batch_size, "LayerNorm");
  const at::Tensor mean = reduce_groups(x, groups, GroupReduce::mean).mean(1, /*keepdim=*/true);
  const at::Tensor centred = x - spread_groups(mean, groups);
  const at::Tensor var = reduce_groups(centred * centred, groups, GroupReduce::mean).mean(1, /*keepdim=*/true);
  return centred / spread_groups((var + options_.eps).sqrt(), groups);
}

at::Tensor LayerNorm::forward_in_steps(const at::Tensor& x) const {
  const at::Tensor centred = x - x.mean(-1, /*keepdim=*/true);
  const at::Tensor out = centred / (centred.square().mean(-1, /*keepdim=*/true) + options_.eps).sqrt();
  return weight_.defined() ? out * weight_ + bias_ : out;
}

at::Tensor LayerNorm::forward(const at::Tensor& x, const at::Tensor& batch, std::optional<int64_t> batch_size) {
  require(x.dim() > 0 && x.size(-1) == options_.in_channels, "LayerNorm: x has the sizes [{}]; the last must be {}",
          join_text(x.sizes(), ", "), options_.in_channels);
  if (options_.mode == "node") return at::layer_norm(x, {options_.in_channels}, weight_, bias_, options_.eps);
  const at::Tensor out = of_graphs(x, batch, batch_size);
  return weight_.defined() ? out * weight_ + bias_ : out;
}

}  // namespace spinel::nn
