#include "spinel/nn/conv/gin_conv.h"

#include <ATen/ATen.h>

#include "spinel/base/error.h"
#include "spinel/nn/conv/channels.h"
#include "spinel/nn/conv/edge_terms.h"
#include "spinel/nn/inits.h"

namespace spinel::nn {
namespace {

/// What both convolutions take.
template <class Options>
OptionTable<Options> isomorphism_options(const char* component) {
  OptionTable<Options> table(component);
  table.add("nn", &Options::nn, "the layer that maps nodes").required();
  table.add("eps", &Options::eps, "how much more than a neighbour the node itself counts");
  table.add("train_eps", &Options::train_eps, "eps is a parameter");
  return table;
}

std::shared_ptr<Layer> required_nn(const LayerArgument& argument, const char* owner) {
  require(!argument.is_none(), "{}: nn is None; a layer is needed", owner);
  return argument.get();
}

/// What is aggregated must be what nn takes, and the node itself as wide.
void check_nn_width(const Features& x, const Layer& nn, const Aggregation* aggr, const std::string& owner) {
  check_widths(x, -1, owner);
  const int64_t width = x.source().size(-1), aggregated = aggr ? aggr->out_channels(width) : width;
  const std::optional<int64_t> expected = nn.in_channels();
  require(!expected || *expected == aggregated, "{}: x has {} features, of which {} are aggregated, but nn takes {}",
          owner, width, aggregated, expected.value_or(0));
  require(!x.target().defined() || x.target().size(-1) == aggregated || x.target().size(-1) == 1,
          "{}: x of the targets has {} features but {} are aggregated; they must be as many", owner,
          x.target().defined() ? x.target().size(-1) : 0, aggregated);
}

/// The node itself beside its neighbours.
at::Tensor with_root(const at::Tensor& aggregated, const at::Tensor& root, const at::Tensor& eps) {
  return root.defined() ? aggregated + (1 + eps) * root : aggregated;
}

}  // namespace

OptionTable<GINConvOptions> GINConv::options() {
  OptionTable<GINConvOptions> table = isomorphism_options<GINConvOptions>("GINConv");
  return table.include(&GINConvOptions::kwargs, message_passing_options("GINConv"));
}

GINConv::GINConv(GINConvOptions options)
    : MessagePassing("GINConv", "add", options.kwargs),
      initial_eps_(options.eps),
      nn_(required_nn(options.nn, "GINConv")) {
  keep_constant_products();
  add_child("nn", *nn_);
  eps_ = at::full({1}, initial_eps_);
  if (options.train_eps) add_parameter("eps", eps_);
  else add_buffer("eps", eps_);
}

void GINConv::reset_parameters() {
  MessagePassing::reset_parameters();
  constant(eps_, initial_eps_);
}

at::Tensor GINConv::forward(const Features& x, const Adjacency& edge_index, const Size& size) {
  check_nn_width(x, *nn_, aggr_module(), name());
  return nn_->forward(with_root(propagate(edge_index, size, arg<"x">(both_ends(x))), x.target(), eps_));
}

ValueList GINConv::call(const CallArguments& arguments) {
  return call_forward(*this, &GINConv::forward, {{"x"}, {"edge_index"}, {"size", Config()}}, arguments);
}

std::string GINConv::to_string() const { return format("GINConv(nn={})", nn_->to_string()); }

OptionTable<GINEConvOptions> GINEConv::options() {
  OptionTable<GINEConvOptions> table = isomorphism_options<GINEConvOptions>("GINEConv");
  table.add("edge_dim", &GINEConvOptions::edge_dim, "width of edge_attr, where it is not that of the nodes");
  return table.include(&GINEConvOptions::kwargs, message_passing_options("GINEConv"));
}

GINEConv::GINEConv(GINEConvOptions options)
    : MessagePassing("GINEConv", "add", options.kwargs),
      initial_eps_(options.eps),
      nn_(required_nn(options.nn, "GINEConv")) {
  add_child("nn", *nn_);
  eps_ = at::full({1}, initial_eps_);
  if (options.train_eps) add_parameter("eps", eps_);
  else add_buffer("eps", eps_);
  if (!options.edge_dim) return;
  const std::optional<int64_t> width = nn_->in_channels();
  require(width.has_value(), "GINEConv: nn ({}) does not say the width of its input, which edge_dim needs",
          nn_->to_string());
  lin_ = std::make_unique<Linear>(*options.edge_dim, *width);
  add_child("lin", *lin_);
}

void GINEConv::reset_parameters() {
  MessagePassing::reset_parameters();
  constant(eps_, initial_eps_);
}

at::Tensor GINEConv::forward(const Features& x, const Adjacency& edge_index, const at::Tensor& edge_attr,
                             const Size& size) {
  check_nn_width(x, *nn_, aggr_module(), name());
  const at::Tensor out = propagate(edge_index, size, arg<"x">(both_ends(x)), arg<"edge_attr">(edge_attr));
  return nn_->forward(with_root(out, x.target(), eps_));
}

Message GINEConv::message(Arg<"x_j"> x_j, Arg<"edge_attr"> edge_attr) {
  require(edge_attr.defined(), "GINEConv: edge_attr is None; features of each edge are needed");
  const at::Tensor attr = edge_attr.dim() == 1 ? edge_attr.unsqueeze(-1) : edge_attr;
  EdgeTerms terms = with_attributes(x_j, attr, lin_.get(), name());
  terms.activation = EdgeActivation::relu;
  return terms;
}

ValueList GINEConv::call(const CallArguments& arguments) {
  return call_forward(*this, &GINEConv::forward, {{"x"}, {"edge_index"}, {"edge_attr", Config()}, {"size", Config()}},
                      arguments);
}

std::string GINEConv::to_string() const { return format("GINEConv(nn={})", nn_->to_string()); }

}  // namespace spinel::nn
