// The subgraph among given nodes, as GraphSAINT trains on.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "spinel/base/parallel.h"
#include "spinel/kernels/cpu/csr_graph.h"

namespace spinel::kernels {

/// Where the entries of a subgraph go, each [entries].
template <typename Index>
struct SubgraphArrays {
  Index *rows, *cols, *edges;
};

/// Rows in the order of `nodes`; of each row the entries whose column is among them too, in their order, with the place
/// of the column in `nodes` (the last one where it stands there several times) and the position in graph.col.
/// allocate(entries), called once, gives the memory for them.
template <typename Index>
void saint_subgraph(const CsrGraph<Index>& graph, std::span<const Index> nodes,
                    const std::function<SubgraphArrays<Index>(int64_t)>& allocate, const ParallelFor& parallel);

}  // namespace spinel::kernels
