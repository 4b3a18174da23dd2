// Random walks on the graph of a sparse matrix.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "spinel/sparse/sparse_tensor.h"

namespace spinel::sparse {

/// Nodes of uniform walks [walks, walk_length + 1] from start [walks] int64: an entry (i, j) leads from i to j. A walk
/// stays at a node without entries. torch_sparse's random_walk: step l of walk i takes entry floor(u[i, l] · degree) of
/// its row, with u = torch.rand([walks, walk_length], float32) of the default generator. Square matrices only; a start
/// outside the graph: invalid_argument.
at::Tensor random_walk(const SparseTensor& src, const at::Tensor& start, int64_t walk_length);

struct Walks {
  at::Tensor nodes;  ///< [walks, walk_length + 1]
  at::Tensor edges;  ///< [walks, walk_length], positions of the entries; −1 where a walk stays
};
/// torch_cluster's walks with node2vec's p and q (Grover and Leskovec, KDD 2016): having come from t to v, on to x with
/// weight 1/p if x = t, 1 if x has an entry to t, 1/q else. Both in [1e-100, 1e100]; with 1 and 1 as random_walk().
Walks node2vec_walk(const SparseTensor& src, const at::Tensor& start, int64_t walk_length, double p = 1, double q = 1);

}  // namespace spinel::sparse
