// The neighbour search where distances tie: points on a lattice of small integers, for which every distance is exact,
// so that pairs lie on the cutoff, at the least distance and at equal ranks among the nearest.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "spinel/base/parallel.h"
#include "spinel/kernels/cpu/neighbor_list.h"

namespace spinel::kernels {
namespace {

struct Pair {
  int64_t center, neighbor;
  std::array<int32_t, 3> shift;
  int64_t squared;
  auto operator<=>(const Pair&) const = default;
};

/// Points with integer coordinates in an integer cell; the square of the cutoff is an integer too, or the cutoff is.
struct Lattice {
  std::vector<std::array<int64_t, 3>> points;
  std::array<std::array<int64_t, 3>, 3> cell{{{4, 0, 0}, {0, 4, 0}, {0, 0, 4}}};
  NeighborProblem problem;

  /// All pairs by the definition, in exact arithmetic. The cutoff and the least distance are integers.
  std::vector<Pair> pairs() const {
    const auto cutoff = static_cast<int64_t>(problem.cutoff);
    const auto least = static_cast<int64_t>(problem.min_distance);
    constexpr int32_t reach = 9;  // covers points, cutoff and skew of the test below
    std::vector<Pair> all;
    for (int64_t i = 0; i < std::ssize(points); ++i) {
      std::vector<Pair> own;
      for (int64_t j = 0; j < std::ssize(points); ++j) {
        for (int32_t n = 0; n < (2 * reach + 1) * (2 * reach + 1) * (2 * reach + 1); ++n) {
          const std::array<int32_t, 3> shift{n % (2 * reach + 1) - reach, n / (2 * reach + 1) % (2 * reach + 1) - reach,
                                             n / (2 * reach + 1) / (2 * reach + 1) - reach};
          bool open = false;
          for (size_t a = 0; a < 3; ++a) open = open || (shift[a] != 0 && !problem.pbc[a]);
          if (open) continue;
          int64_t squared = 0;
          for (size_t k = 0; k < 3; ++k) {
            int64_t v = points[static_cast<size_t>(j)][k] - points[static_cast<size_t>(i)][k];
            for (size_t a = 0; a < 3; ++a) v += shift[a] * cell[a][k];
            squared += v * v;
          }
          if (problem.closed ? squared > cutoff * cutoff : squared >= cutoff * cutoff) continue;
          if (!counts(i, j, shift, squared, least)) continue;
          own.push_back({i, j, shift, squared});
        }
      }
      const auto nearer = [](const Pair& a, const Pair& b) {
        return std::tie(a.squared, a.neighbor, a.shift) < std::tie(b.squared, b.neighbor, b.shift);
      };
      std::sort(own.begin(), own.end(), nearer);
      if (problem.max_neighbors > 0 && std::ssize(own) > problem.max_neighbors) {
        own.resize(static_cast<size_t>(problem.max_neighbors));
      }
      std::sort(own.begin(), own.end());
      all.insert(all.end(), own.begin(), own.end());
    }
    return all;
  }

  bool counts(int64_t i, int64_t j, const std::array<int32_t, 3>& shift, int64_t squared, int64_t least) const {
    const bool home = shift == std::array<int32_t, 3>{};
    if (i != j) return !problem.half || i < j;
    if (home) return problem.self_pairs;
    if (!problem.self_images || (problem.min_distance >= 0 && squared <= least * least)) return false;
    return !problem.half || shift > std::array<int32_t, 3>{};
  }

