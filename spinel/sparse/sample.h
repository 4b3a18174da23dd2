// Samples of the neighbours of nodes, rows of a sparse matrix.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "spinel/sparse/sparse_tensor.h"

namespace spinel::sparse {

/// Columns drawn with replacement, [rows, num_neighbors], of all rows or those of `subset`: number floor(u · degree) of
/// a row, with u = torch.rand([rows, num_neighbors], float32). A row without entries: invalid_argument.
at::Tensor sample(const SparseTensor& src, int64_t num_neighbors, const at::Tensor& subset = {});

struct SampledAdj {
  SparseTensor adj;  ///< [subset, n_id], columns in order within a row
  at::Tensor n_id;   ///< the nodes of its columns: those of subset first, then others as they were found
};
/// `num_neighbors` entries of each row of `subset` (negative: all), with or without replacement; without it every
/// subset of a row is equally likely. Gradients flow into values. Seeded by torch's default generator.
SampledAdj sample_adj(const SparseTensor& src, const at::Tensor& subset, int64_t num_neighbors, bool replace = false);

struct NeighborSample {
  at::Tensor nodes;  ///< input_node first, then others as they were found
  at::Tensor row;    ///< [edges] places of the sources in `nodes`
  at::Tensor col;    ///< [edges] places of the targets
  at::Tensor edges;  ///< [edges] positions in the order of columns (csc)
};
/// num_neighbors[l] entries of the column of each node that hop l − 1 found (negative: all). directed: the sampled
/// entries; else all among the nodes that were found. Square matrices only.
NeighborSample neighbor_sample(const SparseTensor& src, const at::Tensor& input_node,
                               const std::vector<int64_t>& num_neighbors, bool replace = false, bool directed = true);

struct EgoSample {
  SparseTensor adj;      ///< block-diagonal: one block for each root
  at::Tensor n_id;       ///< nodes of the blocks, ascending within one
  at::Tensor ptr;        ///< [roots + 1] where the blocks begin
  at::Tensor root_n_id;  ///< [roots] places of the roots in n_id
};
/// The graph around each node of `idx`: what is found within `depth` hops, at most num_neighbors entries of a row
/// (negative: all), with all entries among it.
EgoSample ego_k_hop_sample_adj(const SparseTensor& src, const at::Tensor& idx, int64_t depth, int64_t num_neighbors,
                               bool replace = false);

}  // namespace spinel::sparse
