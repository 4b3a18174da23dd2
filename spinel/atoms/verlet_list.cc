#include "spinel/atoms/verlet_list.h"

#include "spinel/base/error.h"

namespace spinel {

VerletList::VerletList(double cutoff, double skin) : cutoff_(cutoff), skin_(skin) {
  require(cutoff > 0, "VerletList: cutoff is {}; it must be greater than 0", cutoff);
  require(skin >= 0, "VerletList: skin is {}; it must be at least 0", skin);
}

bool VerletList::still_valid(const Frame& frame) const {
  if (builds_ == 0 || frame.numbers != numbers_ || frame.cell != cell_ || frame.pbc != pbc_) return false;
  const double limit = skin_ * skin_ / 4;
  for (size_t i = 0; i < positions_.size(); ++i) {
    double moved = 0;
    for (int k = 0; k < 3; ++k) {
      const double step = frame.positions[i][k] - positions_[i][k];
      moved += step * step;
    }
    // Written so that NaN is a reason to search anew, where it is reported.
    if (!(moved <= limit)) return false;
  }
  return true;
}

const NeighborList& VerletList::update(const Frame& frame, const ParallelFor& parallel) {
  require(frame.positions.size() == frame.numbers.size(),
          "VerletList: {} atomic numbers but {} positions; each atom has both", frame.numbers.size(),
          frame.positions.size());
  if (still_valid(frame)) return list_;
  NeighborOptions options;
  options.cutoff = cutoff_ + skin_;
  options.sorted = false;
  list_ = find_neighbors(frame.positions, frame.cell, frame.pbc, options, parallel);
  offsets_.resize(list_.size());
  for (int64_t e = 0; e < list_.size(); ++e) {
    for (int k = 0; k < 3; ++k) {
      offsets_[e][k] = list_.shift[e][0] * frame.cell[0][k] + list_.shift[e][1] * frame.cell[1][k] +
                       list_.shift[e][2] * frame.cell[2][k];
    }
  }
  numbers_ = frame.numbers;
  positions_ = frame.positions;
  cell_ = frame.cell;
  pbc_ = frame.pbc;
  ++builds_;
  return list_;
}

}  // namespace spinel
