#include "spinel/nn/conv/cg_conv.h"

#include <ATen/ATen.h>

#include "spinel/base/error.h"
#include "spinel/nn/conv/attention.h"
#include "spinel/nn/conv/edge_terms.h"
#include "spinel/nn/dense/linear_product.h"
#include "spinel/nn/norm/batch_norm.h"

namespace spinel::nn {
namespace {

/// Width of z.
int64_t joined_width(const CGConvOptions& options) {
  require(options.channels.source > 0 && options.channels.target > 0 && options.dim >= 0,
          "CGConv: channels are {} and dim is {}; widths of nodes are needed", options.channels.text(), options.dim);
  return options.channels.source + options.channels.target + options.dim;
}

}  // namespace

OptionTable<CGConvOptions> CGConv::options() {
  using Options = CGConvOptions;
  OptionTable<Options> table("CGConv");
  table.add("channels", &Options::channels, "width of the input, or of sources and targets").required();
  table.add("dim", &Options::dim, "width of edge_attr").range(0);
  table.add("aggr", &Options::aggr, "how messages are reduced");
  table.add("batch_norm", &Options::batch_norm, "whether what is aggregated is normalised");
  table.add("bias", &Options::bias, "whether biases are added");
  return table.include(&Options::kwargs, message_passing_options("CGConv", {"aggr"}));
}

CGConv::CGConv(CGConvOptions options)
    : MessagePassing("CGConv", options.aggr, options.kwargs),
      options_(std::move(options)),
      lin_f_(joined_width(options_), options_.channels.target, {.bias = options_.bias}),
      lin_s_(joined_width(options_), options_.channels.target, {.bias = options_.bias}) {
  add_child("lin_f", lin_f_);
  add_child("lin_s", lin_s_);
  if (!options_.batch_norm) return;
  bn_ = std::make_unique<BatchNorm1d>(BatchNormOptions{.in_channels = options_.channels.target});
  add_child("bn", *bn_);
}

at::Tensor CGConv::forward(const Features& x, const Adjacency& edge_index, const at::Tensor& edge_attr) {
  check_widths(x, options_.channels, name());
  require(x.target().defined(), "CGConv: x of the targets is None; features of both ends are needed");
  const at::Tensor attr = edge_columns(edge_attr.defined() ? edge_attr : edge_values(edge_index), edge_index, name());
  const int64_t width = attr.defined() ? attr.size(-1) : 0;
  require(width == options_.dim, "CGConv: edge_attr has {} features but dim is {}; they must be the same", width,
          options_.dim);
  const int64_t target = options_.channels.target, source = options_.channels.source;
  const auto both = [&](const at::Tensor& nodes, int64_t first, int64_t count, bool bias) {
    const auto map = [&](const Linear& lin) {
      return linear_product(nodes, lin.weight().narrow(1, first, count), bias ? lin.bias() : at::Tensor());
    };
    return at::cat({map(lin_f_), map(lin_s_)}, -1);
  };
  const at::Tensor of_i = both(x.target(), 0, target, true), of_j = both(x.source(), target, source, false);
  at::Tensor out = propagate(edge_index, {}, arg<"both">(Features(of_j, of_i)), arg<"edge_attr">(attr));
  if (bn_) out = bn_->forward(out);
  return out + x.target();
}

Message CGConv::message(Arg<"both_i"> both_i, Arg<"both_j"> both_j, Arg<"edge_attr"> edge_attr) {
  EdgeTerms terms{.target = both_i, .source = both_j, .activation = EdgeActivation::gate};
  if (options_.dim == 0) return terms;
  const int64_t first = options_.channels.source + options_.channels.target;
  terms.attr = edge_attr;
  terms.weight =
      at::cat({lin_f_.weight().narrow(1, first, options_.dim), lin_s_.weight().narrow(1, first, options_.dim)});
  return terms;
}

ValueList CGConv::call(const CallArguments& arguments) {
  return call_forward(*this, &CGConv::forward, {{"x"}, {"edge_index"}, {"edge_attr", Config()}}, arguments);
}

std::string CGConv::to_string() const { return format("CGConv({}, dim={})", options_.channels.text(), options_.dim); }

}  // namespace spinel::nn
