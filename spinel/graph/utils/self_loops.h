// Self loops of an edge_index: found, removed, added.
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "spinel/graph/utils/edges.h"
#include "spinel/sparse/sparse_tensor.h"

namespace spinel::graph {

/// What new loops get as attribute: nothing said (1), a number, a tensor (one loop's attribute, or [N, …] all), or the
/// name of a reduction of the attributes of the node's incoming edges.
using FillValue = std::variant<std::monostate, double, at::Tensor, std::string>;

/// The number of nodes: absent (the largest index and one), one number, or sources and targets of a bipartite graph, of
/// which the smaller has loops.
class NumNodes {
 public:
  NumNodes() = default;
  NumNodes(int64_t nodes) : sizes_({nodes, nodes}) {}
  NumNodes(std::optional<int64_t> nodes) {
    if (nodes) sizes_ = {*nodes, *nodes};
  }
  NumNodes(std::array<int64_t, 2> sizes) : sizes_(sizes) {}
  const std::optional<std::array<int64_t, 2>>& sizes() const { return sizes_; }
  /// How many nodes of `edge_index` have loops.
  int64_t loops(const at::Tensor& edge_index) const;

 private:
  std::optional<std::array<int64_t, 2>> sizes_;
};

bool contains_self_loops(const at::Tensor& edge_index);
Edges remove_self_loops(const at::Tensor& edge_index, const at::Tensor& edge_attr = {});
/// The other edges, and the loops.
struct SegregatedLoops {
  Edges edges, loops;
};
SegregatedLoops segregate_self_loops(const at::Tensor& edge_index, const at::Tensor& edge_attr = {});
/// A loop (i, i) for each node behind the edges. edge_attr undefined: no attributes, whatever `fill_value`.
Edges add_self_loops(const at::Tensor& edge_index, const at::Tensor& edge_attr = {}, const FillValue& fill_value = {},
                     const NumNodes& num_nodes = {});
/// The edges that are no loops in order, then a loop for each node, which keeps the attribute of one that was there
/// (of several the last).
Edges add_remaining_self_loops(const at::Tensor& edge_index, const at::Tensor& edge_attr = {},
                               const FillValue& fill_value = {}, const NumNodes& num_nodes = {});
/// [num_nodes, …] attributes of loops (of several of a node the last), 1 without edge_attr; 0 for a node without loop.
at::Tensor get_self_loop_attr(const at::Tensor& edge_index, const at::Tensor& edge_attr = {},
                              std::optional<int64_t> num_nodes = {});

}  // namespace spinel::graph
