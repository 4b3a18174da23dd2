#include "spinel/atoms/neighbor_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>
#include <random>
#include <set>
#include <string>
#include <tuple>

#include "spinel/base/error.h"

namespace spinel {
namespace {

using Key = std::tuple<int64_t, int64_t, int, int, int>;

double squared_distance(const Vector3& a, const Vector3& b, const Matrix3& cell, const std::array<int32_t, 3>& s) {
  double sum = 0;
  for (int k = 0; k < 3; ++k) {
    const double v = (b[k] - a[k]) + (s[0] * cell[0][k] + s[1] * cell[1][k] + s[2] * cell[2][k]);
    sum += v * v;
  }
  return sum;
}

// All images up to `images` cells away from the given coordinates, by definition.
std::vector<Key> brute_force(const std::vector<Vector3>& positions, const Matrix3& cell, const std::array<bool, 3>& pbc,
                             const NeighborOptions& options, int images) {
  std::vector<Key> keys;
  const int64_t n = std::ssize(positions);
  const int m[3] = {pbc[0] ? images : 0, pbc[1] ? images : 0, pbc[2] ? images : 0};
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t j = 0; j < n; ++j) {
      for (int a = -m[0]; a <= m[0]; ++a) {
        for (int b = -m[1]; b <= m[1]; ++b) {
          for (int c = -m[2]; c <= m[2]; ++c) {
            const bool zero = a == 0 && b == 0 && c == 0;
            if (i == j && (zero ? !options.self_pairs : !options.self_images)) continue;
            if (options.half && (i > j || (i == j && std::array{a, b, c} < std::array{0, 0, 0}))) continue;
            const double d2 = squared_distance(positions[i], positions[j], cell, {a, b, c});
            const double limit = options.cutoff * options.cutoff;
            if (i == j && !zero && std::sqrt(d2) <= options.min_distance) continue;
            if (options.closed ? d2 <= limit : d2 < limit) keys.emplace_back(i, j, a, b, c);
          }
        }
      }
    }
  }
  return keys;
}

std::vector<Key> keys_of(const NeighborList& list) {
  std::vector<Key> keys;
  for (int64_t k = 0; k < list.size(); ++k) {
    keys.emplace_back(list.center[k], list.neighbor[k], list.shift[k][0], list.shift[k][1], list.shift[k][2]);
  }
  return keys;
}

// a, b, c in Å and angles in degrees, a along x.
Matrix3 from_angles(double a, double b, double c, double alpha, double beta, double gamma) {
  const double d = std::numbers::pi / 180;
  const double cx = c * std::cos(beta * d);
  const double cy = c * (std::cos(alpha * d) - std::cos(beta * d) * std::cos(gamma * d)) / std::sin(gamma * d);
  return {{{a, 0, 0},
           {b * std::cos(gamma * d), b * std::sin(gamma * d), 0},
           {cx, cy, std::sqrt(c * c - cx * cx - cy * cy)}}};
}

struct Case {
  std::string name;
  Matrix3 cell;
  std::array<bool, 3> pbc;
  int atoms;
  double cutoff;
  int images;
  double spread = 1;  ///< coordinates lie in [-spread + 1, spread] cells
};

