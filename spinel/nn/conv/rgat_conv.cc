#include "spinel/nn/conv/rgat_conv.h"

#include <ATen/ATen.h>

#include "spinel/base/error.h"
#include "spinel/graph/utils/softmax.h"
#include "spinel/nn/conv/channels.h"
#include "spinel/nn/conv/normalized_edges.h"
#include "spinel/nn/conv/relations.h"
#include "spinel/nn/dense/linear_product.h"
#include "spinel/nn/inits.h"

namespace spinel::nn {
namespace {

const char* const within = "within-relation";
const char* const multiplicative = "multiplicative-self-attention";

}  // namespace

OptionTable<RGATConvOptions> RGATConv::options() {
  using Options = RGATConvOptions;
  OptionTable<Options> table("RGATConv");
  table.add("in_channels", &Options::in_channels, "width of the input").required().range(0);
  table.add("out_channels", &Options::out_channels, "width of the result of each head").required().range(0);
  table.add("num_relations", &Options::num_relations, "types of edges").required().range(1);
  table.add("num_bases", &Options::num_bases, "weights are mixtures of so many matrices; null: one for each type");
  table.add("num_blocks", &Options::num_blocks, "weights have so many blocks on the diagonal; null: they are full");
  table.add("mod", &Options::mod, "how the degree of a node counts: additive, scaled, f-additive, f-scaled; null: not");
  table.add("attention_mechanism", &Options::attention_mechanism, "which edges share a softmax")
      .choices({"across-relation", within});
  table.add("attention_mode", &Options::attention_mode, "how scores are made of both ends")
      .choices({"additive-self-attention", multiplicative});
  table.add("heads", &Options::heads, "number of attention heads").range(1);
  table.add("dim", &Options::dim, "scores of each head; above 1 only with multiplicative attention").range(1);
  table.add("concat", &Options::concat, "heads side by side, or their mean");
  table.add("negative_slope", &Options::negative_slope, "slope of the LeakyReLU of scores below 0");
  table.add("dropout", &Options::dropout, "probability that an attention weight is dropped in training").range(0, 1);
  table.add("edge_dim", &Options::edge_dim, "width of edge_attr; null: it does not count");
  table.add("bias", &Options::bias, "whether a bias is added");
  return table.include(&Options::kwargs, message_passing_options("RGATConv", {"node_dim"}));
}

RGATConv::RGATConv(RGATConvOptions options)
    : MessagePassing("RGATConv", "add", with_node_dim(options.kwargs, 0)), options_(std::move(options)) {
  const RGATConvOptions& o = options_;
  require(o.heads >= 1 && o.dim >= 1 && o.num_relations >= 1,
          "RGATConv: it has {} heads of {} scores for {} relations; at least one of each is needed", o.heads, o.dim,
          o.num_relations);
  require(o.attention_mechanism == within || o.attention_mechanism == "across-relation",
          "RGATConv: attention_mechanism is '{}'; within-relation or across-relation is needed", o.attention_mechanism);
  require(o.attention_mode == multiplicative || o.attention_mode == "additive-self-attention",
          "RGATConv: attention_mode is '{}'; additive-self-attention or multiplicative-self-attention is needed",
          o.attention_mode);
  require(o.dim == 1 || o.attention_mode == multiplicative,
          "RGATConv: dim is {} but attention_mode is {}; only multiplicative-self-attention has several scores", o.dim,
          o.attention_mode);
  const std::string mod = o.mod.value_or("");
  require(!o.mod || mod == "additive" || mod == "scaled" || mod == "f-additive" || mod == "f-scaled",
          "RGATConv: mod is '{}'; additive, scaled, f-additive, f-scaled or null is needed", mod);
  require(!o.mod || o.dropout == 0, "RGATConv: mod is {} and dropout is {}; dropout must be 0 with a mod", mod,
          o.dropout);
  add_weights();
  const auto reduce = aggr_module() ? aggr_module()->plain_reduce() : std::nullopt;
  is_linear_ = reduce == graph::GroupReduce::sum || reduce == graph::GroupReduce::mean;
  RGATConv::reset_parameters();
}

void RGATConv::add_weights() {
  const RGATConvOptions& o = options_;
  const int64_t all = o.heads * o.out_channels, in = o.in_channels, out = o.out_channels;
  require(!o.num_bases || !o.num_blocks, "RGATConv: num_bases is {} and num_blocks is {}; only one of both can be used",
          o.num_bases.value_or(0), o.num_blocks.value_or(0));
  if (o.num_bases) {
    require(*o.num_bases >= 1, "RGATConv: num_bases is {}; at least one is needed", *o.num_bases);
    att_ = at::empty({o.num_relations, *o.num_bases});
    basis_ = at::empty({*o.num_bases, in, all});
  } else if (o.num_blocks) {
    const int64_t blocks = *o.num_blocks;
    require(blocks >= 1 && in % blocks == 0 && all % blocks == 0,
            "RGATConv: num_blocks is {}, which does not divide the widths {} and {}", blocks, in, all);
    weight_ = at::empty({o.num_relations, blocks, in / blocks, all / blocks});
  } else {
    weight_ = at::empty({o.num_relations, in, all});
  }
  add_parameter("q", q_ = at::empty({all, o.heads * o.dim}));
  add_parameter("k", k_ = at::empty({all, o.heads * o.dim}));
  if (o.bias) bias_ = at::empty({(o.concat ? o.heads : 1) * o.dim * out});
  add_parameter("bias", bias_);
  if (o.edge_dim) {
    lin_edge_ =
        std::make_unique<Linear>(*o.edge_dim, all, LinearOptions{.bias = false, .weight_initializer = "glorot"});
    add_child("lin_edge", *lin_edge_);
    e_ = at::empty({all, o.heads * o.dim});
  }
  add_parameter("e", e_);
  add_parameter("att", att_);
  add_parameter("basis", basis_);
  add_parameter("weight", weight_);
  add_parameter("w", w_ = at::empty({out}));
  add_parameter("l1", l1_ = at::empty({1, out}));
  add_parameter("b1", b1_ = at::empty({1, out}));
  add_parameter("l2", l2_ = at::empty({out, out}));
  add_parameter("b2", b2_ = at::empty({1, out}));
}

void RGATConv::reset_parameters() {
  MessagePassing::reset_parameters();
  for (const at::Tensor& tensor : {basis_, att_, weight_, q_, k_, e_}) {
    if (tensor.defined()) glorot(tensor);
  }
  ones(w_);
  ones(l1_);
  constant(l2_, options_.out_channels > 0 ? 1.0 / static_cast<double>(options_.out_channels) : 0);
  for (const at::Tensor& tensor : {bias_, b1_, b2_}) zeros(tensor);
}

at::Tensor RGATConv::relation_weights() const {
  if (!basis_.defined()) return weight_;
  return at::matmul(att_, basis_.flatten(1)).view({options_.num_relations, basis_.size(1), basis_.size(2)});
}

Features RGATConv::checked_ends(const Features& x, const Adjacency& edge_index, const Size& size) const {
  check_widths(x, options_.in_channels, name());
  require(x.source().dim() == 2 && x.source().is_floating_point(),
          "RGATConv: x has {} dimensions of {}; features [nodes, {}] are needed", x.source().dim(),
          at::toString(x.source().scalar_type()), options_.in_channels);
  require(x.target().defined(), "RGATConv: x of the targets is None; features of both ends are needed");
  MessageEdges::check(edge_index, flow(), name());
  const int64_t size0 = x.source().size(0), size1 = x.target().size(0);
  require(!size || ((*size)[0] == size0 && (*size)[1] == size1),
          "RGATConv: size is ({}, {}) but x has ({}, {}) nodes; they must be the same", size ? (*size)[0] : 0,
          size ? (*size)[1] : 0, size0, size1);
  check_nodes(edge_index, size0, size1, name(), flow());
  return both_ends(x);
}

at::Tensor RGATConv::attention(const RelationEdges& relations, const MessageEdges& ends, const at::Tensor& h,
                               const at::Tensor& target, const at::Tensor& weight, const at::Tensor& edge_attr) {
  // Scores of targets need no features of their pairs: x W_r Q is x (W_r Q), which is narrow.
  at::Tensor of_query = weight;
  if (weight.dim() == 4) {
    const at::Tensor rows = q_.view({1, weight.size(1), weight.size(3), q_.size(1)});
    of_query = at::matmul(weight, rows).flatten(1, 2);
  } else {
    of_query = at::matmul(weight, q_);
  }
  const at::Tensor query = relations.target.multiply(target, of_query).index_select(0, relations.target.place);
  const at::Tensor key = at::matmul(h, k_).index_select(0, relations.source.place);
  const bool multiplied = options_.attention_mode == multiplicative;
  at::Tensor score = multiplied ? query * key : query + key;
  if (edge_attr.defined()) {
    require(lin_edge_ != nullptr, "RGATConv: edge_attr is given but edge_dim is None; it must be {}",
            edge_attr.size(-1));
    check_width(edge_attr, *options_.edge_dim, "edge_attr", name());
    const at::Tensor of_edge = at::matmul(edge_attr, at::matmul(lin_edge_->weight().t(), e_));
    score = multiplied ? score * of_edge : score + of_edge;
  }
  if (!multiplied) score = at::leaky_relu(score, options_.negative_slope);
  if (options_.attention_mechanism != within) return graph::softmax(score, ends.groups(End::i));
  const int64_t pairs = relations.target.node.size(0);
  return graph::softmax(score, graph::Groups::from_index(relations.target.place, pairs, name()));
}

at::Tensor RGATConv::aggregate_pairs(const RelationEdges& relations, const MessageEdges& ends, const at::Tensor& h,
                                     at::Tensor alpha) {
  const std::string mod = options_.mod.value_or("");
  const graph::Groups targets = ends.groups(End::i);
  if (mod == "f-additive") alpha = at::where(alpha > 0, alpha + 1, alpha);
  else if (mod == "f-scaled")
    alpha = alpha * targets.count().to(alpha.scalar_type()).index_select(0, targets.index()).unsqueeze(-1);
  else if (mod.empty()) alpha = at::dropout(alpha, options_.dropout, is_training());
  at::Tensor scale;
  if (mod == "scaled") {
    const at::Tensor degree = targets.count().to(h.scalar_type()).unsqueeze(-1);
    scale = (at::matmul((at::matmul(degree, l1_) + b1_).relu(), l2_) + b2_).unsqueeze(1);
  }
  const int64_t pairs = h.size(0), nodes = ends.size(End::i);
  const Size size({pairs, nodes});
  // Each of the `dim` scores of a head is a weight of its own for the same features.
  at::Tensor x = h.view({pairs, options_.heads, 1, options_.out_channels});
  x = x.expand({-1, -1, options_.dim, -1}).reshape({pairs, options_.heads * options_.dim, options_.out_channels});
  const auto pass = [&](const at::Tensor& weights, const at::Tensor& of_target) {
    return propagate(relations.edges, size, arg<"x">(Features(x, at::Tensor())), arg<"alpha">(weights),
                     arg<"scale">(Features(at::Tensor(), of_target)));
  };
  if (!is_linear_ || is_observed()) return pass(alpha, scale);
  const at::Tensor out = pass(alpha, {});
  if (mod == "additive") return out + w_ * pass({}, {});
  return scale.defined() ? out * scale : out;
}

Message RGATConv::message(Arg<"x_j"> x_j, Arg<"alpha"> alpha, Arg<"scale_i"> scale_i) {
  if (!alpha.defined()) return x_j;
  const at::Tensor weight = alpha.unsqueeze(-1);
  if (scale_i.defined()) return weight * x_j.tensor() * scale_i;
  const bool adds = options_.mod == "additive" && (!is_linear_ || is_observed());
  if (adds) return weight * x_j.tensor() + w_ * x_j.tensor();
  return weight * x_j;
}

AttentionResult RGATConv::forward_with_attention(const Features& x, const Adjacency& edge_index,
                                                 const at::Tensor& edge_type, const at::Tensor& edge_attr,
                                                 const Size& size) {
  const Features by_role = checked_ends(x, edge_index, size);
  const at::Tensor &source = by_role.source(), &target = by_role.target();
  const at::Tensor types = edge_type.defined() ? edge_type : edge_values(edge_index);
  require(types.defined(), "RGATConv: edge_type is None; the type of each edge is needed");
  check_relations(types, edge_index, options_.num_relations, name());
  const at::Tensor columns = edge_columns(edge_attr, edge_index, name());
  const MessageEdges ends(edge_index, flow(), target.size(0), source.size(0), name());
  const RelationEdges relations = relation_edges(edge_index, types, options_.num_relations, ends, flow());
  const at::Tensor weight = relation_weights();
  const at::Tensor h = relations.source.multiply(source, weight);
  const at::Tensor alpha = attention(relations, ends, h, target, weight, columns);
  at::Tensor out = aggregate_pairs(relations, ends, h, alpha);
  if (!options_.concat) out = out.unflatten(1, {options_.heads, options_.dim}).mean(1);
  out = out.flatten(1);
  return {add_bias(out, bias_), edge_index, alpha};
}

at::Tensor RGATConv::forward(const Features& x, const Adjacency& edge_index, const at::Tensor& edge_type,
                             const at::Tensor& edge_attr, const Size& size) {
  return forward_with_attention(x, edge_index, edge_type, edge_attr, size).out;
}

ValueList RGATConv::call_values(const Features& x, const Adjacency& edge_index, const at::Tensor& edge_type,
                                const at::Tensor& edge_attr, const Size& size,
                                const std::optional<bool>& return_attention_weights) {
  return attention_values(forward_with_attention(x, edge_index, edge_type, edge_attr, size),
                          return_attention_weights.has_value());
}

ValueList RGATConv::call(const CallArguments& arguments) {
  return call_for_values(*this, &RGATConv::call_values,
                         {{"x"},
                          {"edge_index"},
                          {"edge_type", Config()},
                          {"edge_attr", Config()},
                          {"size", Config()},
                          {"return_attention_weights", Config()}},
                         arguments);
}

std::string RGATConv::to_string() const {
  return format("RGATConv({}, {}, heads={})", options_.in_channels, options_.out_channels, options_.heads);
}

}  // namespace spinel::nn
