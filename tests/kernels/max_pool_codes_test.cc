// The codes of taps and the plan of a forward call, whose figures can be tested without the memory that they describe.
#include "spinel/kernels/cpu/max_pool_codes.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "spinel/base/parallel.h"
#include "spinel/kernels/cpu/max_pool_rows.h"
#include "tests/kernels/max_pool_testing.h"

namespace spinel::kernels {
namespace {

constexpr int64_t kMost = std::numeric_limits<int32_t>::max();

/// Windows of two taps along one axis, `dilation` apart, over a volume of the given lengths.
PoolGeometry two_taps(int axis, int64_t dilation, int64_t d, int64_t h, int64_t w) {
  PoolGeometry g{1, 1, {d, h, w}, {1, 1, 1}, {1, 1, 1}, {1, 1, 1}, {1, 1, 1}, {0, 0, 0}};
  g.taps[axis] = 2;
  g.dilation[axis] = dilation;
  for (int a = 0; a < 3; ++a) g.out[a] = g.in[a] - g.dilation[a] * (g.taps[a] - 1);
  return g;
}

TEST(MaxPoolCodes, AreFlatPositionsWhereTheyFit) {
  const PoolGeometry g{1, 1, {9, 11, 13}, {7, 7, 1}, {2, 3, 4}, {1, 1, 1}, {2, 2, 4}, {0, 0, 0}};
  const PoolCodeWeights weights(g, PoolIndex::flat64, kMost);
  EXPECT_FALSE(weights.taps);
  EXPECT_EQ(weights.step[2], 4);
  EXPECT_EQ(weights.step[1], 2 * 13);
  EXPECT_EQ(weights.step[0], 2 * 11 * 13);
}

TEST(MaxPoolCodes, AreTapNumbersWhereThoseAreWanted) {
  const PoolGeometry g{1, 1, {9, 11, 13}, {7, 7, 1}, {2, 3, 4}, {1, 1, 1}, {2, 2, 4}, {0, 0, 0}};
  const PoolCodeWeights weights(g, PoolIndex::tap8, kMost);
  EXPECT_TRUE(weights.taps);
  EXPECT_EQ(weights.step[2], 1);
  EXPECT_EQ(weights.step[1], 4);
  EXPECT_EQ(weights.step[0], 3 * 4);
}

// The farthest tap along the outermost axis: at the last position that fits, and behind it.
TEST(MaxPoolCodes, AreTapNumbersBeyondTheTypeOfCodes) {
  EXPECT_FALSE(PoolCodeWeights(two_taps(0, 1, 2, 7, kMost / 7), PoolIndex::flat64, kMost).taps);
  EXPECT_TRUE(PoolCodeWeights(two_taps(0, 1, 2, 7, kMost / 7 + 1), PoolIndex::flat64, kMost).taps);
  const int64_t width = int64_t{1} << 20;
  const PoolGeometry far = two_taps(0, 4096, 4099, 1, width), near = two_taps(0, 2047, 4099, 1, width);
  EXPECT_TRUE(PoolCodeWeights(far, PoolIndex::flat64, kMost).taps);
  EXPECT_FALSE(PoolCodeWeights(far, PoolIndex::flat64, int64_t{1} << 32).taps);
  EXPECT_FALSE(PoolCodeWeights(near, PoolIndex::flat64, kMost).taps);
  EXPECT_EQ(PoolCodeWeights(near, PoolIndex::flat64, kMost).step[0], 2047 * width);
  // Along the others whatever lies around the taps must fit too.
  EXPECT_FALSE(PoolCodeWeights(two_taps(1, 1, 1, 2, kMost / 2), PoolIndex::flat64, kMost).taps);
  EXPECT_TRUE(PoolCodeWeights(two_taps(1, 4096, 1, 4099, width), PoolIndex::flat64, kMost).taps);
  EXPECT_FALSE(PoolCodeWeights(two_taps(2, kMost - 1, 1, 1, kMost), PoolIndex::flat64, kMost).taps);
  EXPECT_TRUE(PoolCodeWeights(two_taps(2, kMost + 1, 1, 1, kMost + 2), PoolIndex::flat64, kMost).taps);
}

// What the axes reach adds up: neither of these does so alone.
TEST(MaxPoolCodes, CountWhatAllAxesReachTogether) {
  PoolGeometry g = two_taps(0, 1, 4, 4, int64_t{1} << 29);
  g.taps[1] = 2;
  EXPECT_TRUE(PoolCodeWeights(g, PoolIndex::flat64, kMost).taps);
  g.in[1] = 2;  // 2³⁰ + 2²⁹
  EXPECT_FALSE(PoolCodeWeights(g, PoolIndex::flat64, kMost).taps);
  g.taps[2] = 2;
  g.dilation[2] = (int64_t{1} << 29) - 1;
  EXPECT_FALSE(PoolCodeWeights(g, PoolIndex::flat64, kMost).taps);
  g.dilation[2] += 1;
  EXPECT_TRUE(PoolCodeWeights(g, PoolIndex::flat64, kMost).taps);
}

TEST(MaxPoolCodes, OfLengthsWhoseProductOverflowsAreTapNumbers) {
  const int64_t huge = int64_t{1} << 62;
  EXPECT_TRUE(PoolCodeWeights(two_taps(0, 1, huge, huge, huge), PoolIndex::flat64, INT64_MAX).taps);
  EXPECT_TRUE(PoolCodeWeights(two_taps(2, huge - 2, 1, 1, huge), PoolIndex::flat64, INT64_MAX).taps);
}

/// One element stands for each plane or row, so that far taps need no memory.
template <typename T>
void expect_far_indices(Dtype dtype, int axis) {
  const int64_t width = int64_t{1} << 20, length = 4099;
  PoolGeometry g = two_taps(axis, 4096, axis == 0 ? length : 1, axis == 1 ? length : 1, width);
  g.out[2] = 2;
  g.stride[2] = 500;
  std::vector<T> x(length);
  for (size_t k = 0; k < x.size(); ++k) x[k] = k == 1 ? T(5000) : T(k);
  PoolStrides planes{{0, 0, 0, 0, 0}};
  planes.at[2 + axis] = 1;
  const PoolStrides out{{6, 6, 2, 2, 1}};
  T y[6];
  int64_t index[6];
  const MaxPoolForward call{g, dtype, x.data(), planes, y, out, PoolIndex::flat64, index, out};
  const MaxPoolPlan plan = plan_max_pool(call, 1);
  ASSERT_FALSE(plan.scan);
  std::vector<char> scratch(size_t(plan.scratch_bytes) + 64);
  max_pool_forward(call, plan, scratch.data(), serial());
  for (int64_t k = 0; k < 6; ++k) {
    const int64_t row = k / 2 == 1 ? 1 : k / 2 + 4096;
    EXPECT_EQ(y[k], x[size_t(row)]);
    EXPECT_EQ(index[k], row * width + k % 2 * 500) << "axis " << axis << " output " << k;
  }
}

TEST(MaxPoolCodes, OfTapsFarApartGiveRightIndices) {
  for (int axis = 0; axis < 2; ++axis) {
    expect_far_indices<float>(Dtype::f32, axis);
    expect_far_indices<double>(Dtype::f64, axis);
    expect_far_indices<int16_t>(Dtype::i16, axis);
    expect_far_indices<int64_t>(Dtype::i64, axis);
  }
}

PoolGeometry square(int64_t kernel, int64_t stride, int64_t dilation, int64_t channels, int64_t length,
                    int64_t batch = 1) {
  PoolWindow window;
  window.axis[0] = window.axis[1] = {kernel, stride, dilation, kernel / 2, kernel / 2};
  return pool_geometry(window, std::vector<int64_t>{batch, channels, length, length});
}

TEST(MaxPoolPlan, CombinesOverlappingWindowsTogetherWhereRowsAreShared) {
  const MaxPoolPlan last = plan_max_pool(square(5, 1, 1, 128, 20), true, 4, true, 1);
  EXPECT_TRUE(last.overlap[1] && last.overlap[2]);
  EXPECT_FALSE(last.overlap[0] || last.doubling[1] || last.doubling[2]);
  EXPECT_EQ(last.results, kPoolWindows);
  // Columns of one channel are not rows; columns of 24 channels are no whole vectors.
  EXPECT_FALSE(plan_max_pool(square(5, 1, 1, 128, 20), false, 4, true, 1).overlap[2]);
  EXPECT_FALSE(plan_max_pool(square(5, 1, 1, 24, 20), true, 4, true, 1).overlap[2]);
  EXPECT_TRUE(plan_max_pool(square(5, 1, 1, 24, 20), true, 4, true, 1).overlap[1]);
  // Windows that begin two rows apart, of three taps, of seventeen, or too few of a phase of the dilation.
  const MaxPoolPlan apart = plan_max_pool(square(5, 2, 1, 128, 20), true, 4, true, 1);
  EXPECT_FALSE(apart.overlap[1]);
  EXPECT_EQ(apart.results, 1);
  EXPECT_FALSE(plan_max_pool(square(3, 1, 1, 128, 20), true, 4, true, 1).overlap[1]);
  EXPECT_TRUE(plan_max_pool(square(4, 1, 1, 128, 20), true, 4, true, 1).overlap[1]);
  EXPECT_TRUE(plan_max_pool(square(16, 1, 1, 128, 40), true, 4, true, 1).overlap[1]);
  EXPECT_FALSE(plan_max_pool(square(17, 1, 1, 128, 40), true, 4, true, 1).overlap[1]);
  EXPECT_TRUE(plan_max_pool(square(13, 1, 2, 128, 20), true, 4, true, 1).overlap[2]);  // eight outputs
  EXPECT_FALSE(plan_max_pool(square(13, 1, 2, 128, 19), true, 4, true, 1).overlap[2]);
}

TEST(MaxPoolPlan, DoublesLongWindows) {
  const MaxPoolPlan long_windows = plan_max_pool(square(40, 1, 1, 1, 100), false, 4, true, 1);
  EXPECT_TRUE(long_windows.doubling[1] && long_windows.doubling[2]);
  EXPECT_EQ(long_windows.phases, 1);
  EXPECT_TRUE(plan_max_pool(square(9, 1, 1, 1, 100), false, 4, true, 1).doubling[2]);
  EXPECT_FALSE(plan_max_pool(square(8, 1, 1, 1, 100), false, 4, true, 1).doubling[2]);
  // Windows that hardly overlap are cheaper tap by tap: 40 taps are 6 steps a position.
  EXPECT_TRUE(plan_max_pool(square(40, 4, 1, 1, 200), false, 4, true, 1).doubling[1]);
  EXPECT_FALSE(plan_max_pool(square(40, 5, 1, 1, 200), false, 4, true, 1).doubling[1]);
}

TEST(MaxPoolPlan, ScansWhatNoTileHolds) {
  EXPECT_FALSE(plan_max_pool(two_taps(2, (1 << 22) - 1, 1, 1, 1 << 22), false, 1, false, 1).scan);
  EXPECT_TRUE(plan_max_pool(two_taps(2, 1 << 22, 1, 1, (1 << 22) + 1), false, 1, false, 1).scan);
  PoolGeometry strided = two_taps(2, 1, 1, 1, 100);
  strided.channels = 2;
  strided.out[2] = 1;
  strided.stride[2] = 1 << 22;
  EXPECT_FALSE(plan_max_pool(strided, true, 4, false, 1).scan);
  strided.stride[2] += 1;
  EXPECT_TRUE(plan_max_pool(strided, true, 4, false, 1).scan);
  // As many taps as numbers of taps need more than 31 bits.
  const int64_t n = 1 << 11;
  const PoolGeometry full{1, 1, {n, n, n}, {1, 1, 1}, {n, n, n}, {1, 1, 1}, {1, 1, 1}, {0, 0, 0}};
  const MaxPoolPlan plan = plan_max_pool(full, false, 4, true, 3);
  EXPECT_TRUE(plan.scan);
  EXPECT_EQ(plan.items, 1);
  EXPECT_EQ(plan.scratch_bytes, 0);
}

TEST(MaxPoolPlan, GivesThreadsWorkAndScratchOfTheirOwn) {
  const PoolGeometry g = square(3, 2, 1, 1, 512);
  const MaxPoolPlan one = plan_max_pool(g, false, 4, false, 1), four = plan_max_pool(g, false, 4, false, 4);
  EXPECT_EQ(one.slots, 1);
  EXPECT_EQ(four.slots, 4);
  EXPECT_GE(four.items, 16);
  EXPECT_EQ(four.items, four.tiles[0] * four.tiles[1] * four.tiles[2]);
  EXPECT_EQ(four.scratch_bytes, 4 * 4 * four.elements);
  EXPECT_EQ(plan_max_pool(g, false, 4, true, 4).scratch_bytes, 2 * 4 * 4 * four.elements);
  // Tiles cover the outputs, and no more than one is cut.
  for (int a = 0; a < 3; ++a) {
    EXPECT_GE(four.tile[a] * four.tiles[a], g.out[a]);
    EXPECT_LT(four.tile[a] * (four.tiles[a] - 1), g.out[a]);
  }
  // 100 channels side by side make two blocks of whole vectors.
  const MaxPoolPlan blocks = plan_max_pool(square(3, 1, 1, 100, 9, 2), true, 4, false, 1);
  EXPECT_EQ(blocks.inner, 64);
  EXPECT_EQ(blocks.blocks, 2);
  EXPECT_EQ(blocks.items % 4, 0);
  EXPECT_EQ(plan_max_pool(square(3, 1, 1, 24, 9), true, 4, false, 1).inner, 24);
}

}  // namespace
}  // namespace spinel::kernels
