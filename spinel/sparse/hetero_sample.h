// Samples of graphs with several types of nodes and relations, with torch_sparse's arguments.
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace spinel::sparse {

/// By type of node, or by relation "source__name__target".
using TensorDict = std::map<std::string, at::Tensor>;
using CountDict = std::map<std::string, std::vector<int64_t>>;
/// Source, name, target.
using EdgeType = std::array<std::string, 3>;

/// Graphs as compressed columns by relation, and where sampling starts; indices of one type, int32 or int64, on the
/// CPU.
struct HeteroGraph {
  TensorDict colptr;      ///< [targets + 1]
  TensorDict row;         ///< [entries] sources
  TensorDict input_node;  ///< by type; a type that is not there starts without nodes
};

struct HeteroSample {
  TensorDict nodes;  ///< by type: the input nodes first, then others as they were found
  TensorDict row;    ///< by relation: places of the sources in `nodes`
  TensorDict col;    ///< places of the targets
  TensorDict edges;  ///< positions in the relation's `row`
};

/// num_neighbors[relation][hop] entries of each column (negative: all), relations in the order of their names;
/// directed: the sampled edges, else all among the nodes that were found. Seeded by torch's default generator. Names
/// that are not declared, relations of different numbers of nodes, too few hops: invalid_argument.
HeteroSample hetero_neighbor_sample(const std::vector<std::string>& node_types, const std::vector<EdgeType>& edge_types,
                                    const HeteroGraph& graph, const CountDict& num_neighbors, int64_t num_hops,
                                    bool replace = false, bool directed = true);

/// The same with times [nodes] by type: a tree for each input node, apart from those of others, of nodes whose time is
/// not after the input's. Types without times are there always; those of input nodes need them.
HeteroSample hetero_temporal_neighbor_sample(const std::vector<std::string>& node_types,
                                             const std::vector<EdgeType>& edge_types, const HeteroGraph& graph,
                                             const CountDict& num_neighbors, const TensorDict& node_time,
                                             int64_t num_hops, bool replace = false);

/// Algorithm 1 of Hu, Dong, Wang and Sun, Heterogeneous Graph Transformer (WWW 2020): of each type
/// num_samples[type][hop] nodes, and the edges among them. The types are the keys of num_samples.
HeteroSample hgt_sample(const HeteroGraph& graph, const CountDict& num_samples, int64_t num_hops);

}  // namespace spinel::sparse
