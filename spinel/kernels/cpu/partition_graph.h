// A graph as METIS takes it, checked for what METIS takes for granted.
#pragma once

#include <cstdint>

#include "spinel/base/uninitialized_vector.h"
#include "spinel/kernels/cpu/csr_graph.h"
#include "spinel/kernels/cpu/partition.h"

namespace spinel::kernels {

/// Rows in the order in which they were given: METIS' choices depend on it.
struct PartitionGraph {
  UninitializedVector<int32_t> xadj;    ///< [nodes + 1]
  UninitializedVector<int32_t> adjncy;  ///< [xadj[nodes]]
};

/// Errors: see check_partition(). Takes O(nnz) where rows are sorted.
template <typename Index>
PartitionGraph read_partition_graph(const CsrGraph<Index>& graph, const PartitionOptions& options);

}  // namespace spinel::kernels
