#include "spinel/nn/conv/wl_conv_continuous.h"

#include <ATen/ATen.h>

#include "spinel/base/error.h"
#include "spinel/graph/reduce.h"
#include "spinel/nn/conv/channels.h"
#include "spinel/nn/conv/normalized_edges.h"

namespace spinel::nn {

OptionTable<WLConvContinuousOptions> WLConvContinuous::options() {
  OptionTable<WLConvContinuousOptions> table("WLConvContinuous");
  return table.include(&WLConvContinuousOptions::kwargs, message_passing_options("WLConvContinuous"));
}

WLConvContinuous::WLConvContinuous(WLConvContinuousOptions options)
    : MessagePassing("WLConvContinuous", "add", options.kwargs) {}

at::Tensor WLConvContinuous::forward(const Features& x, const Adjacency& edge_index, const at::Tensor& edge_weight,
                                     const Size& size) {
  check_widths(x, -1, name());
  require(x.source().dim() == 2, "WLConvContinuous: x has {} dimensions; nodes and features are needed",
          x.source().dim());
  check_edge_weight(edge_weight, edge_index, name());
  const at::Tensor sum = propagate(edge_index, size, arg<"x">(both_ends(x)), arg<"edge_weight">(edge_weight));
  const int64_t rows = sum.size(0);
  const int64_t others = edge_index.is_sparse() ? edge_index.adj_t().sparse_size(1) : x.source().size(0);
  const MessageEdges edges(edge_index, Flow::source_to_target, rows, others, name());
  const at::Tensor weight = edge_weight.defined() ? edge_weight : edge_values(edge_index);
  const graph::Groups targets = edges.groups(End::i);
  const at::Tensor degree = weight.defined() ? graph::reduce_groups(weight, targets, graph::GroupReduce::sum)
                                             : targets.count().to(sum.scalar_type());
  const at::Tensor mean = sum * degree.reciprocal().masked_fill(degree == 0, 0).unsqueeze(-1);
  return x.target().defined() ? 0.5 * (x.target() + mean) : mean;
}

ValueList WLConvContinuous::call(const CallArguments& arguments) {
  return call_forward(*this, &WLConvContinuous::forward,
                      {{"x"}, {"edge_index"}, {"edge_weight", Config()}, {"size", Config()}}, arguments);
}

}  // namespace spinel::nn
