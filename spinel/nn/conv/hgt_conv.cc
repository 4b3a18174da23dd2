#include "spinel/nn/conv/hgt_conv.h"

#include <ATen/ATen.h>

#include <cmath>

#include "spinel/base/error.h"
#include "spinel/graph/utils/softmax.h"
#include "spinel/nn/conv/joined_edges.h"
#include "spinel/nn/conv/normalized_edges.h"
#include "spinel/nn/inits.h"

namespace spinel::nn {
namespace {

HGTConvOptions checked(HGTConvOptions options) {
  require(options.heads >= 1 && options.out_channels % options.heads == 0,
          "HGTConv: out_channels is {}, which {} heads do not divide; they must", options.out_channels, options.heads);
  check_metadata(options.metadata, "HGTConv");
  return options;
}

}  // namespace

OptionTable<HGTConvOptions> HGTConv::options() {
  using Options = HGTConvOptions;
  OptionTable<Options> table("HGTConv");
  table.add("in_channels", &Options::in_channels, "width of the input, or of each node type; -1: as it comes")
      .required();
  table.add("out_channels", &Options::out_channels, "width of the results").required().range(0);
  table.add("metadata", &Options::metadata, "the node types and the edge types").required();
  table.add("heads", &Options::heads, "number of attention heads").range(1);
  return table.include(&Options::kwargs, message_passing_options("HGTConv", {"aggr", "flow", "node_dim"}));
}

HGTConv::HGTConv(HGTConvOptions options)
    : MessagePassing("HGTConv", "add", with_node_dim(options.kwargs, 0)),
      options_(checked(std::move(options))),
      kqv_lin_(options_.in_channels.of(options_.metadata.node_types), 3 * options_.out_channels),
      out_lin_(options_.out_channels, options_.out_channels, options_.metadata.node_types) {
  const Metadata& metadata = options_.metadata;
  const int64_t width = options_.out_channels / options_.heads;
  const int64_t rows = options_.heads * static_cast<int64_t>(metadata.edge_types.size());
  add_child("kqv_lin", kqv_lin_);
  add_child("out_lin", out_lin_);
  add_parameter("k_rel.weight", k_rel_ = at::empty({rows, width, width}));
  add_parameter("v_rel.weight", v_rel_ = at::empty({rows, width, width}));
  for (const std::string& type : metadata.node_types) skip_.emplace_back(type, at::empty({1}));
  for (auto& [type, skip] : skip_) add_parameter("skip." + type, skip);
  p_rel_.resize(metadata.edge_types.size());
  for (size_t r = 0; r < p_rel_.size(); ++r) {
    add_parameter("p_rel." + metadata.edge_types[r].key(), p_rel_[r] = at::empty({1, options_.heads}));
  }
  HGTConv::reset_parameters();
}

void HGTConv::reset_parameters() {
  MessagePassing::reset_parameters();
  for (const at::Tensor& weight : {k_rel_, v_rel_}) kaiming_uniform(weight, weight.size(1), std::sqrt(5.0));
  for (auto& [type, skip] : skip_) ones(skip);
  for (const at::Tensor& factor : p_rel_) ones(factor);
}

int64_t HGTConv::number_of(const EdgeType& type) const {
  const auto& types = options_.metadata.edge_types;
  std::vector<std::string> keys;
  for (size_t r = 0; r < types.size(); ++r) {
    if (types[r] == type) return static_cast<int64_t>(r);
    keys.push_back(types[r].key());
  }
  fail(ErrorKind::not_found, "HGTConv: edge_index_dict has {}, which is no edge type of metadata{}", type.text(),
       suggestion(type.key(), keys));
}

struct HGTConv::Nodes {
  at::Tensor query, key, value;  ///< [nodes, heads, d]
  at::Tensor edge_index;
  at::Tensor factor;  ///< [E, heads] p_r of each edge; undefined where it is in the keys
  std::vector<std::pair<std::string, int64_t>> targets;  ///< types with their numbers of nodes, in order
};

HGTConv::Nodes HGTConv::gather(const NamedTensors& x_dict, const EdgeDict<Adjacency>& edge_index_dict) {
  const int64_t heads = options_.heads, width = options_.out_channels / heads;
  const auto relations = static_cast<int64_t>(p_rel_.size());
  NamedTensors key, value, offset;
  std::vector<at::Tensor> queries, keys, values;
  Nodes nodes;
  std::vector<std::pair<std::string, int64_t>> first_target;
  int64_t targets = 0;
  for (const auto& [type, all] : kqv_lin_.forward(x_dict)) {
    const at::Tensor parts = all.view({all.size(0), 3, heads, width});
    key.set(type, parts.select(1, 0));
    queries.push_back(parts.select(1, 1));
    value.set(type, parts.select(1, 2));
    nodes.targets.emplace_back(type, all.size(0));
    first_target.emplace_back(type, targets);
    targets += all.size(0);
  }
  require(!queries.empty(), "HGTConv: x_dict has no node type of metadata; features of one are needed at least");
  nodes.query = at::cat(queries);
  std::vector<PlacedEdges> placed;
  int64_t sources = 0;
  // [heads, relations, d, d]: the scale of scores belongs to the matrix, where there is less to multiply.
  const at::Tensor k_rel = k_rel_.view({heads, relations, width, width});
  const at::Tensor v_rel = v_rel_.view({heads, relations, width, width});
  const double scale = 1 / std::sqrt(static_cast<double>(width));
  const bool by_rank = !edge_index_dict.empty() && (edge_index_dict.end() - 1)->second.is_sparse();
  std::vector<at::Tensor> factors;
  for (const auto& [type, edges] : edge_index_dict) {
    const int64_t r = number_of(type);
    const at::Tensor& k = features_of(key, type.source, type, "HGTConv");
    const at::Tensor& v = features_of(value, type.source, type, "HGTConv");
    const int64_t from = k.size(0), to = features_of(key, type.target, type, "HGTConv").size(0);
    MessageEdges::check(edges, flow(), name());
    check_nodes(edges, from, to, "HGTConv: " + type.text());
    const at::Tensor& factor = p_rel_[static_cast<size_t>(r)];
    const at::Tensor matrices = k_rel.select(1, r) * scale;
    keys.push_back(at::bmm(k.transpose(0, 1), by_rank ? matrices : matrices * factor.view({heads, 1, 1})));
    factors.push_back(factor);
    values.push_back(at::bmm(v.transpose(0, 1), v_rel.select(1, r)));
    int64_t first = 0;
    for (const auto& [target, begin] : first_target) {
      if (target == type.target) first = begin;
    }
    placed.push_back({edge_list(edges), sources, first});
    sources += from;
  }
  const at::Tensor none = nodes.query.new_zeros({0, heads, width});
  nodes.key = keys.empty() ? none : at::cat(keys, 1).transpose(0, 1).contiguous();
  nodes.value = values.empty() ? none : at::cat(values, 1).transpose(0, 1).contiguous();
  nodes.edge_index = joined_edges(placed);
  if (by_rank) nodes.factor = at::cat(factors).index_select(0, types_by_rank(placed, nodes.edge_index));
  return nodes;
}

at::Tensor HGTConv::mixed(const std::string& type, const at::Tensor& out, const at::Tensor& x) const {
  if (x.size(-1) != out.size(-1)) return out;
  for (const auto& [name, skip] : skip_) {
    if (name != type) continue;
    const at::Tensor share = skip.sigmoid();
    return share * out + (1 - share) * x;
  }
  return out;
}

NamedTensors HGTConv::forward(const NamedTensors& x_dict, const EdgeDict<Adjacency>& edge_index_dict) {
  for (const auto& [type, x] : x_dict) {
    require(!x.defined() || x.dim() == 2, "HGTConv: x_dict['{}'] has {} dimensions; nodes and features are needed",
            type, x.dim());
    if (!x.defined()) continue;
    for (const auto& [known, width] : options_.in_channels.of(options_.metadata.node_types)) {
      require(known != type || width < 0 || x.size(1) == width,
              "HGTConv: x_dict['{}'] has {} features but {} are expected", type, x.size(1), width);
    }
  }
  const Nodes nodes = gather(x_dict, edge_index_dict);
  const at::Tensor out =
      propagate(nodes.edge_index, Size({nodes.key.size(0), nodes.query.size(0)}),
                arg<"query">(Features(at::Tensor(), nodes.query)), arg<"key">(Features(nodes.key, at::Tensor())),
                arg<"value">(Features(nodes.value, at::Tensor())), arg<"factor">(nodes.factor));
  const at::Tensor rows = at::gelu(out.flatten(1));
  NamedTensors activated;
  int64_t begin = 0;
  for (const auto& [type, count] : nodes.targets) {
    for (const EdgeType& edge : options_.metadata.edge_types) {
      if (edge.target == type) activated.set(type, rows.narrow(0, begin, count));
    }
    begin += count;
  }
  const NamedTensors mapped = out_lin_.forward(activated);
  NamedTensors results;
  for (const auto& [type, unused] : activated) results.set(type, mixed(type, mapped.at(type), x_dict.at(type)));
  return results;
}

Message HGTConv::message(Arg<"query_i"> query_i, Arg<"key_j"> key_j, Arg<"value_j"> value_j, Arg<"factor"> factor,
                         Arg<"edges"> edges) {
  at::Tensor score = edges.dot(query_i.nodes(), key_j.nodes());
  if (factor.defined()) score = score * factor;
  return graph::softmax(score, edges.groups(End::i)).unsqueeze(-1) * value_j;
}

NamedTensors HGTConv::call_values(const NamedTensors& x_dict,
                                  const std::vector<std::pair<std::string, Adjacency>>& edge_index_dict) {
  return forward(x_dict, edge_dict(edge_index_dict, options_.metadata.edge_types, "HGTConv: edge_index_dict"));
}

ValueList HGTConv::call(const CallArguments& arguments) {
  return call_forward(*this, &HGTConv::call_values, {{"x_dict"}, {"edge_index_dict"}}, arguments);
}

std::string HGTConv::to_string() const {
  return format("HGTConv(-1, {}, heads={})", options_.out_channels, options_.heads);
}

}  // namespace spinel::nn
