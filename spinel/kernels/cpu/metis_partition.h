// METIS itself, behind one function: the only source that sees its header is metis_partition.cc.
#pragma once

#include <cstdint>

namespace spinel::kernels {

/// A graph in METIS' terms: undirected, simple, 32-bit.
struct MetisGraph {
  int32_t num_nodes = 0;
  int32_t* xadj = nullptr;    ///< [num_nodes + 1]
  int32_t* adjncy = nullptr;  ///< [xadj[num_nodes]]
  int32_t* adjwgt = nullptr;  ///< null: all 1
  int32_t* vwgt = nullptr;    ///< null: all 1
};

/// Whether it is part of this build.
bool is_metis_built();

enum class MetisStatus { ok, refused, no_memory, failed, not_built };

/// Writes `part` [num_nodes]. METIS seeds and uses rand() of the process: one call at a time.
MetisStatus metis_partition(const MetisGraph& graph, int32_t num_parts, bool recursive, int32_t* part);

}  // namespace spinel::kernels