std::vector<Case> cases() {
  const std::array<bool, 3> all{true, true, true};
  return {
      {"cube", from_angles(9, 9, 9, 90, 90, 90), all, 40, 3.1, 2},
      {"angles_of_20_degrees", from_angles(6, 6, 6, 20, 20, 20), all, 5, 3.3, 9},
      {"angles_of_150_100_105_degrees", from_angles(7, 8, 9, 150, 100, 105), all, 6, 4.2, 6},
      {"sheared", {{{4, 0, 0}, {0.2, 4, 0}, {20.3, 12.1, 4}}}, all, 3, 4.05, 14},
      {"needle", from_angles(2, 2, 40, 90, 90, 90), all, 12, 4.7, 4},
      {"plate", from_angles(30, 30, 1.5, 90, 90, 90), all, 30, 5.2, 5},
      {"left_handed", {{{0, 7, 0}, {7, 0, 0}, {0.3, 0, 8}}}, all, 9, 4.4, 3},
      {"smaller_than_cutoff", from_angles(1.3, 1.4, 1.5, 80, 95, 100), all, 2, 7.1, 10},
      {"coordinates_outside", from_angles(5, 6, 7, 80, 95, 100), all, 8, 4.1, 9, 4},
      {"slab", from_angles(5, 6, 30, 90, 90, 70), {true, true, false}, 20, 4.1, 5, 2},
      {"slab_open_first", from_angles(12, 6, 7, 100, 90, 70), {false, true, true}, 20, 4.1, 5},
      {"wire", from_angles(12, 6, 7, 100, 90, 70), {false, true, false}, 15, 4.1, 5, 2},
      {"molecule", Matrix3{{{12, 0, 0}, {0, 12, 0}, {0, 0, 12}}}, {false, false, false}, 60, 3.0, 0},
      {"sparse_gas", from_angles(300, 300, 300, 90, 90, 90), all, 50, 60, 1},
      {"one_atom", from_angles(3, 3, 3, 60, 60, 60), all, 1, 9.5, 6},
  };
}

std::vector<Vector3> random_positions(const Case& c, uint32_t seed) {
  std::mt19937 generator(seed);
  std::uniform_real_distribution<double> uniform(1 - c.spread, c.spread);
  std::vector<Vector3> positions(c.atoms);
  for (auto& r : positions) {
    const double f[3] = {uniform(generator), uniform(generator), uniform(generator)};
    for (int k = 0; k < 3; ++k) r[k] = f[0] * c.cell[0][k] + f[1] * c.cell[1][k] + f[2] * c.cell[2][k];
  }
  return positions;
}

class NeighborListCells : public testing::TestWithParam<Case> {};

TEST_P(NeighborListCells, EqualsTheDefinition) {
  const Case& c = GetParam();
  for (uint32_t seed = 0; seed < 4; ++seed) {
    const auto positions = random_positions(c, seed);
    for (int variant = 0; variant < 5; ++variant) {
      NeighborOptions options;
      options.cutoff = c.cutoff;
      if (variant == 1) options.half = true;
      if (variant == 2) options.self_images = false;
      if (variant == 3) options.self_pairs = options.closed = true;
      if (variant == 4) options.min_distance = 0.7 * c.cutoff;
      const auto list = find_neighbors(positions, c.cell, c.pbc, options);
      EXPECT_EQ(keys_of(list), brute_force(positions, c.cell, c.pbc, options, c.images)) << "variant " << variant;
      for (int64_t k = 0; k < list.size(); ++k) {
        const auto &a = positions[list.center[k]], &b = positions[list.neighbor[k]];
        EXPECT_NEAR(list.distance[k], std::sqrt(squared_distance(a, b, c.cell, list.shift[k])), 1e-12);
      }
    }
  }
}

TEST_P(NeighborListCells, UnsortedListHoldsTheSamePairsGroupedByCentre) {
  const Case& c = GetParam();
  const auto positions = random_positions(c, 7);
  NeighborOptions options;
  options.cutoff = c.cutoff;
  const auto sorted = find_neighbors(positions, c.cell, c.pbc, options);
  options.sorted = false;
  const auto grouped = find_neighbors(positions, c.cell, c.pbc, options);
  auto keys = keys_of(grouped);
  EXPECT_TRUE(std::is_sorted(grouped.center.begin(), grouped.center.end()));
  EXPECT_EQ(std::vector(grouped.first.begin(), grouped.first.end()),
            std::vector(sorted.first.begin(), sorted.first.end()));
  std::sort(keys.begin(), keys.end());
  EXPECT_EQ(keys, keys_of(sorted));
}

