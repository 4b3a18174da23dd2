#include "spinel/nn/conv/supergat_conv.h"

#include <ATen/ATen.h>

#include <cmath>

#include "spinel/base/error.h"
#include "spinel/graph/utils/coalesce.h"
#include "spinel/graph/utils/random.h"
#include "spinel/graph/utils/softmax.h"
#include "spinel/nn/conv/attention.h"
#include "spinel/nn/conv/channels.h"
#include "spinel/nn/conv/normalized_edges.h"
#include "spinel/nn/conv/remembered.h"
#include "spinel/nn/dense/linear_product.h"
#include "spinel/nn/inits.h"

namespace spinel::nn {

OptionTable<SuperGATConvOptions> SuperGATConv::options() {
  using Options = SuperGATConvOptions;
  OptionTable<Options> table("SuperGATConv");
  table.add("in_channels", &Options::in_channels, "width of the input; -1: that of the first input").required();
  table.add("out_channels", &Options::out_channels, "width of the result of each head").required();
  table.add("heads", &Options::heads, "number of attention heads").range(1);
  table.add("concat", &Options::concat, "heads side by side, or their mean");
  table.add("negative_slope", &Options::negative_slope, "slope of the LeakyReLU below 0");
  table.add("dropout", &Options::dropout, "probability that an attention weight is dropped in training").range(0, 1);
  table.add("add_self_loops", &Options::add_self_loops, "whether each node attends to itself");
  table.add("bias", &Options::bias, "whether a bias is added");
  table.add("attention_type", &Options::attention_type, "mixed (MX) or scaled dot product (SD)").choices({"MX", "SD"});
  table.add("neg_sample_ratio", &Options::neg_sample_ratio, "pairs without an edge for each edge of the loss")
      .positive();
  table.add("edge_sample_ratio", &Options::edge_sample_ratio, "share of the edges in the loss").range(0, 1);
  table.add("is_undirected", &Options::is_undirected, "edges come in both directions");
  return table.include(&Options::kwargs, message_passing_options("SuperGATConv", {"node_dim"}));
}

SuperGATConv::SuperGATConv(SuperGATConvOptions options)
    : MessagePassing("SuperGATConv", "add", with_node_dim(options.kwargs, 0)),
      options_(std::move(options)),
      lin_(options_.in_channels, options_.heads * options_.out_channels,
           {.bias = false, .weight_initializer = "glorot"}) {
  offer_switches(&options_.add_self_loops);
  const int64_t heads = options_.heads, out = options_.out_channels;
  require(heads >= 1, "SuperGATConv: it has {} heads; at least one is needed", heads);
  require(is_mixed() || options_.attention_type == "SD", "SuperGATConv: attention_type is '{}'; MX or SD is needed",
          options_.attention_type);
  require(options_.neg_sample_ratio > 0 && options_.edge_sample_ratio > 0 && options_.edge_sample_ratio <= 1,
          "SuperGATConv: neg_sample_ratio is {} and edge_sample_ratio {}; above 0, and in (0, 1], are needed",
          options_.neg_sample_ratio, options_.edge_sample_ratio);
  add_child("lin", lin_);
  if (is_mixed()) {
    add_parameter("att_l", att_l_ = at::empty({1, heads, out}));
    add_parameter("att_r", att_r_ = at::empty({1, heads, out}));
  }
  if (options_.bias) bias_ = at::empty({options_.concat ? heads * out : out});
  add_parameter("bias", bias_);
  SuperGATConv::reset_parameters();
}

void SuperGATConv::reset_parameters() {
  MessagePassing::reset_parameters();
  for (const at::Tensor& att : {att_l_, att_r_}) {
    if (att.defined()) glorot(att);
  }
  zeros(bias_);
}

at::Tensor SuperGATConv::forward(const at::Tensor& x, const Adjacency& edge_index, const at::Tensor& neg_edge_index,
                                 const at::Tensor& batch) {
  check_width(x, options_.in_channels, "x", name());
  require(x.dim() == 2, "SuperGATConv: x has {} dimensions; nodes and features are needed", x.dim());
  const int64_t nodes = x.size(0);
  MessageEdges::check(edge_index, flow(), name());
  check_nodes(edge_index, nodes, nodes, name());
  Adjacency edges = options_.add_self_loops ? with_fresh_loops(edge_index, nodes) : edge_index;
  edges = in_target_order(edges, nodes, nodes, *this);
  const at::Tensor h = lin_.forward(x).view({-1, options_.heads, options_.out_channels});
  const at::Tensor logits = edge_updater(edges, {}, arg<"x">(h));
  Features scores;
  if (is_mixed()) scores = Features((h * att_l_).sum(-1), (h * att_r_).sum(-1));
  at::Tensor out = propagate(edges, {}, arg<"x">(h), arg<"score">(scores), arg<"logits">(logits));
  if (is_training()) keep_scores(h, edges, logits, neg_edge_index, batch);
  out = join_heads(out, options_.concat);
  return add_bias(out, bias_);
}

at::Tensor SuperGATConv::edge_update(Arg<"x_i"> x_i, Arg<"x_j"> x_j, Arg<"edges"> edges) {
  const double scale = is_mixed() ? 1 : 1 / std::sqrt(static_cast<double>(options_.out_channels));
  if (!x_i.nodes().defined() || !x_j.nodes().defined()) return (x_i * x_j).sum(-1) * scale;
  return edges.dot(is_mixed() ? x_i.nodes() : x_i.nodes() * scale, x_j.nodes());
}

Message SuperGATConv::message(Arg<"x_j"> x_j, Arg<"score_i"> score_i, Arg<"score_j"> score_j, Arg<"logits"> logits,
                              Arg<"edges"> edges) {
  at::Tensor alpha = logits;
  if (is_mixed()) alpha = (score_j + score_i) * alpha.sigmoid();
  alpha = graph::softmax(at::leaky_relu(alpha, options_.negative_slope), edges.groups(End::i));
  return at::dropout(alpha, options_.dropout, is_training()).unsqueeze(-1) * x_j;
}

at::Tensor SuperGATConv::negative_edges(const Adjacency& edges, int64_t nodes, const at::Tensor& batch) const {
  at::Tensor list = edge_list(edges);
  graph::NegativeSamplingOptions sampling{.num_nodes = {{nodes, nodes}}};
  sampling.num_neg_samples =
      static_cast<int64_t>(options_.neg_sample_ratio * options_.edge_sample_ratio * static_cast<double>(list.size(1)));
  if (!options_.is_undirected) {
    const auto undirected = remembered(list, format("undirected {}", nodes), [&] {
      return graph::is_undirected(list, {}, nodes) ? at::Tensor()
                                                   : graph::to_undirected(list, at::Tensor(), nodes).edge_index;
    });
    if (undirected->defined()) list = *undirected;
  }
  if (!batch.defined()) return graph::negative_sampling(list, sampling);
  sampling.num_nodes.reset();
  return graph::batched_negative_sampling(list, {batch, batch}, sampling);
}

void SuperGATConv::keep_scores(const at::Tensor& x, const Adjacency& edges, const at::Tensor& logits,
                               const at::Tensor& neg_edge_index, const at::Tensor& batch) {
  at::Tensor positive = logits;
  if (options_.edge_sample_ratio < 1) {
    const graph::DroppedEdges kept = graph::dropout_edge(edge_list(edges), 1 - options_.edge_sample_ratio);
    positive = positive.index_select(0, kept.edge_id);
  }
  const at::Tensor pairs = neg_edge_index.defined() ? neg_edge_index : negative_edges(edges, x.size(0), batch);
  const MessageEdges negative(pairs, Flow::source_to_target, x.size(0), x.size(0), name() + ": neg_edge_index");
  const double scale = is_mixed() ? 1 : 1 / std::sqrt(static_cast<double>(options_.out_channels));
  att_x_ = at::cat({positive, negative.dot(x * scale, x)});
  att_y_ = at::zeros({att_x_.size(0)}, att_x_.options().requires_grad(false));
  att_y_.narrow(0, 0, positive.size(0)).fill_(1);
}

at::Tensor SuperGATConv::get_attention_loss() const {
  if (!is_training()) return at::zeros({1}, lin_.weight().options().dtype(at::kLong));
  require(att_x_.defined(), "SuperGATConv: there is no attention loss yet; a forward in training must come first");
  return at::binary_cross_entropy_with_logits(att_x_.mean(-1), att_y_);
}

ValueList SuperGATConv::call(const CallArguments& arguments) {
  return call_forward(*this, &SuperGATConv::forward,
                      {{"x"}, {"edge_index"}, {"neg_edge_index", Config()}, {"batch", Config()}}, arguments);
}

std::string SuperGATConv::to_string() const {
  return format("SuperGATConv({}, {}, heads={}, type={})", options_.in_channels, options_.out_channels, options_.heads,
                options_.attention_type);
}

}  // namespace spinel::nn
