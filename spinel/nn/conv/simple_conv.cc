#include "spinel/nn/conv/simple_conv.h"

#include <ATen/ATen.h>

#include "spinel/base/error.h"
#include "spinel/base/suggest.h"
#include "spinel/graph/utils/self_loops.h"
#include "spinel/nn/conv/channels.h"
#include "spinel/nn/conv/normalized_edges.h"

namespace spinel::nn {
namespace {

const std::vector<std::string> root_names = {"sum", "cat", "self_loop"};

}  // namespace

OptionTable<SimpleConvOptions> SimpleConv::options() {
  using Options = SimpleConvOptions;
  OptionTable<Options> table("SimpleConv");
  table.add("aggr", &Options::aggr, "how neighbours are reduced");
  table.add("combine_root", &Options::combine_root, "how the node itself counts; null: not").choices(root_names);
  return table.include(&Options::kwargs, message_passing_options("SimpleConv", {"aggr"}));
}

SimpleConv::SimpleConv(SimpleConvOptions options)
    : MessagePassing("SimpleConv", options.aggr, options.kwargs), options_(std::move(options)) {
  const std::string root = options_.combine_root.value_or("sum");
  require(std::find(root_names.begin(), root_names.end(), root) != root_names.end(),
          "SimpleConv: combine_root is '{}', which is unknown{}", root, suggestion(root, root_names));
}

at::Tensor SimpleConv::forward(const Features& x, const Adjacency& edge_index, const at::Tensor& edge_weight,
                               const Size& size) {
  check_widths(x, -1, name());
  check_edge_weight(edge_weight, edge_index, name());
  const std::string root = options_.combine_root.value_or("");
  WeightedEdges edges{edge_index, edge_index.is_sparse() ? at::Tensor() : edge_weight};
  if (root == "self_loop") {
    require(!x.is_pair() && (!size || (*size)[0] == (*size)[1]),
            "SimpleConv: combine_root is 'self_loop' but sources and targets are two sets of nodes; one is needed");
    require(x.source().dim() >= 2, "SimpleConv: x has {} dimensions; nodes and features are needed", x.source().dim());
    const int64_t nodes = x.source().size(node_dim());
    if (edge_index.is_sparse()) {
      edges.edges = with_fresh_loops(edge_index, nodes);
    } else {
      const graph::Edges looped = graph::add_self_loops(edge_index.edge_index(), edge_weight, {}, nodes);
      edges = {looped.edge_index, looped.edge_attr};
    }
  }
  at::Tensor out =
      propagate(edges.edges, size, arg<"x">(root.empty() ? x : both_ends(x)), arg<"edge_weight">(edges.weight));
  if (!x.target().defined()) return out;
  if (root == "sum") return out + x.target();
  if (root == "cat") return at::cat({x.target(), out}, -1);
  return out;
}

ValueList SimpleConv::call(const CallArguments& arguments) {
  return call_forward(*this, &SimpleConv::forward,
                      {{"x"}, {"edge_index"}, {"edge_weight", Config()}, {"size", Config()}}, arguments);
}

}  // namespace spinel::nn