TEST_P(NeighborListCells, MaxNeighborsKeepsTheNearest) {
  const Case& c = GetParam();
  const auto positions = random_positions(c, 3);
  NeighborOptions options;
  options.cutoff = c.cutoff;
  const auto full = find_neighbors(positions, c.cell, c.pbc, options);
  options.max_neighbors = 3;
  const auto kept = find_neighbors(positions, c.cell, c.pbc, options);
  const auto all_keys = keys_of(full);
  std::vector<Key> expected;
  for (int64_t i = 0; i < c.atoms; ++i) {
    std::vector<std::pair<double, Key>> nearest;
    for (int64_t k = full.first[i]; k < full.first[i + 1]; ++k) nearest.emplace_back(full.distance[k], all_keys[k]);
    std::sort(nearest.begin(), nearest.end());
    if (nearest.size() > 3) nearest.resize(3);
    std::vector<Key> keys;
    for (const auto& item : nearest) keys.push_back(item.second);
    std::sort(keys.begin(), keys.end());
    expected.insert(expected.end(), keys.begin(), keys.end());
  }
  EXPECT_EQ(keys_of(kept), expected);
}

INSTANTIATE_TEST_SUITE_P(Cells, NeighborListCells, testing::ValuesIn(cases()),
                         [](const auto& info) { return info.param.name; });

TEST(NeighborList, EveryPairIsThereInBothDirectionsWithTheSameDistance) {
  const Case c{"", from_angles(5, 6, 7, 80, 95, 100), {true, true, true}, 30, 5.0, 0, 3};
  NeighborOptions options;
  options.cutoff = c.cutoff;
  const auto list = find_neighbors(random_positions(c, 1), c.cell, c.pbc, options);
  std::set<std::pair<Key, double>> pairs;
  const auto keys = keys_of(list);
  for (int64_t k = 0; k < list.size(); ++k) pairs.emplace(keys[k], list.distance[k]);
  for (const auto& [key, distance] : pairs) {
    const auto [i, j, a, b, d] = key;
    EXPECT_TRUE(pairs.contains({Key{j, i, -a, -b, -d}, distance}));
  }
}

TEST(NeighborList, CutoffIsOpenOrClosedExactly) {
  const std::vector<Vector3> positions{{0, 0, 0}, {3, 0, 0}};
  NeighborOptions options;
  options.cutoff = 3;
  EXPECT_EQ(find_neighbors(positions, {}, {}, options).size(), 0);
  options.closed = true;
  EXPECT_EQ(find_neighbors(positions, {}, {}, options).size(), 2);
  options.closed = false;
  options.cutoff = std::nextafter(3.0, 4.0);
  EXPECT_EQ(find_neighbors(positions, {}, {}, options).size(), 2);
  // Six images of a simple cubic lattice lie exactly at its lattice constant.
  const Matrix3 cube{{{3, 0, 0}, {0, 3, 0}, {0, 0, 3}}};
  options.cutoff = 3;
  const std::vector<Vector3> one{{7.25, -11.5, 2.75}};
  EXPECT_EQ(find_neighbors(one, cube, {true, true, true}, options).size(), 0);
  options.closed = true;
  EXPECT_EQ(find_neighbors(one, cube, {true, true, true}, options).size(), 6);
}

TEST(NeighborList, AtomsOnCellFaces) {
  const Matrix3 cube{{{4, 0, 0}, {0, 4, 0}, {0, 0, 4}}};
  const std::vector<Vector3> positions{{0, 0, 0}, {4, 2, 2}, {2, 4, 2}, {-1e-17, 2, 4}};
  NeighborOptions options;
  options.cutoff = 3.77;
  EXPECT_EQ(keys_of(find_neighbors(positions, cube, {true, true, true}, options)),
            brute_force(positions, cube, {true, true, true}, options, 3));
}

TEST(NeighborList, EmptyFrameAndLoneAtom) {
  NeighborOptions options;
  const auto empty = find_neighbors({}, {}, {}, options);
  EXPECT_EQ(empty.size(), 0);
  EXPECT_THAT(empty.first, testing::ElementsAre(0));
  const std::vector<Vector3> one{{1, 2, 3}};
  EXPECT_THAT(find_neighbors(one, {}, {}, options).first, testing::ElementsAre(0, 0));
}

