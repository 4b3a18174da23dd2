// Neighbour search kernel: all pairs of points within a cutoff by a cell list, in boxes of any shape, in O(N).
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "spinel/base/parallel.h"

namespace spinel::kernels {

/// What is searched. Positions and cell are read during construction of NeighborSearch and during fill().
struct NeighborProblem {
  const double* positions = nullptr;  ///< [n, 3], finite
  int64_t n = 0;                      ///< < 2^31
  const double* cell = nullptr;       ///< [3, 3], rows are vectors; rows of periodic axes linearly independent
  std::array<bool, 3> pbc{};
  double cutoff = 0;          ///< > 0, finite
  bool closed = false;        ///< distance ≤ cutoff instead of <
  double min_distance = -1;   ///< pairs of a point with itself up to this distance are left out
  bool self_images = true;    ///< pairs of a point with its own images
  bool self_pairs = false;    ///< the pair of a point with itself at shift 0
  bool half = false;          ///< i < j; own images: first non-zero shift component positive
  int64_t max_neighbors = 0;  ///< nearest so many per centre (ties: by index, shift); 0: all
  bool sorted = true;         ///< by neighbour and shift within a centre
  int64_t max_pairs = 0;      ///< count() stops above it
};

/// Where fill() writes; a null pointer: not wanted. All arrays have total() entries.
struct NeighborOutput {
  int64_t* center = nullptr;
  int64_t* neighbor = nullptr;
  int32_t* shift = nullptr;  ///< [total, 3]
  double* distance = nullptr;
};

/// Two passes over a cell list: count() finds the exact number of pairs per centre, fill() writes them, so that the
/// outputs are allocated once with their final size.
///
/// A pair is decided by d² = |(R_j − R_i) + S·cell|² in double, computed in this order from the coordinates as given,
/// with S relative to them. The formula changes sign exactly under i ↔ j, so both directions agree.
class NeighborSearch {
 public:
  NeighborSearch(const NeighborProblem& problem, const ParallelFor& parallel);
  ~NeighborSearch();
  NeighborSearch(const NeighborSearch&) = delete;
  NeighborSearch& operator=(const NeighborSearch&) = delete;

  /// False: too many periodic images lie within the cutoff, or coordinates lie too many cells away, to be enumerated.
  /// Nothing else may be called then.
  bool feasible() const;
  /// Pairs per centre, as prefix sums: writes first[0 … n]. Returns the total; a value above max_pairs means that the
  /// count was stopped there and `first` is unfinished.
  int64_t count(int64_t* first);
  /// Writes the pairs, grouped by ascending centre; `first` as count() wrote it.
  void fill(const int64_t* first, const NeighborOutput& output) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace spinel::kernels
