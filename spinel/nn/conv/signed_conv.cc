#include "spinel/nn/conv/signed_conv.h"

#include <ATen/ATen.h>

#include "spinel/base/error.h"
#include "spinel/nn/conv/channels.h"

namespace spinel::nn {
namespace {

int64_t neighbours_width(const SignedConvOptions& options) {
  require(options.in_channels > 0, "SignedConv: in_channels is {}; it must be at least 1", options.in_channels);
  return options.first_aggr ? options.in_channels : 2 * options.in_channels;
}

}  // namespace

OptionTable<SignedConvOptions> SignedConv::options() {
  using Options = SignedConvOptions;
  OptionTable<Options> table("SignedConv");
  table.add("in_channels", &Options::in_channels, "width of the input, of a later layer that of one half").required();
  table.add("out_channels", &Options::out_channels, "width of one half of the result").required();
  table.add("first_aggr", &Options::first_aggr, "whether this is the first layer").required();
  table.add("bias", &Options::bias, "whether biases are added");
  return table.include(&Options::kwargs, message_passing_options("SignedConv"));
}

SignedConv::SignedConv(SignedConvOptions options)
    : MessagePassing("SignedConv", "mean", options.kwargs),
      options_(std::move(options)),
      lin_pos_l_(neighbours_width(options_), options_.out_channels, {.bias = false}),
      lin_pos_r_(options_.in_channels, options_.out_channels, {.bias = options_.bias}),
      lin_neg_l_(neighbours_width(options_), options_.out_channels, {.bias = false}),
      lin_neg_r_(options_.in_channels, options_.out_channels, {.bias = options_.bias}) {
  add_child("lin_pos_l", lin_pos_l_);
  add_child("lin_pos_r", lin_pos_r_);
  add_child("lin_neg_l", lin_neg_l_);
  add_child("lin_neg_r", lin_neg_r_);
}

at::Tensor SignedConv::forward(const Features& x, const Adjacency& pos_edge_index, const Adjacency& neg_edge_index) {
  const int64_t in = options_.in_channels;
  check_widths(x, options_.first_aggr ? in : 2 * in, name());
  require(x.target().defined(), "SignedConv: x of the targets is None; features of both ends are needed");
  const auto mean = [&](const Adjacency& edges, int64_t first, int64_t width) {
    const auto part = [&](const at::Tensor& nodes) { return nodes.narrow(-1, first, width); };
    return propagate(edges, {}, arg<"x">(Features(part(x.source()), part(x.target()))));
  };
  const auto own = [&](int64_t first) { return x.target().narrow(-1, first, in); };
  if (options_.first_aggr) {
    return at::cat({lin_pos_l_.forward(mean(pos_edge_index, 0, in)) + lin_pos_r_.forward(own(0)),
                    lin_neg_l_.forward(mean(neg_edge_index, 0, in)) + lin_neg_r_.forward(own(0))},
                   -1);
  }
  // Both halves of a pass over edges at once.
  const at::Tensor pos = mean(pos_edge_index, 0, 2 * in), neg = mean(neg_edge_index, 0, 2 * in);
  const at::Tensor friends = at::cat({pos.narrow(-1, 0, in), neg.narrow(-1, in, in)}, -1);
  const at::Tensor foes = at::cat({pos.narrow(-1, in, in), neg.narrow(-1, 0, in)}, -1);
  return at::cat({lin_pos_l_.forward(friends) + lin_pos_r_.forward(own(0)),
                  lin_neg_l_.forward(foes) + lin_neg_r_.forward(own(in))},
                 -1);
}

ValueList SignedConv::call(const CallArguments& arguments) {
  return call_forward(*this, &SignedConv::forward, {{"x"}, {"pos_edge_index"}, {"neg_edge_index"}}, arguments);
}

std::string SignedConv::to_string() const {
  return format("SignedConv({}, {}, first_aggr={})", options_.in_channels, options_.out_channels,
                options_.first_aggr ? "True" : "False");
}

}  // namespace spinel::nn
