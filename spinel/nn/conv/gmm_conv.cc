#include "spinel/nn/conv/gmm_conv.h"

#include <ATen/ATen.h>

#include "spinel/base/error.h"
#include "spinel/nn/conv/attention.h"
#include "spinel/nn/conv/edge_terms.h"
#include "spinel/nn/dense/linear_product.h"
#include "spinel/nn/inits.h"

namespace spinel::nn {

OptionTable<GMMConvOptions> GMMConv::options() {
  using Options = GMMConvOptions;
  OptionTable<Options> table("GMMConv");
  table.add("in_channels", &Options::in_channels, "width of the input, or of sources and targets; -1: as it comes")
      .required();
  table.add("out_channels", &Options::out_channels, "width of the result").required();
  table.add("dim", &Options::dim, "pseudo-coordinates of an edge").required().range(1);
  table.add("kernel_size", &Options::kernel_size, "number of Gaussians").required().range(1);
  table.add("separate_gaussians", &Options::separate_gaussians, "Gaussians of their own for each pair of channels");
  table.add("aggr", &Options::aggr, "how messages are reduced");
  table.add("root_weight", &Options::root_weight, "whether the node itself counts");
  table.add("bias", &Options::bias, "whether a bias is added");
  return table.include(&Options::kwargs, message_passing_options("GMMConv", {"aggr", "node_dim"}));
}

GMMConv::GMMConv(GMMConvOptions options)
    : MessagePassing("GMMConv", options.aggr, with_node_dim(options.kwargs, 0)), options_(std::move(options)) {
  offer_switches(nullptr, &options_.root_weight);
  const int64_t in = options_.in_channels.source;
  require(options_.dim >= 1 && options_.kernel_size >= 1,
          "GMMConv: it has {} Gaussians in {} dimensions; at least one of each is needed", options_.kernel_size,
          options_.dim);
  if (in < 0) {
    add_lazy_parameter("g", g_);
    add_lazy_parameter("mu", mu_);
    add_lazy_parameter("sigma", sigma_);
  } else {
    const bool separate = options_.separate_gaussians;
    const std::vector<int64_t> shape =
        separate ? std::vector<int64_t>{in, options_.out_channels, options_.kernel_size, options_.dim}
                 : std::vector<int64_t>{options_.kernel_size, options_.dim};
    add_parameter("g", g_ = at::empty({in, options_.out_channels * options_.kernel_size}));
    add_parameter("mu", mu_ = at::empty(shape));
    add_parameter("sigma", sigma_ = at::empty(shape));
  }
  if (options_.root_weight) {
    root_ = std::make_unique<Linear>(options_.in_channels.target, options_.out_channels,
                                     LinearOptions{.bias = false, .weight_initializer = "glorot"});
    add_child("root", *root_);
  }
  if (options_.bias) bias_ = at::empty({options_.out_channels});
  add_parameter("bias", bias_);
  const auto reduce = aggr_module() ? aggr_module()->plain_reduce() : std::nullopt;
  is_linear_ = reduce == graph::GroupReduce::sum || reduce == graph::GroupReduce::mean;
  GMMConv::reset_parameters();
}

void GMMConv::create(int64_t in) {
  options_.in_channels.source = in;
  materialize(g_, {in, options_.out_channels * options_.kernel_size});
  for (at::Tensor* tensor : {&mu_, &sigma_}) {
    if (options_.separate_gaussians) {
      materialize(*tensor, {in, options_.out_channels, options_.kernel_size, options_.dim});
    } else {
      materialize(*tensor, {options_.kernel_size, options_.dim});
    }
  }
  for (const at::Tensor& tensor : {g_, mu_, sigma_}) glorot(tensor);
}

void GMMConv::on_materialized() { options_.in_channels.source = g_.size(0); }

void GMMConv::reset_parameters() {
  MessagePassing::reset_parameters();
  if (!is_lazy(g_)) {
    for (const at::Tensor& tensor : {g_, mu_, sigma_}) glorot(tensor);
  }
  zeros(bias_);
}

at::Tensor GMMConv::gaussians(const at::Tensor& edge_attr) const {
  std::vector<int64_t> shape(static_cast<size_t>(mu_.dim()), 1);
  shape.front() = edge_attr.size(0);
  shape.back() = options_.dim;
  if (!options_.separate_gaussians) shape = {edge_attr.size(0), 1, options_.dim};
  else shape.insert(shape.begin() + 1, 1);
  const at::Tensor distance = (edge_attr.view(shape) - mu_).square() / (1e-15 + sigma_.square());
  return (-0.5 * distance.sum(-1)).exp();
}

at::Tensor GMMConv::forward(const Features& x, const Adjacency& edge_index, const at::Tensor& edge_attr,
                            const Size& size) {
  check_widths(x, options_.in_channels, name());
  require(x.source().dim() == 2, "GMMConv: x has {} dimensions; nodes and features are needed", x.source().dim());
  if (is_lazy(g_)) create(x.source().size(-1));
  MessageEdges::check(edge_index, flow(), name());
  const at::Tensor attr = edge_columns(edge_attr.defined() ? edge_attr : edge_values(edge_index), edge_index, name());
  require(attr.defined(), "GMMConv: edge_attr is None; {} pseudo-coordinates of each edge are needed", options_.dim);
  check_width(attr, options_.dim, "edge_attr", name());
  const int64_t kernels = options_.kernel_size, out_width = options_.out_channels;
  at::Tensor out;
  if (options_.separate_gaussians) {
    out = propagate(edge_index, size, arg<"x">(both_ends(x)), arg<"edge_attr">(attr));
  } else if (is_linear_ && !is_observed()) {
    // Sums for each Gaussian first, of features that are not mapped yet: a product of fewer columns an edge.
    const at::Tensor sums = propagate(edge_index, size, arg<"x">(both_ends(x)), arg<"edge_attr">(attr));
    const at::Tensor kernel = g_.view({-1, kernels, out_width}).transpose(0, 1).flatten(0, 1);
    out = at::matmul(sums.flatten(1), kernel);
  } else {
    const at::Tensor mapped = at::matmul(x.source(), g_).view({-1, kernels, out_width});
    out = propagate(edge_index, size, arg<"x">(Features(mapped, x.target())), arg<"edge_attr">(attr)).sum(1);
  }
  if (root_ && options_.root_weight && x.target().defined()) out = out + root_->forward(x.target());
  return add_bias(out, bias_);
}

Message GMMConv::message(Arg<"x_j"> x_j, Arg<"edge_attr"> edge_attr) {
  const at::Tensor weight = gaussians(edge_attr);
  if (!options_.separate_gaussians) {
    if (x_j.nodes().defined() && x_j.nodes().dim() == 2) {
      return EdgeTerms{.source = x_j, .coefficient = weight, .mixed = true};
    }
    if (is_linear_) return weight.unsqueeze(-1) * x_j;
    return (weight.unsqueeze(-1) * x_j.tensor()).sum(1, true);
  }
  const at::Tensor& x = x_j.tensor();
  const at::Tensor kernel = (weight * g_.view({x.size(1), options_.out_channels, options_.kernel_size})).sum(-1);
  return at::matmul(x.unsqueeze(1), kernel).squeeze(1);
}

ValueList GMMConv::call(const CallArguments& arguments) {
  return call_forward(*this, &GMMConv::forward, {{"x"}, {"edge_index"}, {"edge_attr", Config()}, {"size", Config()}},
                      arguments);
}

std::string GMMConv::to_string() const {
  return format("GMMConv({}, {}, dim={})", options_.in_channels.text(), options_.out_channels, options_.dim);
}

}  // namespace spinel::nn
