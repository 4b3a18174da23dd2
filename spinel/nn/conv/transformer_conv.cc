#include "spinel/nn/conv/transformer_conv.h"

#include <ATen/ATen.h>

#include <cmath>

#include "spinel/base/error.h"
#include "spinel/graph/utils/softmax.h"
#include "spinel/nn/conv/edge_terms.h"

namespace spinel::nn {

OptionTable<TransformerConvOptions> TransformerConv::options() {
  using Options = TransformerConvOptions;
  OptionTable<Options> table("TransformerConv");
  table.add("in_channels", &Options::in_channels, "width of the input, or of sources and targets; -1: as it comes")
      .required();
  table.add("out_channels", &Options::out_channels, "width of the result of each head").required();
  table.add("heads", &Options::heads, "number of attention heads").range(1);
  table.add("concat", &Options::concat, "heads side by side, or their mean");
  table.add("beta", &Options::beta, "neighbours and the node itself are mixed by a learnt gate");
  table.add("dropout", &Options::dropout, "probability that an attention weight is dropped in training").range(0, 1);
  table.add("edge_dim", &Options::edge_dim, "width of edge_attr; null: it does not count");
  table.add("bias", &Options::bias, "whether the map of the node itself has a bias");
  table.add("root_weight", &Options::root_weight, "whether the node itself counts");
  return table.include(&Options::kwargs, message_passing_options("TransformerConv", {"node_dim"}));
}

TransformerConv::TransformerConv(TransformerConvOptions options)
    : MessagePassing("TransformerConv", "add", with_node_dim(options.kwargs, 0)),
      options_(std::move(options)),
      lin_key_(options_.in_channels.source, options_.heads * options_.out_channels),
      lin_query_(options_.in_channels.target, options_.heads * options_.out_channels),
      lin_value_(options_.in_channels.source, options_.heads * options_.out_channels) {
  offer_switches(nullptr, &options_.root_weight);
  require(options_.heads >= 1, "TransformerConv: it has {} heads; at least one is needed", options_.heads);
  const int64_t all = options_.heads * options_.out_channels, joined = options_.concat ? all : options_.out_channels;
  const auto add = [this](const char* name, std::unique_ptr<Linear>& lin, int64_t in, int64_t out, bool bias) {
    lin = std::make_unique<Linear>(in, out, LinearOptions{.bias = bias});
    add_child(name, *lin);
  };
  add_child("lin_key", lin_key_);
  add_child("lin_query", lin_query_);
  add_child("lin_value", lin_value_);
  if (options_.edge_dim) add("lin_edge", lin_edge_, *options_.edge_dim, all, false);
  add("lin_skip", lin_skip_, options_.in_channels.target, joined, options_.bias);
  options_.beta = options_.beta && options_.root_weight;
  if (options_.beta) add("lin_beta", lin_beta_, 3 * joined, 1, false);
}

at::Tensor TransformerConv::with_root(const at::Tensor& out, const at::Tensor& target) {
  if (!options_.root_weight) return out;
  const at::Tensor root = lin_skip_->forward(target);
  if (!lin_beta_) return out + root;
  const at::Tensor beta = lin_beta_->forward(at::cat({out, root, out - root}, -1)).sigmoid();
  return beta * root + (1 - beta) * out;
}

AttentionResult TransformerConv::run(const Features& x, const Adjacency& edge_index, const at::Tensor& edge_attr,
                                     bool keep_order) {
  check_widths(x, options_.in_channels, name());
  require(x.source().dim() == 2, "TransformerConv: x has {} dimensions; nodes and features are needed",
          x.source().dim());
  require(x.target().defined(), "TransformerConv: x of the targets is None; features of both ends are needed");
  MessageEdges::check(edge_index, flow(), name());
  const std::vector<int64_t> headed = {-1, options_.heads, options_.out_channels};
  const at::Tensor query = lin_query_.forward(x.target()).view(headed);
  const at::Tensor key = lin_key_.forward(x.source()).view(headed);
  const at::Tensor value = lin_value_.forward(x.source()).view(headed);
  at::Tensor columns;
  if (lin_edge_) {
    columns = edge_columns(edge_attr.defined() ? edge_attr : edge_values(edge_index), edge_index, name());
    require(columns.defined(),
            "TransformerConv: edge_attr is None but edge_dim is {}; features of each edge are needed",
            *options_.edge_dim);
    check_width(columns, lin_edge_->in_channels().value_or(-1), "edge_attr", name());
  }
  Adjacency edges = edge_index;
  if (!lin_edge_ && !keep_order) edges = in_target_order(edges, key.size(0), query.size(0), *this);
  const at::Tensor alpha = edge_updater(edges, {}, arg<"query">(query), arg<"key">(key), arg<"columns">(columns));
  const Size size({value.size(0), query.size(0)});
  const at::Tensor out = propagate(edges, size, arg<"value">(value), arg<"columns">(columns), arg<"alpha">(alpha));
  return {with_root(join_heads(out, options_.concat), x.target()), edges, alpha};
}

EdgeTerms TransformerConv::with_columns(const Lifted& x_j, const at::Tensor& columns) const {
  EdgeTerms terms{.source = side_by_side(x_j)};
  if (!columns.defined()) return terms;
  terms.attr = columns;
  terms.weight = lin_edge_->weight();
  return terms;
}

at::Tensor TransformerConv::edge_update(Arg<"query_i"> query_i, Arg<"key_j"> key_j, Arg<"columns"> columns,
                                        Arg<"edges"> edges) {
  const double scale = 1 / std::sqrt(static_cast<double>(options_.out_channels));
  const EdgeTerms key = with_columns(key_j, columns);
  at::Tensor score;
  if (query_i.nodes().defined()) {
    score = reduce_terms(key, edges, {.kind = EdgeReduction::dot, .vector = query_i.nodes() * scale});
  } else {
    score = (query_i.tensor() * key.tensor().view_as(query_i.tensor())).sum(-1) * scale;
  }
  return at::dropout(graph::softmax(score, edges.groups(End::i)), options_.dropout, is_training());
}

Message TransformerConv::message(Arg<"value_j"> value_j, Arg<"columns"> columns, Arg<"alpha"> alpha) {
  EdgeTerms terms = with_columns(value_j, columns);
  terms.coefficient = alpha;
  return terms;
}

at::Tensor TransformerConv::forward(const Features& x, const Adjacency& edge_index, const at::Tensor& edge_attr) {
  return run(x, edge_index, edge_attr, false).out;
}

AttentionResult TransformerConv::forward_with_attention(const Features& x, const Adjacency& edge_index,
                                                        const at::Tensor& edge_attr) {
  return run(x, edge_index, edge_attr, true);
}

ValueList TransformerConv::call_values(const Features& x, const Adjacency& edge_index, const at::Tensor& edge_attr,
                                       const std::optional<bool>& return_attention_weights) {
  const bool wanted = return_attention_weights.has_value();
  return attention_values(run(x, edge_index, edge_attr, wanted), wanted);
}

ValueList TransformerConv::call(const CallArguments& arguments) {
  return call_for_values(*this, &TransformerConv::call_values,
                         {{"x"}, {"edge_index"}, {"edge_attr", Config()}, {"return_attention_weights", Config()}},
                         arguments);
}

std::string TransformerConv::to_string() const {
  return format("TransformerConv({}, {}, heads={})", options_.in_channels.text(), options_.out_channels,
                options_.heads);
}

}  // namespace spinel::nn
