// Samples of graphs with several types of nodes and relations as operators.
#pragma once

#include <vector>

#include "spinel/ops/op_def.h"

namespace spinel::ops {

/// torch_sparse's operators, by its names and with its arguments. Dictionaries are by type of node or by relation,
/// "source__name__target"; graphs are compressed columns: colptr [targets + 1] and row [entries], the sources. All
/// indices have one type and are on the CPU. Each gives (nodes by type, inputs first and then others by discovery; then
/// by relation places of sources among these, places of targets, and positions in `row`):
/// - `hetero_neighbor_sample(node_types, edge_types, colptr_dict, row_dict, input_node_dict, num_neighbors_dict,
///   num_hops, replace, directed)`: num_neighbors[relation][hop] in-edges of each node (negative: all), relations in
///   the order of their names; not directed: all edges among the nodes that were found;
/// - `hetero_temporal_neighbor_sample(…, num_neighbors_dict, node_time_dict, num_hops, replace, directed)`: a tree for
///   each input, apart from the others, of nodes whose time is not after the input's (types without times are there
///   always); draws are among these, where torch_sparse draws first and then drops. directed must be true;
/// - `hgt_sample(colptr_dict, row_dict, input_node_dict, num_samples_dict, num_hops)`: HGT's sampling by budgets, see
///   spinel/kernels/cpu/hetero_sample.h.
/// They are made of `_hetero_neighbor_sample` and `_hgt_sample`, which take lists, types by number, and give all nodes
/// in one tensor with pointers [types + 1], and all edges likewise.
/// A name that is not declared, relations of different numbers of nodes, too few hops: invalid_argument.
std::vector<OpDef> hetero_sample_operators();
/// Those of them that take dictionaries.
std::vector<OpDef> hetero_dictionary_operators();

}  // namespace spinel::ops
