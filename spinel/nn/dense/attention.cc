#include "spinel/nn/dense/attention.h"

#include <ATen/ATen.h>

#include <cmath>
#include <limits>

#include "spinel/base/error.h"
#include "spinel/nn/inits.h"

namespace spinel::nn {

MultiheadAttention::MultiheadAttention(int64_t channels, int64_t heads, double dropout, bool bias)
    : channels_(channels), heads_(heads), dropout_(dropout), out_proj_(channels, channels, {.bias = bias}) {
  require(heads >= 1 && channels >= 1 && channels % heads == 0,
          "MultiheadAttention: {} channels are to be cut into {} heads; they must be a multiple of them", channels,
          heads);
  require(dropout >= 0 && dropout <= 1, "MultiheadAttention: dropout is {}; it must lie in [0, 1]", dropout);
  add_parameter("in_proj_weight", in_proj_weight_ = at::empty({3 * channels, channels}));
  if (bias) in_proj_bias_ = at::empty({3 * channels});
  add_parameter("in_proj_bias", in_proj_bias_);
  add_child("out_proj", out_proj_);
  MultiheadAttention::reset_parameters();
}

void MultiheadAttention::reset_parameters() {
  out_proj_.reset_parameters();
  glorot(in_proj_weight_);
  zeros(in_proj_bias_);
  zeros(out_proj_.bias());
}

at::Tensor MultiheadAttention::forward(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value,
                                       const at::Tensor& key_mask) {
  for (const at::Tensor* x : {&query, &key, &value}) {
    require(x->dim() == 3 && x->size(2) == channels_,
            "MultiheadAttention: an operand has the sizes [{}]; [batch, length, {}] is needed",
            join_text(x->sizes(), ", "), channels_);
  }
  const int64_t width = channels_ / heads_;
  // [B, heads, length, width] of part k of the projection.
  const auto project = [&](const at::Tensor& x, int64_t k) {
    const at::Tensor weight = in_proj_weight_.narrow(0, k * channels_, channels_);
    const at::Tensor bias = in_proj_bias_.defined() ? in_proj_bias_.narrow(0, k * channels_, channels_) : at::Tensor();
    return at::linear(x, weight, bias).view({x.size(0), x.size(1), heads_, width}).transpose(1, 2);
  };
  at::Tensor scores = project(query, 0).matmul(project(key, 1).transpose(2, 3)) / std::sqrt(static_cast<double>(width));
  if (key_mask.defined()) {
    require(key_mask.dim() == 2 && key_mask.size(0) == key.size(0) && key_mask.size(1) == key.size(1),
            "MultiheadAttention: key_mask has the sizes [{}] but there are [{}, {}] keys",
            join_text(key_mask.sizes(), ", "), key.size(0), key.size(1));
    scores = scores.masked_fill(key_mask.logical_not().view({key.size(0), 1, 1, key.size(1)}),
                                -std::numeric_limits<double>::infinity());
  }
  const at::Tensor weights = at::dropout(scores.softmax(-1), dropout_, is_training());
  const at::Tensor mixed = weights.matmul(project(value, 2)).transpose(1, 2);
  return out_proj_.forward(mixed.reshape({query.size(0), query.size(1), channels_}));
}

}  // namespace spinel::nn
