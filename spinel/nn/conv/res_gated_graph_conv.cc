#include "spinel/nn/conv/res_gated_graph_conv.h"

#include <ATen/ATen.h>

#include "spinel/base/error.h"
#include "spinel/nn/conv/attention.h"
#include "spinel/nn/conv/edge_terms.h"
#include "spinel/nn/conv/linear_of_nodes.h"
#include "spinel/nn/dense/linear_product.h"
#include "spinel/nn/inits.h"

namespace spinel::nn {
namespace {

int64_t with_edges(int64_t width, const ResGatedGraphConvOptions& options) {
  require(width >= 0 || !options.edge_dim, "ResGatedGraphConv: in_channels is {}; edge_dim needs it", width);
  return width < 0 ? width : width + options.edge_dim.value_or(0);
}

}  // namespace

OptionTable<ResGatedGraphConvOptions> ResGatedGraphConv::options() {
  using Options = ResGatedGraphConvOptions;
  OptionTable<Options> table("ResGatedGraphConv");
  table.add("in_channels", &Options::in_channels, "width of the input, or of sources and targets; -1: as it comes")
      .required();
  table.add("out_channels", &Options::out_channels, "width of the result").required();
  table.add("act", &Options::act, "the activation of the gates");
  table.add("edge_dim", &Options::edge_dim, "width of edge_attr; null: it must not be given");
  table.add("root_weight", &Options::root_weight, "whether the node itself counts");
  table.add("bias", &Options::bias, "whether a bias is added");
  return table.include(&Options::kwargs, message_passing_options("ResGatedGraphConv"));
}

ResGatedGraphConv::ResGatedGraphConv(ResGatedGraphConvOptions options)
    : MessagePassing("ResGatedGraphConv", "add", options.kwargs),
      options_(std::move(options)),
      act_(options_.act.get()),
      lin_key_(with_edges(options_.in_channels.target, options_), options_.out_channels),
      lin_query_(with_edges(options_.in_channels.source, options_), options_.out_channels),
      lin_value_(with_edges(options_.in_channels.source, options_), options_.out_channels) {
  offer_switches(nullptr, &options_.root_weight);
  add_child("lin_key", lin_key_);
  add_child("lin_query", lin_query_);
  add_child("lin_value", lin_value_);
  if (options_.root_weight) {
    lin_skip_ =
        std::make_unique<Linear>(options_.in_channels.target, options_.out_channels, LinearOptions{.bias = false});
    add_child("lin_skip", *lin_skip_);
  }
  if (options_.bias) bias_ = at::zeros({options_.out_channels});
  add_parameter("bias", bias_);
}

void ResGatedGraphConv::reset_parameters() {
  MessagePassing::reset_parameters();
  zeros(bias_);
}

at::Tensor ResGatedGraphConv::of_nodes(const Linear& lin, const at::Tensor& x, int64_t width) const {
  return linear_product(x, lin.weight().narrow(1, 0, width), lin.bias());
}

at::Tensor ResGatedGraphConv::weight_of_edges(const Linear& lin) const {
  const int64_t width = *options_.edge_dim;
  return lin.weight().narrow(1, lin.weight().size(1) - width, width);
}

at::Tensor ResGatedGraphConv::forward(const Features& x, const Adjacency& edge_index, const at::Tensor& edge_attr) {
  check_widths(x, options_.in_channels, name());
  require(x.target().defined(), "ResGatedGraphConv: x of the targets is None; features of both ends are needed");
  const bool has_edges = options_.edge_dim.has_value();
  const at::Tensor attr =
      has_edges ? edge_columns(edge_attr.defined() ? edge_attr : edge_values(edge_index), edge_index, name())
                : edge_attr;
  require(attr.defined() == has_edges, "ResGatedGraphConv: edge_attr is {} but edge_dim is {}; both or none are needed",
          attr.defined() ? "given" : "None", has_edges ? "given" : "None");
  at::Tensor k, q, v;
  if (has_edges) {
    check_width(attr, *options_.edge_dim, "edge_attr", name());
    k = of_nodes(lin_key_, x.target(), x.target().size(-1));
    q = of_nodes(lin_query_, x.source(), x.source().size(-1));
    v = of_nodes(lin_value_, x.source(), x.source().size(-1));
  } else {
    k = lin_key_.forward(x.target());
    q = lin_query_.forward(x.source());
    v = lin_value_.forward(x.source());
  }
  // Sums of two parts, the gate and what it lets through.
  const Features sums(at::cat({q, v}, -1), at::cat({k, at::zeros_like(k)}, -1));
  at::Tensor out = propagate(edge_index, {}, arg<"sums">(sums), arg<"edge_attr">(attr));
  if (lin_skip_ && options_.root_weight) out = out + lin_skip_->forward(x.target());
  return add_bias(out, bias_);
}

Message ResGatedGraphConv::message(Arg<"sums_i"> sums_i, Arg<"sums_j"> sums_j, Arg<"edge_attr"> edge_attr) {
  EdgeTerms terms{.target = sums_i, .source = sums_j};
  if (options_.edge_dim) {
    terms.attr = edge_attr;
    terms.weight = at::cat({weight_of_edges(lin_key_) + weight_of_edges(lin_query_), weight_of_edges(lin_value_)});
  }
  if (act_ && act_->name() == "Sigmoid") {
    terms.activation = EdgeActivation::gated;
    return terms;
  }
  const std::vector<at::Tensor> parts = terms.tensor().chunk(2, -1);
  return (act_ ? act_->forward(parts[0]) : parts[0]) * parts[1];
}

ValueList ResGatedGraphConv::call(const CallArguments& arguments) {
  return call_forward(*this, &ResGatedGraphConv::forward, {{"x"}, {"edge_index"}, {"edge_attr", Config()}}, arguments);
}

std::string ResGatedGraphConv::to_string() const {
  return format("ResGatedGraphConv({}, {})", options_.in_channels.text(), options_.out_channels);
}

}  // namespace spinel::nn
