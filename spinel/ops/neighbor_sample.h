// Samples of neighbours as operators.
#pragma once

#include <vector>

#include "spinel/ops/op_def.h"

namespace spinel::ops {

/// torch_sparse's operators, by its names and with its arguments; all indices of one type, on the CPU:
/// - `sample(rowptr, col, num_neighbors, subset)` → [rows, num_neighbors]: columns drawn with replacement, number
///   floor(u · degree) with u from the host's rand() of those sizes; a row without entries is an error;
/// - `sample_adj(rowptr, col, idx, num_neighbors, replace)` → (rowptr, col, n_id, e_id): num_neighbors entries of each
///   row of idx (negative: all), columns numbered from the nodes of idx on by discovery, sorted within a row;
/// - `neighbor_sample(colptr, row, input_node, num_neighbors, replace, directed)` → (nodes, row, col, edge): so many
///   in-edges of each node, hop by hop; not directed: all edges among the nodes that were found;
/// - `ego_k_hop_sample_adj(rowptr, col, idx, depth, num_neighbors, replace)` → (rowptr, col, n_id, e_id, ptr,
///   root_n_id): a subgraph around each root, one after another.
/// Draws without replacement are uniform over subsets. Seeded by the host's generator; they do not depend on threads.
std::vector<OpDef> neighbor_sample_operators();

}  // namespace spinel::ops
