// Neighbour lists of random cells against their definition, and what must hold of any of them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <tuple>

#include "spinel/atoms/lattice.h"
#include "spinel/atoms/neighbor_list.h"
#include "spinel/atoms/verlet_list.h"
#include "spinel/base/error.h"
#include "spinel/base/parallel.h"

namespace spinel {
namespace {

using Key = std::tuple<int64_t, int64_t, int, int, int>;

struct System {
  std::vector<Vector3> positions;
  Matrix3 cell;
  std::array<bool, 3> pbc;
  double cutoff;
};

/// Cells of any shape, often strongly skewed or left-handed, with atoms also outside of them.
System random_system(std::mt19937& random) {
  std::uniform_real_distribution<double> uniform(-1, 1);
  System system{};
  for (;;) {
    for (Vector3& row : system.cell) row = {6 * uniform(random), 6 * uniform(random), 6 * uniform(random)};
    if (random() % 2) {  // shear: the same volume, far from rectangular
      for (int k = 0; k < 3; ++k) system.cell[2][k] += static_cast<double>(random() % 5) * system.cell[0][k];
    }
    try {
      if (Lattice(system.cell).volume() > 12) break;
    } catch (const Error&) {
      // Flat: drawn again.
    }
  }
  for (bool& periodic : system.pbc) periodic = random() % 4 != 0;
  system.cutoff = 1 + 2.2 * std::abs(uniform(random));
  for (size_t i = 1 + random() % 7; i-- > 0;) {
    const Vector3 f{2 * uniform(random), 2 * uniform(random), 2 * uniform(random)};
    system.positions.push_back(Lattice(system.cell).cartesian(f));
  }
  return system;
}

double distance_of(const System& s, int64_t i, int64_t j, const std::array<int, 3>& shift) {
  double sum = 0;
  for (int k = 0; k < 3; ++k) {
    double v = s.positions[j][k] - s.positions[i][k];
    for (int a = 0; a < 3; ++a) v += shift[a] * s.cell[a][k];
    sum += v * v;
  }
  return std::sqrt(sum);
}

/// All pairs by definition: images are tried as far as the heights of the cell say that any can lie.
std::vector<std::pair<Key, double>> by_definition(const System& s) {
  const Vector3 heights = Lattice(s.cell).heights();
  std::vector<std::pair<Key, double>> pairs;
  for (int64_t i = 0; i < std::ssize(s.positions); ++i) {
    for (int64_t j = 0; j < std::ssize(s.positions); ++j) {
      Vector3 difference;
      for (int k = 0; k < 3; ++k) difference[k] = s.positions[j][k] - s.positions[i][k];
      const Vector3 f = Lattice(s.cell).fractional(difference);
      int low[3], high[3];
      for (int a = 0; a < 3; ++a) {
        const double reach = s.cutoff / heights[a] + 1e-9;
        low[a] = s.pbc[a] ? static_cast<int>(std::ceil(-f[a] - reach)) : 0;
        high[a] = s.pbc[a] ? static_cast<int>(std::floor(-f[a] + reach)) : 0;
      }
      for (int a = low[0]; a <= high[0]; ++a) {
        for (int b = low[1]; b <= high[1]; ++b) {
          for (int c = low[2]; c <= high[2]; ++c) {
            if (i == j && a == 0 && b == 0 && c == 0) continue;
            const double d = distance_of(s, i, j, {a, b, c});
            if (d < s.cutoff) pairs.push_back({{i, j, a, b, c}, d});
          }
        }
      }
    }
  }
  std::sort(pairs.begin(), pairs.end());
  return pairs;
}

std::vector<Key> keys_of(const NeighborList& list) {
  std::vector<Key> keys;
  for (int64_t k = 0; k < list.size(); ++k) {
    keys.emplace_back(list.center[k], list.neighbor[k], list.shift[k][0], list.shift[k][1], list.shift[k][2]);
  }
  return keys;
}

TEST(NeighborProperties, RandomCellsGiveThePairsOfTheDefinition) {
  std::mt19937 random(31);
  int64_t total = 0;
  for (int repeat = 0; repeat < 400; ++repeat) {
    const System s = random_system(random);
    const NeighborList list = find_neighbors(s.positions, s.cell, s.pbc, {.cutoff = s.cutoff});
    const auto expected = by_definition(s);
    const std::vector<Key> keys = keys_of(list);
    ASSERT_EQ(keys.size(), expected.size()) << repeat;
    for (size_t k = 0; k < keys.size(); ++k) {
      ASSERT_EQ(keys[k], expected[k].first) << repeat;
      ASSERT_NEAR(list.distance[k], expected[k].second, 1e-9) << repeat;
    }
    total += list.size();
  }
  EXPECT_GT(total, 2000);  // the systems are not all empty
}

TEST(NeighborProperties, ThreadsMakeNoDifference) {
  std::mt19937 random(32);
  set_thread_pool_size(3);
  for (int repeat = 0; repeat < 100; ++repeat) {
    const System s = random_system(random);
    const NeighborOptions options{.cutoff = s.cutoff, .max_neighbors = repeat % 3 ? 0 : 4};
    const NeighborList one = find_neighbors(s.positions, s.cell, s.pbc, options);
    const NeighborList three = find_neighbors(s.positions, s.cell, s.pbc, options, thread_pool());
    ASSERT_EQ(keys_of(one), keys_of(three));
    ASSERT_TRUE(std::equal(one.distance.begin(), one.distance.end(), three.distance.begin(), three.distance.end()));
    ASSERT_TRUE(std::equal(one.first.begin(), one.first.end(), three.first.begin(), three.first.end()));
  }
  set_thread_pool_size(0);
}

TEST(NeighborProperties, HalfAListIsOneOfEachTwoDirections) {
  std::mt19937 random(33);
  for (int repeat = 0; repeat < 200; ++repeat) {
    const System s = random_system(random);
    const std::vector<Key> full = keys_of(find_neighbors(s.positions, s.cell, s.pbc, {.cutoff = s.cutoff}));
    const std::vector<Key> half =
        keys_of(find_neighbors(s.positions, s.cell, s.pbc, {.cutoff = s.cutoff, .half = true}));
    ASSERT_EQ(2 * half.size(), full.size());
    std::vector<Key> both = half;
    for (const auto& [i, j, a, b, c] : half) both.emplace_back(j, i, -a, -b, -c);
    std::sort(both.begin(), both.end());
    ASSERT_EQ(both, full);
  }
}

TEST(NeighborProperties, OwnPairsFollowTheirOptions) {
  std::mt19937 random(34);
  for (int repeat = 0; repeat < 200; ++repeat) {
    const System s = random_system(random);
    const int64_t n = std::ssize(s.positions);
    const auto size = [&](NeighborOptions options) {
      options.cutoff = s.cutoff;
      return find_neighbors(s.positions, s.cell, s.pbc, options).size();
    };
    int64_t images = 0;
    for (const auto& [key, distance] : by_definition(s)) images += std::get<0>(key) == std::get<1>(key);
    ASSERT_EQ(size({.self_images = false}), size({}) - images);
    ASSERT_EQ(size({.self_pairs = true}), size({}) + n);
    ASSERT_EQ(size({.self_images = false, .self_pairs = true}), size({}) - images + n);
    ASSERT_EQ(size({.min_distance = s.cutoff}), size({}) - images);  // it concerns own images alone
  }
}

TEST(NeighborProperties, AShiftOfAllAtomsChangesNothing) {
  std::mt19937 random(35);
  std::uniform_real_distribution<double> uniform(-40, 40);
  for (int repeat = 0; repeat < 200; ++repeat) {
    System s = random_system(random);
    const auto before = by_definition(s);
    const Vector3 by{uniform(random), uniform(random), uniform(random)};
    for (Vector3& r : s.positions) {
      for (int k = 0; k < 3; ++k) r[k] += by[k];
    }
    const NeighborList after = find_neighbors(s.positions, s.cell, s.pbc, {.cutoff = s.cutoff});
    ASSERT_EQ(after.size(), std::ssize(before));
    const std::vector<Key> keys = keys_of(after);
    for (size_t k = 0; k < keys.size(); ++k) ASSERT_EQ(keys[k], before[k].first);
  }
}

TEST(NeighborProperties, MaxPairsIsTheExactLimit) {
  std::mt19937 random(36);
  for (int repeat = 0; repeat < 50; ++repeat) {
    const System s = random_system(random);
    const int64_t size = find_neighbors(s.positions, s.cell, s.pbc, {.cutoff = s.cutoff}).size();
    EXPECT_NO_THROW(find_neighbors(s.positions, s.cell, s.pbc, {.cutoff = s.cutoff, .max_pairs = size}));
    if (size == 0) continue;
    EXPECT_THROW(find_neighbors(s.positions, s.cell, s.pbc, {.cutoff = s.cutoff, .max_pairs = size - 1}), Error);
  }
}

TEST(VerletProperties, CandidatesHoldAllPairsAlongARandomWalk) {
  std::mt19937 random(37);
  std::uniform_real_distribution<double> uniform(-1, 1);
  for (int walk = 0; walk < 20; ++walk) {
    System s = random_system(random);
    Frame frame;
    frame.numbers.assign(s.positions.size(), 6);
    frame.cell = s.cell;
    frame.pbc = s.pbc;
    VerletList list(s.cutoff, 0.6);
    int64_t kept = 0;
    for (int step = 0; step < 40; ++step) {
      frame.positions = s.positions;
      const int64_t builds = list.builds();
      const NeighborList& candidates = list.update(frame, serial());
      kept += list.builds() == builds;
      std::vector<Key> found = keys_of(candidates);
      std::sort(found.begin(), found.end());
      for (const auto& [key, distance] : by_definition(s)) {
        ASSERT_TRUE(std::binary_search(found.begin(), found.end(), key)) << walk << " " << step;
      }
      ASSERT_EQ(std::ssize(list.offsets()), candidates.size());
      for (int64_t e = 0; e < candidates.size(); ++e) {
        for (int k = 0; k < 3; ++k) {
          double offset = 0;
          for (int a = 0; a < 3; ++a) offset += candidates.shift[e][a] * s.cell[a][k];
          ASSERT_NEAR(list.offsets()[e][k], offset, 1e-10);
        }
      }
      for (Vector3& r : s.positions) {
        for (double& x : r) x += 0.05 * uniform(random);
      }
    }
    EXPECT_GT(kept, 10);  // it is no list of every step
    EXPECT_LT(list.builds(), 30);
  }
}

TEST(LatticeProperties, ParametersDecideTheCellUpToARotation) {
  std::mt19937 random(38);
  for (int repeat = 0; repeat < 200; ++repeat) {
    const Lattice lattice(random_system(random).cell);
    const auto p = lattice.parameters();
    const Lattice again = Lattice::from_parameters(p[0], p[1], p[2], p[3], p[4], p[5]);
    EXPECT_NEAR(again.volume(), lattice.volume(), 1e-8 * lattice.volume());
    const auto q = again.parameters();
    for (int k = 0; k < 6; ++k) EXPECT_NEAR(p[k], q[k], 1e-8 * (1 + p[k]));
  }
}

TEST(LatticeProperties, FractionalAndCartesianAreInverse) {
  std::mt19937 random(39);
  std::uniform_real_distribution<double> uniform(-3, 3);
  for (int repeat = 0; repeat < 200; ++repeat) {
    const Lattice lattice(random_system(random).cell);
    const Vector3 f{uniform(random), uniform(random), uniform(random)};
    const Vector3 r = lattice.cartesian(f), back = lattice.fractional(r);
    for (int k = 0; k < 3; ++k) {
      EXPECT_NEAR(back[k], f[k], 1e-10);
      double sum = 0;
      for (int a = 0; a < 3; ++a) sum += f[a] * lattice.matrix()[a][k];
      EXPECT_NEAR(r[k], sum, 1e-12);
      EXPECT_GT(lattice.heights()[k], 0);
      EXPECT_LE(lattice.heights()[k], lattice.parameters()[k] + 1e-12);
    }
  }
}

TEST(LatticeProperties, NiggliCellsSpanTheSameLatticeAndAreRightHanded) {
  std::mt19937 random(40);
  for (int repeat = 0; repeat < 200; ++repeat) {
    const Lattice lattice(random_system(random).cell);
    const Lattice reduced = lattice.niggli_reduced();
    EXPECT_NEAR(reduced.volume(), lattice.volume(), 1e-7 * lattice.volume());
    for (const Vector3& row : lattice.matrix()) {
      for (const double f : reduced.fractional(row)) EXPECT_NEAR(f, std::nearbyint(f), 1e-6);
    }
    const Matrix3& m = reduced.matrix();
    const double determinant = m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1]) -
                               m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0]) +
                               m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0]);
    EXPECT_GT(determinant, 0);
  }
}

}  // namespace
}  // namespace spinel