  std::vector<Pair> searched(const ParallelFor& parallel = serial()) const {
    std::vector<double> positions, box;
    for (const auto& point : points) positions.insert(positions.end(), point.begin(), point.end());
    for (const auto& row : cell) box.insert(box.end(), row.begin(), row.end());
    NeighborProblem p = problem;
    p.positions = positions.data();
    p.n = std::ssize(points);
    p.cell = box.data();
    p.max_pairs = int64_t{1} << 30;
    NeighborSearch search(p, parallel);
    EXPECT_TRUE(search.feasible());
    std::vector<int64_t> first(points.size() + 1);
    const auto total = static_cast<size_t>(search.count(first.data()));
    std::vector<int64_t> center(total), neighbor(total);
    std::vector<std::array<int32_t, 3>> shift(total);
    std::vector<double> distance(total);
    search.fill(first.data(),
                {center.data(), neighbor.data(), total == 0 ? nullptr : shift.front().data(), distance.data()});
    std::vector<Pair> found;
    for (size_t k = 0; k < total; ++k) {
      const double squared = distance[k] * distance[k];
      EXPECT_NEAR(squared, std::round(squared), 1e-9);
      found.push_back({center[k], neighbor[k], shift[k], std::llround(squared)});
    }
    return found;
  }
};

int64_t between(std::mt19937& random, int64_t low, int64_t high) {
  return low + static_cast<int64_t>(random() % static_cast<uint32_t>(high - low + 1));
}

TEST(NeighborLattice, TiesAreDecidedExactly) {
  std::mt19937 random(121);
  size_t total = 0, on_the_edge = 0;
  for (int repeat = 0; repeat < 100; ++repeat) {
    Lattice lattice;
    // Upper triangular, so that it is never singular; negative lengths make it left-handed.
    for (size_t a = 0; a < 3; ++a) {
      for (size_t k = 0; k < 3; ++k) {
        lattice.cell[a][k] = k < a ? 0 : k == a ? between(random, 2, 5) : between(random, -1, 1);
      }
    }
    if (repeat % 3 == 0) lattice.cell[1][1] *= -1;
    for (int64_t n = between(random, 1, 7); n > 0; --n) {
      lattice.points.push_back({between(random, -3, 3), between(random, -3, 3), between(random, -3, 3)});
    }
    NeighborProblem& p = lattice.problem;
    p.pbc = {random() % 3 != 0, random() % 3 != 0, random() % 3 != 0};
    p.cutoff = static_cast<double>(between(random, 1, 3));
    p.closed = random() % 2;
    p.half = random() % 3 == 0;
    p.self_images = random() % 4 != 0;
    p.self_pairs = random() % 4 == 0;
    if (random() % 3 == 0) p.min_distance = static_cast<double>(between(random, 0, 3));
    if (random() % 2 == 0) p.max_neighbors = between(random, 1, 9);
    const std::vector<Pair> expected = lattice.pairs();
    ASSERT_EQ(lattice.searched() == expected, true) << repeat;
    total += expected.size();
    for (const Pair& pair : expected) on_the_edge += pair.squared == static_cast<int64_t>(p.cutoff * p.cutoff);
  }
  EXPECT_GT(total, 400u);
  EXPECT_GT(on_the_edge, 40u) << "the test is about these";
}

TEST(NeighborLattice, AClosedCutoffAddsExactlyTheShellOnIt) {
  // A simple cubic crystal: 6 neighbours at 1, 12 at √2, 8 at √3, 6 at 2, 24 at √5, 24 at √6, 12 at √8, 30 at 3.
  Lattice cubic;
  cubic.cell = {{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
  cubic.points = {{0, 0, 0}};
  cubic.problem.pbc = {true, true, true};
  struct Case {
    double cutoff;
    size_t open, closed;
  };
  for (const Case& c : {Case{1, 0, 6}, Case{2, 26, 32}, Case{3, 92, 122}}) {
    cubic.problem.cutoff = c.cutoff;
    cubic.problem.closed = false;
    EXPECT_EQ(cubic.searched().size(), c.open);
    cubic.problem.closed = true;
    EXPECT_EQ(cubic.searched().size(), c.closed);
    cubic.problem.half = true;
    EXPECT_EQ(cubic.searched().size(), c.closed / 2);
    cubic.problem.half = false;
  }
}

TEST(NeighborLattice, CoincidentPointsAreNeighboursAtNoDistance) {
  Lattice lattice;
  lattice.points.assign(40, {1, 2, 3});
  lattice.problem.cutoff = 1;
  for (const bool periodic : {false, true}) {
    lattice.problem.pbc = {periodic, periodic, periodic};
    const std::vector<Pair> found = lattice.searched();
    EXPECT_EQ(found.size(), 40u * 39u);
    for (const Pair& pair : found) EXPECT_EQ(pair.squared, 0);
    lattice.problem.self_pairs = true;
    EXPECT_EQ(lattice.searched().size(), 40u * 40u);
    lattice.problem.self_pairs = false;
    lattice.problem.max_neighbors = 3;  // of equal ones those of the lowest number
    const std::vector<Pair> nearest = lattice.searched();
    ASSERT_EQ(nearest.size(), 120u);
    EXPECT_EQ(nearest[0].neighbor, 1);
    EXPECT_EQ(nearest[119].neighbor, 2);
    lattice.problem.max_neighbors = 0;
  }
}

TEST(NeighborLattice, WholeCellsAwayNothingChangesButTheShifts) {
  std::mt19937 random(122);
  Lattice lattice;
  lattice.cell = {{{5, 1, 0}, {0, 4, -1}, {0, 0, 6}}};
  lattice.problem.pbc = {true, true, true};
  lattice.problem.cutoff = 4;
  for (int n = 0; n < 12; ++n) {
    lattice.points.push_back({between(random, 0, 5), between(random, 0, 5), between(random, 0, 5)});
  }
  const std::vector<Pair> at_home = lattice.searched();
  Lattice moved = lattice;
  std::vector<std::array<int32_t, 3>> steps;
  for (auto& point : moved.points) {
    std::array<int32_t, 3> step{};
    for (size_t a = 0; a < 3; ++a) {
      step[a] = static_cast<int32_t>(between(random, -1000, 1000));
      for (size_t k = 0; k < 3; ++k) point[k] += step[a] * moved.cell[a][k];
    }
    steps.push_back(step);
  }
  std::vector<Pair> expected = at_home;
  for (Pair& pair : expected) {
    for (size_t a = 0; a < 3; ++a) {
      pair.shift[a] += steps[static_cast<size_t>(pair.center)][a] - steps[static_cast<size_t>(pair.neighbor)][a];
    }
  }
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(moved.searched() == expected, true);
}

TEST(NeighborLattice, PointsOnTheFacesOfTheCellAreFoundOnce) {
  // Coordinates 0 and 4 are the same plane of a cell of 4: eight corners are eight coincident points.
  Lattice lattice;
  for (int64_t n = 0; n < 8; ++n) lattice.points.push_back({4 * (n & 1), 4 * (n >> 1 & 1), 4 * (n >> 2)});
  lattice.problem.pbc = {true, true, true};
  lattice.problem.cutoff = 4;
  EXPECT_EQ(lattice.searched().size(), 8u * 7u);
  lattice.problem.closed = true;  // and the six images of each
  EXPECT_EQ(lattice.searched().size(), 8u * 7u + 8u * 8u * 6u);
}

TEST(NeighborLattice, ThinAndLongBoxesHoldThePairsOfALine) {
  for (const int64_t length : {1000, 100000}) {
    for (const bool periodic : {false, true}) {
      Lattice line;
      line.cell = {{{length, 0, 0}, {0, 7, 0}, {0, 0, 7}}};
      line.problem.pbc = {periodic, false, false};
      line.problem.cutoff = 2;
      line.problem.closed = true;
      for (int64_t n = 0; n < 1000; ++n) line.points.push_back({n * (length / 1000), 0, 0});
      const std::vector<Pair> found = line.searched(thread_pool());
      const size_t ends = periodic ? 0 : 6;  // what the two ends lack
      EXPECT_EQ(found.size(), length == 1000 ? 4000 - ends : 0) << length << periodic;
    }
  }
}

TEST(NeighborLattice, FarApartPointsOfAnOpenBoxHaveNoPairs) {
  for (const double far : {1e9, 1e100, 1e300}) {
    const double positions[] = {-far, 0, 0, far, 0, 0, 0, far, 0, 0, 0, 0};
    const double cell[9] = {};
    NeighborProblem problem{.positions = positions, .n = 4, .cell = cell, .cutoff = 3, .max_pairs = 100};
    NeighborSearch search(problem, serial());
    ASSERT_TRUE(search.feasible());
    int64_t first[5];
    EXPECT_EQ(search.count(first), 0) << far;
    search.fill(first, {});
  }
}

}  // namespace
}  // namespace spinel::kernels
