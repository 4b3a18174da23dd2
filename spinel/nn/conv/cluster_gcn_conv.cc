#include "spinel/nn/conv/cluster_gcn_conv.h"

#include <ATen/ATen.h>

#include "spinel/base/error.h"
#include "spinel/nn/conv/channels.h"
#include "spinel/nn/conv/normalized_edges.h"

namespace spinel::nn {

OptionTable<ClusterGCNConvOptions> ClusterGCNConv::options() {
  using Options = ClusterGCNConvOptions;
  OptionTable<Options> table("ClusterGCNConv");
  table.add("in_channels", &Options::in_channels, "width of the input; -1: that of the first input").required();
  table.add("out_channels", &Options::out_channels, "width of the result").required();
  table.add("diag_lambda", &Options::diag_lambda, "how much more the node itself counts");
  table.add("add_self_loops", &Options::add_self_loops, "whether each node is its own neighbour");
  table.add("bias", &Options::bias, "whether a bias is added");
  return table.include(&Options::kwargs, message_passing_options("ClusterGCNConv"));
}

ClusterGCNConv::ClusterGCNConv(ClusterGCNConvOptions options)
    : MessagePassing("ClusterGCNConv", "add", options.kwargs),
      options_(std::move(options)),
      lin_out_(options_.in_channels, options_.out_channels, {.bias = options_.bias, .weight_initializer = "glorot"}),
      lin_root_(options_.in_channels, options_.out_channels, {.bias = false, .weight_initializer = "glorot"}) {
  offer_switches(&options_.add_self_loops);
  add_child("lin_out", lin_out_);
  add_child("lin_root", lin_root_);
}

at::Tensor ClusterGCNConv::forward(const at::Tensor& x, const Adjacency& edge_index) {
  check_width(x, options_.in_channels, "x", name());
  require(x.dim() >= 2, "ClusterGCNConv: x has {} dimensions; nodes and features are needed", x.dim());
  const int64_t nodes = x.size(node_dim());
  MessageEdges::check(edge_index, flow(), name());
  check_nodes(edge_index, nodes, nodes, name());
  const Adjacency edges = options_.add_self_loops ? with_fresh_loops(edge_index, nodes) : edge_index;
  // Whatever the flow, the reference counts over the second row.
  const MessageEdges all(edges, Flow::source_to_target, nodes, nodes, name());
  // Of a matrix in the type of its values, float32 without, as published results have it.
  const at::Tensor degree = edges.is_sparse() ? edges.adj_t().sum(1) : all.groups(End::i).count().to(x.scalar_type());
  const at::Tensor target = all.index(End::i);
  const at::Tensor share = degree.clamp_min(1).reciprocal().index_select(0, target);
  const at::Tensor is_loop = all.index(End::j).eq(target).to(share.scalar_type());
  const at::Tensor weight = (share * (1 + options_.diag_lambda * is_loop)).to(x.scalar_type());
  return lin_out_.forward(propagate(edges, {}, arg<"x">(x), arg<"edge_weight">(weight))) + lin_root_.forward(x);
}

ValueList ClusterGCNConv::call(const CallArguments& arguments) {
  return call_forward(*this, &ClusterGCNConv::forward, {{"x"}, {"edge_index"}}, arguments);
}

std::string ClusterGCNConv::to_string() const {
  return format("ClusterGCNConv({}, {}, diag_lambda={})", options_.in_channels, options_.out_channels,
                options_.diag_lambda);
}

}  // namespace spinel::nn
