#include "spinel/nn/conv/mf_conv.h"

#include <ATen/ATen.h>

#include "spinel/base/error.h"

namespace spinel::nn {

OptionTable<MFConvOptions> MFConv::options() {
  using Options = MFConvOptions;
  OptionTable<Options> table("MFConv");
  table.add("in_channels", &Options::in_channels, "width of the input, or of sources and targets; -1: as it comes")
      .required();
  table.add("out_channels", &Options::out_channels, "width of the result").required();
  table.add("max_degree", &Options::max_degree, "larger degrees count as this").range(0);
  table.add("bias", &Options::bias, "whether biases are added");
  return table.include(&Options::kwargs, message_passing_options("MFConv"));
}

MFConv::MFConv(MFConvOptions options) : MessagePassing("MFConv", "add", options.kwargs), options_(std::move(options)) {
  require(options_.max_degree >= 0, "MFConv: max_degree is {}; it must not be negative", options_.max_degree);
  for (int64_t d = 0; d <= options_.max_degree; ++d) {
    lins_l_.add(options_.in_channels.source, options_.out_channels, LinearOptions{.bias = options_.bias});
    lins_r_.add(options_.in_channels.target, options_.out_channels, LinearOptions{.bias = false});
  }
  add_child("lins_l", lins_l_);
  add_child("lins_r", lins_r_);
}

at::Tensor MFConv::forward(const Features& x, const Adjacency& edge_index, const Size& size) {
  check_widths(x, options_.in_channels, name());
  require(x.source().dim() == 2, "MFConv: x has {} dimensions; nodes and features are needed", x.source().dim());
  const at::Tensor sums = propagate(edge_index, size, arg<"x">(both_ends(x)));
  const int64_t sources = x.source().size(0), targets = sums.size(0);
  const MessageEdges edges(edge_index, flow(), targets, sources, name());
  const at::Tensor degree = edges.groups(End::i).count().clamp_max(options_.max_degree);
  // Rows of one degree pass its layers together; all rows are put back in their order at once.
  std::vector<at::Tensor> rows, places;
  for (size_t d = 0; d < lins_l_.size(); ++d) {
    const at::Tensor place = degree.eq(static_cast<int64_t>(d)).nonzero().view(-1);
    at::Tensor out = lins_l_[d].forward(sums.index_select(0, place));
    if (x.target().defined()) out = out + lins_r_[d].forward(x.target().index_select(0, place));
    rows.push_back(out);
    places.push_back(place);
  }
  const at::Tensor order = at::cat(places);
  const at::Tensor inverse = at::empty_like(order).scatter_(0, order, at::arange(order.size(0), order.options()));
  return at::cat(rows).index_select(0, inverse);
}

ValueList MFConv::call(const CallArguments& arguments) {
  return call_forward(*this, &MFConv::forward, {{"x"}, {"edge_index"}, {"size", Config()}}, arguments);
}

std::string MFConv::to_string() const {
  return format("MFConv({}, {})", options_.in_channels.text(), options_.out_channels);
}

}  // namespace spinel::nn
