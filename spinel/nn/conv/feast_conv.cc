#include "spinel/nn/conv/feast_conv.h"

#include <ATen/ATen.h>

#include "spinel/base/error.h"
#include "spinel/nn/conv/channels.h"
#include "spinel/nn/conv/normalized_edges.h"
#include "spinel/nn/dense/linear_product.h"
#include "spinel/nn/inits.h"

namespace spinel::nn {

OptionTable<FeaStConvOptions> FeaStConv::options() {
  using Options = FeaStConvOptions;
  OptionTable<Options> table("FeaStConv");
  table.add("in_channels", &Options::in_channels, "width of the input; -1: that of the first input").required();
  table.add("out_channels", &Options::out_channels, "width of the result").required();
  table.add("heads", &Options::heads, "number of weight matrices").range(1);
  table.add("add_self_loops", &Options::add_self_loops, "whether each node is its own neighbour");
  table.add("bias", &Options::bias, "whether a bias is added");
  return table.include(&Options::kwargs, message_passing_options("FeaStConv", {"node_dim"}));
}

FeaStConv::FeaStConv(FeaStConvOptions options)
    : MessagePassing("FeaStConv", "mean", with_node_dim(options.kwargs, 0)),
      options_(std::move(options)),
      lin_(options_.in_channels, options_.heads * options_.out_channels,
           {.bias = false, .weight_initializer = "uniform"}),
      u_(options_.in_channels, options_.heads, {.bias = false, .weight_initializer = "uniform"}) {
  offer_switches(&options_.add_self_loops);
  require(options_.heads >= 1, "FeaStConv: it has {} heads; at least one is needed", options_.heads);
  add_child("lin", lin_);
  add_child("u", u_);
  add_parameter("c", c_ = at::empty({options_.heads}));
  if (options_.bias) bias_ = at::empty({options_.out_channels});
  add_parameter("bias", bias_);
  const auto reduce = aggr_module() ? aggr_module()->plain_reduce() : std::nullopt;
  is_linear_ = reduce == graph::GroupReduce::sum || reduce == graph::GroupReduce::mean;
  FeaStConv::reset_parameters();
}

void FeaStConv::reset_parameters() {
  MessagePassing::reset_parameters();
  normal(c_, 0, 0.1);
  if (bias_.defined()) normal(bias_, 0, 0.1);
}

at::Tensor FeaStConv::forward(const Features& x, const Adjacency& edge_index) {
  check_widths(x, options_.in_channels, name());
  require(x.target().defined(), "FeaStConv: x of the targets is None; features of both ends are needed");
  MessageEdges::check(edge_index, flow(), name());
  check_nodes(edge_index, x.source().size(0), x.target().size(0), name(), flow());
  const Adjacency edges = options_.add_self_loops ? with_fresh_loops(edge_index, x.target().size(0)) : edge_index;
  const at::Tensor mapped = lin_.forward(x.source()).view({-1, options_.heads, options_.out_channels});
  // u · (x_j − x_i) is a difference of numbers of nodes.
  const at::Tensor out =
      propagate(edges, {}, arg<"x">(mapped), arg<"u">(Features(u_.forward(x.source()), u_.forward(x.target())))).sum(1);
  return add_bias(out, bias_);
}

Message FeaStConv::message(Arg<"x_j"> x_j, Arg<"u_i"> u_i, Arg<"u_j"> u_j) {
  const at::Tensor share = at::softmax(u_j - u_i + c_, 1).unsqueeze(-1);
  if (is_linear_) return share * x_j;
  return (share * x_j.tensor()).sum(1, true);
}

ValueList FeaStConv::call(const CallArguments& arguments) {
  return call_forward(*this, &FeaStConv::forward, {{"x"}, {"edge_index"}}, arguments);
}

std::string FeaStConv::to_string() const {
  return format("FeaStConv({}, {}, heads={})", options_.in_channels, options_.out_channels, options_.heads);
}

}  // namespace spinel::nn
