#include "spinel/nn/conv/heat_conv.h"

#include <ATen/ATen.h>

#include "spinel/base/error.h"
#include "spinel/graph/utils/softmax.h"
#include "spinel/nn/conv/attention.h"
#include "spinel/nn/conv/channels.h"
#include "spinel/nn/conv/edge_terms.h"
#include "spinel/nn/conv/normalized_edges.h"
#include "spinel/nn/conv/relations.h"
#include "spinel/nn/inits.h"

namespace spinel::nn {

OptionTable<HEATConvOptions> HEATConv::options() {
  using Options = HEATConvOptions;
  OptionTable<Options> table("HEATConv");
  table.add("in_channels", &Options::in_channels, "width of the input; -1: that of the first input").required();
  table.add("out_channels", &Options::out_channels, "width of the result of each head").required().range(0);
  table.add("num_node_types", &Options::num_node_types, "types of nodes").required().range(1);
  table.add("num_edge_types", &Options::num_edge_types, "types of edges").required().range(1);
  table.add("edge_type_emb_dim", &Options::edge_type_emb_dim, "width of the embedding of a type of edges")
      .required()
      .range(0);
  table.add("edge_dim", &Options::edge_dim, "width of edge_attr; -1: that of the first input").required();
  table.add("edge_attr_emb_dim", &Options::edge_attr_emb_dim, "width that edge_attr is mapped to").required().range(0);
  table.add("heads", &Options::heads, "number of attention heads").range(1);
  table.add("concat", &Options::concat, "heads side by side, or their mean");
  table.add("negative_slope", &Options::negative_slope, "slope of the LeakyReLUs below 0");
  table.add("dropout", &Options::dropout, "probability that an attention weight is dropped in training").range(0, 1);
  table.add("root_weight", &Options::root_weight, "whether the node itself counts");
  table.add("bias", &Options::bias, "whether the linear maps have a bias");
  return table.include(&Options::kwargs, message_passing_options("HEATConv", {"node_dim"}));
}

HEATConv::HEATConv(HEATConvOptions options)
    : MessagePassing("HEATConv", "add", with_node_dim(options.kwargs, 0)),
      options_(std::move(options)),
      hetero_lin_(options_.in_channels, options_.out_channels, options_.num_node_types, {.bias = options_.bias}),
      edge_type_emb_(at::empty({options_.num_edge_types, options_.edge_type_emb_dim})),
      edge_attr_emb_(options_.edge_dim, options_.edge_attr_emb_dim, {.bias = false}),
      att_(2 * options_.out_channels + options_.edge_type_emb_dim + options_.edge_attr_emb_dim, options_.heads,
           {.bias = false}),
      lin_(options_.out_channels + options_.edge_attr_emb_dim, options_.out_channels, {.bias = options_.bias}) {
  require(options_.heads >= 1, "HEATConv: it has {} heads; at least one is needed", options_.heads);
  offer_switches(nullptr, &options_.root_weight);
  add_child("hetero_lin", hetero_lin_);
  add_parameter("edge_type_emb.weight", edge_type_emb_);
  add_child("edge_attr_emb", edge_attr_emb_);
  add_child("att", att_);
  add_child("lin", lin_);
  normal(edge_type_emb_, 0, 1);
}

void HEATConv::reset_parameters() {
  MessagePassing::reset_parameters();
  normal(edge_type_emb_, 0, 1);
}

at::Tensor HEATConv::forward(const at::Tensor& x, const Adjacency& edge_index, const at::Tensor& node_type,
                             const at::Tensor& edge_type, const at::Tensor& edge_attr) {
  check_width(x, options_.in_channels, "x", name());
  require(x.dim() == 2, "HEATConv: x has {} dimensions; nodes and features are needed", x.dim());
  require(node_type.defined() && node_type.dim() == 1 && node_type.size(0) == x.size(0),
          "HEATConv: node_type has {} numbers but x has {} nodes; one for each is needed",
          node_type.defined() ? node_type.numel() : 0, x.size(0));
  graph::Groups::from_index(node_type, options_.num_node_types, "HEATConv: node_type");  // checks its range
  MessageEdges::check(edge_index, flow(), name());
  check_nodes(edge_index, x.size(0), x.size(0), name());
  require(edge_type.defined(), "HEATConv: edge_type is None; the type of each edge is needed");
  check_relations(edge_type, edge_index, options_.num_edge_types, name());
  const at::Tensor columns =
      edge_columns(edge_attr.defined() ? edge_attr : edge_values(edge_index), edge_index, name());
  require(columns.defined(), "HEATConv: edge_attr is None; {} features of each edge are needed", options_.edge_dim);
  check_width(columns, edge_attr_emb_.in_channels().value_or(-1), "edge_attr", name());

  const double slope = options_.negative_slope;
  const int64_t out_width = options_.out_channels, type_width = options_.edge_type_emb_dim;
  const int64_t edge_width = options_.edge_attr_emb_dim;
  const at::Tensor h = hetero_lin_.forward(x, node_type);
  const at::Tensor features = at::leaky_relu(edge_attr_emb_.forward(columns), slope);
  const std::vector<at::Tensor> a = att_.weight().split_with_sizes({out_width, out_width, type_width, edge_width}, 1);
  // Scores of types are made once for each type, those of nodes once for each node.
  const at::Tensor of_type = at::matmul(at::leaky_relu(edge_type_emb_, slope), a[2].t());
  const at::Tensor of_edge = of_type.index_select(0, edge_type) + at::matmul(features, a[3].t());
  const at::Tensor score_i = at::matmul(h, a[0].t()), score_j = at::matmul(h, a[1].t());
  const at::Tensor alpha =
      edge_updater(edge_index, {}, arg<"score">(Features(score_j, score_i)), arg<"of_edge">(of_edge));

  const std::vector<at::Tensor> weight = lin_.weight().split_with_sizes({out_width, edge_width}, 1);
  at::Tensor value = at::matmul(h, weight[0].t());
  if (lin_.bias().defined()) value = value + lin_.bias();
  at::Tensor out = propagate(edge_index, {}, arg<"value">(value), arg<"features">(features), arg<"alpha">(alpha),
                             arg<"weight">(weight[1]));
  if (options_.root_weight) out = out + h.unsqueeze(1);
  return join_heads(out, options_.concat);
}

at::Tensor HEATConv::edge_update(Arg<"score_i"> score_i, Arg<"score_j"> score_j, Arg<"of_edge"> of_edge,
                                 Arg<"edges"> edges) {
  const at::Tensor score = at::leaky_relu(score_i + score_j + of_edge, options_.negative_slope);
  return at::dropout(graph::softmax(score, edges.groups(End::i)), options_.dropout, is_training());
}

Message HEATConv::message(Arg<"value_j"> value_j, Arg<"features"> features, Arg<"weight"> weight, Arg<"alpha"> alpha) {
  EdgeTerms terms{.source = value_j, .attr = features, .weight = weight};
  terms.coefficient = alpha;
  terms.mixed = true;
  return terms;
}

ValueList HEATConv::call(const CallArguments& arguments) {
  return call_forward(*this, &HEATConv::forward,
                      {{"x"}, {"edge_index"}, {"node_type"}, {"edge_type"}, {"edge_attr", Config()}}, arguments);
}

std::string HEATConv::to_string() const {
  return format("HEATConv({}, {}, heads={})", options_.in_channels, options_.out_channels, options_.heads);
}

}  // namespace spinel::nn