TEST(NeighborList, CoincidentAtomsAreNeighboursOrAnError) {  // CI-05
  const std::vector<Vector3> positions{{0, 0, 0}, {1, 0, 0}, {1, 0, 0}};
  NeighborOptions options;
  options.cutoff = 0.5;
  const auto list = find_neighbors(positions, {}, {}, options);
  EXPECT_EQ(keys_of(list), (std::vector<Key>{{1, 2, 0, 0, 0}, {2, 1, 0, 0, 0}}));
  EXPECT_EQ(list.distance[0], 0);
  options.allow_coincident = false;
  try {
    find_neighbors(positions, {}, {}, options);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
    EXPECT_THAT(error.what(), testing::HasSubstr("atoms 1 and 2 are at the same place"));
  }
  options.self_pairs = true;
  const std::vector<Vector3> apart{{0, 0, 0}, {1, 0, 0}};
  EXPECT_EQ(find_neighbors(apart, {}, {}, options).size(), 2);
}

std::string message(const std::vector<Vector3>& positions, const Matrix3& cell, const std::array<bool, 3>& pbc,
                    const NeighborOptions& options) {
  try {
    find_neighbors(positions, cell, pbc, options);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
    return error.what();
  }
  return "";
}

TEST(NeighborList, BadInputIsAnErrorThatNamesIt) {  // CI-05
  const Matrix3 cube{{{4, 0, 0}, {0, 4, 0}, {0, 0, 4}}};
  const std::array<bool, 3> all{true, true, true};
  const std::vector<Vector3> two{{0, 0, 0}, {1, 1, 1}};
  const double nan = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();
  NeighborOptions options;
  EXPECT_THAT(message({{0, 0, 0}, {0, nan, 0}}, cube, all, options),
              testing::HasSubstr("atom 1 has the coordinate nan"));
  EXPECT_THAT(message({{0, inf, 0}}, cube, all, options), testing::HasSubstr("atom 0 has the coordinate inf"));
  EXPECT_THAT(message(two, {}, all, options),
              testing::HasSubstr("direction 0 is periodic but its cell vector is zero"));
  EXPECT_THAT(message(two, {{{4, 0, 0}, {nan, 4, 0}, {0, 0, 4}}}, {}, options), testing::HasSubstr("cell vector 1"));
  EXPECT_THAT(message(two, {{{4, 0, 0}, {4, 0, 0}, {0, 0, 4}}}, all, options),
              testing::HasSubstr("linearly dependent"));
  EXPECT_THAT(message(two, {{{4, 0, 0}, {4, 0, 0}, {0, 0, 4}}}, {true, true, false}, options),
              testing::HasSubstr("linearly dependent"));
  for (double cutoff : {0.0, -1.0, nan, inf}) {
    options.cutoff = cutoff;
    EXPECT_THAT(message(two, cube, all, options), testing::HasSubstr("cutoff is"));
  }
}

TEST(NeighborList, LimitsComeBeforeMemory) {  // CI-05
  const Matrix3 small{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
  const std::array<bool, 3> all{true, true, true};
  const std::vector<Vector3> one{{0, 0, 0}};
  NeighborOptions options;
  options.cutoff = 50;
  options.max_pairs = 100000;
  EXPECT_THAT(message(one, small, all, options), testing::HasSubstr("at most 100000 are allowed"));
  options.max_pairs = 400000;
  EXPECT_THAT(message(one, small, all, options), testing::HasSubstr("more than 400000 pairs"));
  options.max_pairs = 523154;
  EXPECT_EQ(find_neighbors(one, small, all, options).size(), 523154);
  options.cutoff = 1e9;
  EXPECT_THAT(message(one, small, all, options), testing::HasSubstr("about"));
  EXPECT_THAT(message(one, small, {true, true, false}, options), testing::HasSubstr("millions of images"));
  options.cutoff = 2;
  EXPECT_THAT(message({{0, 0, 0}, {1e12, 0, 0}}, small, all, options), testing::HasSubstr("5e8 cells away"));
  // A molecule spread over astronomic distances is only sparse.
  EXPECT_EQ(find_neighbors(std::vector<Vector3>{{0, 0, 0}, {1e140, 0, 0}, {1, 0, 0}}, {}, {}, options).size(), 2);
}

}  // namespace
}  // namespace spinel
