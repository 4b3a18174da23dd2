#include "spinel/nn/conv/gcn_conv.h"

#include <ATen/ATen.h>

#include "spinel/base/error.h"
#include "spinel/nn/conv/channels.h"
#include "spinel/nn/dense/linear_product.h"
#include "spinel/nn/inits.h"

namespace spinel::nn {

OptionTable<GCNConvOptions> GCNConv::options() {
  using Options = GCNConvOptions;
  OptionTable<Options> table("GCNConv");
  table.add("in_channels", &Options::in_channels, "width of the input; -1: that of the first input").required();
  table.add("out_channels", &Options::out_channels, "width of the result").required();
  table.add("improved", &Options::improved, "loops of weight 2");
  table.add("cached", &Options::cached, "the normalised edges of the first call serve all later ones");
  table.add("add_self_loops", &Options::add_self_loops, "a loop for each node; null: the value of normalize");
  table.add("normalize", &Options::normalize, "symmetric normalisation");
  table.add("bias", &Options::bias, "whether a bias is added");
  return table.include(&Options::kwargs, message_passing_options("GCNConv"));
}

GCNConv::GCNConv(GCNConvOptions options)
    : MessagePassing("GCNConv", "add", options.kwargs),
      options_(std::move(options)),
      lin_(options_.in_channels, options_.out_channels, {.bias = false, .weight_initializer = "glorot"}) {
  if (!options_.add_self_loops) options_.add_self_loops = options_.normalize;
  require(!*options_.add_self_loops || options_.normalize,
          "GCNConv: add_self_loops is true but normalize is false; loops are only added by the normalisation");
  offer_switches(&*options_.add_self_loops);
  add_child("lin", lin_);
  if (options_.bias) bias_ = at::zeros({options_.out_channels});
  add_parameter("bias", bias_);
  keep_constant_products();
}

void GCNConv::reset_parameters() {
  MessagePassing::reset_parameters();
  zeros(bias_);
  cached_.clear();
}

at::Tensor GCNConv::forward(const Features& x, const Adjacency& edge_index, const at::Tensor& edge_weight) {
  require(!x.is_pair(), "GCNConv: x is a pair of features of sources and targets; SAGEConv and GraphConv take those");
  check_widths(x, options_.in_channels, name());
  WeightedEdges edges{edge_index, edge_weight};
  if (options_.normalize) {
    edges = cached_.get(options_.cached, [&] {
      const NormalizeOptions normalize{options_.improved, *options_.add_self_loops, flow()};
      return normalized_edges(edge_index, edge_weight, x.source(), node_dim(), normalize, name());
    });
  } else {
    edges = plain_edges(edge_index, edge_weight, x.source(), node_dim(), name());
  }
  const auto sum = [&](const at::Tensor& features) {
    return propagate(edges.edges, {}, arg<"x">(features), arg<"edge_weight">(edges.weight));
  };
  if (sums_first(x.source(), edges.weight, options_.out_channels)) {
    return linear_product(sum(x.source()), lin_.weight_for(x.source()), bias_);
  }
  return add_bias(sum(lin_.forward(x.source())), bias_);
}

ValueList GCNConv::call(const CallArguments& arguments) {
  return call_forward(*this, &GCNConv::forward, {{"x"}, {"edge_index"}, {"edge_weight", Config()}}, arguments);
}

std::string GCNConv::to_string() const {
  return format("GCNConv({}, {})", options_.in_channels, options_.out_channels);
}

}  // namespace spinel::nn
