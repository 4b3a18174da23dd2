// Radius graphs of molecules: directed edges within a cutoff with their triplets, as PaddleMaterials orders them.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <string>

#include "spinel/base/options.h"
#include "spinel/base/parallel.h"

namespace spinel {

struct RadiusGraphOptions {
  double cutoff = 5.0;                       ///< Å
  bool inclusive_cutoff = false;             ///< distance ≤ cutoff instead of <
  std::string edge_mode = "bidirectional";   ///< directed, bidirectional: both directions; undirected: source < target
  bool add_self_loops = false;               ///< edges i → i of length 0 (they count towards max_num_neighbors)
  std::optional<int64_t> max_num_neighbors;  ///< nearest so many edges per target
};
const OptionTable<RadiusGraphOptions>& radius_graph_table();

/// Edges sorted by (target, distance, source); floats have the dtype of the positions, in which distances are computed.
struct RadiusGraph {
  at::Tensor edge_index;  ///< [2, e] int64: sources, targets
  at::Tensor distance;    ///< [e]
  at::Tensor direction;   ///< [e, 3]: (r_target − r_source) / distance
  at::Tensor idx_kj;      ///< [t] int64: edges k → j and j → i with k ≠ i, in order of the second
  at::Tensor idx_ji;      ///< [t] int64
};

/// positions: [n, 3] float32 or float64. Another shape or type, NaN, a cutoff that is not positive: invalid_argument.
RadiusGraph radius_graph(const at::Tensor& positions, const RadiusGraphOptions& options,
                         const ParallelFor& parallel = serial());

}  // namespace spinel
