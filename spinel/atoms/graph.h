// Turns a frame of atoms into the input tensors of potentials: types, positions and the neighbour list.
#pragma once

#include <c10/core/ScalarType.h>

#include "spinel/atoms/frame.h"
#include "spinel/atoms/neighbor_list.h"
#include "spinel/base/parallel.h"
#include "spinel/nn/named_tensors.h"

namespace spinel {

struct GraphOptions {
  double cutoff = 5.0;                 ///< Å, open: distances below it
  bool center_of_mass = false;         ///< subtract the centre of mass (masses of elements.h, in float64)
  int64_t max_neighbors_mean = 20000;  ///< average pairs per atom above which the search is refused
};

/// The inputs of one sample. Everything is computed in float64; floats are cast to `dtype` at the end.
///
///   z [n] int64 · pos [n,3] · idx_i, idx_j [e] int64 (centre, neighbour) · offsets [e,3] (S·cell, Å)
///   idx_m [n] int64 (zeros) · n_atoms [1] int64 · cell [1,3,3] · pbc [3] bool
///
/// Pairs are sorted by (i, j, S); own images are included. invalid_argument: no atoms, NaN coordinates, two atoms at
/// the same place, too many neighbours, a periodic direction without cell vector.
NamedTensors potential_inputs(const Frame& frame, const GraphOptions& options, at::ScalarType dtype,
                              const ParallelFor& parallel = serial());

/// Mass-weighted mean of the positions, Å. A dummy atom (0) has the mass 1.
Vector3 center_of_mass(const Frame& frame);

}  // namespace spinel
