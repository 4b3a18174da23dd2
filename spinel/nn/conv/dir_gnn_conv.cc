#include "spinel/nn/conv/dir_gnn_conv.h"

#include <ATen/ATen.h>

#include "spinel/base/error.h"
#include "spinel/base/options.h"
#include "spinel/nn/conv/forwarding.h"
#include "spinel/nn/conv/message_edges.h"
#include "spinel/nn/conv/message_passing_base.h"
#include "spinel/nn/conv/normalized_edges.h"

namespace spinel::nn {
namespace {

std::unique_ptr<CallableModule> directed_copy(const ConvArgument& conv) {
  std::unique_ptr<CallableModule> copy = conv.copy("DirGNNConv");
  if (auto* layer = dynamic_cast<MessagePassingBase*>(copy.get())) {
    layer->set_add_self_loops(false);
    layer->set_root_weight(false);
  }
  return copy;
}

/// The width under `name` of conv's arguments, or what is given beside it.
int64_t width_of(const ConvArgument& conv, const char* name, int64_t given) {
  if (conv.config().is_null()) return given;
  const NamedArguments call = named_arguments(conv.config());
  const Config* width = call.arguments.is_map() ? call.arguments.find(name) : nullptr;
  return width && !width->is_list() ? width->as_int() : given;
}

}  // namespace

OptionTable<DirGNNConvOptions> DirGNNConv::options() {
  using Options = DirGNNConvOptions;
  OptionTable<Options> table("DirGNNConv");
  table.add("conv", &Options::conv, "the convolution that both directions get a copy of").required();
  table.add("alpha", &Options::alpha, "share of the edges that leave a node");
  table.add("root_weight", &Options::root_weight, "whether the node itself counts");
  return table;
}

DirGNNConv::DirGNNConv(DirGNNConvOptions options) : alpha_(options.alpha) {
  require(!options.conv.is_none(), "DirGNNConv: conv is None; a convolution is needed");
  conv_in_ = directed_copy(options.conv);
  conv_out_ = directed_copy(options.conv);
  add_child("conv_in", *conv_in_);
  add_child("conv_out", *conv_out_);
  if (!options.root_weight) return;
  const int64_t in = width_of(options.conv, "in_channels", options.in_channels);
  const int64_t out = width_of(options.conv, "out_channels", options.out_channels);
  require(out >= 1, "DirGNNConv: {} has no out_channels, which root_weight needs; turn it off", conv_in_->name());
  lin_ = std::make_unique<Linear>(in, out);
  add_child("lin", *lin_);
}

at::Tensor DirGNNConv::forward(const at::Tensor& x, const at::Tensor& edge_index) {
  require(x.dim() == 2, "DirGNNConv: x has {} dimensions; nodes and features are needed", x.dim());
  MessageEdges::check(edge_index, Flow::source_to_target, name());
  check_nodes(edge_index, x.size(0), x.size(0), name());
  const at::Tensor in = call_conv(*conv_in_, x, edge_index, {}, name());
  const at::Tensor out = call_conv(*conv_out_, x, reversed_edges(edge_index), {}, name());
  const at::Tensor sum = alpha_ * out + (1 - alpha_) * in;
  return lin_ ? sum + lin_->forward(x) : sum;
}

ValueList DirGNNConv::call(const CallArguments& arguments) {
  return call_forward(*this, &DirGNNConv::forward, {{"x"}, {"edge_index"}}, arguments);
}

std::string DirGNNConv::to_string() const { return format("DirGNNConv({}, alpha={})", conv_in_->to_string(), alpha_); }

}  // namespace spinel::nn
