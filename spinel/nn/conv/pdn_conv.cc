#include "spinel/nn/conv/pdn_conv.h"

#include <ATen/ATen.h>

#include "spinel/base/error.h"
#include "spinel/nn/conv/attention.h"
#include "spinel/nn/conv/channels.h"
#include "spinel/nn/conv/normalized_edges.h"
#include "spinel/nn/dense/linear_product.h"
#include "spinel/nn/inits.h"

namespace spinel::nn {

OptionTable<PDNConvOptions> PDNConv::options() {
  using Options = PDNConvOptions;
  OptionTable<Options> table("PDNConv");
  table.add("in_channels", &Options::in_channels, "width of the input; -1: that of the first input").required();
  table.add("out_channels", &Options::out_channels, "width of the result").required();
  table.add("edge_dim", &Options::edge_dim, "width of edge_attr").required();
  table.add("hidden_channels", &Options::hidden_channels, "hidden width of the network of edges").required();
  table.add("add_self_loops", &Options::add_self_loops, "whether each node is its own neighbour");
  table.add("normalize", &Options::normalize, "symmetric normalisation");
  table.add("bias", &Options::bias, "whether a bias is added");
  return table.include(&Options::kwargs, message_passing_options("PDNConv"));
}

PDNConv::Mlp::Mlp(int64_t in, int64_t hidden)
    : first(in, hidden, {.weight_initializer = "glorot", .bias_initializer = "zeros"}),
      second(hidden, 1, {.weight_initializer = "glorot", .bias_initializer = "zeros"}) {
  add_child("0", first);
  add_child("2", second);
}

PDNConv::PDNConv(PDNConvOptions options)
    : MessagePassing("PDNConv", "add", options.kwargs),
      options_(std::move(options)),
      lin_(options_.in_channels, options_.out_channels, {.bias = false, .weight_initializer = "glorot"}),
      mlp_(options_.edge_dim, options_.hidden_channels) {
  offer_switches(&options_.add_self_loops);
  add_child("lin", lin_);
  add_child("mlp", mlp_);
  if (options_.bias) bias_ = at::zeros({options_.out_channels});
  add_parameter("bias", bias_);
}

void PDNConv::reset_parameters() {
  MessagePassing::reset_parameters();
  zeros(bias_);
}

at::Tensor PDNConv::forward(const at::Tensor& x, const Adjacency& edge_index, const at::Tensor& edge_attr) {
  check_width(x, options_.in_channels, "x", name());
  MessageEdges::check(edge_index, flow(), name());
  const at::Tensor attr =
      edge_columns(edge_index.is_sparse() ? edge_values(edge_index) : edge_attr, edge_index, name());
  WeightedEdges edges{edge_index, {}};
  if (attr.defined()) {
    check_width(attr, options_.edge_dim, "edge_attr", name());
    edges.weight = mlp_.second.forward(mlp_.first.forward(attr).relu()).sigmoid().squeeze(-1);
  }
  if (edge_index.is_sparse()) {
    edges.edges = sparse::SparseTensor(sparse::SparseStorage(edge_index.adj_t().storage().pattern(), edges.weight));
  }
  if (options_.normalize) {
    edges = normalized_edges(edges.edges, edge_index.is_sparse() ? at::Tensor() : edges.weight, x, node_dim(),
                             {false, options_.add_self_loops, flow()}, name());
  }
  const at::Tensor out = propagate(edges.edges, {}, arg<"x">(lin_.forward(x)), arg<"edge_weight">(edges.weight));
  return add_bias(out, bias_);
}

ValueList PDNConv::call(const CallArguments& arguments) {
  return call_forward(*this, &PDNConv::forward, {{"x"}, {"edge_index"}, {"edge_attr", Config()}}, arguments);
}

std::string PDNConv::to_string() const {
  return format("PDNConv({}, {})", options_.in_channels, options_.out_channels);
}

}  // namespace spinel::nn
