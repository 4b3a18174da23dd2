#include "spinel/nn/conv/agnn_conv.h"

#include <ATen/ATen.h>

#include "spinel/base/error.h"
#include "spinel/graph/utils/softmax.h"
#include "spinel/nn/conv/attention.h"
#include "spinel/nn/conv/normalized_edges.h"
#include "spinel/nn/inits.h"

namespace spinel::nn {

OptionTable<AGNNConvOptions> AGNNConv::options() {
  using Options = AGNNConvOptions;
  OptionTable<Options> table("AGNNConv");
  table.add("requires_grad", &Options::requires_grad, "beta is a parameter");
  table.add("add_self_loops", &Options::add_self_loops, "whether each node attends to itself");
  return table.include(&Options::kwargs, message_passing_options("AGNNConv", {"node_dim"}));
}

AGNNConv::AGNNConv(AGNNConvOptions options)
    : MessagePassing("AGNNConv", "add", with_node_dim(options.kwargs, -2)), add_self_loops_(options.add_self_loops) {
  offer_switches(&add_self_loops_);
  beta_ = at::ones({1});
  if (options.requires_grad) add_parameter("beta", beta_);
  else add_buffer("beta", beta_);
}

void AGNNConv::reset_parameters() {
  MessagePassing::reset_parameters();
  ones(beta_);
}

at::Tensor AGNNConv::forward(const at::Tensor& x, const Adjacency& edge_index) {
  require(x.dim() == 2, "AGNNConv: x has {} dimensions; nodes and features are needed", x.dim());
  const int64_t nodes = x.size(0);
  MessageEdges::check(edge_index, flow(), name());
  check_nodes(edge_index, nodes, nodes, name());
  Adjacency edges = add_self_loops_ ? with_fresh_loops(edge_index, nodes) : edge_index;
  edges = in_target_order(edges, nodes, nodes, *this);
  const at::Tensor unit = x / x.norm(2, -1, true).clamp_min(1e-12);
  return propagate(edges, {}, arg<"x">(x), arg<"norm">(unit));
}

Message AGNNConv::message(Arg<"x_j"> x_j, Arg<"norm_i"> norm_i, Arg<"norm_j"> norm_j, Arg<"edges"> edges) {
  const at::Tensor cosine = norm_i.nodes().defined() && norm_j.nodes().defined()
                                ? edges.dot(norm_i.nodes(), norm_j.nodes())
                                : (norm_i * norm_j).sum(-1);
  const at::Tensor alpha = graph::softmax(beta_ * cosine, edges.groups(End::i));
  return weighted(alpha, x_j);
}

ValueList AGNNConv::call(const CallArguments& arguments) {
  return call_forward(*this, &AGNNConv::forward, {{"x"}, {"edge_index"}}, arguments);
}

}  // namespace spinel::nn
