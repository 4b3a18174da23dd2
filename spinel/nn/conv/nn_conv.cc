#include "spinel/nn/conv/nn_conv.h"

#include <ATen/ATen.h>

#include "spinel/base/error.h"
#include "spinel/nn/conv/attention.h"
#include "spinel/nn/conv/remembered.h"
#include "spinel/nn/dense/grouped_product.h"
#include "spinel/nn/dense/linear_product.h"
#include "spinel/nn/inits.h"

namespace spinel::nn {
namespace {

/// Edges in order of their sources, and their features in the same order.
struct EdgesBySource {
  at::Tensor edge_index, attr;
};

EdgesBySource by_source(const Adjacency& adjacency, const at::Tensor& attr, int64_t num_sources,
                        const std::string& owner) {
  const at::Tensor list = edge_list(adjacency);
  const at::Tensor perm = *remembered(list, format("order by {} sources", num_sources), [&] {
    return MessageEdges(list, Flow::source_to_target, num_sources, num_sources, owner).groups(End::j).perm();
  });
  if (!perm.defined()) return {list, attr};
  const auto in_order = [&] { return attr.index_select(0, perm); };
  return {*remembered(list, "in order of sources", [&] { return list.index_select(1, perm); }),
          attr.requires_grad() ? in_order() : *remembered(attr, format("by {}", remembered_number(list)), in_order)};
}

}  // namespace

OptionTable<NNConvOptions> NNConv::options() {
  using Options = NNConvOptions;
  OptionTable<Options> table("NNConv");
  table.add("in_channels", &Options::in_channels, "width of the input, or of sources and targets").required();
  table.add("out_channels", &Options::out_channels, "width of the result").required();
  table.add("nn", &Options::nn, "the layer that makes a matrix of each edge").required();
  table.add("aggr", &Options::aggr, "how messages are reduced");
  table.add("root_weight", &Options::root_weight, "whether the node itself counts");
  table.add("bias", &Options::bias, "whether a bias is added");
  return table.include(&Options::kwargs, message_passing_options("NNConv", {"aggr"}));
}

NNConv::NNConv(NNConvOptions options)
    : MessagePassing("NNConv", options.aggr, options.kwargs), options_(std::move(options)) {
  offer_switches(nullptr, &options_.root_weight);
  require(!options_.nn.is_none(), "NNConv: nn is None; a layer is needed");
  nn_ = options_.nn.get();
  add_child("nn", *nn_);
  if (options_.root_weight) {
    lin_ = std::make_unique<Linear>(options_.in_channels.target, options_.out_channels,
                                    LinearOptions{.bias = false, .weight_initializer = "uniform"});
    add_child("lin", *lin_);
  }
  if (options_.bias) bias_ = at::zeros({options_.out_channels});
  add_parameter("bias", bias_);
}

void NNConv::reset_parameters() {
  MessagePassing::reset_parameters();
  zeros(bias_);
}

at::Tensor NNConv::forward(const Features& x, const Adjacency& edge_index, const at::Tensor& edge_attr,
                           const Size& size) {
  check_widths(x, options_.in_channels, name());
  const at::Tensor attr = edge_columns(edge_attr.defined() ? edge_attr : edge_values(edge_index), edge_index, name());
  require(attr.defined(), "NNConv: edge_attr is None; features of each edge are needed");
  check_width(attr, nn_->in_channels().value_or(-1), "edge_attr", name());
  at::Tensor out;
  if (is_made_by_source(x, edge_index)) {
    const EdgesBySource edges = by_source(edge_index, attr, x.source().size(0), name());
    Size sizes = size;
    if (edge_index.is_sparse()) sizes = {edge_index.adj_t().sparse_size(1), edge_index.adj_t().sparse_size(0)};
    out = propagate(edges.edge_index, sizes, arg<"x">(both_ends(x)), arg<"edge_attr">(at::Tensor()),
                    arg<"attr_by_source">(edges.attr));
  } else {
    out = propagate(edge_index, size, arg<"x">(both_ends(x)), arg<"edge_attr">(attr),
                    arg<"attr_by_source">(at::Tensor()));
  }
  if (lin_ && options_.root_weight && x.target().defined()) out = out + lin_->forward(x.target());
  return add_bias(out, bias_);
}

bool NNConv::is_made_by_source(const Features& x, const Adjacency& edge_index) const {
  if (!may_bypass_messages() || flow() != Flow::source_to_target || x.source().dim() != 2) return false;
  MessageEdges::check(edge_index, flow(), name());
  const int64_t edges = edge_index.num_edges();
  const Linear* const last = nn_->steps().back().linear;
  return edges >= x.source().size(0) && last && last->out_channels() == x.source().size(1) * options_.out_channels;
}

at::Tensor NNConv::message_by_source(const Lifted& x_j, const at::Tensor& edge_attr) const {
  const std::vector<LayerStep> steps = nn_->steps();
  const Linear& last = *steps.back().linear;
  const at::Tensor& x = x_j.nodes();
  const int64_t in = x.size(1), out = options_.out_channels, hidden = last.weight().size(1);
  const at::Tensor h = apply_steps(steps, edge_attr, 0, 1);
  // [sources, out, hidden]: one matrix for all edges of a source.
  const at::Tensor matrices = x.mm(last.weight().view({in, out * hidden})).view({-1, out, hidden});
  const at::Tensor message = grouped_product(h, x_j.edges().groups(End::j).ptr(), matrices.transpose(1, 2));
  if (!last.bias().defined()) return message;
  return message + x_j.edges().lift(x.mm(last.bias().view({in, out})), End::j, 0);
}

at::Tensor NNConv::message(Arg<"x_j"> x_j, Arg<"edge_attr"> edge_attr, Arg<"attr_by_source"> attr_by_source) {
  if (attr_by_source.defined()) return message_by_source(x_j, attr_by_source);
  const int64_t in = x_j.tensor().size(-1), out = options_.out_channels;
  const at::Tensor weight = nn_->forward(edge_attr);
  require(weight.size(-1) == in * out, "NNConv: nn makes {} numbers of an edge but {} times {} are needed",
          weight.size(-1), in, out);
  return at::matmul(x_j.tensor().unsqueeze(1), weight.view({-1, in, out})).squeeze(1);
}

ValueList NNConv::call(const CallArguments& arguments) {
  return call_forward(*this, &NNConv::forward, {{"x"}, {"edge_index"}, {"edge_attr", Config()}, {"size", Config()}},
                      arguments);
}

std::string NNConv::to_string() const {
  return format("NNConv({}, {}, aggr={}, nn={})", options_.in_channels.text(), options_.out_channels, aggr_text(),
                nn_->to_string());
}

}  // namespace spinel::nn
