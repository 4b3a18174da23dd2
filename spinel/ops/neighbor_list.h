// The neighbour search as an operator.
#pragma once

#include <vector>

#include "spinel/ops/op_def.h"

namespace spinel::ops {

/// neighbor_list(positions [n, 3] Å, cell [3, 3] rows in Å, pbc, cutoff Å, …) → (pairs [2, edges] int64: centres, then
/// neighbours; shifts [edges, 3] int32: cells by which the neighbour is moved). The vector of a pair is
/// R_j − R_i + shift·cell; taken from positions by the caller, it has their gradient. float32 or float64, on the CPU.
std::vector<OpDef> neighbor_list_operators();

}  // namespace spinel::ops
