#include "spinel/nn/conv/sg_conv.h"

#include <ATen/ATen.h>

#include "spinel/base/error.h"
#include "spinel/nn/conv/channels.h"

namespace spinel::nn {

OptionTable<SGConvOptions> SGConv::options() {
  using Options = SGConvOptions;
  OptionTable<Options> table("SGConv");
  table.add("in_channels", &Options::in_channels, "width of the input; -1: that of the first input").required();
  table.add("out_channels", &Options::out_channels, "width of the result").required();
  table.add("K", &Options::K, "hops").range(0);
  table.add("cached", &Options::cached, "the propagated features of the first call serve all later ones");
  table.add("add_self_loops", &Options::add_self_loops, "whether each node is its own neighbour");
  table.add("bias", &Options::bias, "whether a bias is added");
  return table.include(&Options::kwargs, message_passing_options("SGConv"));
}

SGConv::SGConv(SGConvOptions options)
    : MessagePassing("SGConv", "add", options.kwargs),
      options_(std::move(options)),
      lin_(options_.in_channels, options_.out_channels, {.bias = options_.bias}) {
  offer_switches(&options_.add_self_loops);
  keep_constant_products();
  add_child("lin", lin_);
}

void SGConv::reset_parameters() {
  MessagePassing::reset_parameters();
  cached_x_ = at::Tensor();
}

at::Tensor SGConv::forward(const at::Tensor& x, const Adjacency& edge_index, const at::Tensor& edge_weight) {
  if (cached_x_.defined()) return lin_.forward(cached_x_);
  check_width(x, options_.in_channels, "x", name());
  const WeightedEdges edges =
      normalized_edges(edge_index, edge_weight, x, node_dim(), {false, options_.add_self_loops, flow()}, name());
  at::Tensor hops = x;
  for (int64_t k = 0; k < options_.K; ++k) {
    hops = propagate(edges.edges, {}, arg<"x">(hops), arg<"edge_weight">(edges.weight));
    if (options_.cached) cached_x_ = hops.detach();
  }
  return lin_.forward(hops);
}

ValueList SGConv::call(const CallArguments& arguments) {
  return call_forward(*this, &SGConv::forward, {{"x"}, {"edge_index"}, {"edge_weight", Config()}}, arguments);
}

std::string SGConv::to_string() const {
  return format("SGConv({}, {}, K={})", options_.in_channels, options_.out_channels, options_.K);
}

OptionTable<SSGConvOptions> SSGConv::options() {
  using Options = SSGConvOptions;
  OptionTable<Options> table("SSGConv");
  table.add("in_channels", &Options::in_channels, "width of the input; -1: that of the first input").required();
  table.add("out_channels", &Options::out_channels, "width of the result").required();
  table.add("alpha", &Options::alpha, "share of the node itself").required();
  table.add("K", &Options::K, "hops").range(1);
  table.add("cached", &Options::cached, "the propagated features of the first call serve all later ones");
  table.add("add_self_loops", &Options::add_self_loops, "whether each node is its own neighbour");
  table.add("bias", &Options::bias, "whether a bias is added");
  return table.include(&Options::kwargs, message_passing_options("SSGConv"));
}

SSGConv::SSGConv(SSGConvOptions options)
    : MessagePassing("SSGConv", "add", options.kwargs),
      options_(std::move(options)),
      lin_(options_.in_channels, options_.out_channels, {.bias = options_.bias}) {
  offer_switches(&options_.add_self_loops);
  require(options_.K >= 1, "SSGConv: K is {}; at least one hop is needed", options_.K);
  add_child("lin", lin_);
}

void SSGConv::reset_parameters() {
  MessagePassing::reset_parameters();
  cached_h_ = at::Tensor();
}

at::Tensor SSGConv::forward(const at::Tensor& x, const Adjacency& edge_index, const at::Tensor& edge_weight) {
  if (cached_h_.defined()) return lin_.forward(cached_h_);
  check_width(x, options_.in_channels, "x", name());
  const WeightedEdges edges =
      normalized_edges(edge_index, edge_weight, x, node_dim(), {false, options_.add_self_loops, flow()}, name());
  at::Tensor hops = x, h = x * options_.alpha;
  for (int64_t k = 0; k < options_.K; ++k) {
    hops = propagate(edges.edges, {}, arg<"x">(hops), arg<"edge_weight">(edges.weight));
    h = h + hops * ((1 - options_.alpha) / static_cast<double>(options_.K));
  }
  if (options_.cached) cached_h_ = h.detach();
  return lin_.forward(h);
}

ValueList SSGConv::call(const CallArguments& arguments) {
  return call_forward(*this, &SSGConv::forward, {{"x"}, {"edge_index"}, {"edge_weight", Config()}}, arguments);
}

std::string SSGConv::to_string() const {
  return format("SSGConv({}, {}, K={}, alpha={})", options_.in_channels, options_.out_channels, options_.K,
                options_.alpha);
}

}  // namespace spinel::nn
