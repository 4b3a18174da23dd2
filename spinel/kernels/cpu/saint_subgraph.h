// The subgraph among given nodes, as GraphSAINT trains on.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "spinel/base/parallel.h"
#include "spinel/base/uninitialized_vector.h"
#include "spinel/kernels/cpu/csr_graph.h"

namespace spinel::kernels {

/// Entries in pieces that were found side by side; piece after piece they are in the order of rows.
template <typename Index>
struct SubgraphPiece {
  UninitializedVector<Index> rows, cols, edges;
};

/// Rows in the order of `nodes`; of each row the entries whose column is among them too, in their order, with the place
/// of the column in `nodes` (the last one where it stands there several times) and the position in graph.col.
template <typename Index>
std::vector<SubgraphPiece<Index>> saint_subgraph(const CsrGraph<Index>& graph, std::span<const Index> nodes,
                                                 const ParallelFor& parallel);

}  // namespace spinel::kernels
