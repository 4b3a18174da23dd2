#include "spinel/nn/conv/appnp.h"

#include <ATen/ATen.h>

#include "spinel/base/error.h"

namespace spinel::nn {

OptionTable<APPNPOptions> APPNP::options() {
  using Options = APPNPOptions;
  OptionTable<Options> table("APPNP");
  table.add("K", &Options::K, "steps").required().range(0);
  table.add("alpha", &Options::alpha, "probability of going back").required();
  table.add("dropout", &Options::dropout, "probability that an edge is dropped at a step in training").range(0, 1);
  table.add("cached", &Options::cached, "the normalised edges of the first call serve all later ones");
  table.add("add_self_loops", &Options::add_self_loops, "whether each node is its own neighbour");
  table.add("normalize", &Options::normalize, "symmetric normalisation");
  return table.include(&Options::kwargs, message_passing_options("APPNP"));
}

APPNP::APPNP(APPNPOptions options) : MessagePassing("APPNP", "add", options.kwargs), options_(std::move(options)) {
  offer_switches(&options_.add_self_loops);
  require(options_.K >= 0, "APPNP: K is {}; it must not be negative", options_.K);
}

void APPNP::reset_parameters() {
  MessagePassing::reset_parameters();
  cached_.clear();
}

at::Tensor APPNP::dropped(const WeightedEdges& edges, const at::Tensor& like) const {
  at::Tensor weight = edges.weight.defined() ? edges.weight : edge_values(edges.edges);
  if (options_.dropout == 0 || !is_training()) return weight;
  if (!weight.defined()) {
    const MessageEdges all(edges.edges, flow(), like.size(node_dim()), like.size(node_dim()), name());
    weight = at::ones({all.count()}, like.options());
  }
  return at::dropout(weight, options_.dropout, true);
}

at::Tensor APPNP::forward(const at::Tensor& x, const Adjacency& edge_index, const at::Tensor& edge_weight) {
  WeightedEdges edges{edge_index, edge_weight};
  if (options_.normalize) {
    edges = cached_.get(options_.cached, [&] {
      return normalized_edges(edge_index, edge_weight, x, node_dim(), {false, options_.add_self_loops, flow()}, name());
    });
  } else {
    edges = plain_edges(edge_index, edge_weight, x, node_dim(), name());
  }
  at::Tensor z = x;
  for (int64_t k = 0; k < options_.K; ++k) {
    z = propagate(edges.edges, {}, arg<"x">(z), arg<"edge_weight">(dropped(edges, x)));
    z = z * (1 - options_.alpha) + options_.alpha * x;
  }
  return z;
}

ValueList APPNP::call(const CallArguments& arguments) {
  return call_forward(*this, &APPNP::forward, {{"x"}, {"edge_index"}, {"edge_weight", Config()}}, arguments);
}

std::string APPNP::to_string() const { return format("APPNP(K={}, alpha={})", options_.K, options_.alpha); }

OptionTable<LGConvOptions> LGConv::options() {
  OptionTable<LGConvOptions> table("LGConv");
  table.add("normalize", &LGConvOptions::normalize, "symmetric normalisation");
  return table.include(&LGConvOptions::kwargs, message_passing_options("LGConv"));
}

LGConv::LGConv(LGConvOptions options)
    : MessagePassing("LGConv", "add", options.kwargs), normalize_(options.normalize) {}

at::Tensor LGConv::forward(const at::Tensor& x, const Adjacency& edge_index, const at::Tensor& edge_weight) {
  const WeightedEdges edges =
      normalize_ ? normalized_edges(edge_index, edge_weight, x, node_dim(), {false, false, flow()}, name())
                 : plain_edges(edge_index, edge_weight, x, node_dim(), name());
  return propagate(edges.edges, {}, arg<"x">(x), arg<"edge_weight">(edges.weight));
}

ValueList LGConv::call(const CallArguments& arguments) {
  return call_forward(*this, &LGConv::forward, {{"x"}, {"edge_index"}, {"edge_weight", Config()}}, arguments);
}

}  // namespace spinel::nn
