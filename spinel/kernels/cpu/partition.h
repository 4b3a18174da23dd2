// Partition of a graph into balanced parts with few edges between them, by METIS, and the halo around parts.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "spinel/base/parallel.h"
#include "spinel/kernels/cpu/csr_graph.h"

namespace spinel::kernels {

/// Whether METIS is part of this build.
bool has_metis();

/// Weights as METIS takes them.
struct PartitionOptions {
  int64_t num_parts = 2;
  bool recursive = false;                     ///< by recursive bisection instead of k-way
  std::span<const int32_t> edge_weight = {};  ///< [num_edges], the same both ways; empty: all 1
  std::span<const int32_t> node_weight = {};  ///< [num_rows]; empty: all 1
};

/// Writes the part of each node, with METIS' default options (Karypis and Kumar, SIAM J. Sci. Comput. 20 (1998) 359):
/// METIS_PartGraphKway or METIS_PartGraphRecursive with one constraint. invalid_argument: see check_partition().
/// unavailable: METIS is not part of the build, or found no memory. Calls take turns: METIS draws from rand().
template <typename Index>
void partition(const CsrGraph<Index>& graph, const PartitionOptions& options, Index* part);

/// What METIS takes for granted: 2 to num_rows parts, an undirected graph without self loops and double edges, weights
/// that are not negative and the same both ways, sums and sizes that fit 32 bits. Else: invalid_argument.
template <typename Index>
void check_partition(const CsrGraph<Index>& graph, const PartitionOptions& options);

/// Integer weights as they are. Too large a sum for 32 bits, or a negative one: invalid_argument naming `name`.
std::vector<int32_t> integer_weights(std::span<const int64_t> weights, const char* name);

/// Float weights as torch_sparse makes integers of them: w → ⌊(w − min)/range · q + p⌋, where p/q is the exact fraction
/// of the quotient smallest gap/range in the type of the weights; all equal: empty, which means unweighted. Where the
/// sum would not fit 32 bits, q and p are divided by the power of two that makes it fit.
template <typename T>
std::vector<int32_t> scaled_weights(std::span<const T> weights, const char* name);

/// The nodes of other parts that are up to `hops` edges away from a part's own, part after part, ascending within one:
/// writes where each part's begin [num_parts + 1] and returns them. `part` [num_rows] as from partition().
template <typename Index>
std::vector<Index> partition_halo(const CsrGraph<Index>& graph, const Index* part, int64_t num_parts, int64_t hops,
                                  Index* ptr, const ParallelFor& parallel);

}  // namespace spinel::kernels
