#include "spinel/nn/conv/graph_conv.h"

#include <ATen/ATen.h>

#include "spinel/base/error.h"
#include "spinel/nn/conv/normalized_edges.h"

namespace spinel::nn {

OptionTable<GraphConvOptions> GraphConv::options() {
  using Options = GraphConvOptions;
  OptionTable<Options> table("GraphConv");
  table.add("in_channels", &Options::in_channels, "width of the input, or of sources and targets; -1: as it comes")
      .required();
  table.add("out_channels", &Options::out_channels, "width of the result").required();
  table.add("aggr", &Options::aggr, "how neighbours are reduced");
  table.add("bias", &Options::bias, "whether a bias is added");
  return table.include(&Options::kwargs, message_passing_options("GraphConv", {"aggr"}));
}

GraphConv::GraphConv(GraphConvOptions options)
    : MessagePassing("GraphConv", options.aggr, options.kwargs),
      options_(std::move(options)),
      lin_rel_(options_.in_channels.source, options_.out_channels, {.bias = options_.bias}),
      lin_root_(options_.in_channels.target, options_.out_channels, {.bias = false}) {
  add_child("lin_rel", lin_rel_);
  add_child("lin_root", lin_root_);
  keep_constant_products();
}

at::Tensor GraphConv::forward(const Features& x, const Adjacency& edge_index, const at::Tensor& edge_weight,
                              const Size& size) {
  check_widths(x, options_.in_channels, name());
  check_edge_weight(edge_weight, edge_index, name());
  const at::Tensor out =
      lin_rel_.forward(propagate(edge_index, size, arg<"x">(both_ends(x)), arg<"edge_weight">(edge_weight)));
  return x.target().defined() ? out + lin_root_.forward(x.target()) : out;
}

ValueList GraphConv::call(const CallArguments& arguments) {
  return call_forward(*this, &GraphConv::forward,
                      {{"x"}, {"edge_index"}, {"edge_weight", Config()}, {"size", Config()}}, arguments);
}

std::string GraphConv::to_string() const {
  return format("GraphConv({}, {})", options_.in_channels.text(), options_.out_channels);
}

}  // namespace spinel::nn
