// Neighbour search: all pairs of atoms within a cutoff, in molecules and in periodic cells of any shape.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "spinel/atoms/frame.h"
#include "spinel/base/parallel.h"

namespace spinel {

struct NeighborOptions {
  double cutoff = 5.0;         ///< Å
  bool closed = false;         ///< true: distance ≤ cutoff; false: distance < cutoff
  double min_distance = -1;    ///< an atom's pair with itself (any image) at this distance or below is left out; the
                               ///< pair of an atom with itself at shift 0 is always left out
  bool self_images = true;     ///< pairs of an atom with its own periodic images
  bool half = false;           ///< each pair once (i < j; own images: first non-zero shift component positive)
  int64_t max_neighbors = 0;   ///< keep only the nearest so many per centre; 0: all
  bool sorted = true;          ///< by (center, neighbor, shift); false: grouped by centre in any order
  int64_t max_pairs = int64_t{1} << 31;  ///< more: invalid_argument before memory is spent
};

/// Pairs in structure-of-arrays form; entry k is the vector
/// positions[neighbor[k]] + shift[k]·cell − positions[center[k]] with its length.
struct NeighborList {
  std::vector<int64_t> center;
  std::vector<int64_t> neighbor;
  std::vector<std::array<int32_t, 3>> shift;  ///< relative to the positions as given, also outside the cell
  std::vector<double> distance;               ///< Å
  std::vector<int64_t> first;                 ///< [atoms + 1]: pairs of centre i are [first[i], first[i+1])
  int64_t size() const { return static_cast<int64_t>(center.size()); }
};

/// O(N) cell list. NaN or infinite coordinates, a periodic direction without a lattice vector, a cutoff ≤ 0: error.
NeighborList find_neighbors(std::span<const Vector3> positions, const Matrix3& cell, const std::array<bool, 3>& pbc,
                            const NeighborOptions& options, const ParallelFor& parallel = serial());

}  // namespace spinel
