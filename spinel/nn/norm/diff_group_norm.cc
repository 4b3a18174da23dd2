#include "spinel/nn/norm/diff_group_norm.h"

#include <ATen/ATen.h>

#include "spinel/base/error.h"
#include "spinel/nn/inits.h"

namespace spinel::nn {

DiffGroupNorm::DiffGroupNorm(const DiffGroupNormOptions& options)
    : options_(options),
      lin_(options.in_channels, options.groups, {.bias = false}),
      norm_({.in_channels = options.groups * options.in_channels,
             .eps = options.eps,
             .momentum = options.momentum,
             .affine = options.affine,
             .track_running_stats = options.track_running_stats}) {
  add_child("lin", lin_);
  add_child("norm", norm_);
}

std::string DiffGroupNorm::to_string() const {
  return format("DiffGroupNorm({}, groups={})", options_.in_channels, options_.groups);
}

at::Tensor DiffGroupNorm::forward(const at::Tensor& x, const at::Tensor&, std::optional<int64_t>) {
  const at::Tensor weights = lin_.forward(x).softmax(-1);
  const at::Tensor spread = weights.unsqueeze(-1) * x.unsqueeze(-2);
  const int64_t width = options_.groups * options_.in_channels;
  const at::Tensor normed = norm_.forward(spread.reshape({x.size(0), width}));
  return x + options_.lamda * normed.view({x.size(0), options_.groups, options_.in_channels}).sum(-2);
}

MessageNorm::MessageNorm(bool learn_scale) {
  add_parameter("scale", scale_ = at::empty({1}));
  scale_.set_requires_grad(learn_scale);
  MessageNorm::reset_parameters();
}

void MessageNorm::reset_parameters() { ones(scale_); }

std::string MessageNorm::to_string() const {
  return format("MessageNorm(learn_scale={})", scale_.requires_grad() ? "True" : "False");
}

at::Tensor MessageNorm::forward(const at::Tensor& x, const at::Tensor& msg, double p) {
  // torch.nn.functional.normalize's constant.
  const at::Tensor length = msg.norm(p, {-1}, /*keepdim=*/true).clamp_min(1e-12);
  return msg / length * x.norm(p, {-1}, /*keepdim=*/true) * scale_;
}

ValueList MessageNorm::call(const CallArguments& arguments) {
  return call_forward(*this, &MessageNorm::forward, {{"x"}, {"msg"}, {"p", 2.0}}, arguments);
}

}  // namespace spinel::nn
