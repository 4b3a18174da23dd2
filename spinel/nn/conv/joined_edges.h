// Edge lists of several types as one.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace spinel::nn {

/// An edge list whose sources and targets are numbered from elsewhere.
struct PlacedEdges {
  at::Tensor edge_index;  ///< [2, E], checked before
  int64_t first_source = 0, first_target = 0;
};

/// All edges in order: [2, ΣE] int64. Remembered for the next call with the same lists and numbers, so that they are
/// sorted once.
at::Tensor joined_edges(const std::vector<PlacedEdges>& parts);

/// For each of the joined edges, the number of the part that has as many edges before it as come before this one in
/// order of targets, then sources: [ΣE] int64.
at::Tensor types_by_rank(const std::vector<PlacedEdges>& parts, const at::Tensor& joined);

}  // namespace spinel::nn
