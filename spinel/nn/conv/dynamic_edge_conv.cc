#include "spinel/nn/conv/dynamic_edge_conv.h"

#include <ATen/ATen.h>

#include "spinel/base/error.h"
#include "spinel/graph/nearest.h"
#include "spinel/nn/conv/channels.h"
#include "spinel/nn/conv/edge_conv.h"
#include "spinel/nn/conv/linear_of_nodes.h"

namespace spinel::nn {

at::Tensor nearest_edges(const at::Tensor& source, const at::Tensor& target, int64_t k, const Features& batch,
                         const std::string& owner) {
  try {
    return graph::knn(source, target, k, batch.source(), batch.target()).flip(0);
  } catch (const Error& error) {
    throw Error(error.kind(), owner + ": " + error.what());
  }
}

OptionTable<DynamicEdgeConvOptions> DynamicEdgeConv::options() {
  using Options = DynamicEdgeConvOptions;
  OptionTable<Options> table("DynamicEdgeConv");
  table.add("nn", &Options::nn, "the layer that maps pairs of nodes").required();
  table.add("k", &Options::k, "neighbours of each node").required().range(1);
  table.add("aggr", &Options::aggr, "how messages are reduced");
  table.add("num_workers", &Options::num_workers, "of the reference: torch's threads search for neighbours here");
  return table.include(&Options::kwargs, message_passing_options("DynamicEdgeConv", {"aggr", "flow"}));
}

DynamicEdgeConv::DynamicEdgeConv(DynamicEdgeConvOptions options)
    : MessagePassing("DynamicEdgeConv", options.aggr, options.kwargs), k_(options.k) {
  require(k_ >= 1, "DynamicEdgeConv: k is {}; at least one neighbour is needed", k_);
  require(!options.nn.is_none(), "DynamicEdgeConv: nn is None; a layer is needed");
  nn_ = options.nn.get();
  add_child("nn", *nn_);
}

at::Tensor DynamicEdgeConv::forward(const Features& x, const Features& batch) {
  check_widths(x, -1, name());
  require(x.source().dim() == 2, "DynamicEdgeConv: x has {} dimensions; static graphs are not supported, 2 are needed",
          x.source().dim());
  require(x.target().defined(), "DynamicEdgeConv: x of the targets is None; features of both ends are needed");
  const int64_t width = x.source().size(-1);
  require(x.target().size(-1) == width,
          "DynamicEdgeConv: sources have {} features but targets {}; they must have as many", width,
          x.target().size(-1));
  const std::optional<int64_t> expected = nn_->in_channels();
  require(!expected || *expected == 2 * width,
          "DynamicEdgeConv: x has {} features but nn takes {}; it must take twice as many", width,
          expected.value_or(0));
  const at::Tensor edges = nearest_edges(x.source(), x.target(), k_, batch, name());
  return propagate(edges, Size({x.source().size(0), x.target().size(0)}), arg<"x">(Features(x.source(), x.target())),
                   arg<"mapped">(mapped_pairs(*nn_, *this, x, edges)));
}

at::Tensor DynamicEdgeConv::message(Arg<"x_i"> x_i, Arg<"x_j"> x_j, Arg<"mapped_i"> mapped_i,
                                    Arg<"mapped_j"> mapped_j) {
  if (mapped_j.defined()) return forward_behind_linear(*nn_, mapped_i, mapped_j);
  return nn_->forward(at::cat({x_i.tensor(), x_j - x_i}, -1));
}

ValueList DynamicEdgeConv::call(const CallArguments& arguments) {
  return call_forward(*this, &DynamicEdgeConv::forward, {{"x"}, {"batch", Config()}}, arguments);
}

std::string DynamicEdgeConv::to_string() const { return format("DynamicEdgeConv(nn={}, k={})", nn_->to_string(), k_); }

}  // namespace spinel::nn
