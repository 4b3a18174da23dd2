#include "spinel/nn/conv/dna_conv.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "spinel/base/error.h"
#include "spinel/nn/conv/channels.h"
#include "spinel/nn/dense/linear_product.h"
#include "spinel/nn/inits.h"

namespace spinel::nn {

GroupedLinear::GroupedLinear(int64_t channels, int64_t groups, bool bias) {
  add_parameter("weight", weight_ = at::empty({groups, channels / groups, channels / groups}));
  if (bias) bias_ = at::empty({channels});
  add_parameter("bias", bias_);
  GroupedLinear::reset_parameters();
}

void GroupedLinear::reset_parameters() {
  kaiming_uniform(weight_, weight_.size(1), std::sqrt(5.0));
  uniform(bias_, weight_.size(1));
}

at::Tensor GroupedLinear::forward(const at::Tensor& x) const {
  at::Tensor out;
  if (weight_.size(0) == 1) {
    out = at::matmul(x, weight_[0]);
  } else {
    const at::Tensor groups = x.reshape({-1, weight_.size(0), weight_.size(1)}).transpose(0, 1);
    out = at::bmm(groups, weight_).transpose(0, 1).reshape(x.sizes());
  }
  return add_bias(out, bias_);
}

OptionTable<DNAConvOptions> DNAConv::options() {
  using Options = DNAConvOptions;
  OptionTable<Options> table("DNAConv");
  table.add("channels", &Options::channels, "width of the input and of the result").required().range(1);
  table.add("heads", &Options::heads, "number of attention heads").range(1);
  table.add("groups", &Options::groups, "parts of the channels that are mapped apart from each other").range(1);
  table.add("dropout", &Options::dropout, "probability that an attention weight is dropped in training").range(0, 1);
  table.add("cached", &Options::cached, "the normalised edges of the first call serve all later ones");
  table.add("normalize", &Options::normalize, "symmetric normalisation");
  table.add("add_self_loops", &Options::add_self_loops, "a loop for each node, where edges are normalised");
  table.add("bias", &Options::bias, "whether the linear maps have a bias");
  return table.include(&Options::kwargs, message_passing_options("DNAConv", {"node_dim"}));
}

namespace {

DNAConvOptions checked(DNAConvOptions options) {
  const int64_t channels = options.channels, heads = options.heads, groups = options.groups;
  require(channels >= 1 && heads >= 1 && groups >= 1 && channels % heads == 0 && channels % groups == 0,
          "DNAConv: {} channels are not divided by {} heads and {} groups; both must divide them", channels, heads,
          groups);
  require(std::max(heads, groups) % std::min(heads, groups) == 0,
          "DNAConv: there are {} heads and {} groups; the larger number must be a multiple of the smaller", heads,
          groups);
  return options;
}

}  // namespace

DNAConv::DNAConv(DNAConvOptions options)
    : MessagePassing("DNAConv", "add", with_node_dim(options.kwargs, 0)),
      options_(checked(std::move(options))),
      lin_q_(options_.channels, options_.groups, options_.bias),
      lin_k_(options_.channels, options_.groups, options_.bias),
      lin_v_(options_.channels, options_.groups, options_.bias) {
  offer_switches(&options_.add_self_loops);
  add_child("multi_head.lin_q", lin_q_);
  add_child("multi_head.lin_k", lin_k_);
  add_child("multi_head.lin_v", lin_v_);
  const auto reduce = aggr_module() ? aggr_module()->plain_reduce() : std::nullopt;
  is_linear_ = reduce == graph::GroupReduce::sum || reduce == graph::GroupReduce::mean;
}

void DNAConv::reset_parameters() {
  MessagePassing::reset_parameters();
  cached_.clear();
}

at::Tensor DNAConv::forward(const at::Tensor& x, const Adjacency& edge_index, const at::Tensor& edge_weight) {
  require(x.dim() == 3 && x.size(1) >= 1,
          "DNAConv: x has the sizes [{}]; nodes, at least one layer and {} channels are needed",
          join_text(x.sizes(), ", "), options_.channels);
  check_width(x, options_.channels, "x", name());
  MessageEdges::check(edge_index, flow(), name());
  WeightedEdges edges{edge_index, edge_weight.defined() ? edge_weight : edge_values(edge_index)};
  if (options_.normalize) {
    edges = cached_.get(options_.cached, [&] {
      const NormalizeOptions normalize{false, options_.add_self_loops, flow()};
      return normalized_edges(edge_index, edge_weight, x, 0, normalize, name());
    });
  } else {
    require(edges.weight.defined(),
            "DNAConv: edge_weight is None and normalize is false; a weight of each edge is needed");
    check_edge_weight(edges.weight, edge_index, name());
    check_nodes(edge_index, x.size(0), x.size(0), name());
  }
  const int64_t nodes = x.size(0), layers = x.size(1), heads = options_.heads, width = options_.channels / heads;
  const std::vector<int64_t> headed = {nodes, layers * heads, width};
  const at::Tensor last = lin_q_.forward(x.select(1, layers - 1)).reshape({nodes, 1, heads, width});
  const at::Tensor query = last.expand({-1, layers, -1, -1}).reshape(headed);
  const at::Tensor key = lin_k_.forward(x).reshape(headed), value = lin_v_.forward(x).reshape(headed);
  const at::Tensor weight =
      edge_updater(edges.edges, {}, arg<"query">(query), arg<"key">(key), arg<"edge_weight">(edges.weight));
  const at::Tensor out = propagate(edges.edges, {}, arg<"value">(value), arg<"weight">(weight));
  return (is_linear_ ? out.unflatten(1, {layers, heads}).sum(1) : out).flatten(1);
}

at::Tensor DNAConv::edge_update(Arg<"query_i"> query_i, Arg<"key_j"> key_j, Arg<"edge_weight"> edge_weight,
                                Arg<"edges"> edges) {
  const at::Tensor& query = query_i.nodes();
  const double scale = 1 / std::sqrt(static_cast<double>(options_.channels / options_.heads));
  const at::Tensor score = edges.dot(query * scale, key_j.nodes()).unflatten(1, {-1, options_.heads});
  // A score of 0 stands beside those of the layers, so that a neighbour may be left out.
  const at::Tensor most = score.detach().amax(1, true).clamp_min(0);
  const at::Tensor shares = (score - most).exp();
  const at::Tensor alpha = shares / (shares.sum(1, true) + most.neg().exp());
  return (at::dropout(alpha, options_.dropout, is_training()) * edge_weight.view({-1, 1, 1})).flatten(1);
}

Message DNAConv::message(Arg<"value_j"> value_j, Arg<"weight"> weight) {
  if (is_linear_) return weight.unsqueeze(-1) * value_j;
  return (weight.unsqueeze(-1) * value_j.tensor()).unflatten(1, {-1, options_.heads}).sum(1);
}

ValueList DNAConv::call(const CallArguments& arguments) {
  return call_forward(*this, &DNAConv::forward, {{"x"}, {"edge_index"}, {"edge_weight", Config()}}, arguments);
}

std::string DNAConv::to_string() const {
  return format("DNAConv({}, heads={}, groups={})", options_.channels, options_.heads, options_.groups);
}

}  // namespace spinel::nn
