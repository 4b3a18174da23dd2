#include "spinel/nn/conv/antisymmetric_conv.h"

#include <ATen/ATen.h>

#include <cmath>

#include "spinel/base/error.h"
#include "spinel/base/options.h"
#include "spinel/nn/conv/channels.h"
#include "spinel/nn/conv/forwarding.h"
#include "spinel/nn/conv/gcn_conv.h"
#include "spinel/nn/conv/normalized_edges.h"
#include "spinel/nn/inits.h"

namespace spinel::nn {

OptionTable<AntiSymmetricConvOptions> AntiSymmetricConv::options() {
  using Options = AntiSymmetricConvOptions;
  OptionTable<Options> table("AntiSymmetricConv");
  table.add("in_channels", &Options::in_channels, "width of input and result").required().range(1);
  table.add("phi", &Options::phi, "the convolution; null: GCNConv without bias");
  table.add("num_iters", &Options::num_iters, "number of steps").range(0);
  table.add("epsilon", &Options::epsilon, "length of a step");
  table.add("gamma", &Options::gamma, "strength of the diffusion");
  table.add("act", &Options::act, "the activation; null: none");
  table.add("act_kwargs", &Options::act_kwargs, "its arguments");
  table.add("bias", &Options::bias, "whether a bias is added");
  return table;
}

AntiSymmetricConv::AntiSymmetricConv(AntiSymmetricConvOptions options)
    : options_(std::move(options)), act_(named_activation(options_.act, options_.act_kwargs)) {
  const int64_t width = options_.in_channels;
  require(width >= 1, "AntiSymmetricConv: in_channels is {}; at least 1 is needed", width);
  if (options_.phi.is_none()) {
    phi_ = std::make_shared<GCNConv>(GCNConvOptions{.in_channels = width, .out_channels = width, .bias = false});
  } else {
    phi_ = options_.phi.get();
  }
  add_parameter("W", W_ = at::empty({width, width}));
  add_buffer("eye", eye_ = at::eye(width));
  add_child("phi", *phi_);
  if (options_.bias) bias_ = at::empty({width});
  add_parameter("bias", bias_);
  AntiSymmetricConv::reset_parameters();
}

void AntiSymmetricConv::reset_parameters() {
  kaiming_uniform(W_, options_.in_channels, std::sqrt(5.0));
  CallableModule::reset_parameters();
  zeros(bias_);
}

at::Tensor AntiSymmetricConv::forward(const at::Tensor& x, const Adjacency& edge_index, const CallArguments& others) {
  require(x.dim() == 2, "AntiSymmetricConv: x has {} dimensions; nodes and features are needed", x.dim());
  check_width(x, options_.in_channels, "x", name());
  MessageEdges::check(edge_index, Flow::source_to_target, name());
  check_nodes(edge_index, x.size(0), x.size(0), name());
  const at::Tensor antisymmetric = W_ - W_.t() - options_.gamma * eye_;
  at::Tensor out = x;
  for (int64_t k = 0; k < options_.num_iters; ++k) {
    at::Tensor h = at::linear(out, antisymmetric, bias_) + call_conv(*phi_, out, edge_index, others, name());
    out = out + options_.epsilon * act_(h);
  }
  return out;
}

ValueList AntiSymmetricConv::call(const CallArguments& arguments) {
  ForwardedCall call = split_call(arguments, name());
  return {forward(call.x, call.edge_index, call.others)};
}

std::string AntiSymmetricConv::to_string() const {
  return format("AntiSymmetricConv({}, phi={}, num_iters={}, epsilon={}, gamma={})", options_.in_channels,
                phi_->to_string(), options_.num_iters, options_.epsilon, options_.gamma);
}

}  // namespace spinel::nn
