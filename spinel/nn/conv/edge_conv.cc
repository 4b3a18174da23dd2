#include "spinel/nn/conv/edge_conv.h"

#include <ATen/ATen.h>

#include "spinel/base/error.h"
#include "spinel/nn/conv/channels.h"
#include "spinel/nn/conv/linear_of_nodes.h"
#include "spinel/nn/dense/linear.h"
#include "spinel/nn/dense/linear_product.h"

namespace spinel::nn {

Features mapped_pairs(Layer& nn, const MessagePassingBase& conv, const Features& x, const Adjacency& edges) {
  const int64_t nodes = x.source().size(conv.node_dim()) + x.target().size(conv.node_dim());
  const Linear* const linear = linear_of_nodes(nn, conv, edges, nodes);
  if (!linear) return {};
  const int64_t width = x.source().size(-1);
  const at::Tensor of_i = linear->weight().narrow(1, 0, width),
                   of_difference = linear->weight().narrow(1, width, width);
  return {linear_product(x.source(), of_difference), linear_product(x.target(), of_i - of_difference, linear->bias())};
}

OptionTable<EdgeConvOptions> EdgeConv::options() {
  using Options = EdgeConvOptions;
  OptionTable<Options> table("EdgeConv");
  table.add("nn", &Options::nn, "the layer that maps pairs of nodes").required();
  table.add("aggr", &Options::aggr, "how messages are reduced");
  return table.include(&Options::kwargs, message_passing_options("EdgeConv", {"aggr"}));
}

EdgeConv::EdgeConv(EdgeConvOptions options) : MessagePassing("EdgeConv", options.aggr, options.kwargs) {
  require(!options.nn.is_none(), "EdgeConv: nn is None; a layer is needed");
  nn_ = options.nn.get();
  add_child("nn", *nn_);
}

at::Tensor EdgeConv::forward(const Features& x, const Adjacency& edge_index) {
  check_widths(x, -1, name());
  require(x.source().dim() >= 2, "EdgeConv: x has {} dimensions; nodes and features are needed", x.source().dim());
  require(x.target().defined(), "EdgeConv: x of the targets is None; features of both ends are needed");
  const int64_t width = x.source().size(-1);
  require(x.target().size(-1) == width, "EdgeConv: sources have {} features but targets {}; they must have as many",
          width, x.target().size(-1));
  const std::optional<int64_t> expected = nn_->in_channels();
  require(!expected || *expected == 2 * width,
          "EdgeConv: x has {} features but nn takes {}; it must take twice as many", width, expected.value_or(0));
  MessageEdges::check(edge_index, flow(), name());
  return propagate(edge_index, {}, arg<"x">(x), arg<"mapped">(mapped_pairs(*nn_, *this, x, edge_index)));
}

at::Tensor EdgeConv::message(Arg<"x_i"> x_i, Arg<"x_j"> x_j, Arg<"mapped_i"> mapped_i, Arg<"mapped_j"> mapped_j) {
  if (mapped_j.defined()) return forward_behind_linear(*nn_, mapped_i, mapped_j);
  return nn_->forward(at::cat({x_i.tensor(), x_j - x_i}, -1));
}

ValueList EdgeConv::call(const CallArguments& arguments) {
  return call_forward(*this, &EdgeConv::forward, {{"x"}, {"edge_index"}}, arguments);
}

std::string EdgeConv::to_string() const { return format("EdgeConv(nn={})", nn_->to_string()); }

}  // namespace spinel::nn
