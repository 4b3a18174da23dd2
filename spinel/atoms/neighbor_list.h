// Neighbour search: all pairs of atoms within a cutoff, in molecules and in periodic cells of any shape.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "spinel/atoms/frame.h"
#include "spinel/base/parallel.h"
#include "spinel/base/uninitialized_vector.h"

namespace spinel {

struct NeighborOptions {
  double cutoff = 5.0;           ///< Å
  bool closed = false;           ///< true: distance ≤ cutoff; false: distance < cutoff
  double min_distance = -1;      ///< an atom's pair with its own image at this distance (Å) or below is left out
  bool self_images = true;       ///< pairs of an atom with its own periodic images
  bool self_pairs = false;       ///< also the pair of each atom with itself at shift 0, distance 0
  bool half = false;             ///< each pair once (i < j; own images: first non-zero shift component positive)
  int64_t max_neighbors = 0;     ///< keep only the nearest so many per centre (ties: by neighbour, shift); 0: all
  bool sorted = true;            ///< by (center, neighbor, shift); false: grouped by centre in any order
  bool allow_coincident = true;  ///< false: two atoms at the same place (d < 1e-6 Å) are an error
  int64_t max_pairs = int64_t{1} << 30;  ///< more: invalid_argument before memory is spent
};

/// Pairs in structure-of-arrays form; entry k is the vector
/// positions[neighbor[k]] + shift[k]·cell − positions[center[k]] with its length.
struct NeighborList {
  UninitializedVector<int64_t> center;
  UninitializedVector<int64_t> neighbor;
  UninitializedVector<std::array<int32_t, 3>> shift;  ///< relative to the positions as given, also outside the cell
  UninitializedVector<double> distance;               ///< Å
  UninitializedVector<int64_t> first;                 ///< [atoms + 1]: pairs of centre i are [first[i], first[i+1])
  int64_t size() const { return static_cast<int64_t>(center.size()); }
};

/// All pairs by an O(N) cell list, decided in double from the coordinates as given; (i, j, S) and (j, i, −S) have
/// exactly the same distance. Cells may be skewed, left-handed, or smaller than the cutoff.
/// invalid_argument: NaN or infinite numbers, a cutoff that is not positive, a periodic direction without a lattice
/// vector, a flat periodic cell, more than max_pairs pairs, coordinates more than 5·10⁸ cells away.
NeighborList find_neighbors(std::span<const Vector3> positions, const Matrix3& cell, const std::array<bool, 3>& pbc,
                            const NeighborOptions& options, const ParallelFor& parallel = serial());

}  // namespace spinel
