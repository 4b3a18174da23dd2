#include "spinel/nn/conv/tag_conv.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "spinel/base/error.h"
#include "spinel/nn/conv/channels.h"
#include "spinel/nn/conv/normalized_edges.h"
#include "spinel/nn/dense/linear_product.h"
#include "spinel/nn/inits.h"

namespace spinel::nn {

OptionTable<TAGConvOptions> TAGConv::options() {
  using Options = TAGConvOptions;
  OptionTable<Options> table("TAGConv");
  table.add("in_channels", &Options::in_channels, "width of the input; -1: that of the first input").required();
  table.add("out_channels", &Options::out_channels, "width of the result").required();
  table.add("K", &Options::K, "hops").range(0);
  table.add("bias", &Options::bias, "whether a bias is added");
  table.add("normalize", &Options::normalize, "symmetric normalisation");
  return table.include(&Options::kwargs, message_passing_options("TAGConv"));
}

TAGConv::TAGConv(TAGConvOptions options)
    : MessagePassing("TAGConv", "add", options.kwargs), options_(std::move(options)) {
  require(options_.K >= 0, "TAGConv: K is {}; it must not be negative", options_.K);
  keep_constant_products();
  for (int64_t k = 0; k <= options_.K; ++k) {
    lins_.add(options_.in_channels, options_.out_channels, LinearOptions{.bias = false});
  }
  add_child("lins", lins_);
  if (options_.bias) bias_ = at::zeros({options_.out_channels});
  add_parameter("bias", bias_);
}

void TAGConv::reset_parameters() {
  MessagePassing::reset_parameters();
  zeros(bias_);
}

at::Tensor TAGConv::forward(const at::Tensor& x, const Adjacency& edge_index, const at::Tensor& edge_weight) {
  check_width(x, options_.in_channels, "x", name());
  const WeightedEdges edges =
      options_.normalize ? normalized_edges(edge_index, edge_weight, x, node_dim(), {false, false, flow()}, name())
                         : plain_edges(edge_index, edge_weight, x, node_dim(), name());
  at::Tensor hops = x, out = lins_[0].forward(x);
  for (size_t k = 1; k < lins_.size(); ++k) {
    hops = propagate(edges.edges, {}, arg<"x">(hops), arg<"edge_weight">(edges.weight));
    out = out + lins_[k].forward(hops);
  }
  return add_bias(out, bias_);
}

ValueList TAGConv::call(const CallArguments& arguments) {
  return call_forward(*this, &TAGConv::forward, {{"x"}, {"edge_index"}, {"edge_weight", Config()}}, arguments);
}

std::string TAGConv::to_string() const {
  return format("TAGConv({}, {}, K={})", options_.in_channels, options_.out_channels, options_.K);
}

void MixHopConv::Powers::add(int64_t power, int64_t in, int64_t out) {
  lins_.emplace_back(power, std::make_unique<Linear>(in, out, LinearOptions{.bias = false}));
  add_child(std::to_string(power), *lins_.back().second);
}

Linear* MixHopConv::Powers::find(int64_t power) const {
  for (const auto& [key, lin] : lins_) {
    if (key == power) return lin.get();
  }
  return nullptr;
}

OptionTable<MixHopConvOptions> MixHopConv::options() {
  using Options = MixHopConvOptions;
  OptionTable<Options> table("MixHopConv");
  table.add("in_channels", &Options::in_channels, "width of the input; -1: that of the first input").required();
  table.add("out_channels", &Options::out_channels, "width of the result of each power").required();
  table.add("powers", &Options::powers, "powers of the adjacency").range(0);
  table.add("add_self_loops", &Options::add_self_loops, "whether each node is its own neighbour");
  table.add("bias", &Options::bias, "whether a bias is added");
  return table.include(&Options::kwargs, message_passing_options("MixHopConv"));
}

MixHopConv::MixHopConv(MixHopConvOptions options)
    : MessagePassing("MixHopConv", "add", options.kwargs), options_(std::move(options)) {
  offer_switches(&options_.add_self_loops);
  require(!options_.powers.empty(), "MixHopConv: powers is empty; at least one is needed");
  for (const int64_t power : options_.powers) {
    require(power >= 0, "MixHopConv: powers holds {}; it must not be negative", power);
    if (!lins_.find(power)) lins_.add(power, options_.in_channels, options_.out_channels);
  }
  add_child("lins", lins_);
  if (options_.bias) bias_ = at::zeros({static_cast<int64_t>(options_.powers.size()) * options_.out_channels});
  add_parameter("bias", bias_);
}

void MixHopConv::reset_parameters() {
  MessagePassing::reset_parameters();
  zeros(bias_);
}

at::Tensor MixHopConv::forward(const at::Tensor& x, const Adjacency& edge_index, const at::Tensor& edge_weight) {
  check_width(x, options_.in_channels, "x", name());
  const WeightedEdges edges =
      normalized_edges(edge_index, edge_weight, x, node_dim(), {false, options_.add_self_loops, flow()}, name());
  const int64_t last = *std::max_element(options_.powers.begin(), options_.powers.end());
  std::vector<at::Tensor> by_power(static_cast<size_t>(last) + 1);
  at::Tensor hops = x;
  for (int64_t power = 0; power <= last; ++power) {
    if (power > 0) hops = propagate(edges.edges, {}, arg<"x">(hops), arg<"edge_weight">(edges.weight));
    if (Linear* lin = lins_.find(power)) by_power[static_cast<size_t>(power)] = lin->forward(hops);
  }
  std::vector<at::Tensor> outs;
  for (const int64_t power : options_.powers) outs.push_back(by_power[static_cast<size_t>(power)]);
  const at::Tensor out = at::cat(outs, -1);
  return add_bias(out, bias_);
}

ValueList MixHopConv::call(const CallArguments& arguments) {
  return call_forward(*this, &MixHopConv::forward, {{"x"}, {"edge_index"}, {"edge_weight", Config()}}, arguments);
}

std::string MixHopConv::to_string() const {
  return format("MixHopConv({}, {}, powers=[{}])", options_.in_channels, options_.out_channels,
                join_text(options_.powers, ", "));
}

}  // namespace spinel::nn
