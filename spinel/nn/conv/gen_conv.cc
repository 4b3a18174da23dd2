#include "spinel/nn/conv/gen_conv.h"

#include <ATen/ATen.h>

#include "spinel/base/error.h"
#include "spinel/base/suggest.h"
#include "spinel/nn/conv/attention.h"
#include "spinel/nn/conv/edge_terms.h"
#include "spinel/nn/norm/batch_norm.h"
#include "spinel/nn/norm/layer_norm.h"

namespace spinel::nn {
namespace {

bool is_named(const GENConvOptions& options, std::string_view name) {
  return options.aggr.is_string() && options.aggr.as_string() == name;
}

Config aggregation(const GENConvOptions& options) {
  if (is_named(options, "softmax_sg")) return "softmax";
  if (is_named(options, "power")) return "powermean";
  return options.aggr;
}

/// The arguments of softmax and power mean, unless others are given.
MessagePassingOptions with_aggr_kwargs(const GENConvOptions& options) {
  MessagePassingOptions kwargs = options.kwargs;
  if (!kwargs.aggr_kwargs.is_null()) return kwargs;
  if (is_named(options, "softmax") || is_named(options, "softmax_sg")) {
    kwargs.aggr_kwargs = Config::map({{"t", Config(options.t)},
                                      {"learn", Config(options.learn_t)},
                                      {"semi_grad", Config(is_named(options, "softmax_sg"))}});
  } else if (is_named(options, "power") || is_named(options, "powermean")) {
    kwargs.aggr_kwargs = Config::map({{"p", Config(options.p)}, {"learn", Config(options.learn_p)}});
  }
  return kwargs;
}

}  // namespace

OptionTable<GENConvOptions> GENConv::options() {
  using Options = GENConvOptions;
  OptionTable<Options> table("GENConv");
  table.add("in_channels", &Options::in_channels, "width of the input, or of sources and targets; -1: as it comes")
      .required();
  table.add("out_channels", &Options::out_channels, "width of the result").required();
  table.add("aggr", &Options::aggr, "how messages are reduced");
  table.add("t", &Options::t, "inverse temperature of the softmax");
  table.add("learn_t", &Options::learn_t, "whether t is a parameter");
  table.add("p", &Options::p, "power of the power mean");
  table.add("learn_p", &Options::learn_p, "whether p is a parameter");
  table.add("msg_norm", &Options::msg_norm, "what is aggregated gets the length of the node's features");
  table.add("learn_msg_scale", &Options::learn_msg_scale, "whether its scale is a parameter");
  table.add("norm", &Options::norm, "norm in the MLP; null: none").choices({"batch", "layer", "instance"});
  table.add("num_layers", &Options::num_layers, "layers of the MLP").range(1);
  table.add("expansion", &Options::expansion, "hidden width of the MLP over out_channels").range(1);
  table.add("eps", &Options::eps, "what is added to messages");
  table.add("bias", &Options::bias, "whether linear maps have biases");
  table.add("edge_dim", &Options::edge_dim, "width of edge_attr; null: that of the result");
  return table.include(&Options::kwargs, message_passing_options("GENConv", {"aggr"}));
}

void GENConv::Mlp::add_linear(int64_t in, int64_t out, bool bias) {
  blocks_.push_back({std::make_unique<Linear>(in, out, LinearOptions{.bias = bias}), nullptr});
  add_child(std::to_string(next_++), *blocks_.back().lin);
}

void GENConv::Mlp::add_norm(const std::string& kind, int64_t width) {
  Block& block = blocks_.back();
  if (kind == "batch") block.norm = std::make_unique<BatchNorm1d>(BatchNormOptions{.in_channels = width});
  else if (kind == "layer")
    block.norm = std::make_unique<LayerNorm>(LayerNormOptions{.in_channels = width, .mode = "node"});
  else if (kind == "instance") block.of_rows = true;
  else
    fail(ErrorKind::invalid_argument, "GENConv: norm is '{}', which is unknown{}", kind,
         suggestion(kind, {"batch", "layer", "instance"}));
  if (block.norm) add_child(std::to_string(next_), *block.norm);
  ++next_;
}

at::Tensor GENConv::Mlp::forward(at::Tensor x) const {
  for (size_t k = 0; k < blocks_.size(); ++k) {
    const Block& block = blocks_[k];
    x = block.lin->forward(x);
    if (block.norm) x = block.norm->forward(x);
    if (block.of_rows) x = at::layer_norm(x, {x.size(-1)});
    if (k + 1 < blocks_.size()) x = x.relu();
  }
  return x;
}

void GENConv::add(const char* name, std::unique_ptr<Linear>& lin, int64_t in) {
  lin = std::make_unique<Linear>(in, options_.out_channels, LinearOptions{.bias = options_.bias});
  add_child(name, *lin);
}

GENConv::GENConv(GENConvOptions options)
    : MessagePassing("GENConv", aggregation(options), with_aggr_kwargs(options)), options_(std::move(options)) {
  const int64_t out = options_.out_channels;
  require(options_.num_layers >= 1, "GENConv: num_layers is {}; it must be at least 1", options_.num_layers);
  if (options_.in_channels.source != out) add("lin_src", lin_src_, options_.in_channels.source);
  if (options_.edge_dim && *options_.edge_dim != out) add("lin_edge", lin_edge_, *options_.edge_dim);
  const int64_t aggregated = aggr_module() ? aggr_module()->out_channels(out) : out;
  if (aggregated != out) add("lin_aggr_out", lin_aggr_out_, aggregated);
  if (options_.in_channels.target != out) add("lin_dst", lin_dst_, options_.in_channels.target);
  for (int64_t layer = 0; layer < options_.num_layers; ++layer) {
    const bool last = layer + 1 == options_.num_layers;
    const int64_t width = last ? out : out * options_.expansion;
    mlp_.add_linear(layer == 0 ? out : out * options_.expansion, width, options_.bias);
    if (last) break;
    if (options_.norm) mlp_.add_norm(*options_.norm, width);
    mlp_.skip(2);
  }
  add_child("mlp", mlp_);
  if (options_.msg_norm) {
    msg_norm_ = std::make_unique<MessageNorm>(options_.learn_msg_scale);
    add_child("msg_norm", *msg_norm_);
  }
}

at::Tensor GENConv::forward(const Features& x, const Adjacency& edge_index, const at::Tensor& edge_attr,
                            const Size& size) {
  check_widths(x, options_.in_channels, name());
  MessageEdges::check(edge_index, flow(), name());
  const at::Tensor source = lin_src_ ? lin_src_->forward(x.source()) : x.source();
  const at::Tensor attr = edge_columns(edge_attr.defined() ? edge_attr : edge_values(edge_index), edge_index, name());
  const at::Tensor sent = attr.defined() ? source : source.relu() + options_.eps;
  at::Tensor out = propagate(edge_index, size, arg<"x">(Features(sent, x.target())), arg<"edge_attr">(attr));
  if (lin_aggr_out_) out = lin_aggr_out_->forward(out);
  const at::Tensor& own = x.is_pair() ? x.target() : x.source();
  if (msg_norm_) out = msg_norm_->forward(own.defined() ? own : source, out);
  if (own.defined()) out = out + (lin_dst_ ? lin_dst_->forward(own) : own);
  return mlp_.forward(out);
}

Message GENConv::message(Arg<"x_j"> x_j, Arg<"edge_attr"> edge_attr) {
  if (!edge_attr.defined()) return x_j;
  EdgeTerms terms = with_attributes(x_j, edge_attr, lin_edge_.get(), name());
  terms.activation = EdgeActivation::relu;
  terms.offset = options_.eps;
  return terms;
}

ValueList GENConv::call(const CallArguments& arguments) {
  return call_forward(*this, &GENConv::forward, {{"x"}, {"edge_index"}, {"edge_attr", Config()}, {"size", Config()}},
                      arguments);
}

std::string GENConv::to_string() const {
  return format("GENConv({}, {}, aggr={})", options_.in_channels.text(), options_.out_channels, aggr_text());
}

}  // namespace spinel::nn
