#include "spinel/nn/conv/fa_conv.h"

#include <ATen/ATen.h>

#include <cmath>

#include "spinel/base/error.h"
#include "spinel/nn/conv/channels.h"
#include "spinel/nn/inits.h"

namespace spinel::nn {

OptionTable<FAConvOptions> FAConv::options() {
  using Options = FAConvOptions;
  OptionTable<Options> table("FAConv");
  table.add("channels", &Options::channels, "width of the input and the result").required();
  table.add("eps", &Options::eps, "share of the first features");
  table.add("dropout", &Options::dropout, "probability that an attention weight is dropped in training").range(0, 1);
  table.add("cached", &Options::cached, "the normalised edges of the first call serve all later ones");
  table.add("add_self_loops", &Options::add_self_loops, "whether each node is its own neighbour");
  table.add("normalize", &Options::normalize, "symmetric normalisation; else edge_weight is needed");
  return table.include(&Options::kwargs, message_passing_options("FAConv"));
}

FAConv::FAConv(FAConvOptions options)
    : MessagePassing("FAConv", "add", options.kwargs),
      options_(std::move(options)),
      att_l_(options_.channels, 1, {.bias = false}),
      att_r_(options_.channels, 1, {.bias = false}) {
  offer_switches(&options_.add_self_loops);
  add_child("att_l", att_l_);
  add_child("att_r", att_r_);
}

void FAConv::reset_parameters() {
  MessagePassing::reset_parameters();
  cached_.clear();
}

AttentionResult FAConv::forward_with_attention(const at::Tensor& x, const at::Tensor& x_0, const Adjacency& edge_index,
                                               const at::Tensor& edge_weight) {
  check_width(x, options_.channels, "x", name());
  check_width(x_0, options_.channels, "x_0", name());
  require(options_.eps == 0 || x_0.sizes() == x.sizes(),
          "FAConv: x_0 has the sizes [{}] but x [{}]; they must be equal", join_text(x_0.sizes(), ", "),
          join_text(x.sizes(), ", "));
  WeightedEdges edges{edge_index, edge_weight.defined() ? edge_weight : edge_values(edge_index)};
  require(edges.weight.defined() != options_.normalize,
          "FAConv: edge_weight is {} but normalize is {}; it must be given exactly where edges are not normalised",
          edges.weight.defined() ? "given" : "None", options_.normalize ? "true" : "false");
  check_edge_weight(edge_weight, edge_index, name());
  if (options_.normalize) {
    edges = cached_.get(options_.cached, [&] {
      return normalized_edges(edge_index, {}, x, node_dim(), {false, options_.add_self_loops, flow()}, name());
    });
  }
  const at::Tensor alpha = edge_updater(edges.edges, {}, arg<"alpha">(Features(att_l_.forward(x), att_r_.forward(x))));
  at::Tensor out =
      propagate(edges.edges, {}, arg<"x">(x), arg<"alpha">(at::dropout(alpha, options_.dropout, is_training())),
                arg<"edge_weight">(edges.weight));
  if (options_.eps != 0) out = out + options_.eps * x_0;
  return {out, edges.edges, alpha};
}

at::Tensor FAConv::edge_update(Arg<"alpha_j"> alpha_j, Arg<"alpha_i"> alpha_i) {
  return (alpha_j + alpha_i).tanh().squeeze(-1);
}

Message FAConv::message(Arg<"x_j"> x_j, Arg<"alpha"> alpha, Arg<"edge_weight"> edge_weight) {
  return weighted(alpha * edge_weight, x_j);
}

at::Tensor FAConv::forward(const at::Tensor& x, const at::Tensor& x_0, const Adjacency& edge_index,
                           const at::Tensor& edge_weight) {
  return forward_with_attention(x, x_0, edge_index, edge_weight).out;
}

ValueList FAConv::call_values(const at::Tensor& x, const at::Tensor& x_0, const Adjacency& edge_index,
                              const at::Tensor& edge_weight, const std::optional<bool>& return_attention_weights) {
  return attention_values(forward_with_attention(x, x_0, edge_index, edge_weight),
                          return_attention_weights.has_value());
}

ValueList FAConv::call(const CallArguments& arguments) {
  return call_for_values(
      *this, &FAConv::call_values,
      {{"x"}, {"x_0"}, {"edge_index"}, {"edge_weight", Config()}, {"return_attention_weights", Config()}}, arguments);
}

std::string FAConv::to_string() const { return format("FAConv({}, eps={})", options_.channels, options_.eps); }

OptionTable<GCN2ConvOptions> GCN2Conv::options() {
  using Options = GCN2ConvOptions;
  OptionTable<Options> table("GCN2Conv");
  table.add("channels", &Options::channels, "width of the input and the result").required();
  table.add("alpha", &Options::alpha, "share of the first features").required();
  table.add("theta", &Options::theta, "how much the weights count; with layer");
  table.add("layer", &Options::layer, "number of this layer, from 1; with theta");
  table.add("shared_weights", &Options::shared_weights, "one matrix for propagated and first features");
  table.add("cached", &Options::cached, "the normalised edges of the first call serve all later ones");
  table.add("add_self_loops", &Options::add_self_loops, "whether each node is its own neighbour");
  table.add("normalize", &Options::normalize, "symmetric normalisation");
  return table.include(&Options::kwargs, message_passing_options("GCN2Conv"));
}

GCN2Conv::GCN2Conv(GCN2ConvOptions options)
    : MessagePassing("GCN2Conv", "add", options.kwargs), options_(std::move(options)) {
  offer_switches(&options_.add_self_loops);
  require(options_.theta.has_value() == options_.layer.has_value(),
          "GCN2Conv: theta is {} but layer is {}; both or none are needed", options_.theta ? "given" : "None",
          options_.layer ? "given" : "None");
  if (options_.theta) {
    require(*options_.layer >= 1, "GCN2Conv: layer is {}; it must be at least 1", *options_.layer);
    beta_ = std::log(*options_.theta / static_cast<double>(*options_.layer) + 1);
  }
  const int64_t width = options_.channels;
  add_parameter("weight1", weight1_ = at::empty({width, width}));
  if (!options_.shared_weights) weight2_ = at::empty({width, width});
  add_parameter("weight2", weight2_);
  GCN2Conv::reset_parameters();
}

void GCN2Conv::reset_parameters() {
  MessagePassing::reset_parameters();
  glorot(weight1_);
  if (weight2_.defined()) glorot(weight2_);
  cached_.clear();
}

at::Tensor GCN2Conv::forward(const at::Tensor& x, const at::Tensor& x_0, const Adjacency& edge_index,
                             const at::Tensor& edge_weight) {
  check_width(x, options_.channels, "x", name());
  check_width(x_0, options_.channels, "x_0", name());
  require(x.dim() == 2 && x_0.dim() == 2 && x_0.size(0) >= x.size(0),
          "GCN2Conv: x has {} rows and x_0 {}; x_0 must not have fewer", x.size(0), x_0.size(0));
  WeightedEdges edges{edge_index, edge_weight};
  if (options_.normalize) {
    edges = cached_.get(options_.cached, [&] {
      return normalized_edges(edge_index, edge_weight, x, node_dim(), {false, options_.add_self_loops, flow()}, name());
    });
  } else {
    edges = plain_edges(edge_index, edge_weight, x, node_dim(), name());
  }
  const at::Tensor hops =
      propagate(edges.edges, {}, arg<"x">(x), arg<"edge_weight">(edges.weight)) * (1 - options_.alpha);
  const at::Tensor first = options_.alpha * x_0.narrow(0, 0, x.size(0));
  const auto map = [&](const at::Tensor& h, const at::Tensor& weight) {
    return at::addmm(h, h, weight, 1 - beta_, beta_);
  };
  if (!weight2_.defined()) return map(hops + first, weight1_);
  return map(hops, weight1_) + map(first, weight2_);
}

ValueList GCN2Conv::call(const CallArguments& arguments) {
  return call_forward(*this, &GCN2Conv::forward, {{"x"}, {"x_0"}, {"edge_index"}, {"edge_weight", Config()}},
                      arguments);
}

std::string GCN2Conv::to_string() const {
  return format("GCN2Conv({}, alpha={}, beta={})", options_.channels, options_.alpha, beta_);
}

}  // namespace spinel::nn
