#include "spinel/kernels/cpu/metis_partition.h"

#ifdef SPINEL_METIS
#include <metis.h>

#include <mutex>
#include <type_traits>
#endif

namespace spinel::kernels {

#ifdef SPINEL_METIS

static_assert(std::is_same_v<idx_t, int32_t>, "a METIS with 32-bit idx_t is needed, as Debian's");

bool is_metis_built() { return true; }

MetisStatus metis_partition(const MetisGraph& graph, int32_t num_parts, bool recursive, int32_t* part) {
  static std::mutex one_call;
  const std::lock_guard lock(one_call);
  idx_t nodes = graph.num_nodes, constraints = 1, cut = 0;
  const auto function = recursive ? METIS_PartGraphRecursive : METIS_PartGraphKway;
  switch (function(&nodes, &constraints, graph.xadj, graph.adjncy, graph.vwgt, nullptr, graph.adjwgt, &num_parts,
                   nullptr, nullptr, nullptr, &cut, part)) {
    case METIS_OK: return MetisStatus::ok;
    case METIS_ERROR_INPUT: return MetisStatus::refused;
    case METIS_ERROR_MEMORY: return MetisStatus::no_memory;
    default: return MetisStatus::failed;
  }
}

#else

bool is_metis_built() { return false; }

MetisStatus metis_partition(const MetisGraph&, int32_t, bool, int32_t*) { return MetisStatus::not_built; }

#endif

}  // namespace spinel::kernels
