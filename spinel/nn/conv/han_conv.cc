#include "spinel/nn/conv/han_conv.h"

#include <ATen/ATen.h>

#include "spinel/base/error.h"
#include "spinel/graph/utils/softmax.h"
#include "spinel/nn/conv/attention.h"
#include "spinel/nn/conv/channels.h"
#include "spinel/nn/conv/graph_attention.h"
#include "spinel/nn/conv/normalized_edges.h"
#include "spinel/nn/inits.h"

namespace spinel::nn {

OptionTable<HANConvOptions> HANConv::options() {
  using Options = HANConvOptions;
  OptionTable<Options> table("HANConv");
  table.add("in_channels", &Options::in_channels, "width of the input, or of each node type; -1: as it comes")
      .required();
  table.add("out_channels", &Options::out_channels, "width of the results").required().range(0);
  table.add("metadata", &Options::metadata, "the node types and the edge types").required();
  table.add("heads", &Options::heads, "number of attention heads").range(1);
  table.add("negative_slope", &Options::negative_slope, "slope of the LeakyReLU of scores below 0");
  table.add("dropout", &Options::dropout, "probability that an attention weight is dropped in training").range(0, 1);
  return table.include(&Options::kwargs, message_passing_options("HANConv", {"aggr", "flow", "node_dim"}));
}

HANConv::HANConv(HANConvOptions options)
    : MessagePassing("HANConv", "add", with_node_dim(options.kwargs, 0)),
      options_(std::move(options)),
      k_lin_(options_.out_channels, options_.out_channels) {
  const int64_t heads = options_.heads, out = options_.out_channels;
  require(heads >= 1 && out % heads == 0, "HANConv: out_channels is {}, which {} heads do not divide; they must", out,
          heads);
  check_metadata(options_.metadata, "HANConv");
  add_child("k_lin", k_lin_);
  add_parameter("q", q_ = at::empty({1, out}));
  for (const auto& [type, width] : options_.in_channels.of(options_.metadata.node_types)) {
    proj_.emplace_back(type, std::make_unique<Linear>(width, out));
    add_child("proj." + type, *proj_.back().second);
  }
  const auto& types = options_.metadata.edge_types;
  lin_src_.resize(types.size());
  lin_dst_.resize(types.size());
  for (size_t r = 0; r < types.size(); ++r) {
    add_parameter("lin_src." + types[r].key(), lin_src_[r] = at::empty({1, heads, out / heads}));
    add_parameter("lin_dst." + types[r].key(), lin_dst_[r] = at::empty({1, heads, out / heads}));
  }
  HANConv::reset_parameters();
}

void HANConv::reset_parameters() {
  MessagePassing::reset_parameters();
  for (const at::Tensor& attention : lin_src_) glorot(attention);
  for (const at::Tensor& attention : lin_dst_) glorot(attention);
  glorot(q_);
}

NamedTensors HANConv::project(const NamedTensors& x_dict) {
  NamedTensors features;
  std::vector<std::string> known;
  for (const auto& [type, lin] : proj_) known.push_back(type);
  for (const auto& [type, x] : x_dict) {
    if (!x.defined()) continue;
    Linear* lin = nullptr;
    for (const auto& [name, one] : proj_) {
      if (name == type) lin = one.get();
    }
    require(lin != nullptr, "HANConv: x_dict has '{}', which is no node type of in_channels{}", type,
            suggestion(type, known));
    require(x.dim() == 2, "HANConv: x_dict['{}'] has {} dimensions; nodes and features are needed", type, x.dim());
    check_width(x, lin->in_channels().value_or(-1), "x_dict['" + type + "']", name());
    features.set(type, lin->forward(x).view({x.size(0), options_.heads, options_.out_channels / options_.heads}));
  }
  return features;
}

at::Tensor HANConv::pass(const EdgeType& type, const Adjacency& edges, const NamedTensors& features) {
  const auto& types = options_.metadata.edge_types;
  const auto found = std::find(types.begin(), types.end(), type);
  if (found == types.end()) {
    std::vector<std::string> keys;
    for (const EdgeType& known : types) keys.push_back(known.key());
    fail(ErrorKind::not_found, "HANConv: edge_index_dict has {}, which is no edge type of metadata{}", type.text(),
         suggestion(type.key(), keys));
  }
  const auto r = static_cast<size_t>(found - types.begin());
  const at::Tensor& source = features_of(features, type.source, type, "HANConv");
  const at::Tensor& target = features_of(features, type.target, type, "HANConv");
  MessageEdges::check(edges, flow(), name());
  check_nodes(edges, source.size(0), target.size(0), "HANConv: " + type.text());
  const at::Tensor of_source = head_scores(source, lin_src_[r]), of_target = head_scores(target, lin_dst_[r]);
  if ((options_.dropout == 0 || !is_training()) && only_sums()) {
    const MessageEdges messages(edges, flow(), target.size(0), source.size(0), name());
    return graph_attention(source, {of_source, of_target}, messages, options_.negative_slope).flatten(1).relu();
  }
  const Adjacency ordered = in_target_order(edges, source.size(0), target.size(0), *this);
  return propagate(ordered, Size({source.size(0), target.size(0)}), arg<"x">(Features(source, at::Tensor())),
                   arg<"alpha">(Features(of_source, of_target)))
      .flatten(1)
      .relu();
}

Message HANConv::message(Arg<"x_j"> x_j, Arg<"alpha_i"> alpha_i, Arg<"alpha_j"> alpha_j, Arg<"edges"> edges) {
  const at::Tensor score = at::leaky_relu(alpha_j + alpha_i, options_.negative_slope);
  const at::Tensor alpha = graph::softmax(score, edges.groups(End::i));
  return at::dropout(alpha, options_.dropout, is_training()).unsqueeze(-1) * x_j;
}

void HANConv::combine(const std::string& type, const std::vector<at::Tensor>& parts, Result& result) {
  result.out.set(type, {});
  result.attention.set(type, {});
  if (parts.empty()) return;
  const at::Tensor stacked = at::stack(parts);
  if (stacked.numel() == 0) {
    result.out.set(type, stacked.sum(0));
    return;
  }
  const at::Tensor score = (q_ * k_lin_.forward(stacked).tanh().mean(1)).sum(-1);
  const at::Tensor attention = score.softmax(0);
  result.out.set(type, (attention.view({-1, 1, 1}) * stacked).sum(0));
  result.attention.set(type, attention);
}

HANConv::Result HANConv::forward_with_attention(const NamedTensors& x_dict,
                                                const EdgeDict<Adjacency>& edge_index_dict) {
  const NamedTensors features = project(x_dict);
  std::vector<std::pair<std::string, std::vector<at::Tensor>>> parts;
  for (const auto& [type, unused] : features) parts.emplace_back(type, std::vector<at::Tensor>());
  for (const auto& [type, edges] : edge_index_dict) {
    const at::Tensor part = pass(type, edges, features);
    for (auto& [target, list] : parts) {
      if (target == type.target) list.push_back(part);
    }
  }
  Result result;
  for (const auto& [type, list] : parts) combine(type, list, result);
  return result;
}

NamedTensors HANConv::forward(const NamedTensors& x_dict, const EdgeDict<Adjacency>& edge_index_dict) {
  return forward_with_attention(x_dict, edge_index_dict).out;
}

ValueList HANConv::call_values(const NamedTensors& x_dict,
                               const std::vector<std::pair<std::string, Adjacency>>& edge_index_dict,
                               bool return_semantic_attention_weights) {
  const Result result = forward_with_attention(
      x_dict, edge_dict(edge_index_dict, options_.metadata.edge_types, "HANConv: edge_index_dict"));
  ValueList values;
  values.emplace_back(result.out);
  if (return_semantic_attention_weights) values.emplace_back(result.attention);
  return values;
}

ValueList HANConv::call(const CallArguments& arguments) {
  return call_for_values(*this, &HANConv::call_values,
                         {{"x_dict"}, {"edge_index_dict"}, {"return_semantic_attention_weights", Config(false)}},
                         arguments);
}

std::string HANConv::to_string() const {
  return format("HANConv({}, heads={})", options_.out_channels, options_.heads);
}

}  // namespace spinel::nn
