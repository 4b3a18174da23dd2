// A neighbour list with a skin, kept over the steps of a dynamics until an atom has moved too far.
#pragma once

#include <cstdint>
#include <vector>

#include "spinel/atoms/frame.h"
#include "spinel/atoms/neighbor_list.h"
#include "spinel/base/parallel.h"

namespace spinel {

/// Candidate pairs within cutoff + skin (Verlet, Phys. Rev. 159, 98 (1967)): complete for `cutoff` as long as no atom
/// has moved by more than half the skin since the list was made.
class VerletList {
 public:
  /// Both in Å; cutoff > 0, skin ≥ 0.
  VerletList(double cutoff, double skin);

  /// Directed pairs grouped by centre that contain all pairs of `frame` closer than the cutoff. Made anew when numbers,
  /// cell or periodicity change or an atom has moved by more than skin / 2 (also by wrapping into the cell). Other
  /// numbers of positions than of atomic numbers: invalid_argument.
  const NeighborList& update(const Frame& frame, const ParallelFor& parallel);

  /// S·cell of each candidate pair in Å, beside the list that update() returned.
  const std::vector<Vector3>& offsets() const { return offsets_; }
  /// How often the list was made.
  int64_t builds() const { return builds_; }

 private:
  bool still_valid(const Frame& frame) const;

  double cutoff_;
  double skin_;
  NeighborList list_;
  std::vector<Vector3> offsets_;
  std::vector<int64_t> numbers_;
  std::vector<Vector3> positions_;
  Matrix3 cell_{};
  std::array<bool, 3> pbc_{};
  int64_t builds_ = 0;
};

}  // namespace spinel
