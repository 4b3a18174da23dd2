#include "spinel/nn/conv/gravnet_conv.h"

#include <ATen/ATen.h>

#include "spinel/base/error.h"
#include "spinel/base/log.h"
#include "spinel/nn/conv/channels.h"
#include "spinel/nn/conv/dynamic_edge_conv.h"

namespace spinel::nn {

OptionTable<GravNetConvOptions> GravNetConv::options() {
  using Options = GravNetConvOptions;
  OptionTable<Options> table("GravNetConv");
  table.add("in_channels", &Options::in_channels, "width of the input; -1: that of the first input").required();
  table.add("out_channels", &Options::out_channels, "width of the result").required().range(0);
  table.add("space_dimensions", &Options::space_dimensions, "dimensions of the space of neighbours")
      .required()
      .range(1);
  table.add("propagate_dimensions", &Options::propagate_dimensions, "width of messages").required().range(0);
  table.add("k", &Options::k, "neighbours of each node").required().range(1);
  table.add("num_workers", &Options::num_workers, "deprecated: torch's threads search for neighbours");
  return table.include(&Options::kwargs, message_passing_options("GravNetConv", {"aggr", "flow"}));
}

GravNetConv::GravNetConv(GravNetConvOptions options)
    : MessagePassing("GravNetConv", Config(Config::List{"mean", "max"}), options.kwargs),
      options_(std::move(options)),
      lin_s_(options_.in_channels, options_.space_dimensions),
      lin_h_(options_.in_channels, options_.propagate_dimensions),
      lin_out1_(options_.in_channels, options_.out_channels, {.bias = false}),
      lin_out2_(2 * options_.propagate_dimensions, options_.out_channels) {
  require(options_.k >= 1 && options_.space_dimensions >= 1,
          "GravNetConv: k is {} in {} dimensions; at least one of each is needed", options_.k,
          options_.space_dimensions);
  if (options_.num_workers) log_warning("GravNetConv: num_workers is deprecated; torch's threads search");
  add_child("lin_s", lin_s_);
  add_child("lin_h", lin_h_);
  add_child("lin_out1", lin_out1_);
  add_child("lin_out2", lin_out2_);
}

at::Tensor GravNetConv::forward(const Features& x, const Features& batch) {
  check_widths(x, options_.in_channels, name());
  require(x.source().dim() == 2, "GravNetConv: x has {} dimensions; static graphs are not supported, 2 are needed",
          x.source().dim());
  require(x.target().defined(), "GravNetConv: x of the targets is None; features of both ends are needed");
  const at::Tensor h = lin_h_.forward(x.source()), source = lin_s_.forward(x.source());
  check_width(x.target(), x.source().size(1), "x of the targets", name());
  const at::Tensor target = x.is_pair() ? lin_s_.forward(x.target()) : source;
  const at::Tensor edges = nearest_edges(source, target, options_.k, batch, name());
  const Size size({source.size(0), target.size(0)});
  const at::Tensor difference = source.index_select(0, edges[0]) - target.index_select(0, edges[1]);
  const at::Tensor weight = (difference.square().sum(-1) * -10).exp();
  const at::Tensor out = propagate(edges, size, arg<"x">(Features(h, at::Tensor())), arg<"edge_weight">(weight));
  return lin_out1_.forward(x.target()) + lin_out2_.forward(out);
}

Message GravNetConv::message(Arg<"x_j"> x_j, Arg<"edge_weight"> edge_weight) { return edge_weight.unsqueeze(-1) * x_j; }

ValueList GravNetConv::call(const CallArguments& arguments) {
  return call_forward(*this, &GravNetConv::forward, {{"x"}, {"batch", Config()}}, arguments);
}

std::string GravNetConv::to_string() const {
  return format("GravNetConv({}, {}, k={})", options_.in_channels, options_.out_channels, options_.k);
}

}  // namespace spinel::nn
