// Partition of a graph by METIS into balanced parts with few edges between them, and the halo around each part.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "spinel/sparse/sparse_tensor.h"

namespace spinel::sparse {

struct PartitionOptions {
  bool recursive = false;  ///< recursive bisection instead of k-way
  /// Values are the weights of edges: integers as they are, floats scaled to integers by their smallest gap (see
  /// kernels::scaled_weights). A matrix without values is partitioned without weights.
  bool weighted = false;
  at::Tensor node_weight;     ///< [n], integers or floats likewise; undefined: all 1
  bool balance_edge = false;  ///< balances entries of columns instead of nodes; not together with node_weight
};

struct Partition {
  SparseTensor adj;    ///< rows and columns in the order of parts
  at::Tensor partptr;  ///< [parts + 1] where the parts begin
  at::Tensor perm;     ///< [n] the old number of each node, ascending within a part
};

/// An undirected graph without self loops and double edges in `num_parts` parts; one part is the graph itself. Anything
/// else, more parts than nodes, or numbers beyond 32 bits: invalid_argument. Built without METIS: unavailable.
Partition partition(const SparseTensor& src, int64_t num_parts, const PartitionOptions& options = {});

struct Halo {
  at::Tensor ptr;    ///< [parts + 1] where the nodes of each part's halo begin
  at::Tensor nodes;  ///< rows of Partition::adj, ascending within a halo
};
/// Of each part the nodes of other parts that are up to `hops` edges away: what message passing of so many layers on
/// the part alone would lack.
Halo partition_halo(const Partition& partition, int64_t hops = 1);

}  // namespace spinel::sparse
