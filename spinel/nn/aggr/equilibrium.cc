#include "spinel/nn/aggr/equilibrium.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/autograd.h>

#include <string>

#include "spinel/base/error.h"
#include "spinel/nn/inits.h"

namespace spinel::nn {

using graph::GroupReduce;
using graph::Groups;

ResNetPotential::ResNetPotential(int64_t in_channels, int64_t out_channels, const std::vector<int64_t>& num_layers) {
  std::vector<int64_t> widths = num_layers;
  widths.push_back(out_channels);
  int64_t in = in_channels;
  for (size_t k = 0; k < widths.size(); ++k) {
    const std::string layer = "layers." + std::to_string(k);
    const bool last = k + 1 == widths.size();
    lins_.push_back(std::make_unique<Linear>(in, widths[k]));
    add_child(last ? layer : layer + ".0", *lins_.back());
    if (!last) {
      norms_.push_back(std::make_unique<LayerNorm>(LayerNormOptions{.in_channels = widths[k], .mode = "node"}));
      add_child(layer + ".1", *norms_.back());
    }
    in = widths[k];
  }
  for (size_t k = 0; k < widths.size(); ++k) {
    res_trans_.push_back(std::make_unique<Linear>(in_channels, widths[k]));
    add_child("res_trans." + std::to_string(k), *res_trans_.back());
  }
}

at::Tensor ResNetPotential::forward(const at::Tensor& x, const at::Tensor& y, const Groups& groups) {
  const at::Tensor input = at::cat({x, spread_groups(y, groups)}, 1);
  at::Tensor h = input;
  for (size_t k = 0; k < lins_.size(); ++k) {
    h = lins_[k]->forward(h);
    if (k < norms_.size()) h = norms_[k]->forward_in_steps(h).tanh();
    h = res_trans_[k]->forward(input) + h;
  }
  return reduce_groups(h, groups, GroupReduce::mean, 0).sum();
}

EquilibriumAggregation::EquilibriumAggregation(EquilibriumOptions options)
    : options_(std::move(options)), potential_(options_.in_channels + options_.out_channels, 1, options_.num_layers) {
  require(options_.in_channels >= 0 && options_.out_channels >= 1 && options_.grad_iter >= 0,
          "EquilibriumAggregation: in_channels is {}, out_channels {} and grad_iter {}; they must not be negative",
          options_.in_channels, options_.out_channels, options_.grad_iter);
  add_child("potential", potential_);
  add_parameter("optimizer._lr", lr_ = at::empty({1}));
  add_parameter("optimizer._mom", mom_ = at::empty({1}));
  add_parameter("lamb", lamb_ = at::empty({1}));
  EquilibriumAggregation::reset_parameters();
}

void EquilibriumAggregation::reset_parameters() {
  potential_.reset_parameters();
  constant(lr_, 0.1);
  constant(mom_, 0.9);
  constant(lamb_, options_.lamb);
}

at::Tensor EquilibriumAggregation::aggregate(const at::Tensor& x, const Groups& groups, int64_t dim,
                                             std::optional<int64_t>) {
  require(x.dim() == 2 && dim == 0 && x.size(1) == options_.in_channels,
          "EquilibriumAggregation: x has the sizes [{}]; [elements, {}] is needed", join_text(x.sizes(), ", "),
          options_.in_channels);
  const at::AutoGradMode with_gradients(true);
  at::Tensor y = at::zeros({groups.size(), options_.out_channels}, x.options()).set_requires_grad(true);
  const at::Tensor rate = at::softplus(lr_), momentum = at::sigmoid(mom_), weight = at::softplus(lamb_);
  at::Tensor step = at::zeros_like(y);
  for (int64_t k = 0; k < options_.grad_iter; ++k) {
    const at::Tensor energy = potential_.forward(x, y, groups) + weight * y.square().sum(-1).mean();
    const at::Tensor gradient = torch::autograd::grad({energy.sum()}, {y}, {}, /*retain_graph=*/true,
                                                      /*create_graph=*/true)[0];
    step = momentum * step - rate * gradient;
    y = y + step;
  }
  return y;
}

}  // namespace spinel::nn
