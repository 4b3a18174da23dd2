// Edges between nodes of a subset, neighbourhoods of several hops, isolated nodes.
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <optional>

#include "spinel/graph/utils/edges.h"

namespace spinel::graph {

struct Subgraph {
  Edges edges;
  at::Tensor edge_mask;  ///< [E] boolean, which edges stay
};
/// subset: positions [n], or a mask [N] boolean. relabel_nodes: nodes are numbered in the order of the positions, or of
/// the mask.
Subgraph subgraph(const at::Tensor& subset, const at::Tensor& edge_index, const at::Tensor& edge_attr = {},
                  bool relabel_nodes = false, std::optional<int64_t> num_nodes = {});

/// Edges from nodes of the first subset to nodes of the second.
Subgraph bipartite_subgraph(const std::array<at::Tensor, 2>& subset, const at::Tensor& edge_index,
                            const at::Tensor& edge_attr = {}, bool relabel_nodes = false,
                            std::optional<std::array<int64_t, 2>> size = {});

struct HopSubgraph {
  at::Tensor subset;      ///< rising numbers of the nodes that are met
  at::Tensor edge_index;  ///< [2, E']
  at::Tensor mapping;     ///< where the given nodes are in subset
  at::Tensor edge_mask;   ///< [E] boolean
};
/// The nodes from which the given ones are reached within num_hops edges (or which are reached from them, flow
/// target_to_source), and the edges among them; directed: only the edges of the last hop.
HopSubgraph k_hop_subgraph(const at::Tensor& node_index, int64_t num_hops, const at::Tensor& edge_index,
                           bool relabel_nodes = false, std::optional<int64_t> num_nodes = {},
                           Flow flow = Flow::source_to_target, bool directed = false);

/// A node without edges to others is isolated.
bool contains_isolated_nodes(const at::Tensor& edge_index, std::optional<int64_t> num_nodes = {});
struct WithoutIsolated {
  Edges edges;
  at::Tensor mask;  ///< [num_nodes] boolean, which nodes stay
};
/// The other nodes, renumbered.
WithoutIsolated remove_isolated_nodes(const at::Tensor& edge_index, const at::Tensor& edge_attr = {},
                                      std::optional<int64_t> num_nodes = {});

}  // namespace spinel::graph
