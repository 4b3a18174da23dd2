#include "spinel/nn/conv/sage_conv.h"

#include <ATen/ATen.h>

#include "spinel/base/error.h"
#include "spinel/nn/dense/linear_product.h"

namespace spinel::nn {
namespace {

/// LSTMs need widths, which the layer knows.
MessagePassingOptions with_lstm_widths(const SAGEConvOptions& options) {
  MessagePassingOptions kwargs = options.kwargs;
  if (!options.aggr.is_string() || options.aggr.as_string() != "lstm") return kwargs;
  if (!kwargs.aggr_kwargs.is_map()) kwargs.aggr_kwargs = Config::map();
  for (const char* name : {"in_channels", "out_channels"}) {
    if (!kwargs.aggr_kwargs.contains(name)) kwargs.aggr_kwargs.set(name, Config(options.in_channels.source));
  }
  return kwargs;
}

}  // namespace

OptionTable<SAGEConvOptions> SAGEConv::options() {
  using Options = SAGEConvOptions;
  OptionTable<Options> table("SAGEConv");
  table.add("in_channels", &Options::in_channels, "width of the input, or of sources and targets; -1: as it comes")
      .required();
  table.add("out_channels", &Options::out_channels, "width of the result").required();
  table.add("aggr", &Options::aggr, "how neighbours are reduced");
  table.add("normalize", &Options::normalize, "rows of the result get length 1");
  table.add("root_weight", &Options::root_weight, "whether the node itself counts");
  table.add("project", &Options::project, "sources pass a linear layer and a ReLU first");
  table.add("bias", &Options::bias, "whether a bias is added");
  return table.include(&Options::kwargs, message_passing_options("SAGEConv", {"aggr"}));
}

SAGEConv::SAGEConv(SAGEConvOptions options)
    : MessagePassing("SAGEConv", options.aggr, with_lstm_widths(options)), options_(std::move(options)) {
  offer_switches(nullptr, &options_.root_weight);
  const auto [source, target, is_pair] = options_.in_channels;
  const auto add = [this](const char* name, std::unique_ptr<Linear>& lin, int64_t in, int64_t out, bool bias) {
    lin = std::make_unique<Linear>(in, out, LinearOptions{.bias = bias});
    add_child(name, *lin);
  };
  if (options_.project) {
    require(source > 0, "SAGEConv: project needs in_channels, which is {}; it does not support lazy widths", source);
    add("lin", lin_, source, source, true);
  }
  const int64_t aggregated = source < 0 || !aggr_module() ? source : aggr_module()->out_channels(source);
  add("lin_l", lin_l_, aggregated, options_.out_channels, options_.bias);
  if (options_.root_weight) add("lin_r", lin_r_, target, options_.out_channels, false);
  keep_constant_products();
}

at::Tensor SAGEConv::map_neighbors(const Features& x, const Adjacency& edge_index, const Size& size) {
  const at::Tensor& source = x.source();
  const auto reduce = [&](const at::Tensor& features) {
    return propagate(edge_index, size, arg<"x">(Features(features, x.target())));
  };
  const bool is_narrower = lin_l_->in_channels() && options_.out_channels < *lin_l_->in_channels();
  if (!is_narrower || x.is_pair() || !commutes_with_maps(source) || sums_first(source, {}, options_.out_channels)) {
    return lin_l_->forward(reduce(source));
  }
  check_width(source, *lin_l_->in_channels(), "x", name());
  return add_bias(reduce(linear_product(source, lin_l_->weight())), lin_l_->bias());
}

at::Tensor SAGEConv::forward(const Features& x, const Adjacency& edge_index, const Size& size) {
  check_widths(x, options_.in_channels, name());
  at::Tensor out = map_neighbors(lin_ ? Features(lin_->forward(x.source()).relu(), x.target()) : x, edge_index, size);
  if (lin_r_ && options_.root_weight && x.target().defined()) {
    out = linear_product(x.target(), lin_r_->weight_for(x.target()), lin_r_->bias(), out);
  }
  if (!options_.normalize) return out;
  return out / out.norm(2, -1, true).clamp_min(1e-12);
}

ValueList SAGEConv::call(const CallArguments& arguments) {
  return call_forward(*this, &SAGEConv::forward, {{"x"}, {"edge_index"}, {"size", Config()}}, arguments);
}

std::string SAGEConv::to_string() const {
  return format("SAGEConv({}, {}, aggr={})", options_.in_channels.text(), options_.out_channels, aggr_text());
}

}  // namespace spinel::nn
