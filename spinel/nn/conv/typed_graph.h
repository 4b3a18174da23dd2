// What convolutions on heterogeneous graphs share: arguments by node type and edge type.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "spinel/base/config.h"
#include "spinel/graph/edge_type.h"
#include "spinel/nn/typing.h"
#include "spinel/nn/value.h"

namespace spinel::graph {

/// The reference's pair: [[node types], [[source, relation, target], …]].
void read_config(const Config& from, Metadata& to);

}  // namespace spinel::graph

namespace spinel::nn {

using graph::EdgeDict;
using graph::EdgeType;
using graph::Metadata;

/// The widths of all node types: one number (-1: as the input comes), or one a type.
struct TypedChannels {
  int64_t all = -1;
  std::vector<std::pair<std::string, int64_t>> by_type;  ///< in order; empty: `all` for each

  TypedChannels() = default;
  TypedChannels(int64_t all) : all(all) {}
  TypedChannels(int all) : all(all) {}
  TypedChannels(std::vector<std::pair<std::string, int64_t>> by_type) : by_type(std::move(by_type)) {}
  /// A width for each of these types, or those that were given.
  std::vector<std::pair<std::string, int64_t>> of(const std::vector<std::string>& node_types) const;
};
void read_config(const Config& from, TypedChannels& to);

/// Node types of edges that are no node types, types that are there twice: invalid_argument that `owner` begins.
void check_metadata(const Metadata& metadata, std::string_view owner);

/// A dictionary of a call by name, its keys read as types of `known` where they are among them.
template <typename T>
EdgeDict<T> edge_dict(const std::vector<std::pair<std::string, T>>& entries, const std::vector<EdgeType>& known,
                      std::string_view owner) {
  EdgeDict<T> dict;
  for (const auto& [key, value] : entries) dict.set(graph::find_edge_type(key, known, owner), value);
  return dict;
}

/// The features of a node type: a tensor [N, F]. Absent, of another rank: invalid_argument that names `edge_type`.
const at::Tensor& features_of(const NamedTensors& x_dict, const std::string& node_type, const EdgeType& edge_type,
                              std::string_view owner);

}  // namespace spinel::nn

namespace spinel {
template <typename T>
Config write_config(const T& from);
template <>
Config write_config(const nn::TypedChannels& from);
template <>
Config write_config(const graph::Metadata& from);
}  // namespace spinel
