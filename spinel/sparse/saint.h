// The subgraph among nodes, as GraphSAINT (Zeng et al., ICLR 2020) trains on.
#pragma once

#include <ATen/core/Tensor.h>

#include "spinel/sparse/sparse_tensor.h"

namespace spinel::sparse {

struct SaintSubgraph {
  /// [k, k]: rows in the order of node_idx, entries of a row in their old order, so that columns may be in none.
  SparseTensor adj;
  at::Tensor edge_index;  ///< [nnz of adj] positions of its entries
};
/// The entries of a square matrix whose row and column are in node_idx [k] int64. Of a node that stands there several
/// times each place has its row, and the last one its column. Gradients flow into values.
SaintSubgraph saint_subgraph(const SparseTensor& src, const at::Tensor& node_idx);

}  // namespace spinel::sparse
