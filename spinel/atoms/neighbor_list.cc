#include "spinel/atoms/neighbor_list.h"

#include <cmath>
#include <numbers>
#include <vector>

#include "spinel/atoms/vector.h"
#include "spinel/base/error.h"
#include "spinel/kernels/cpu/neighbor_list.h"

namespace spinel {

namespace {

constexpr double kCoincident = 1e-6;  // Å

void check_options(const NeighborOptions& options) {
  require(std::isfinite(options.cutoff) && options.cutoff > 0 && options.cutoff < 1e150,
          "neighbor list: cutoff is {} Å; it must be a positive number", options.cutoff);
  require(options.max_neighbors >= 0, "neighbor list: max_neighbors is {}; it must be 0 (all) or more",
          options.max_neighbors);
  require(options.max_pairs >= 0, "neighbor list: max_pairs is {}; it must be 0 or more", options.max_pairs);
}

void check_positions(std::span<const Vector3> positions) {
  require(positions.size() < (size_t{1} << 31), "neighbor list: {} atoms; at most 2^31 - 1 can be searched",
          positions.size());
  for (size_t i = 0; i < positions.size(); ++i) {
    for (double v : positions[i]) {
      require(std::isfinite(v) && std::abs(v) < 1e150,
              "neighbor list: atom {} has the coordinate {}; all must be finite", i, v);
    }
  }
}

// The sine-like measure volume / (product of lengths) of the periodic vectors; near 0 they do not span their space.
void check_cell(const Matrix3& cell, const std::array<bool, 3>& pbc) {
  std::vector<Vector3> units;
  for (int a = 0; a < 3; ++a) {
    for (double v : cell[a]) {
      require(std::isfinite(v) && std::abs(v) < 1e150, "neighbor list: cell vector {} holds {}; all must be finite", a,
              v);
    }
    if (!pbc[a]) continue;
    const double norm = length(cell[a]);
    require(norm > 1e-150,
            "neighbor list: direction {} is periodic but its cell vector is zero; give a cell, or set pbc "
            "to false",
            a);
    units.push_back({cell[a][0] / norm, cell[a][1] / norm, cell[a][2] / norm});
  }
  double span = 1;
  if (units.size() == 2) span = length(cross(units[0], units[1]));
  if (units.size() == 3) {
    const Vector3 n = cross(units[0], units[1]);
    span = std::abs(n[0] * units[2][0] + n[1] * units[2][1] + n[2] * units[2][2]);
  }
  require(span > 1e-9,
          "neighbor list: the periodic cell vectors are linearly dependent (volume over product of lengths "
          "is {:.1e}); they must span a cell",
          span);
}

// Fails early where the density of a fully periodic system says that far too many pairs will come.
void check_expected_pairs(int64_t atoms, const Matrix3& cell, const std::array<bool, 3>& pbc,
                          const NeighborOptions& options) {
  if (!(pbc[0] && pbc[1] && pbc[2]) || options.max_neighbors > 0) return;
  const Vector3 n = cross(cell[0], cell[1]);
  const double volume = std::abs(n[0] * cell[2][0] + n[1] * cell[2][1] + n[2] * cell[2][2]);
  const double sphere = 4.0 / 3.0 * std::numbers::pi * std::pow(options.cutoff, 3);
  const double expected = static_cast<double>(atoms) * static_cast<double>(atoms) * sphere / volume;
  require(!(expected > 4.0 * static_cast<double>(options.max_pairs) + 1e5),
          "neighbor list: {} atoms in {:.4g} Å³ with cutoff {} Å have about {:.2g} pairs; at most {} are allowed",
          atoms, volume, options.cutoff, expected, options.max_pairs);
}

void check_coincident(const NeighborList& list) {
  for (int64_t k = 0; k < list.size(); ++k) {
    if (!(list.distance[k] < kCoincident)) continue;
    require(list.center[k] == list.neighbor[k] && list.shift[k] == std::array<int32_t, 3>{},
            "neighbor list: atoms {} and {} are at the same place (distance {:.1e} Å); all atoms must be apart",
            list.center[k], list.neighbor[k], list.distance[k]);
  }
}

}  // namespace

NeighborList find_neighbors(std::span<const Vector3> positions, const Matrix3& cell, const std::array<bool, 3>& pbc,
                            const NeighborOptions& options, const ParallelFor& parallel) {
  check_options(options);
  check_positions(positions);
  check_cell(cell, pbc);
  const auto atoms = static_cast<int64_t>(positions.size());
  check_expected_pairs(atoms, cell, pbc, options);

  kernels::NeighborProblem problem;
  problem.positions = atoms > 0 ? positions[0].data() : nullptr;
  problem.n = atoms;
  problem.cell = cell[0].data();
  problem.pbc = pbc;
  problem.cutoff = options.cutoff;
  problem.closed = options.closed;
  problem.min_distance = options.min_distance;
  problem.self_images = options.self_images;
  problem.self_pairs = options.self_pairs;
  problem.half = options.half;
  problem.max_neighbors = options.max_neighbors;
  problem.sorted = options.sorted;
  problem.max_pairs = options.max_pairs;

  kernels::NeighborSearch search(problem, parallel);
  require(search.feasible(),
          "neighbor list: cutoff {} Å reaches over millions of images of the cell, or coordinates lie over 5e8 cells "
          "away; use a larger cell or wrapped coordinates",
          options.cutoff);
  NeighborList list;
  list.first.resize(atoms + 1);
  const int64_t total = search.count(list.first.data());
  require(total <= options.max_pairs, "neighbor list: more than {} pairs within {} Å; use a smaller cutoff",
          options.max_pairs, options.cutoff);
  list.center.resize(total);
  list.neighbor.resize(total);
  list.shift.resize(total);
  list.distance.resize(total);
  search.fill(list.first.data(), {list.center.data(), list.neighbor.data(), total > 0 ? list.shift[0].data() : nullptr,
                                  list.distance.data()});
  if (!options.allow_coincident) check_coincident(list);
  return list;
}

}  // namespace spinel
