#include "spinel/nn/conv/edge_conv.h"

#include <ATen/ATen.h>

#include "spinel/base/error.h"
#include "spinel/nn/conv/channels.h"

namespace spinel::nn {

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
  require(x.target().defined(), "EdgeConv: x of the targets is None; features of both ends are needed");
  const int64_t width = x.source().size(-1);
  require(x.target().size(-1) == width, "EdgeConv: sources have {} features but targets {}; they must have as many",
          width, x.target().size(-1));
  const std::optional<int64_t> expected = nn_->in_channels();
  require(!expected || *expected == 2 * width,
          "EdgeConv: x has {} features but nn takes {}; it must take twice as many", width, expected.value_or(0));
  return propagate(edge_index, {}, arg<"x">(x));
}

at::Tensor EdgeConv::message(Arg<"x_i"> x_i, Arg<"x_j"> x_j) {
  return nn_->forward(at::cat({x_i.tensor(), x_j - x_i}, -1));
}

ValueList EdgeConv::call(const CallArguments& arguments) {
  return call_forward(*this, &EdgeConv::forward, {{"x"}, {"edge_index"}}, arguments);
}

std::string EdgeConv::to_string() const { return format("EdgeConv(nn={})", nn_->to_string()); }

}  // namespace spinel::nn
