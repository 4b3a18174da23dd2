// The cell list behind the neighbour search: points wrapped into the box and sorted into bins.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "spinel/kernels/cpu/neighbor_list.h"

namespace spinel::kernels {

/// A run of consecutive binned points seen through one periodic image.
struct NeighborSegment {
  uint32_t begin = 0, end = 0;
  std::array<int32_t, 3> image{};  ///< lattice steps added to these points
  double offset[3] = {0, 0, 0};    ///< image · cell
};

/// Points in bin order, structure of arrays. Bins are slabs of equal thickness along each axis, so a bin is at least
/// `cutoff / reach` thick whatever the angles of the cell.
class NeighborGrid {
 public:
  explicit NeighborGrid(const NeighborProblem& problem);

  bool feasible() const { return feasible_; }
  int64_t num_bins() const { return int64_t{bins_[0]} * bins_[1] * bins_[2]; }
  uint32_t bin_begin(int64_t bin) const { return start_[bin]; }
  uint32_t bin_end(int64_t bin) const { return start_[bin + 1]; }

  /// Everything within the cutoff of any point of `bin` (and more), in lexicographic order of image for each point.
  void segments(int64_t bin, std::vector<NeighborSegment>& result) const;

  // In bin order, with `padding` extra entries so that vectors may be loaded past the end.
  static constexpr int64_t padding = 16;
  std::vector<double> x, y, z;               ///< wrapped coordinates
  std::vector<uint32_t> index;               ///< position → point
  std::vector<std::array<int32_t, 3>> wrap;  ///< wrapped = given − wrap · cell
  bool any_wrap = false;
  /// Bound on the error of a difference of wrapped coordinates (plus offset) against the exact pair formula.
  double tolerance = 0;

 private:
  void choose_bins(const std::array<double, 3>& lowest, const std::array<double, 3>& highest);
  void sort_points(const std::vector<std::array<double, 3>>& fractional, const std::array<double, 3>& lowest);

  const NeighborProblem& problem_;
  bool feasible_ = true;
  double basis_[3][3];    ///< periodic rows: the cell's; others: unit vectors orthogonal to them and to each other
  double inverse_[3][3];  ///< fractional = cartesian · inverse
  double height_[3];      ///< thickness of a unit step along each axis
  double padded_cutoff_ = 0;
  int32_t bins_[3] = {1, 1, 1};
  double scale_[3] = {1, 1, 1};  ///< bins per fractional unit
  int32_t reach_[3] = {0, 0, 0};
  std::vector<uint32_t> start_;
};

}  // namespace spinel::kernels
