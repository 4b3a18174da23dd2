// Sampling of neighbours: of given nodes, hop by hop, and around single roots.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "spinel/base/parallel.h"
#include "spinel/kernels/cpu/csr_graph.h"
#include "spinel/kernels/cpu/node_labels.h"

namespace spinel::kernels {

/// Which entries of the rows `nodes` are drawn. A row's draws come from a stream of their own, so results depend on the
/// seed alone, not on threads.
template <typename Index>
struct RowSampling {
  CsrGraph<Index> graph;
  std::span<const Index> nodes;
  const char* argument = "idx";  ///< what messages call `nodes`
  int64_t count = -1;            ///< of a row; negative: all its entries
  bool replace = false;          ///< with replacement: `count` of each row that has any; else at most its entries
  uint64_t seed = 0;
};

/// Writes the row pointers [nodes + 1] of the sample and returns its size. More than Index can count: invalid_argument.
template <typename Index>
int64_t count_sampled(const RowSampling<Index>& sampling, Index* rowptr, const ParallelFor& parallel);

/// Writes the positions in graph.col that were drawn, and the columns there, both [rowptr[nodes]]. Without replacement
/// each subset of a row is equally likely: Floyd's algorithm (Bentley and Floyd, CACM 30 (1987) 754).
template <typename Index>
void draw_sampled(const RowSampling<Index>& sampling, const Index* rowptr, Index* edges, Index* cols,
                  const ParallelFor& parallel);

/// Writes columns drawn with replacement [num_rows, count]: number floor(uniform[i, k] · degree) of row nodes[i], of
/// row i where `nodes` is null; draws outside [0, 1) count as the nearest inside. A row without entries:
/// invalid_argument.
template <typename Index>
void sample_columns(const CsrGraph<Index>& graph, const Index* nodes, int64_t num_rows, int64_t count,
                    const float* uniform, Index* out, const ParallelFor& parallel);

/// Numbers `idx` and then what else is in `col`, by first appearance; writes the numbers over `col`. Of a node that
/// stands in `idx` several times the last place counts. Returns the nodes by number. Negative nodes: invalid_argument.
template <typename Index>
std::vector<Index> relabel(std::span<const Index> idx, std::span<Index> col, const CsrNames& names);

/// Sorts the entries of each row by column, then by edge.
template <typename Index>
void sort_rows(const Index* rowptr, int64_t num_rows, Index* col, Index* edges, const ParallelFor& parallel);

/// Nodes of one type in the order in which they were found, and their numbers.
template <typename Index>
struct NodeSet {
  NodeSet(int64_t num_nodes, int64_t expected) : labels(num_nodes, expected) {}
  std::vector<Index> nodes;
  NodeLabels<Index> labels;
};

/// Edges among numbered nodes: from rows (sources) to cols (targets), and their positions in the graph.
template <typename Index>
struct EdgeLists {
  std::vector<Index> rows, cols, edges;
};

/// One hop: draws in-edges of the targets (sampling.nodes, numbered from `first` on) in a graph of compressed columns,
/// and numbers sources that are new. `lists` null: edges are not wanted.
template <typename Index>
void expand(const RowSampling<Index>& sampling, int64_t first, NodeSet<Index>& sources, EdgeLists<Index>* lists,
            const ParallelFor& parallel);

/// All edges of the graph from numbered sources to the targets.
template <typename Index>
void induced_edges(const CsrGraph<Index>& graph, std::span<const Index> targets, const NodeLabels<Index>& sources,
                   EdgeLists<Index>& lists);

/// Subgraphs around roots, one after another: nodes up to `depth` hops away (each expanded once, by at most `count`
/// entries of its row), in ascending order within a root's, and all edges among them.
template <typename Index>
struct EgoSample {
  std::vector<Index> rowptr, col, nodes, edges;
  std::vector<Index> ptr;   ///< [roots + 1]: where the nodes of each root begin
  std::vector<Index> root;  ///< [roots]: the root's number among `nodes`
};

/// `sampling.nodes` are the roots.
template <typename Index>
EgoSample<Index> ego_sample(const RowSampling<Index>& sampling, int64_t depth, const ParallelFor& parallel);

}  // namespace spinel::kernels
