// Subgraphs and new numbers for nodes as operators.
#pragma once

#include <vector>

#include "spinel/ops/op_def.h"

namespace spinel::ops {

/// torch_sparse's operators, by its names and with its arguments; all indices of one type, on the CPU:
/// - `saint_subgraph(idx, rowptr, row, col)` → (row, col, edge_index): rows in the order of idx, of each the entries
///   whose column is in idx too; `row` is not read;
/// - `relabel(col, idx)` → (col, idx): numbers for the nodes of idx and then for others by first appearance;
/// - `relabel_one_hop(rowptr, col, optional_value, idx, bipartite)` → (rowptr, col, value, idx): the rows of idx with
///   columns so numbered; not bipartite: with an empty row for each node that idx lacks. Values may be of any type.
std::vector<OpDef> subgraph_operators();

}  // namespace spinel::ops
