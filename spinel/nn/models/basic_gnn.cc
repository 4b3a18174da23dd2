#include "spinel/nn/models/basic_gnn.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "spinel/base/error.h"
#include "spinel/base/suggest.h"
#include "spinel/nn/conv/list.h"

namespace spinel::nn {
namespace {

Config with_arguments(const Config& name, const Config& arguments) {
  if (!name.is_string() || arguments.is_null() || arguments.as_map().empty()) return name;
  return Config::map({{name.as_string(), arguments}});
}

void check_options(const BasicGNNOptions& options, const std::string& owner) {
  require(options.in_channels >= 1 || options.in_channels == -1,
          "{}: in_channels is {}; it must be at least 1, or -1 for the width of the first input", owner,
          options.in_channels);
  require(options.hidden_channels >= 1, "{}: hidden_channels is {}; it must be at least 1", owner,
          options.hidden_channels);
  require(options.num_layers >= 1, "{}: num_layers is {}; it must be at least 1", owner, options.num_layers);
  require(options.out_channels.value_or(1) >= 1, "{}: out_channels is {}; it must be at least 1", owner,
          options.out_channels.value_or(1));
  require(options.dropout >= 0 && options.dropout <= 1, "{}: dropout is {}; it must lie in [0, 1]", owner,
          options.dropout);
}

}  // namespace

BasicGNN::BasicGNN(const GNNKind& kind, BasicGNNOptions options, Config kwargs)
    : kind_(kind), options_(std::move(options)), kwargs_(std::move(kwargs)) {
  check_options(options_, kind.name);
  if (!options_.act.is_null()) act_ = make_activation(with_arguments(options_.act, options_.act_kwargs));
  const int64_t hidden = options_.hidden_channels, layers = options_.num_layers;
  for (int64_t k = 0; k < layers; ++k) {
    const bool is_output = k + 1 == layers && options_.out_channels && !options_.jk;
    const int64_t in = k == 0 ? options_.in_channels : hidden;
    convs_.push_back(
        make_conv(kind.make_conv(in, is_output ? *options_.out_channels : hidden, kwargs_, options_, is_output)));
    add_child("convs." + std::to_string(k), *convs_.back());
  }
  for (int64_t k = 0; k < layers; ++k) {
    const bool has_norm = k + 1 < layers || options_.jk;
    norms_.push_back(has_norm ? make_norm(options_.norm, hidden, options_.norm_kwargs) : nullptr);
    if (norms_.back()) add_child("norms." + std::to_string(k), *norms_.back());
  }
  if (!options_.jk) return;
  if (*options_.jk != "last") {
    jk_ = std::make_unique<JumpingKnowledge>(*options_.jk, hidden, layers);
    add_child("jk", *jk_);
  }
  lin_ = std::make_unique<Linear>(jk_ && jk_->mode() == "cat" ? layers * hidden : hidden, out_channels());
  add_child("lin", *lin_);
}

std::string BasicGNN::to_string() const {
  return format("{}({}, {}, num_layers={})", name(), options_.in_channels, out_channels(), options_.num_layers);
}

bool BasicGNN::uses_edge_attr() const {
  const Config* edge_dim = kwargs_.find("edge_dim");
  return kind_.takes_edge_attr && edge_dim && !edge_dim->is_null();
}

at::Tensor BasicGNN::convolve(CallableModule& conv, const at::Tensor& x, const Adjacency& edge_index,
                              const at::Tensor& edge_weight, const at::Tensor& edge_attr) const {
  CallArguments arguments{{x, edge_index}, {}};
  if (edge_weight.defined()) arguments.named.emplace_back("edge_weight", edge_weight);
  if (edge_attr.defined()) arguments.named.emplace_back("edge_attr", edge_attr);
  return *conv.call(arguments).at(0).tensor();
}

at::Tensor BasicGNN::forward(const at::Tensor& x, const Adjacency& edge_index, const at::Tensor& edge_weight,
                             const at::Tensor& edge_attr, const at::Tensor& batch, std::optional<int64_t> batch_size) {
  require(kind_.takes_edge_weight || !edge_weight.defined(),
          "{}: edge_weight is given, but {} has no use for it; leave it out", name(), kind_.conv);
  require(kind_.takes_edge_attr || !edge_attr.defined(),
          "{}: edge_attr is given, but {} has no use for it; leave it out", name(), kind_.conv);
  std::vector<at::Tensor> layers;
  at::Tensor h = x;
  for (size_t k = 0; k < convs_.size(); ++k) {
    h = convolve(*convs_[k], h, edge_index, edge_weight, edge_attr);
    if (k + 1 == convs_.size() && !options_.jk) return h;
    if (options_.act_first) h = act_(h);
    if (norms_[k]) h = norms_[k]->forward(h, batch, batch_size);
    if (!options_.act_first) h = act_(h);
    h = at::dropout(h, options_.dropout, is_training());
    if (jk_) layers.push_back(h);
  }
  return lin_->forward(jk_ ? jk_->forward(layers) : h);
}

ValueList BasicGNN::call(const CallArguments& arguments) {
  return call_forward(*this, &BasicGNN::forward,
                      {{"x"},
                       {"edge_index"},
                       {"edge_weight", Config()},
                       {"edge_attr", Config()},
                       {"batch", Config()},
                       {"batch_size", Config()}},
                      arguments);
}

}  // namespace spinel::nn
