#include "spinel/nn/dense/dense.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "spinel/base/error.h"

namespace spinel::nn {

namespace {

int64_t checked_width(int64_t in, int64_t out) {
  require(in > 0 && out > 0, "Dense: it maps {} to {} features; both must be at least 1", in, out);
  return in;
}

}  // namespace

Dense::Dense(int64_t in, int64_t out, bool bias, Activation activation)
    : Linear(checked_width(in, out), out, {.bias = bias, .weight_initializer = "glorot", .bias_initializer = "zeros"}),
      activation_(std::move(activation)) {}

at::Tensor Dense::forward(const at::Tensor& x) const { return activation_(at::linear(x, weight(), bias())); }

Mlp::Mlp(const std::vector<int64_t>& widths, const Activation& activation) {
  require(widths.size() >= 2, "Mlp: {} widths are given; input and output are needed at least", widths.size());
  for (size_t k = 0; k + 1 < widths.size(); ++k) {
    const bool last = k + 2 == widths.size();
    layers_.push_back(std::make_unique<Dense>(widths[k], widths[k + 1], true, last ? Activation() : activation));
    add_child(std::to_string(k), *layers_.back());
  }
}

at::Tensor Mlp::forward(at::Tensor x) const {
  for (const auto& layer : layers_) x = layer->forward(x);
  return x;
}

std::vector<int64_t> mlp_widths(int64_t in, int64_t out, int64_t n_layers, std::optional<int64_t> n_hidden) {
  require(n_layers >= 1, "n_layers: it is {}; at least 1 is needed", n_layers);
  std::vector<int64_t> widths{in};
  for (int64_t k = 1; k < n_layers; ++k) {
    widths.push_back(n_hidden ? *n_hidden : std::max(out, widths.back() / 2));
  }
  widths.push_back(out);
  return widths;
}

}  // namespace spinel::nn
