#include "spinel/nn/conv/gat_conv.h"

#include <ATen/ATen.h>

#include "spinel/base/error.h"
#include "spinel/graph/utils/softmax.h"
#include "spinel/nn/conv/graph_attention.h"
#include "spinel/nn/dense/linear_product.h"
#include "spinel/nn/inits.h"

namespace spinel::nn {

OptionTable<GATConvOptions> GATConv::options() { return options_of("GATConv"); }

OptionTable<GATConvOptions> GATConv::options_of(const char* component) {
  using Options = GATConvOptions;
  OptionTable<Options> table(component);
  table.add("in_channels", &Options::in_channels, "width of the input, or of sources and targets; -1: as it comes")
      .required();
  table.add("out_channels", &Options::out_channels, "width of the result of each head").required();
  table.add("heads", &Options::heads, "number of attention heads").range(1);
  table.add("concat", &Options::concat, "heads side by side, or their mean");
  table.add("negative_slope", &Options::negative_slope, "of the leaky ReLU on attention scores");
  table.add("dropout", &Options::dropout, "probability that an attention weight is dropped in training").range(0, 1);
  table.add("add_self_loops", &Options::add_self_loops, "whether each node attends to itself");
  table.add("edge_dim", &Options::edge_dim, "width of edge_attr; null: it does not count");
  table.add("fill_value", &Options::fill_value, "edge_attr of loops: a number, or how those of a node are reduced");
  table.add("bias", &Options::bias, "whether a bias is added");
  table.add("residual", &Options::residual, "whether a linear map of the node itself is added");
  return table.include(&Options::kwargs, message_passing_options(component, {"node_dim"}));
}

Linear& GATConv::add_linear(const char* name, std::unique_ptr<Linear>& lin, int64_t in, int64_t out) {
  lin = std::make_unique<Linear>(in, out, LinearOptions{.bias = false, .weight_initializer = "glorot"});
  add_child(name, *lin);
  return *lin;
}

GATConv::GATConv(GATConvOptions options)
    : MessagePassing("GATConv", "add", with_node_dim(options.kwargs, 0)), options_(std::move(options)) {
  offer_switches(&options_.add_self_loops);
  const int64_t heads = options_.heads, out = options_.out_channels, all = heads * out;
  require(heads >= 1 && out >= 0, "GATConv: it has {} heads of {} features; at least one head is needed", heads, out);
  if (options_.in_channels.is_pair) {
    add_linear("lin_src", lin_src_, options_.in_channels.source, all);
    add_linear("lin_dst", lin_dst_, options_.in_channels.target, all);
  } else {
    add_linear("lin", lin_, options_.in_channels.source, all);
  }
  add_parameter("att_src", att_src_ = at::empty({1, heads, out}));
  add_parameter("att_dst", att_dst_ = at::empty({1, heads, out}));
  if (options_.edge_dim) {
    add_linear("lin_edge", lin_edge_, *options_.edge_dim, all);
    add_parameter("att_edge", att_edge_ = at::empty({1, heads, out}));
  }
  const int64_t joined = options_.concat ? all : out;
  if (options_.residual) add_linear("res", res_, options_.in_channels.target, joined);
  if (options_.bias) bias_ = at::empty({joined});
  add_parameter("bias", bias_);
  GATConv::reset_parameters();
}

void GATConv::reset_parameters() {
  MessagePassing::reset_parameters();
  for (const at::Tensor& att : {att_src_, att_dst_, att_edge_}) {
    if (att.defined()) glorot(att);
  }
  zeros(bias_);
}

AttentionResult GATConv::run(const Features& x, const Adjacency& edge_index, const at::Tensor& edge_attr,
                             const Size& size, bool keep_order) {
  check_widths(x, options_.in_channels, name());
  require(x.source().dim() == 2, "GATConv: x has {} dimensions; static graphs are not supported, 2 are needed",
          x.source().dim());
  const std::vector<int64_t> headed = {-1, options_.heads, options_.out_channels};
  const at::Tensor source = (lin_ ? *lin_ : *lin_src_).forward(x.source()).view(headed);
  at::Tensor target = source;
  if (x.is_pair()) {
    target = x.target().defined() ? (lin_ ? *lin_ : *lin_dst_).forward(x.target()).view(headed) : at::Tensor();
  }
  const Size sizes = target.defined() ? Size({source.size(0), target.size(0)}) : size;
  AttributedEdges edges{edge_index, options_.edge_dim ? edge_columns(edge_attr, edge_index, name()) : at::Tensor()};
  MessageEdges::check(edge_index, flow(), name());
  const int64_t size0 = sizes ? (*sizes)[0] : source.size(0), size1 = sizes ? (*sizes)[1] : size0;
  if (options_.add_self_loops) {
    edges = with_attention_loops(edges.edges, edges.attr, options_.fill_value, size0, size1,
                                 options_.edge_dim.has_value(), *this);
  }
  const bool is_shared = target.is_same(source);
  const at::Tensor scores = head_scores(source, is_shared ? at::TensorList({att_src_, att_dst_}) : att_src_);
  at::Tensor target_scores = target.defined() && !is_shared ? head_scores(target, att_dst_) : at::Tensor();
  if (target.defined() && !keep_order && attends_in_one_pass()) {
    const MessageEdges messages(edges.edges, flow(), target.size(0), source.size(0), name());
    const at::Tensor heads = graph_attention(source, {scores, target_scores}, messages, options_.negative_slope);
    return {finish(heads, x), edges.edges, {}};
  }
  if (is_shared) target_scores = scores.narrow(1, options_.heads, options_.heads);
  if (!edges.attr.defined() && !keep_order) edges.edges = in_target_order(edges.edges, size0, size1, *this);
  const Features alpha_parts(scores.narrow(1, 0, options_.heads), target_scores);
  const at::Tensor alpha = edge_updater(edges.edges, sizes, arg<"alpha">(alpha_parts), arg<"edge_attr">(edges.attr));
  const at::Tensor heads = propagate(edges.edges, sizes, arg<"x">(Features(source, target)), arg<"alpha">(alpha));
  return {finish(heads, x), edges.edges, alpha};
}

bool GATConv::attends_in_one_pass() const {
  return !lin_edge_ && (options_.dropout == 0 || !is_training()) && only_sums();
}

at::Tensor GATConv::finish(const at::Tensor& heads, const Features& x) {
  at::Tensor out = join_heads(heads, options_.concat);
  if (res_ && x.target().defined()) out = out + res_->forward(x.target());
  return add_bias(out, bias_);
}

at::Tensor GATConv::edge_update(Arg<"alpha_j"> alpha_j, Arg<"alpha_i"> alpha_i, Arg<"edge_attr"> edge_attr,
                                Arg<"edges"> edges) {
  at::Tensor alpha = alpha_i.defined() ? alpha_j + alpha_i : alpha_j.tensor();
  if (lin_edge_ && edge_attr.defined()) {
    // a · (W e) is (Wᵀ a) · e: one number a head instead of a vector.
    const at::Tensor& columns = edge_attr.dim() == 1 ? edge_attr.unsqueeze(-1) : edge_attr;
    if (!lin_edge_->in_channels()) lin_edge_->forward(columns.narrow(0, 0, 0));
    check_width(columns, *lin_edge_->in_channels(), "edge_attr", name());
    const at::Tensor weight = lin_edge_->weight().view({options_.heads, options_.out_channels, -1});
    alpha = alpha + at::matmul(columns, (weight * att_edge_.squeeze(0).unsqueeze(-1)).sum(1).t());
  }
  alpha = graph::softmax(at::leaky_relu(alpha, options_.negative_slope), edges.groups(End::i));
  return at::dropout(alpha, options_.dropout, is_training());
}

at::Tensor GATConv::forward(const Features& x, const Adjacency& edge_index, const at::Tensor& edge_attr,
                            const Size& size) {
  return run(x, edge_index, edge_attr, size, false).out;
}

AttentionResult GATConv::forward_with_attention(const Features& x, const Adjacency& edge_index,
                                                const at::Tensor& edge_attr, const Size& size) {
  return run(x, edge_index, edge_attr, size, true);
}

ValueList GATConv::call_values(const Features& x, const Adjacency& edge_index, const at::Tensor& edge_attr,
                               const Size& size, const std::optional<bool>& return_attention_weights) {
  const bool wanted = return_attention_weights.has_value();
  return attention_values(run(x, edge_index, edge_attr, size, wanted), wanted);
}

ValueList GATConv::call(const CallArguments& arguments) {
  return call_for_values(
      *this, &GATConv::call_values,
      {{"x"}, {"edge_index"}, {"edge_attr", Config()}, {"size", Config()}, {"return_attention_weights", Config()}},
      arguments);
}

std::string GATConv::to_string() const {
  return format("GATConv({}, {}, heads={})", options_.in_channels.text(), options_.out_channels, options_.heads);
}

}  // namespace spinel::nn
