#include "spinel/nn/conv/nn_conv.h"

#include <ATen/ATen.h>

#include "spinel/base/error.h"
#include "spinel/nn/conv/attention.h"
#include "spinel/nn/inits.h"

namespace spinel::nn {

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
  at::Tensor out = propagate(edge_index, size, arg<"x">(x), arg<"edge_attr">(attr));
  if (lin_ && options_.root_weight && x.target().defined()) out = out + lin_->forward(x.target());
  return bias_.defined() ? out + bias_ : out;
}

at::Tensor NNConv::message(Arg<"x_j"> x_j, Arg<"edge_attr"> edge_attr) {
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
