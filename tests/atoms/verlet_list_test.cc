#include "spinel/atoms/verlet_list.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "spinel/base/error.h"

namespace spinel {
namespace {

Frame square_lattice() {
  Frame frame;
  for (int i = 0; i < 27; ++i) {
    frame.numbers.push_back(29);
    frame.positions.push_back({2.5 * (i % 3), 2.5 * (i / 3 % 3), 2.5 * (i / 9)});
  }
  frame.cell = {{{7.5, 0, 0}, {0, 7.5, 0}, {0, 0, 7.5}}};
  frame.pbc = {true, true, true};
  return frame;
}

/// Pairs closer than the cutoff among the candidates, as (i, j, rounded distance).
std::multiset<std::tuple<int64_t, int64_t, int64_t>> pairs(VerletList& list, const Frame& frame, double cutoff) {
  const NeighborList& candidates = list.update(frame, serial());
  std::multiset<std::tuple<int64_t, int64_t, int64_t>> result;
  for (int64_t e = 0; e < candidates.size(); ++e) {
    double square = 0;
    for (int k = 0; k < 3; ++k) {
      const double r =
          frame.positions[candidates.neighbor[e]][k] + list.offsets()[e][k] - frame.positions[candidates.center[e]][k];
      square += r * r;
    }
    if (std::sqrt(square) < cutoff) {
      result.insert({candidates.center[e], candidates.neighbor[e], std::llround(1e6 * std::sqrt(square))});
    }
  }
  return result;
}

TEST(VerletList, IsKeptWhileAtomsMoveLessThanHalfTheSkin) {
  VerletList list(3.0, 0.5);
  Frame frame = square_lattice();
  list.update(frame, serial());
  frame.positions[4][1] += 0.24;
  VerletList fresh(3.0, 0.0);
  EXPECT_EQ(pairs(list, frame, 3.0), pairs(fresh, frame, 3.0));
  EXPECT_EQ(list.builds(), 1);
}

TEST(VerletList, IsMadeAnewAfterALongMoveAWrapOrAChangeOfTheCell) {
  VerletList list(3.0, 0.5);
  Frame frame = square_lattice();
  list.update(frame, serial());
  frame.positions[4][1] += 0.26;
  VerletList fresh(3.0, 0.0);
  EXPECT_EQ(pairs(list, frame, 3.0), pairs(fresh, frame, 3.0));
  EXPECT_EQ(list.builds(), 2);
  frame.positions[0][0] += 7.5;
  EXPECT_EQ(pairs(list, frame, 3.0), pairs(fresh, frame, 3.0));
  EXPECT_EQ(list.builds(), 3);
  frame.cell[0][0] += 0.1;
  EXPECT_EQ(pairs(list, frame, 3.0), pairs(fresh, frame, 3.0));
  frame.numbers[3] = 28;
  list.update(frame, serial());
  EXPECT_EQ(list.builds(), 5);
}

TEST(VerletList, RefusesBadInput) {
  EXPECT_THROW(VerletList(0, 1), Error);
  EXPECT_THROW(VerletList(3, -1), Error);
  VerletList list(3.0, 0.5);
  Frame frame = square_lattice();
  list.update(frame, serial());
  frame.positions[2][2] = std::nan("");
  EXPECT_THROW(list.update(frame, serial()), Error);
}

TEST(VerletList, EveryAtomNeedsAPosition) {
  for (const bool seen : {false, true}) {
    for (const size_t positions : {size_t{0}, size_t{26}, size_t{28}}) {
      VerletList list(3.0, 0.5);
      Frame frame = square_lattice();
      if (seen) list.update(frame, serial());
      frame.positions.resize(positions);
      EXPECT_THROW(list.update(frame, serial()), Error) << positions;
    }
  }
}

TEST(VerletList, AFailedSearchLeavesTheOldListToOldPlaces) {
  VerletList list(3.0, 0.5), fresh(3.0, 0.0);
  const Frame good = square_lattice();
  list.update(good, serial());
  Frame bad = good;
  bad.positions[0][0] = INFINITY;
  EXPECT_THROW(list.update(bad, serial()), Error);
  EXPECT_EQ(pairs(list, good, 3.0), pairs(fresh, good, 3.0));
  EXPECT_EQ(list.builds(), 1);
}

// A walk of many small steps: whatever the skin, the pairs within the cutoff are those of a search at each step.
TEST(VerletList, FollowsAWalkWithAnySkin) {
  for (const double skin : {0.0, 0.3, 0.6, 1.5}) {
    VerletList list(2.8, skin), fresh(2.8, 0.0);
    Frame frame = square_lattice();
    uint64_t state = 5;
    const auto draw = [&] {
      state = state * 6364136223846793005u + 1442695040888963407u;
      return static_cast<double>(state >> 40) / static_cast<double>(1u << 24) - 0.5;
    };
    constexpr int steps = 60;
    for (int step = 0; step < steps; ++step) {
      for (Vector3& r : frame.positions) {
        for (double& x : r) x += 0.08 * draw();
      }
      ASSERT_EQ(pairs(list, frame, 2.8), pairs(fresh, frame, 2.8)) << skin << " " << step;
    }
    if (skin == 0) EXPECT_EQ(list.builds(), steps);
    else EXPECT_LT(list.builds(), steps) << skin;
  }
}

}  // namespace
}  // namespace spinel
