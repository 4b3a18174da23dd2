// The neighbour search kernel against the definition of its pairs, with every option, thread count and vector
// extension.
#include "spinel/kernels/cpu/neighbor_list.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <random>
#include <tuple>
#include <vector>

#include "spinel/base/parallel.h"
#include "spinel/kernels/cpu/neighbor_grid.h"
#include "spinel/kernels/cpu/neighbor_hits.h"
#include "spinel/kernels/cpu/simd_level.h"

namespace spinel::kernels {
namespace {

using Key = std::tuple<int64_t, int64_t, std::array<int32_t, 3>>;

/// Points in a box with what a search of them is given; the memory that a problem points to.
struct System {
  std::vector<double> positions;
  std::array<double, 9> cell{};
  NeighborProblem problem;

  NeighborProblem searched() const {
    NeighborProblem p = problem;
    p.positions = positions.data();
    p.n = static_cast<int64_t>(positions.size() / 3);
    p.cell = cell.data();
    if (p.max_pairs == 0) p.max_pairs = int64_t{1} << 30;
    return p;
  }
};

System random_system(std::mt19937& random) {
  std::uniform_real_distribution<double> uniform(-1, 1);
  System s;
  // A triangular cell, skewed along with x.
  s.cell = {3 + uniform(random),
            0,
            0,
            1.2 * uniform(random),
            3 + uniform(random),
            0,
            1.2 * uniform(random),
            1.2 * uniform(random),
            3 + uniform(random)};
  if (random() % 3 == 0) std::swap_ranges(s.cell.begin(), s.cell.begin() + 3, s.cell.begin() + 3);  // left-handed
  for (size_t i = 3 * (1 + random() % 8); i-- > 0;) s.positions.push_back(4 * uniform(random));
  s.problem.pbc = {random() % 4 != 0, random() % 4 != 0, random() % 4 != 0};
  s.problem.cutoff = 1.5 + uniform(random);
  s.problem.closed = random() % 2;
  s.problem.self_images = random() % 3 != 0;
  s.problem.self_pairs = random() % 3 == 0;
  s.problem.half = random() % 3 == 0;
  if (random() % 4 == 0) s.problem.min_distance = 2;
  if (random() % 4 == 0) s.problem.max_neighbors = 1 + static_cast<int64_t>(random() % 6);
  return s;
}

/// All pairs with their distances, by the rules of NeighborProblem.
std::vector<std::pair<Key, double>> by_definition(const System& s) {
  const NeighborProblem p = s.searched();
  constexpr int reach = 13;  // covers the spread of the points and the cutoff in the thinnest cell
  const int m[3] = {p.pbc[0] ? reach : 0, p.pbc[1] ? reach : 0, p.pbc[2] ? reach : 0};
  std::vector<std::pair<Key, double>> result;
  for (int64_t i = 0; i < p.n; ++i) {
    std::vector<std::pair<double, Key>> own;
    for (int64_t j = 0; j < p.n; ++j) {
      for (int32_t a = -m[0]; a <= m[0]; ++a) {
        for (int32_t b = -m[1]; b <= m[1]; ++b) {
          for (int32_t c = -m[2]; c <= m[2]; ++c) {
            double squared = 0;
            for (int k = 0; k < 3; ++k) {
              const double v = (s.positions[3 * j + k] - s.positions[3 * i + k]) +
                               (a * s.cell[k] + b * s.cell[3 + k] + c * s.cell[6 + k]);
              squared += v * v;
            }
            if (p.closed ? squared > p.cutoff * p.cutoff : squared >= p.cutoff * p.cutoff) continue;
            const std::array<int32_t, 3> shift{a, b, c};
            const bool zero = shift == std::array<int32_t, 3>{};
            if (i == j && (zero ? !p.self_pairs : !p.self_images)) continue;
            if (i == j && !zero && p.min_distance >= 0 && std::sqrt(squared) <= p.min_distance) continue;
            if (p.half && (i > j || (i == j && shift < std::array<int32_t, 3>{}))) continue;
            own.push_back({squared, {i, j, shift}});
          }
        }
      }
    }
    std::sort(own.begin(), own.end());
    if (p.max_neighbors > 0 && std::ssize(own) > p.max_neighbors) own.resize(static_cast<size_t>(p.max_neighbors));
    std::vector<std::pair<Key, double>> sorted;
    for (const auto& [squared, key] : own) sorted.push_back({key, std::sqrt(squared)});
    std::sort(sorted.begin(), sorted.end());
    result.insert(result.end(), sorted.begin(), sorted.end());
  }
  return result;
}

struct Found {
  std::vector<int64_t> first, center, neighbor;
  std::vector<std::array<int32_t, 3>> shift;
  std::vector<double> distance;
  std::vector<Key> keys() const {
    std::vector<Key> result;
    for (size_t k = 0; k < center.size(); ++k) result.emplace_back(center[k], neighbor[k], shift[k]);
    return result;
  }
};

Found search(const NeighborProblem& problem, const ParallelFor& parallel = serial()) {
  NeighborSearch search(problem, parallel);
  EXPECT_TRUE(search.feasible());
  Found found;
  found.first.resize(static_cast<size_t>(problem.n) + 1);
  const auto total = static_cast<size_t>(search.count(found.first.data()));
  found.center.resize(total);
  found.neighbor.resize(total);
  found.shift.resize(total);
  found.distance.resize(total);
  search.fill(found.first.data(), {found.center.data(), found.neighbor.data(),
                                   reinterpret_cast<int32_t*>(found.shift.data()), found.distance.data()});
  return found;
}

TEST(NeighborSearch, GivesThePairsOfTheDefinitionWithEveryOption) {
  std::mt19937 random(91);
  size_t total = 0;
  for (int repeat = 0; repeat < 60; ++repeat) {
    const System s = random_system(random);
    const auto expected = by_definition(s);
    const Found found = search(s.searched());
    ASSERT_EQ(found.center.size(), expected.size()) << repeat;
    const std::vector<Key> keys = found.keys();
    for (size_t k = 0; k < keys.size(); ++k) {
      ASSERT_EQ(keys[k], expected[k].first) << repeat;
      ASSERT_NEAR(found.distance[k], expected[k].second, 1e-12);
    }
    for (size_t k = 0; k < keys.size(); ++k) {
      const auto i = static_cast<size_t>(found.center[k]);
      ASSERT_TRUE(found.first[i] <= static_cast<int64_t>(k) && static_cast<int64_t>(k) < found.first[i + 1]);
    }
    total += keys.size();
  }
  EXPECT_GT(total, 500u);
}

TEST(NeighborSearch, EveryVectorExtensionAndThreadCountGivesTheSameBits) {
  std::mt19937 random(92);
  const std::string before = simd_level();
  for (int repeat = 0; repeat < 40; ++repeat) {
    const System s = random_system(random);
    const Found one = search(s.searched());
    for (const std::string& level : simd_levels()) {
      force_simd_level(level);
      set_thread_pool_size(1 + repeat % 3);
      const Found other = search(s.searched(), thread_pool());
      ASSERT_EQ(other.keys(), one.keys()) << level;
      ASSERT_EQ(other.distance, one.distance) << level;
      ASSERT_EQ(other.first, one.first) << level;
    }
  }
  set_thread_pool_size(0);
  force_simd_level(before);
}

TEST(NeighborSearch, UnsortedPairsAreTheSameInAnotherOrder) {
  std::mt19937 random(93);
  for (int repeat = 0; repeat < 60; ++repeat) {
    System s = random_system(random);
    const std::vector<Key> sorted = search(s.searched()).keys();
    s.problem.sorted = false;
    const Found found = search(s.searched());
    EXPECT_TRUE(std::is_sorted(found.center.begin(), found.center.end()));
    std::vector<Key> keys = found.keys();
    std::sort(keys.begin(), keys.end());
    ASSERT_EQ(keys, sorted);
  }
}

TEST(NeighborSearch, OnlyWhatIsAskedForIsWritten) {
  std::mt19937 random(94);
  const System s = random_system(random);
  const Found whole = search(s.searched());
  NeighborSearch search(s.searched(), serial());
  std::vector<int64_t> first(whole.first.size());
  search.count(first.data());
  std::vector<double> distance(whole.distance.size());
  search.fill(first.data(), {nullptr, nullptr, nullptr, distance.data()});
  EXPECT_EQ(distance, whole.distance);
  search.fill(first.data(), {});  // nothing at all
}

TEST(NeighborSearch, CountStopsAboveItsLimit) {
  System s;
  s.cell = {1, 0, 0, 0, 1, 0, 0, 0, 1};
  s.problem.pbc = {true, true, true};
  s.problem.cutoff = 4;
  for (int i = 0; i < 210; ++i) s.positions.push_back(0.003 * i);
  s.problem.max_pairs = 1000;
  std::vector<int64_t> first(71);
  EXPECT_GT(NeighborSearch(s.searched(), serial()).count(first.data()), 1000);
  s.problem.max_pairs = int64_t{1} << 40;
  const int64_t total = NeighborSearch(s.searched(), serial()).count(first.data());
  s.problem.max_pairs = total;
  EXPECT_EQ(NeighborSearch(s.searched(), serial()).count(first.data()), total);
}

TEST(NeighborSearch, WhatCannotBeEnumeratedIsNotFeasible) {
  System tiny;
  tiny.cell = {1e-4, 0, 0, 0, 1e-4, 0, 0, 0, 1e-4};
  tiny.positions = {0, 0, 0};
  tiny.problem.pbc = {true, true, true};
  tiny.problem.cutoff = 5;
  EXPECT_FALSE(NeighborSearch(tiny.searched(), serial()).feasible());
  System far;
  far.cell = {1, 0, 0, 0, 1, 0, 0, 0, 1};
  far.positions = {0, 0, 0, 6e8, 0, 0};
  far.problem.pbc = {true, false, false};
  far.problem.cutoff = 1;
  EXPECT_FALSE(NeighborSearch(far.searched(), serial()).feasible());
  far.problem.pbc = {false, true, false};  // far away along an axis that is not periodic is fine
  EXPECT_TRUE(NeighborSearch(far.searched(), serial()).feasible());
}

TEST(NeighborSearch, NoPointsHaveNoPairs) {
  System none;
  none.problem.cutoff = 1;
  std::vector<int64_t> first(1, 7);
  NeighborSearch search(none.searched(), serial());
  EXPECT_TRUE(search.feasible());
  EXPECT_EQ(search.count(first.data()), 0);
  EXPECT_EQ(first[0], 0);
  search.fill(first.data(), {});
}

TEST(NeighborGrid, EachPointLiesInOneBinAndItsSegmentsHoldAllNeighbours) {
  std::mt19937 random(95);
  for (int repeat = 0; repeat < 60; ++repeat) {
    const System s = random_system(random);
    const NeighborProblem problem = s.searched();
    const NeighborGrid grid(problem);
    ASSERT_TRUE(grid.feasible());
    std::vector<int> seen(static_cast<size_t>(problem.n));
    std::vector<NeighborSegment> segments;
    for (int64_t bin = 0; bin < grid.num_bins(); ++bin) {
      grid.segments(bin, segments);
      for (uint32_t p = grid.bin_begin(bin); p < grid.bin_end(bin); ++p) {
        ++seen[grid.index[p]];
        const double at[3] = {grid.x[p], grid.y[p], grid.z[p]};
        for (int k = 0; k < 3; ++k) {  // wrapped = given − wrap · cell
          double expected = s.positions[3 * grid.index[p] + k];
          for (int a = 0; a < 3; ++a) expected -= grid.wrap[p][a] * s.cell[3 * a + k];
          ASSERT_NEAR(at[k], expected, 1e-12);
        }
        // find_hits and count_hits against their definition.
        const double radius = problem.cutoff * problem.cutoff, lower = radius / 2;
        std::vector<uint64_t> expected;
        int64_t below = 0, places = 0;
        for (size_t n = 0; n < segments.size(); ++n) {
          for (uint32_t q = segments[n].begin; q < segments[n].end; ++q, ++places) {
            const double v[3] = {grid.x[q] + segments[n].offset[0] - at[0], grid.y[q] + segments[n].offset[1] - at[1],
                                 grid.z[q] + segments[n].offset[2] - at[2]};
            const double squared = v[0] * v[0] + v[1] * v[1] + v[2] * v[2];
            below += squared < lower;
            if (squared < radius) expected.push_back(uint64_t{n} << 32 | q);
          }
        }
        std::vector<uint64_t> hits(static_cast<size_t>(places + kHitPadding));
        const auto n = static_cast<int64_t>(segments.size());
        const int64_t found = find_hits(grid, segments.data(), n, at, radius, hits.data());
        hits.resize(static_cast<size_t>(found));
        ASSERT_EQ(hits, expected);
        const HitCount count = count_hits(grid, segments.data(), n, at, lower, radius);
        ASSERT_EQ(count.lower, below);
        ASSERT_EQ(count.upper, found);
      }
    }
    ASSERT_EQ(seen, std::vector<int>(static_cast<size_t>(problem.n), 1));
  }
}

}  // namespace
}  // namespace spinel::kernels
