#include "spinel/nn/conv/arma_conv.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "spinel/base/error.h"
#include "spinel/nn/conv/channels.h"
#include "spinel/nn/conv/normalized_edges.h"
#include "spinel/nn/inits.h"

namespace spinel::nn {

OptionTable<ARMAConvOptions> ARMAConv::options() {
  using Options = ARMAConvOptions;
  OptionTable<Options> table("ARMAConv");
  table.add("in_channels", &Options::in_channels, "width of the input; -1: that of the first input").required();
  table.add("out_channels", &Options::out_channels, "width of the result").required();
  table.add("num_stacks", &Options::num_stacks, "stacks side by side").range(1);
  table.add("num_layers", &Options::num_layers, "layers of each stack").range(1);
  table.add("shared_weights", &Options::shared_weights, "all layers of a stack have the same weights");
  table.add("act", &Options::act, "the activation; null: none");
  table.add("dropout", &Options::dropout, "probability that a feature of the root is dropped in training").range(0, 1);
  table.add("bias", &Options::bias, "whether a bias is added");
  return table.include(&Options::kwargs, message_passing_options("ARMAConv"));
}

ARMAConv::ARMAConv(ARMAConvOptions options)
    : MessagePassing("ARMAConv", "add", options.kwargs), options_(std::move(options)), act_(options_.act.get()) {
  const int64_t stacks = options_.num_stacks, in = options_.in_channels, out = options_.out_channels;
  require(stacks >= 1 && options_.num_layers >= 1,
          "ARMAConv: it has {} stacks of {} layers; at least 1 of each is needed", stacks, options_.num_layers);
  const int64_t layers = options_.shared_weights ? 1 : options_.num_layers;
  add_parameter("weight", weight_ = at::empty({std::max<int64_t>(1, layers - 1), stacks, out, out}));
  if (in > 0) {
    add_parameter("init_weight", init_weight_ = at::empty({stacks, in, out}));
    add_parameter("root_weight", root_weight_ = at::empty({layers, stacks, in, out}));
  } else {
    add_lazy_parameter("init_weight", init_weight_);
    add_lazy_parameter("root_weight", root_weight_);
  }
  if (options_.bias) bias_ = at::empty({layers, stacks, 1, out});
  add_parameter("bias", bias_);
  ARMAConv::reset_parameters();
}

void ARMAConv::reset_parameters() {
  MessagePassing::reset_parameters();
  glorot(weight_);
  if (!is_lazy(init_weight_)) {
    glorot(init_weight_);
    glorot(root_weight_);
  }
  zeros(bias_);
}

void ARMAConv::on_materialized() { options_.in_channels = init_weight_.size(1); }

at::Tensor ARMAConv::forward(const at::Tensor& x, const Adjacency& edge_index, const at::Tensor& edge_weight) {
  check_width(x, options_.in_channels, "x", name());
  if (is_lazy(init_weight_)) {
    options_.in_channels = x.size(-1);
    const int64_t layers = options_.shared_weights ? 1 : options_.num_layers;
    materialize(init_weight_, {options_.num_stacks, x.size(-1), options_.out_channels});
    materialize(root_weight_, {layers, options_.num_stacks, x.size(-1), options_.out_channels});
    glorot(init_weight_);
    glorot(root_weight_);
  }
  const WeightedEdges edges = normalized_edges(edge_index, edge_weight, x, node_dim(), {false, false, flow()}, name());
  const at::Tensor input = x.unsqueeze(-3);
  at::Tensor out = input;
  for (int64_t t = 0; t < options_.num_layers; ++t) {
    const int64_t layer = options_.shared_weights ? 0 : t;
    out = at::matmul(out, t == 0 ? init_weight_ : weight_[options_.shared_weights ? 0 : t - 1]);
    out = propagate(edges.edges, {}, arg<"x">(out), arg<"edge_weight">(edges.weight));
    out = out + at::matmul(at::dropout(input, options_.dropout, is_training()), root_weight_[layer]);
    if (bias_.defined()) out = out + bias_[layer];
    if (act_) out = act_->forward(out);
  }
  return out.mean(-3);
}

ValueList ARMAConv::call(const CallArguments& arguments) {
  return call_forward(*this, &ARMAConv::forward, {{"x"}, {"edge_index"}, {"edge_weight", Config()}}, arguments);
}

std::string ARMAConv::to_string() const {
  return format("ARMAConv({}, {}, num_stacks={}, num_layers={})", options_.in_channels, options_.out_channels,
                options_.num_stacks, options_.num_layers);
}

}  // namespace spinel::nn
