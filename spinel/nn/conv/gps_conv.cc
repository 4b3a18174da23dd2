#include "spinel/nn/conv/gps_conv.h"

#include <ATen/ATen.h>

#include "spinel/base/error.h"
#include "spinel/base/options.h"
#include "spinel/graph/utils/dense.h"
#include "spinel/nn/conv/channels.h"
#include "spinel/nn/conv/forwarding.h"
#include "spinel/nn/conv/normalized_edges.h"

namespace spinel::nn {
namespace {

struct MultiheadArguments {
  double dropout = 0;
  bool bias = true;
};

std::unique_ptr<MultiheadAttention> make_multihead(const GPSConvOptions& options) {
  OptionTable<MultiheadArguments> table("GPSConv: attn_kwargs");
  table.add("dropout", &MultiheadArguments::dropout, "probability that a weight is dropped in training").range(0, 1);
  table.add("bias", &MultiheadArguments::bias, "whether projections have biases");
  const MultiheadArguments arguments =
      options.attn_kwargs.is_null() ? MultiheadArguments() : table.parse(options.attn_kwargs);
  return std::make_unique<MultiheadAttention>(options.channels, options.heads, arguments.dropout, arguments.bias);
}

std::unique_ptr<PerformerAttention> make_performer(const GPSConvOptions& options) {
  PerformerOptions arguments;
  if (!options.attn_kwargs.is_null()) arguments = PerformerAttention::options().parse(options.attn_kwargs);
  return std::make_unique<PerformerAttention>(options.channels, options.heads, arguments);
}

}  // namespace

/// Names the layers by their places in the reference's Sequential.
class GPSConv::Mlp : public Module {
 public:
  Mlp(Linear& wide, Linear& narrow) {
    add_child("0", wide);
    add_child("3", narrow);
  }
};

OptionTable<GPSConvOptions> GPSConv::options() {
  using Options = GPSConvOptions;
  OptionTable<Options> table("GPSConv");
  table.add("channels", &Options::channels, "width of input and result").required().range(1);
  table.add("conv", &Options::conv, "the convolution beside the attention; null: none").required();
  table.add("heads", &Options::heads, "number of attention heads").range(1);
  table.add("dropout", &Options::dropout, "probability that a feature is dropped in training").range(0, 1);
  table.add("act", &Options::act, "the activation of the MLP");
  table.add("act_kwargs", &Options::act_kwargs, "its arguments");
  table.add("norm", &Options::norm, "the norm behind each part; null: none");
  table.add("norm_kwargs", &Options::norm_kwargs, "its arguments");
  table.add("attn_type", &Options::attn_type, "softmax over all pairs, or linear in nodes")
      .choices({"multihead", "performer"});
  table.add("attn_kwargs", &Options::attn_kwargs, "arguments of the attention");
  return table;
}

GPSConv::GPSConv(GPSConvOptions options)
    : options_(std::move(options)),
      conv_(options_.conv.get()),
      wide_(options_.channels, 2 * options_.channels),
      narrow_(2 * options_.channels, options_.channels),
      act_(named_activation(options_.act, options_.act_kwargs)),
      norm1_(make_norm(options_.norm, options_.channels, options_.norm_kwargs)),
      norm2_(make_norm(options_.norm, options_.channels, options_.norm_kwargs)),
      norm3_(make_norm(options_.norm, options_.channels, options_.norm_kwargs)) {
  require(options_.channels >= 1, "GPSConv: channels is {}; at least 1 is needed", options_.channels);
  if (conv_) add_child("conv", *conv_);
  if (options_.attn_type == "multihead") {
    multihead_ = make_multihead(options_);
    add_child("attn", *multihead_);
  } else {
    require(options_.attn_type == "performer", "GPSConv: attn_type is '{}'; multihead or performer is needed",
            options_.attn_type);
    performer_ = make_performer(options_);
    add_child("attn", *performer_);
  }
  mlp_ = std::make_unique<Mlp>(wide_, narrow_);
  add_child("mlp", *mlp_);
  if (!norm1_) return;
  add_child("norm1", *norm1_);
  add_child("norm2", *norm2_);
  add_child("norm3", *norm3_);
}

at::Tensor GPSConv::normalized(const std::unique_ptr<Norm>& norm, const at::Tensor& x, const at::Tensor& batch) const {
  return norm ? norm->forward(x, norm->takes_batch() ? batch : at::Tensor(), {}) : x;
}

at::Tensor GPSConv::attended(const at::Tensor& x, const at::Tensor& batch) {
  const graph::DenseBatch dense = graph::to_dense_batch(x, batch);
  // Graphs of one size fill their places, so that nothing is masked.
  const at::Tensor mask = dense.mask.numel() == x.size(0) ? at::Tensor() : dense.mask;
  const at::Tensor h =
      multihead_ ? multihead_->forward(dense.x, dense.x, dense.x, mask) : performer_->forward(dense.x, mask);
  return mask.defined() ? h.flatten(0, 1).index_select(0, dense.mask.flatten().nonzero().squeeze(1)) : h.flatten(0, 1);
}

at::Tensor GPSConv::forward(const at::Tensor& x, const Adjacency& edge_index, const at::Tensor& batch,
                            const CallArguments& others) {
  require(x.dim() == 2, "GPSConv: x has {} dimensions; nodes and features are needed", x.dim());
  check_width(x, options_.channels, "x", name());
  require(!batch.defined() || (batch.dim() == 1 && batch.size(0) == x.size(0)),
          "GPSConv: batch has the sizes [{}] but x has {} nodes; the graph of each is needed",
          batch.defined() ? join_text(batch.sizes(), ", ") : "", x.size(0));
  if (conv_) {
    MessageEdges::check(edge_index, Flow::source_to_target, name());
    check_nodes(edge_index, x.size(0), x.size(0), name());
  }
  if (x.size(0) == 0) return x;
  const auto dropped = [&](const at::Tensor& h) { return at::dropout(h, options_.dropout, is_training()); };
  at::Tensor sum;
  if (conv_) {
    sum = normalized(norm1_, dropped(call_conv(*conv_, x, edge_index, others, name())) + x, batch);
  }
  const at::Tensor global = normalized(norm2_, dropped(attended(x, batch)) + x, batch);
  sum = sum.defined() ? sum + global : global;
  const at::Tensor hidden = dropped(act_(wide_.forward(sum)));
  return normalized(norm3_, sum + dropped(narrow_.forward(hidden)), batch);
}

ValueList GPSConv::call(const CallArguments& arguments) {
  CallArguments own, others;
  own.positional = arguments.positional;
  for (const auto& [name, value] : arguments.named) {
    (name == "x" || name == "edge_index" || name == "batch" ? own : others).named.emplace_back(name, value);
  }
  const Parameter parameters[] = {{"x"}, {"edge_index"}, {"batch", Config()}};
  const ValueList values = bind_arguments(name(), parameters, own);
  at::Tensor x, batch;
  Adjacency edge_index;
  read_value(values[0], x, "GPSConv: x");
  read_value(values[1], edge_index, "GPSConv: edge_index");
  read_value(values[2], batch, "GPSConv: batch");
  require(x.defined(), "GPSConv: x is None; features of the nodes are needed");
  return {forward(x, edge_index, batch, others)};
}

std::string GPSConv::to_string() const {
  return format("GPSConv({}, conv={}, heads={}, attn_type={})", options_.channels, conv_ ? conv_->to_string() : "None",
                options_.heads, options_.attn_type);
}

}  // namespace spinel::nn
