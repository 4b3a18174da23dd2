#include "spinel/nn/conv/gatv2_conv.h"

#include <ATen/ATen.h>

#include "spinel/base/error.h"
#include "spinel/graph/utils/softmax.h"
#include "spinel/nn/conv/edge_terms.h"
#include "spinel/nn/dense/linear_product.h"
#include "spinel/nn/inits.h"

namespace spinel::nn {

OptionTable<GATv2ConvOptions> GATv2Conv::options() {
  using Options = GATv2ConvOptions;
  OptionTable<Options> table("GATv2Conv");
  table.add("in_channels", &Options::in_channels, "width of the input, or of sources and targets; -1: as it comes")
      .required();
  table.add("out_channels", &Options::out_channels, "width of the result of each head").required();
  table.add("heads", &Options::heads, "number of attention heads").range(1);
  table.add("concat", &Options::concat, "heads side by side, or their mean");
  table.add("negative_slope", &Options::negative_slope, "of the leaky ReLU in attention scores");
  table.add("dropout", &Options::dropout, "probability that an attention weight is dropped in training").range(0, 1);
  table.add("add_self_loops", &Options::add_self_loops, "whether each node attends to itself");
  table.add("edge_dim", &Options::edge_dim, "width of edge_attr; null: it does not count");
  table.add("fill_value", &Options::fill_value, "edge_attr of loops: a number, or how those of a node are reduced");
  table.add("bias", &Options::bias, "whether biases are added");
  table.add("share_weights", &Options::share_weights, "one map for sources and targets");
  table.add("residual", &Options::residual, "whether a linear map of the node itself is added");
  return table.include(&Options::kwargs, message_passing_options("GATv2Conv", {"node_dim"}));
}

GATv2Conv::GATv2Conv(GATv2ConvOptions options)
    : MessagePassing("GATv2Conv", "add", with_node_dim(options.kwargs, 0)),
      options_(std::move(options)),
      lin_l_(options_.in_channels.source, options_.heads * options_.out_channels,
             {.bias = options_.bias, .weight_initializer = "glorot"}) {
  offer_switches(&options_.add_self_loops);
  const int64_t heads = options_.heads, out = options_.out_channels, all = heads * out;
  require(heads >= 1, "GATv2Conv: it has {} heads; at least one is needed", heads);
  const int64_t joined = options_.concat ? all : out;
  const auto add = [this](const char* name, std::unique_ptr<Linear>& lin, int64_t in, int64_t width, bool bias) {
    lin = std::make_unique<Linear>(in, width, LinearOptions{.bias = bias, .weight_initializer = "glorot"});
    add_child(name, *lin);
  };
  add_child("lin_l", lin_l_);
  if (options_.share_weights) add_child("lin_r", lin_l_);
  else add("lin_r", lin_r_, options_.in_channels.target, all, options_.bias);
  add_parameter("att", att_ = at::empty({1, heads, out}));
  if (options_.edge_dim) add("lin_edge", lin_edge_, *options_.edge_dim, all, false);
  if (options_.residual) add("res", res_, options_.in_channels.target, joined, false);
  if (options_.bias) bias_ = at::empty({joined});
  add_parameter("bias", bias_);
  GATv2Conv::reset_parameters();
}

void GATv2Conv::reset_parameters() {
  MessagePassing::reset_parameters();
  glorot(att_);
  zeros(bias_);
}

AttentionResult GATv2Conv::run(const Features& x, const Adjacency& edge_index, const at::Tensor& edge_attr,
                               bool keep_order) {
  check_widths(x, options_.in_channels, name());
  require(x.source().dim() == 2, "GATv2Conv: x has {} dimensions; nodes and features are needed", x.source().dim());
  require(x.target().defined(), "GATv2Conv: x of the targets is None; features of both ends are needed");
  const std::vector<int64_t> headed = {-1, options_.heads, options_.out_channels};
  const at::Tensor left = lin_l_.forward(x.source()).view(headed);
  const bool is_same = !x.is_pair() && options_.share_weights;
  const at::Tensor right = is_same ? left : (lin_r_ ? *lin_r_ : lin_l_).forward(x.target()).view(headed);
  AttributedEdges edges{edge_index, options_.edge_dim ? edge_columns(edge_attr, edge_index, name()) : at::Tensor()};
  MessageEdges::check(edge_index, flow(), name());
  if (options_.add_self_loops) {
    edges = with_attention_loops(edges.edges, edges.attr, options_.fill_value, left.size(0), right.size(0),
                                 options_.edge_dim.has_value(), *this);
  }
  if (!edges.attr.defined() && !keep_order) {
    edges.edges = in_target_order(edges.edges, left.size(0), right.size(0), *this);
  }
  const Features both(left, right);
  const at::Tensor alpha = edge_updater(edges.edges, {}, arg<"x">(both), arg<"edge_attr">(edges.attr));
  at::Tensor out = join_heads(propagate(edges.edges, {}, arg<"x">(both), arg<"alpha">(alpha)), options_.concat);
  if (res_) out = out + res_->forward(x.target());
  out = add_bias(out, bias_);
  return {out, edges.edges, alpha};
}

at::Tensor GATv2Conv::edge_update(Arg<"x_j"> x_j, Arg<"x_i"> x_i, Arg<"edge_attr"> edge_attr, Arg<"edges"> edges) {
  EdgeTerms terms{.target = side_by_side(x_i), .source = side_by_side(x_j)};
  terms.activation = EdgeActivation::leaky_relu;
  terms.slope = options_.negative_slope;
  if (lin_edge_ && edge_attr.defined()) {
    terms.attr = edge_attr.dim() == 1 ? edge_attr.unsqueeze(-1) : edge_attr;
    check_width(terms.attr, lin_edge_->in_channels().value_or(-1), "edge_attr", name());
    terms.weight = lin_edge_->weight();
  }
  const at::Tensor score = reduce_terms(terms, edges, {.kind = EdgeReduction::dot, .vector = att_.squeeze(0)});
  return at::dropout(graph::softmax(score, edges.groups(End::i)), options_.dropout, is_training());
}

at::Tensor GATv2Conv::forward(const Features& x, const Adjacency& edge_index, const at::Tensor& edge_attr) {
  return run(x, edge_index, edge_attr, false).out;
}

AttentionResult GATv2Conv::forward_with_attention(const Features& x, const Adjacency& edge_index,
                                                  const at::Tensor& edge_attr) {
  return run(x, edge_index, edge_attr, true);
}

ValueList GATv2Conv::call_values(const Features& x, const Adjacency& edge_index, const at::Tensor& edge_attr,
                                 const std::optional<bool>& return_attention_weights) {
  const bool wanted = return_attention_weights.has_value();
  return attention_values(run(x, edge_index, edge_attr, wanted), wanted);
}

ValueList GATv2Conv::call(const CallArguments& arguments) {
  return call_for_values(*this, &GATv2Conv::call_values,
                         {{"x"}, {"edge_index"}, {"edge_attr", Config()}, {"return_attention_weights", Config()}},
                         arguments);
}

std::string GATv2Conv::to_string() const {
  return format("GATv2Conv({}, {}, heads={})", options_.in_channels.text(), options_.out_channels, options_.heads);
}

}  // namespace spinel::nn
