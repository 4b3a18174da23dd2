// Random walks as operators.
#pragma once

#include <vector>

#include "spinel/ops/op_def.h"

namespace spinel::ops {

/// On a graph of row pointers [nodes + 1] and columns, all of one index type, from start [walks]:
/// - `random_walk(rowptr, col, start, walk_length)` → nodes [walks, walk_length + 1]; uniform, torch_sparse's, with the
///   draws of the host's rand() of sizes [walks, walk_length];
/// - `_random_walk(rowptr, col, start, uniform)` → nodes and edges [walks, walk_length] with draws that are handed in;
/// - `node2vec_walk(rowptr, col, start, walk_length, p, q, is_sorted)` → nodes and edges, torch_cluster's, with weights
///   as kernels::Node2VecOptions says them; `is_sorted`: columns rise within each row, which makes hubs quicker.
/// A walk stays at a node without out-edges, by edge −1. On the CPU; uniform ones on CUDA too.
std::vector<OpDef> random_walk_operators();

}  // namespace spinel::ops
