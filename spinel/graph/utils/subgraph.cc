#include "spinel/graph/utils/subgraph.h"

#include <ATen/ATen.h>

#include "spinel/base/error.h"
#include "spinel/graph/utils/nodes.h"
#include "spinel/graph/utils/self_loops.h"

namespace spinel::graph {
namespace {

/// The nodes of a subset in its order, and as a mask.
struct Subset {
  at::Tensor index, mask;
};

Subset subset_of(const at::Tensor& subset, int64_t num_nodes, const char* owner) {
  require(subset.dim() == 1, "{}: the subset has {} dimensions; one is needed", owner, subset.dim());
  if (subset.scalar_type() == at::kBool) return {mask_to_index(subset), subset};
  return {subset.to(at::kLong), index_to_mask(subset, num_nodes)};
}

void require_covered(const at::Tensor& nodes, int64_t num_nodes, const char* owner) {
  if (nodes.numel() == 0) return;
  const int64_t least = nodes.min().item<int64_t>(), largest = nodes.max().item<int64_t>();
  require(least >= 0 && largest < num_nodes, "{}: edge_index holds node {}; nodes are in [0, {})", owner,
          least < 0 ? least : largest, num_nodes);
}

/// The place of each node of `subset` among them, [num_nodes]; of other nodes anything.
at::Tensor places(const at::Tensor& subset, int64_t num_nodes) {
  const at::Tensor places = at::zeros({num_nodes}, subset.options());
  return places.index_copy(0, subset, at::arange(subset.numel(), subset.options()));
}

Subgraph between(const Subset& source, const Subset& target, const at::Tensor& edges, const at::Tensor& edge_attr,
                 bool relabel, const char* owner) {
  require_covered(edges[0], source.mask.numel(), owner);
  require_covered(edges[1], target.mask.numel(), owner);
  require(!edge_attr.defined() || (edge_attr.dim() > 0 && edge_attr.size(0) == edges.size(1)),
          "{}: edge_attr has {} rows but edge_index has {} edges", owner,
          edge_attr.defined() && edge_attr.dim() > 0 ? edge_attr.size(0) : 0, edges.size(1));
  Subgraph result;
  result.edge_mask = source.mask.index_select(0, edges[0]).logical_and(target.mask.index_select(0, edges[1]));
  const at::Tensor kept = mask_to_index(result.edge_mask);
  at::Tensor row = edges[0].index_select(0, kept), col = edges[1].index_select(0, kept);
  if (relabel) {
    row = places(source.index, source.mask.numel()).index_select(0, row);
    col = places(target.index, target.mask.numel()).index_select(0, col);
  }
  result.edges.edge_index = at::stack({row, col});
  if (edge_attr.defined()) result.edges.edge_attr = edge_attr.index_select(0, kept);
  return result;
}

}  // namespace

Subgraph subgraph(const at::Tensor& subset, const at::Tensor& edge_index, const at::Tensor& edge_attr,
                  bool relabel_nodes, std::optional<int64_t> num_nodes) {
  const at::Tensor edges = checked_edge_index(edge_index, "subgraph");
  const Subset nodes = subset_of(subset, num_nodes_of(edges, num_nodes), "subgraph");
  return between(nodes, nodes, edges, edge_attr, relabel_nodes, "subgraph");
}

Subgraph bipartite_subgraph(const std::array<at::Tensor, 2>& subset, const at::Tensor& edge_index,
                            const at::Tensor& edge_attr, bool relabel_nodes,
                            std::optional<std::array<int64_t, 2>> size) {
  const at::Tensor edges = checked_edge_index(edge_index, "bipartite_subgraph");
  const auto nodes = [&](size_t k) {
    const int64_t count = size ? (*size)[k] : num_nodes_of(edges[static_cast<int64_t>(k)]);
    return subset_of(subset[k], count, "bipartite_subgraph");
  };
  return between(nodes(0), nodes(1), edges, edge_attr, relabel_nodes, "bipartite_subgraph");
}

HopSubgraph k_hop_subgraph(const at::Tensor& node_index, int64_t num_hops, const at::Tensor& edge_index,
                           bool relabel_nodes, std::optional<int64_t> num_nodes, Flow flow, bool directed) {
  const char* const owner = "k_hop_subgraph";
  require(num_hops >= 0, "{}: num_hops is {}; it must not be negative", owner, num_hops);
  const at::Tensor edges = checked_edge_index(edge_index, owner);
  const int64_t n = num_nodes_of(edges, num_nodes);
  require_covered(edges, n, owner);
  const bool along = flow == Flow::source_to_target;
  // Messages come from `source` nodes to `target` nodes; walked against their direction.
  const at::Tensor source = edges[along ? 0 : 1], target = edges[along ? 1 : 0];
  const at::Tensor start = node_index.to(at::kLong).reshape({-1});
  at::Tensor reached = index_to_mask(start, n);
  at::Tensor frontier = reached, last_edges = at::zeros({edges.size(1)}, reached.options());
  for (int64_t hop = 0; hop < num_hops; ++hop) {
    last_edges = frontier.index_select(0, target);
    const at::Tensor met = source.index_select(0, mask_to_index(last_edges));
    frontier = at::zeros_like(reached).index_fill_(0, met, 1);
    reached = reached.logical_or(frontier);
  }
  HopSubgraph result;
  result.subset = mask_to_index(reached);
  const at::Tensor place = places(result.subset, n);
  result.mapping = place.index_select(0, start);
  result.edge_mask =
      directed ? last_edges : reached.index_select(0, edges[0]).logical_and(reached.index_select(0, edges[1]));
  result.edge_index = edges.index_select(1, mask_to_index(result.edge_mask));
  if (relabel_nodes) result.edge_index = place.index_select(0, result.edge_index.reshape({-1})).view({2, -1});
  return result;
}

bool contains_isolated_nodes(const at::Tensor& edge_index, std::optional<int64_t> num_nodes) {
  const WithoutIsolated rest = remove_isolated_nodes(edge_index, {}, num_nodes);
  return !rest.mask.all().item<bool>();
}

WithoutIsolated remove_isolated_nodes(const at::Tensor& edge_index, const at::Tensor& edge_attr,
                                      std::optional<int64_t> num_nodes) {
  const char* const owner = "remove_isolated_nodes";
  const at::Tensor edges = checked_edge_index(edge_index, owner);
  const int64_t n = num_nodes_of(edges, num_nodes);
  require_covered(edges, n, owner);
  WithoutIsolated result;
  const at::Tensor others = remove_self_loops(edges).edge_index;
  result.mask = at::zeros({n}, edges.options().dtype(at::kBool)).index_fill_(0, others.reshape({-1}), 1);
  // Loops of nodes that stay, stay.
  const Subset nodes{mask_to_index(result.mask), result.mask};
  result.edges = between(nodes, nodes, edges, edge_attr, /*relabel=*/true, owner).edges;
  return result;
}

}  // namespace spinel::graph
