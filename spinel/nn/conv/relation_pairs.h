// Nodes with the relations of their edges: what relational convolutions multiply by a weight, each pair once.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "spinel/nn/conv/message_edges.h"

namespace spinel::nn {

/// The P pairs (relation, node) that typed edges have at one end, in order of relations: not more than edges, and not
/// more than relations times nodes.
struct RelationPairs {
  at::Tensor node;             ///< [P] int64
  std::vector<int64_t> first;  ///< [relations + 1] where the pairs of each relation begin
  at::Tensor place;            ///< [E] int64 the pair of each edge

  /// x [N, in] with a weight for each relation, [relations, in, out], or as blocks on the diagonal [relations, blocks,
  /// in / blocks, out / blocks] → [P, out].
  at::Tensor multiply(const at::Tensor& x, const at::Tensor& weight) const;
};

/// node [E] in [0, num_nodes), relation [E] in [0, num_relations), both int64 and checked before.
RelationPairs relation_pairs(const at::Tensor& node, const at::Tensor& relation, int64_t num_relations,
                             int64_t num_nodes);

/// The pairs at both ends of the edges of a graph, and the edges from the pairs of sources to the targets.
struct RelationEdges {
  RelationPairs source, target;
  Adjacency edges;  ///< rows as in the given list, but for sources, which are numbered as pairs
};

/// edge_type [E] int64, nodes and types checked before. Remembered for the next call with the same edges and types.
RelationEdges relation_edges(const Adjacency& edges, const at::Tensor& edge_type, int64_t num_relations,
                             const MessageEdges& ends, Flow flow);

}  // namespace spinel::nn
