#include "spinel/nn/conv/typed_graph.h"

#include <ATen/core/Tensor.h>

#include <algorithm>

#include "spinel/base/error.h"
#include "spinel/base/options.h"

namespace spinel {

template <>
Config write_config(const nn::TypedChannels& from) {
  if (from.by_type.empty()) return Config(from.all);
  Config::Map widths;
  for (const auto& [type, width] : from.by_type) widths.emplace_back(type, Config(width));
  return Config::map(std::move(widths));
}

template <>
Config write_config(const graph::Metadata& from) {
  Config::List nodes, edges;
  for (const std::string& type : from.node_types) nodes.emplace_back(type);
  for (const graph::EdgeType& type : from.edge_types) {
    edges.emplace_back(Config::List{Config(type.source), Config(type.relation), Config(type.target)});
  }
  return Config(Config::List{Config(std::move(nodes)), Config(std::move(edges))});
}

namespace nn {

std::vector<std::pair<std::string, int64_t>> TypedChannels::of(const std::vector<std::string>& node_types) const {
  if (!by_type.empty()) return by_type;
  std::vector<std::pair<std::string, int64_t>> widths;
  for (const std::string& type : node_types) widths.emplace_back(type, all);
  return widths;
}

void read_config(const Config& from, TypedChannels& to) {
  to = {};
  if (!from.is_map()) {
    to.all = from.as_int();
    return;
  }
  for (const auto& [type, width] : from.as_map()) to.by_type.emplace_back(type, width.as_int());
}

}  // namespace nn

namespace graph {

void read_config(const Config& from, Metadata& to) {
  to = {};
  const std::string where = from.where().empty() ? "metadata" : from.where();
  const Config::List& parts = from.as_list();
  require(parts.size() == 2, "{}: it has {} parts; a list of node types and one of edge types are needed", where,
          parts.size());
  to.node_types = parts[0].as_strings();
  for (const Config& type : parts[1].as_list()) {
    const std::vector<std::string> names = type.as_strings();
    require(names.size() == 3, "{}: an edge type has {} names; source, relation and target are needed", where,
            names.size());
    to.edge_types.push_back({names[0], names[1], names[2]});
  }
}

}  // namespace graph

namespace nn {

void check_metadata(const Metadata& metadata, std::string_view owner) {
  const auto& nodes = metadata.node_types;
  for (size_t k = 0; k < nodes.size(); ++k) {
    require(std::find(nodes.begin(), nodes.begin() + static_cast<std::ptrdiff_t>(k), nodes[k]) ==
                nodes.begin() + static_cast<std::ptrdiff_t>(k),
            "{}: metadata has the node type '{}' twice; once is needed", owner, nodes[k]);
  }
  EdgeDict<bool> seen;
  for (const EdgeType& type : metadata.edge_types) {
    require(!seen.find(type), "{}: metadata has the edge type {} twice; once is needed", owner, type.text());
    seen.set(type, true);
    for (const std::string& end : {type.source, type.target}) {
      require(std::find(nodes.begin(), nodes.end(), end) != nodes.end(),
              "{}: the edge type {} joins '{}', which is no node type of metadata{}", owner, type.text(), end,
              suggestion(end, nodes));
    }
  }
}

const at::Tensor& features_of(const NamedTensors& x_dict, const std::string& node_type, const EdgeType& edge_type,
                              std::string_view owner) {
  const at::Tensor* found = x_dict.find(node_type);
  require(found && found->defined(), "{}: x_dict has no '{}', which the edges {} join{}", owner, node_type,
          edge_type.text(), suggestion(node_type, x_dict.names()));
  return *found;
}

}  // namespace nn
}  // namespace spinel
