#include "spinel/nn/conv/hypergraph_conv.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "spinel/base/error.h"
#include "spinel/graph/reduce.h"
#include "spinel/graph/utils/softmax.h"
#include "spinel/nn/conv/attention.h"
#include "spinel/nn/conv/channels.h"
#include "spinel/nn/conv/normalized_edges.h"
#include "spinel/nn/dense/linear_product.h"
#include "spinel/nn/inits.h"

namespace spinel::nn {
namespace {

/// 1 / x, 0 where x is 0.
at::Tensor inverse_or_zero(const at::Tensor& x) { return x.reciprocal().masked_fill(x == 0, 0); }

}  // namespace

OptionTable<HypergraphConvOptions> HypergraphConv::options() {
  using Options = HypergraphConvOptions;
  OptionTable<Options> table("HypergraphConv");
  table.add("in_channels", &Options::in_channels, "width of the input; -1: that of the first input").required();
  table.add("out_channels", &Options::out_channels, "width of the result of each head").required();
  table.add("use_attention", &Options::use_attention, "whether incidences have weights by attention");
  table.add("attention_mode", &Options::attention_mode, "what a softmax is over: nodes of a hyperedge, or the reverse")
      .choices({"node", "edge"});
  table.add("heads", &Options::heads, "number of attention heads").range(1);
  table.add("concat", &Options::concat, "heads side by side, or their mean");
  table.add("negative_slope", &Options::negative_slope, "of the leaky ReLU on attention scores");
  table.add("dropout", &Options::dropout, "probability that an attention weight is dropped in training").range(0, 1);
  table.add("bias", &Options::bias, "whether a bias is added");
  return table.include(&Options::kwargs, message_passing_options("HypergraphConv", {"flow", "node_dim"}));
}

HypergraphConv::HypergraphConv(HypergraphConvOptions options)
    : MessagePassing("HypergraphConv", "add", with_node_dim(options.kwargs, 0)),
      options_(std::move(options)),
      lin_(options_.in_channels, options_.heads * options_.out_channels,
           {.bias = false, .weight_initializer = "glorot"}) {
  const int64_t heads = options_.heads, out = options_.out_channels;
  require(options_.use_attention || heads == 1, "HypergraphConv: it has {} heads without attention; 1 is needed",
          heads);
  require(options_.attention_mode == "node" || options_.attention_mode == "edge",
          "HypergraphConv: attention_mode is '{}'; 'node' or 'edge' is needed", options_.attention_mode);
  add_child("lin", lin_);
  if (options_.use_attention) att_ = at::empty({1, heads, 2 * out});
  else options_.concat = true;
  add_parameter("att", att_);
  if (options_.bias) bias_ = at::empty({options_.concat ? heads * out : out});
  add_parameter("bias", bias_);
  HypergraphConv::reset_parameters();
}

void HypergraphConv::reset_parameters() {
  MessagePassing::reset_parameters();
  if (att_.defined()) glorot(att_);
  zeros(bias_);
}

at::Tensor HypergraphConv::attention(const at::Tensor& nodes, const at::Tensor& attr, const MessageEdges& to_edges) {
  // a · [x, e] is a₁ · x + a₂ · e: numbers of nodes and of hyperedges, before any incidence.
  const int64_t out = options_.out_channels;
  const at::Tensor of_nodes = (nodes * att_.narrow(-1, 0, out)).sum(-1);
  const at::Tensor of_edges = (attr * att_.narrow(-1, out, out)).sum(-1);
  const at::Tensor score =
      at::leaky_relu(to_edges.lift(of_nodes, End::j, 0) + to_edges.lift(of_edges, End::i, 0), options_.negative_slope);
  const End over = options_.attention_mode == "node" ? End::i : End::j;
  return at::dropout(graph::softmax(score, to_edges.groups(over)), options_.dropout, is_training());
}

at::Tensor HypergraphConv::forward(const at::Tensor& x, const at::Tensor& hyperedge_index,
                                   const at::Tensor& hyperedge_weight, const at::Tensor& hyperedge_attr,
                                   std::optional<int64_t> num_edges) {
  check_width(x, options_.in_channels, "x", name());
  MessageEdges::check(hyperedge_index, flow(), name());
  for (const auto& [tensor, what] : {std::pair(hyperedge_attr, "attr"), std::pair(hyperedge_weight, "weight")}) {
    require(!tensor.defined() || tensor.dim() >= 1, "HypergraphConv: hyperedge_{} is a number; one for each is needed",
            what);
  }
  const int64_t nodes = x.size(0);
  if (!num_edges) {
    const at::Tensor members = hyperedge_index.select(0, 1);
    num_edges = members.numel() == 0 ? 0 : members.max().item<int64_t>() + 1;
    if (hyperedge_attr.defined()) num_edges = std::max(*num_edges, hyperedge_attr.size(0));
    if (hyperedge_weight.defined()) num_edges = std::max(*num_edges, hyperedge_weight.size(0));
  }
  check_nodes(hyperedge_index, nodes, *num_edges, name());
  const MessageEdges to_edges(hyperedge_index, flow(), *num_edges, nodes, name());
  at::Tensor h = lin_.forward(x), alpha;
  if (options_.use_attention) {
    require(hyperedge_attr.defined(), "HypergraphConv: hyperedge_attr is None; attention needs it");
    require(hyperedge_attr.size(0) == *num_edges,
            "HypergraphConv: hyperedge_attr has {} rows but there are {} hyperedges", hyperedge_attr.size(0),
            *num_edges);
    check_width(hyperedge_attr, options_.in_channels, "hyperedge_attr", name());
    const std::vector<int64_t> headed = {-1, options_.heads, options_.out_channels};
    h = h.view(headed);
    alpha = attention(h, lin_.forward(hyperedge_attr).view(headed), to_edges);
  }
  const at::Tensor weight = hyperedge_weight.defined() ? hyperedge_weight : at::ones({*num_edges}, h.options());
  require(weight.dim() == 1 && weight.size(0) == *num_edges,
          "HypergraphConv: hyperedge_weight has {} numbers but there are {} hyperedges", weight.numel(), *num_edges);
  const at::Tensor degree = to_edges.product_back(weight.unsqueeze(-1)).squeeze(-1);
  const at::Tensor members = to_edges.groups(End::i).count().to(h.scalar_type());
  const std::vector<int64_t> rows =
      options_.use_attention ? std::vector<int64_t>{-1, 1, 1} : std::vector<int64_t>{-1, 1};
  at::Tensor out = propagate(hyperedge_index, Size({nodes, *num_edges}), arg<"x">(h), arg<"alpha">(alpha));
  out = out * inverse_or_zero(members).view(rows);
  out = propagate(reversed_edges(hyperedge_index), Size({*num_edges, nodes}), arg<"x">(out), arg<"alpha">(alpha));
  out = out * inverse_or_zero(degree).view(rows);
  if (options_.use_attention) out = join_heads(out, options_.concat);
  return add_bias(out, bias_);
}

ValueList HypergraphConv::call(const CallArguments& arguments) {
  return call_forward(*this, &HypergraphConv::forward,
                      {{"x"},
                       {"hyperedge_index"},
                       {"hyperedge_weight", Config()},
                       {"hyperedge_attr", Config()},
                       {"num_edges", Config()}},
                      arguments);
}

std::string HypergraphConv::to_string() const {
  return format("HypergraphConv({}, {})", options_.in_channels, options_.out_channels);
}

}  // namespace spinel::nn
