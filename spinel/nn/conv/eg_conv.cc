#include "spinel/nn/conv/eg_conv.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "spinel/base/error.h"
#include "spinel/base/suggest.h"
#include "spinel/graph/utils/self_loops.h"
#include "spinel/nn/conv/channels.h"
#include "spinel/nn/dense/linear_product.h"
#include "spinel/nn/inits.h"

namespace spinel::nn {
namespace {

using sparse::Reduce;

const std::vector<std::string> aggregator_names = {"sum", "mean", "symnorm", "min", "max", "var", "std"};

int64_t head_width(const EGConvOptions& options) {
  require(options.num_heads >= 1 && options.out_channels % options.num_heads == 0,
          "EGConv: out_channels is {}, which must be divisible by the number of heads, {}", options.out_channels,
          options.num_heads);
  return options.out_channels / options.num_heads;
}

}  // namespace

OptionTable<EGConvOptions> EGConv::options() {
  using Options = EGConvOptions;
  OptionTable<Options> table("EGConv");
  table.add("in_channels", &Options::in_channels, "width of the input; -1: that of the first input").required();
  table.add("out_channels", &Options::out_channels, "width of the result").required();
  table.add("aggregators", &Options::aggregators, "names of aggregators");
  table.add("num_heads", &Options::num_heads, "number of heads").range(1);
  table.add("num_bases", &Options::num_bases, "number of basis weights").range(1);
  table.add("cached", &Options::cached, "the edges of the first call serve all later ones");
  table.add("add_self_loops", &Options::add_self_loops, "whether each node is its own neighbour");
  table.add("bias", &Options::bias, "whether a bias is added");
  return table.include(&Options::kwargs, message_passing_options("EGConv", {"node_dim"}));
}

EGConv::EGConv(EGConvOptions options)
    : MessagePassing("EGConv", "add", with_node_dim(options.kwargs, 0)),
      options_(std::move(options)),
      bases_lin_(options_.in_channels, head_width(options_) * options_.num_bases,
                 {.bias = false, .weight_initializer = "glorot"}),
      comb_lin_(options_.in_channels,
                options_.num_heads * options_.num_bases * static_cast<int64_t>(options_.aggregators.size())) {
  offer_switches(&options_.add_self_loops);
  require(!options_.aggregators.empty(), "EGConv: aggregators is empty; at least one is needed");
  for (const std::string& one : options_.aggregators) {
    require(std::find(aggregator_names.begin(), aggregator_names.end(), one) != aggregator_names.end(),
            "EGConv: unsupported aggregator '{}'{}", one, suggestion(one, aggregator_names));
  }
  add_child("bases_lin", bases_lin_);
  add_child("comb_lin", comb_lin_);
  if (options_.bias) bias_ = at::zeros({options_.out_channels});
  add_parameter("bias", bias_);
}

void EGConv::reset_parameters() {
  MessagePassing::reset_parameters();
  zeros(bias_);
  cached_.clear();
}

at::Tensor EGConv::forward(const at::Tensor& x, const Adjacency& edge_index) {
  check_width(x, options_.in_channels, "x", name());
  require(x.dim() == 2, "EGConv: x has {} dimensions; nodes and features are needed", x.dim());
  MessageEdges::check(edge_index, flow(), name());
  const int64_t nodes = x.size(0);
  check_nodes(edge_index, nodes, nodes, name());
  const auto& names = options_.aggregators;
  const WeightedEdges edges = cached_.get(options_.cached, [&]() -> WeightedEdges {
    if (std::find(names.begin(), names.end(), "symnorm") != names.end()) {
      return normalized_edges(edge_index, {}, x, node_dim(), {false, options_.add_self_loops, flow()}, name());
    }
    if (!options_.add_self_loops) return {edge_index, {}};
    if (edge_index.is_sparse()) return {edge_index.adj_t().fill_diag(1.0), {}};
    return {graph::add_remaining_self_loops(edge_index.edge_index(), {}, {}, nodes).edge_index, {}};
  });
  const int64_t width = options_.out_channels / options_.num_heads;
  const auto blocks = static_cast<int64_t>(names.size()) * options_.num_bases;
  const at::Tensor aggregated =
      propagate(edges.edges, {}, arg<"x">(bases_lin_.forward(x)), arg<"symnorm_weight">(edges.weight));
  const at::Tensor weights = comb_lin_.forward(x).view({-1, options_.num_heads, blocks});
  const at::Tensor out = at::matmul(weights, aggregated.reshape({-1, blocks, width})).view({-1, options_.out_channels});
  return add_bias(out, bias_);
}

at::Tensor EGConv::aggregate(const Message& message, Arg<"symnorm_weight"> symnorm_weight, Arg<"edges"> edges) {
  const std::optional<Message::Product> product = message.product();
  const auto reduced = [&](const at::Tensor& weight, Reduce reduce, bool squared) {
    const bool extreme = reduce == Reduce::min || reduce == Reduce::max;
    // Over an edge list equal messages share the gradient of extremes, which products do not do.
    if (product && !(extreme && !edges.is_sparse())) {
      const at::Tensor& x = product->x.nodes();
      return edges.product(squared ? x.square() : x, weight, reduce);
    }
    at::Tensor m = message.tensor();
    if (squared) m = m.square();
    if (weight.defined()) m = m * weight.unsqueeze(-1);
    const graph::GroupReduce kind = reduce == Reduce::sum    ? graph::GroupReduce::sum
                                    : reduce == Reduce::mean ? graph::GroupReduce::mean
                                    : reduce == Reduce::min  ? graph::GroupReduce::min
                                                             : graph::GroupReduce::max;
    return graph::reduce_groups(m, edges.groups(End::i), kind);
  };
  std::vector<at::Tensor> outs;
  for (const std::string& one : options_.aggregators) {
    if (one == "symnorm") {
      outs.push_back(reduced(symnorm_weight, Reduce::sum, false));
    } else if (one == "var" || one == "std") {
      const at::Tensor variance = reduced({}, Reduce::mean, true) - reduced({}, Reduce::mean, false).square();
      if (one == "var") outs.push_back(variance);
      else if (edges.is_sparse()) outs.push_back((variance.relu() + 1e-5).sqrt());
      else outs.push_back(variance.clamp_min(1e-5).sqrt());
    } else {
      outs.push_back(reduced({}, sparse::parse_reduce(one), false));
    }
  }
  return at::stack(outs, 1);
}

ValueList EGConv::call(const CallArguments& arguments) {
  return call_forward(*this, &EGConv::forward, {{"x"}, {"edge_index"}}, arguments);
}

std::string EGConv::to_string() const {
  return format("EGConv({}, {}, aggregators=[{}])", options_.in_channels, options_.out_channels,
                join_text(options_.aggregators, ", "));
}

}  // namespace spinel::nn
