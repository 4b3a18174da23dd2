// Sampling in graphs with several types of nodes and relations: neighbours hop by hop, and by HGT's budgets.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "spinel/base/parallel.h"
#include "spinel/kernels/cpu/neighbor_sample.h"

namespace spinel::kernels {

/// Edges of one kind, as compressed columns: a row of `graph` is a target and holds its sources.
template <typename Index>
struct Relation {
  CsrGraph<Index> graph;
  int64_t source = 0, target = 0;  ///< types of nodes
  std::vector<int64_t> counts;     ///< of each hop: how many edges of a target are drawn; negative: all
};

template <typename Index>
struct HeteroProblem {
  std::vector<Relation<Index>> relations;
  std::vector<std::span<const Index>> inputs;  ///< by type: where sampling starts
  int64_t num_hops = 0;
  uint64_t seed = 0;
};

/// Nodes by type, inputs first, and edges by relation: places of sources and targets in them, positions in the graph.
template <typename Index>
struct HeteroSample {
  std::vector<std::vector<Index>> nodes;
  std::vector<EdgeLists<Index>> edges;
};

/// As neighbor_sample for each relation in turn, hop by hop; a hop goes on from the nodes that the hop before it found.
/// Not directed: all edges among the nodes that were found.
template <typename Index>
HeteroSample<Index> hetero_neighbor_sample(const HeteroProblem<Index>& problem, bool replace, bool directed,
                                           const ParallelFor& parallel);

/// Times of the nodes of each type; none: nodes of the type are there at any time. Types with inputs have times.
using NodeTimes = std::vector<std::optional<std::span<const int64_t>>>;

/// A tree for each input, the root, apart from those of others: a node that several trees reach is there once for each.
/// A tree holds only nodes whose time is not after its root's; draws are among these. The edges are the sampled ones.
template <typename Index>
HeteroSample<Index> hetero_temporal_neighbor_sample(const HeteroProblem<Index>& problem, const NodeTimes& times,
                                                    bool replace);

/// Of longer columns HGT's sampling takes so many entries at random.
constexpr int64_t hgt_most_neighbors = 50;

/// Algorithm 1 of Hu, Dong, Wang and Sun, Heterogeneous Graph Transformer (WWW 2020): a candidate's budget is the sum
/// of 1/degree over the sampled targets that it leads to; of each type counts[type][hop] candidates are drawn without
/// replacement, with probabilities in proportion to the squares of their budgets. The edges are those among all nodes.
template <typename Index>
HeteroSample<Index> hgt_sample(const HeteroProblem<Index>& problem, const std::vector<std::vector<int64_t>>& counts);

}  // namespace spinel::kernels
