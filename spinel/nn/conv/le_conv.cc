#include "spinel/nn/conv/le_conv.h"

#include <ATen/ATen.h>

#include "spinel/base/error.h"
#include "spinel/nn/conv/normalized_edges.h"

namespace spinel::nn {

OptionTable<LEConvOptions> LEConv::options() {
  using Options = LEConvOptions;
  OptionTable<Options> table("LEConv");
  table.add("in_channels", &Options::in_channels, "width of the input, or of sources and targets; -1: as it comes")
      .required();
  table.add("out_channels", &Options::out_channels, "width of the result").required();
  table.add("bias", &Options::bias, "whether biases are added");
  return table.include(&Options::kwargs, message_passing_options("LEConv"));
}

LEConv::LEConv(LEConvOptions options)
    : MessagePassing("LEConv", "add", options.kwargs),
      options_(std::move(options)),
      lin1_(options_.in_channels.source, options_.out_channels, {.bias = options_.bias}),
      lin2_(options_.in_channels.target, options_.out_channels, {.bias = false}),
      lin3_(options_.in_channels.target, options_.out_channels, {.bias = options_.bias}) {
  add_child("lin1", lin1_);
  add_child("lin2", lin2_);
  add_child("lin3", lin3_);
}

at::Tensor LEConv::forward(const Features& x, const Adjacency& edge_index, const at::Tensor& edge_weight) {
  check_widths(x, options_.in_channels, name());
  check_edge_weight(edge_weight, edge_index, name());
  require(x.target().defined(), "LEConv: x of the targets is None; features of both ends are needed");
  const at::Tensor a = lin1_.forward(x.source()), b = lin2_.forward(x.target());
  const std::optional<graph::GroupReduce> reduce = aggr_module() ? aggr_module()->plain_reduce() : std::nullopt;
  if (is_observed() || (reduce != graph::GroupReduce::sum && reduce != graph::GroupReduce::mean)) {
    return propagate(edge_index, {}, arg<"a">(a), arg<"b">(b), arg<"edge_weight">(edge_weight)) +
           lin3_.forward(x.target());
  }
  // Sums and means are linear, so that x_i can be taken out; what it is multiplied with is one more column.
  const at::Tensor sources = at::cat({a, at::ones_like(a.narrow(-1, 0, 1))}, -1);
  const at::Tensor out = propagate(edge_index, {}, arg<"a">(sources), arg<"b">(b), arg<"edge_weight">(edge_weight));
  const int64_t width = options_.out_channels;
  return out.narrow(-1, 0, width) - out.narrow(-1, width, 1) * b + lin3_.forward(x.target());
}

Message LEConv::message(Arg<"a_j"> a_j, Arg<"b_i"> b_i, Arg<"edge_weight"> edge_weight) {
  if (a_j.nodes().defined() && a_j.nodes().size(-1) == options_.out_channels + 1) return weighted(edge_weight, a_j);
  return weighted(edge_weight, Lifted(a_j - b_i)).tensor();
}

ValueList LEConv::call(const CallArguments& arguments) {
  return call_forward(*this, &LEConv::forward, {{"x"}, {"edge_index"}, {"edge_weight", Config()}}, arguments);
}

std::string LEConv::to_string() const {
  return format("LEConv({}, {})", options_.in_channels.text(), options_.out_channels);
}

}  // namespace spinel::nn
