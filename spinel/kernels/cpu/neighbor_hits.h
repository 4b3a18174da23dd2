// The inner loop of the neighbour search: which points of some segments lie within a distance of one point.
#pragma once

#include <cstdint>

#include "spinel/kernels/cpu/neighbor_grid.h"

namespace spinel::kernels {

/// Extra room that find_hits needs in `hits`.
inline constexpr int64_t kHitPadding = 16;

/// Counts of one centre against two squared radii, lower ≤ upper.
struct HitCount {
  int64_t lower = 0;
  int64_t upper = 0;
};

/// How many points q of the segments have |x_q + offset − p|² < lower, and < upper.
HitCount count_hits(const NeighborGrid& grid, const NeighborSegment* segments, int64_t n, const double* p, double lower,
                    double upper);

/// Writes segment << 32 | q for each point with |x_q + offset − p|² < upper, in order; returns their number. `hits` has
/// room for all points of the segments and kHitPadding more.
int64_t find_hits(const NeighborGrid& grid, const NeighborSegment* segments, int64_t n, const double* p, double upper,
                  uint64_t* hits);

}  // namespace spinel::kernels
