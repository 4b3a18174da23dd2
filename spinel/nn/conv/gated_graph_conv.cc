#include "spinel/nn/conv/gated_graph_conv.h"

#include <ATen/ATen.h>

#include "spinel/base/error.h"
#include "spinel/nn/conv/normalized_edges.h"
#include "spinel/nn/inits.h"

namespace spinel::nn {

OptionTable<GatedGraphConvOptions> GatedGraphConv::options() {
  using Options = GatedGraphConvOptions;
  OptionTable<Options> table("GatedGraphConv");
  table.add("out_channels", &Options::out_channels, "width of the result, at least that of the input").required();
  table.add("num_layers", &Options::num_layers, "steps").required().range(0);
  table.add("aggr", &Options::aggr, "how messages are reduced");
  table.add("bias", &Options::bias, "whether the cell has biases");
  return table.include(&Options::kwargs, message_passing_options("GatedGraphConv", {"aggr"}));
}

GatedGraphConv::GatedGraphConv(GatedGraphConvOptions options)
    : MessagePassing("GatedGraphConv", options.aggr, options.kwargs),
      options_(std::move(options)),
      rnn_(options_.out_channels, options_.out_channels, options_.bias) {
  require(options_.num_layers >= 0, "GatedGraphConv: num_layers is {}; it must not be negative", options_.num_layers);
  add_parameter("weight", weight_ = at::empty({options_.num_layers, options_.out_channels, options_.out_channels}));
  add_child("rnn", rnn_);
  GatedGraphConv::reset_parameters();
}

void GatedGraphConv::reset_parameters() {
  MessagePassing::reset_parameters();
  uniform(weight_, options_.out_channels);
}

at::Tensor GatedGraphConv::forward(const at::Tensor& x, const Adjacency& edge_index, const at::Tensor& edge_weight) {
  require(x.dim() == 2, "GatedGraphConv: x has {} dimensions; nodes and features are needed", x.dim());
  const int64_t missing = options_.out_channels - x.size(1);
  require(missing >= 0, "GatedGraphConv: x has {} features but out_channels is {}; it must not have more", x.size(1),
          options_.out_channels);
  check_edge_weight(edge_weight, edge_index, name());
  at::Tensor h = missing > 0 ? at::constant_pad_nd(x, {0, missing}) : x;
  for (int64_t layer = 0; layer < options_.num_layers; ++layer) {
    const at::Tensor message = at::matmul(h, weight_[layer]);
    h = rnn_.forward(propagate(edge_index, {}, arg<"x">(Features(message, message)), arg<"edge_weight">(edge_weight)),
                     h);
  }
  return h;
}

ValueList GatedGraphConv::call(const CallArguments& arguments) {
  return call_forward(*this, &GatedGraphConv::forward, {{"x"}, {"edge_index"}, {"edge_weight", Config()}}, arguments);
}

std::string GatedGraphConv::to_string() const {
  return format("GatedGraphConv({}, num_layers={})", options_.out_channels, options_.num_layers);
}

}  // namespace spinel::nn
