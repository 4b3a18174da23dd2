// Graph partition, halos and the reverse Cuthill-McKee order as operators.
#pragma once

#include <vector>

#include "spinel/ops/op_def.h"

namespace spinel::ops {

/// All indices of one type, on the CPU, of graphs that are undirected:
/// - `partition(rowptr, col, optional_value, num_parts, recursive)` and `partition2(…, optional_node_weight, …)` → the
///   part of each node [nodes], by METIS, torch_sparse's operators. Weights are integers as they are, or floats as
///   kernels::scaled_weights() makes integers of them. `mt_partition(…, num_workers)` is the same: METIS has one
///   thread;
/// - `partition_halo(rowptr, col, cluster, num_parts, hops)` → (ptr [parts + 1], nodes): of each part the nodes of
///   others up to `hops` edges away;
/// - `reverse_cuthill_mckee(rowptr, col)` → the order [nodes], SciPy's in symmetric mode.
std::vector<OpDef> partition_operators();

}  // namespace spinel::ops
