// Named cases of max pooling: those of PyTorch's and PaddlePaddle's own tests, by what they have to give.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "spinel/kernels/max_pool_element.h"
#include "tests/kernels/max_pool_testing.h"

namespace spinel::kernels {
namespace {

using namespace testing;
using Floats = std::vector<float>;
using Ints = std::vector<int64_t>;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN(), kInf = std::numeric_limits<float>::infinity();

struct Pooled {
  Floats y, dx;  ///< dx: of the sum of y
  Ints index;
  PoolGeometry geometry;
};

/// Forward with indices and backward of float tensors, contiguous.
Pooled pool(const PoolWindow& window, const Ints& sizes, const Floats& x) {
  Pooled p;
  p.geometry = pool_geometry(window, sizes);
  const PoolGeometry& g = p.geometry;
  const int64_t x_sizes[] = {g.batch, g.channels, g.in[0], g.in[1], g.in[2]};
  const int64_t y_sizes[] = {g.batch, g.channels, g.out[0], g.out[1], g.out[2]};
  const PoolStrides xs = strides_of(x_sizes, Layout::channels_first), ys = strides_of(y_sizes, Layout::channels_first);
  const auto outputs = size_t(extent_of(y_sizes, ys));
  p.y.resize(outputs);
  p.index.resize(outputs);
  p.dx.resize(x.size());
  MaxPoolForward call{g, Dtype::f32, x.data(), xs, p.y.data(), ys, PoolIndex::flat64, p.index.data(), ys};
  const MaxPoolPlan plan = plan_max_pool(call, 1);
  std::vector<char> scratch(size_t(plan.scratch_bytes) + 64);
  max_pool_forward(call, plan, scratch.data(), serial());
  // The values alone come another way and must be the same.
  Floats values(outputs);
  call.y = values.data();
  call.index_type = PoolIndex::none;
  const MaxPoolPlan other = plan_max_pool(call, 1);
  scratch.resize(size_t(other.scratch_bytes) + 64);
  max_pool_forward(call, other, scratch.data(), serial());
  EXPECT_EQ(std::memcmp(values.data(), p.y.data(), outputs * sizeof(float)), 0);
  const Floats ones(outputs, 1.f);
  const MaxPoolBackward back{g, Dtype::f32, ones.data(), ys, PoolIndex::flat64, p.index.data(), ys, p.dx.data(), xs};
  scratch.resize(size_t(max_pool_backward_scratch(back, 1)) + 64);
  EXPECT_EQ(max_pool_backward(back, scratch.data(), serial()), 0);
  return p;
}

PoolWindow window_of(int dims, const PoolAxis& axis, bool ceil_mode = false) {
  PoolWindow window;
  window.dims = dims;
  for (int a = 0; a < dims; ++a) window.axis[a] = axis;
  window.ceil_mode = ceil_mode;
  return window;
}

Floats counted(size_t n) {
  Floats x(n);
  std::iota(x.begin(), x.end(), 0.f);
  return x;
}

// PaddlePaddle's test of dilation: numbers that rise make the last tap of each window the winner.
TEST(MaxPoolCases, RisingNumbersAreShiftedByTheLastTap) {
  for (int dims = 1; dims <= 3; ++dims) {
    Ints sizes{1, 1};
    size_t count = 1;
    for (int a = 0; a < dims; ++a) sizes.push_back(5), count *= 5;
    const Pooled p = pool(window_of(dims, {2, 1, 2, 0, 0}), sizes, counted(count));
    int64_t shift = 0;
    for (int a = 0; a < dims; ++a) shift = shift * 5 + 2;
    size_t k = 0;
    for (size_t i = 0; i < count; ++i) {
      bool is_inside = true;
      for (size_t rest = i, a = 0; a < size_t(dims); ++a, rest /= 5) is_inside &= rest % 5 >= 2;
      EXPECT_EQ(p.dx[i], is_inside ? 1 : 0);
      if (!is_inside) continue;
      EXPECT_EQ(p.y[k], float(i));
      EXPECT_EQ(p.index[k++], int64_t(i));
    }
    EXPECT_EQ(k, p.y.size());
    EXPECT_EQ(p.index[0], shift);
  }
}

TEST(MaxPoolCases, AxesHaveDilationsOfTheirOwn) {
  PoolWindow window = window_of(2, {2, 1, 1, 0, 0});
  window.axis[1].dilation = 2;
  const Pooled p = pool(window, {1, 1, 4, 5}, counted(20));
  EXPECT_EQ(p.y, (Floats{7, 8, 9, 12, 13, 14, 17, 18, 19}));
}

TEST(MaxPoolCases, CeilModeWithDilationAndPadding) {
  const Pooled p = pool(window_of(2, {2, 2, 2, 1, 1}, true), {1, 1, 6, 6}, counted(36));
  ASSERT_EQ(p.y.size(), 16U);
  // Taps along each axis: (1), (1, 3), (3, 5), (5).
  const int64_t last[] = {1, 3, 5, 5};
  for (int64_t h = 0; h < 4; ++h) {
    for (int64_t w = 0; w < 4; ++w) EXPECT_EQ(p.index[size_t(4 * h + w)], last[h] * 6 + last[w]);
  }
}

// PyTorch: NaN and infinities, in one to three dimensions.
TEST(MaxPoolCases, NanWinsAndMinusInfinityIsANumber) {
  for (int dims = 1; dims <= 3; ++dims) {
    Ints sizes{1, 1};
    size_t count = 1;
    for (int a = 0; a < dims; ++a) sizes.push_back(2), count *= 2;
    Floats x(count, 1.f);
    x[0] = kNan;
    Pooled p = pool(window_of(dims, {2, 1, 1, 0, 0}), sizes, x);
    EXPECT_TRUE(std::isnan(p.y[0]));
    EXPECT_EQ(p.index[0], 0);
    p = pool(window_of(dims, {2, 1, 1, 1, 1}), sizes, Floats(count, -kInf));
    for (size_t k = 0; k < p.y.size(); ++k) EXPECT_EQ(p.y[k], -kInf);
    EXPECT_EQ(p.index[0], 0);
    EXPECT_EQ(p.index.back(), int64_t(count) - 1);
  }
}

// PyTorch: windows of one element, one window, strides beyond the kernel, the last window cut.
TEST(MaxPoolCases, CornersOfOneDimension) {
  const Floats x = counted(10);
  EXPECT_EQ(pool(window_of(1, {1, 1, 1, 0, 0}), {1, 10}, x).y, x);
  EXPECT_EQ(pool(window_of(1, {10, 1, 1, 0, 0}), {1, 10}, x).y, Floats{9});
  EXPECT_EQ(pool(window_of(1, {1, 4, 1, 0, 0}), {1, 10}, x).y, (Floats{0, 4, 8}));
  EXPECT_EQ(pool(window_of(1, {2, 3, 2, 1, 1}), {1, 10}, x).y, (Floats{1, 4, 7, 8}));
  EXPECT_EQ(pool(window_of(1, {3, 3, 1, 0, 0}), {1, 10}, x).y, (Floats{2, 5, 8}));
  EXPECT_EQ(pool(window_of(1, {3, 3, 1, 0, 0}, true), {1, 10}, x).y, (Floats{2, 5, 8, 9}));
}

// PyTorch: positions that a float cannot number.
TEST(MaxPoolCases, IndicesBeyondTwoToTheTwentyFour) {
  const int64_t n = (int64_t{1} << 24) + 3;
  Floats x(size_t(n), 0.f);
  x.back() = 1;
  const Pooled p = pool(window_of(1, {3, 2, 1, 1, 1}), {1, n}, x);
  EXPECT_EQ(p.y.back(), 1);
  EXPECT_EQ(p.index.back(), n - 1);
}

// PyTorch: a volume that is not a cube, overlapping windows.
TEST(MaxPoolCases, GradientsOfOverlappingWindowsAddUp) {
  PoolWindow window = window_of(3, {3, 1, 1, 0, 0});
  window.axis[0].kernel = 2;
  Floats x(4 * 5 * 3, 0.f);
  x[(2 * 5 + 2) * 3 + 1] = 1;
  const Pooled p = pool(window, {1, 4, 5, 3}, x);
  EXPECT_EQ(p.dx[(2 * 5 + 2) * 3 + 1], 2 * 3 * 1);
  EXPECT_EQ(std::accumulate(p.dx.begin(), p.dx.end(), 0.f), float(p.y.size()));
}

// Sums of 16-bit gradients are taken in float, window after window, and rounded once, however they are computed.
TEST(MaxPoolCases, Bfloat16GradientsAreRoundedOnce) {
  std::mt19937 random(3);
  std::normal_distribution<float> normal;
  for (const Layout layout : {Layout::channels_first, Layout::channels_last}) {
    const PoolGeometry g = pool_geometry(window_of(2, {5, 1, 1, 2, 2}), Ints{2, 24, 9, 11});
    const int64_t sizes[] = {2, 24, 1, 9, 11};
    const PoolStrides strides = strides_of(sizes, layout);
    const auto count = size_t(extent_of(sizes, strides));
    std::vector<PoolBf16> dy(count), dx(count);
    std::vector<uint8_t> taps(count);
    Floats sums(count);
    for (int64_t k = 0; k < int64_t(count); ++k) {
      const PoolPosition p = pool_position(&g, k, 0);
      const auto at = size_t(pool_offset(&strides, p.n, p.c, 0, p.at[1], p.at[2]));
      dy[at].bits = pool_to_bf16(normal(random));
      // The windows aim at one position where they reach it, so that many meet.
      const int64_t t[] = {std::clamp<int64_t>(4 - p.at[1], 0, 4), std::clamp<int64_t>(5 - p.at[2], 0, 4)};
      int64_t h = p.at[1] - 2 + t[0], w = p.at[2] - 2 + t[1];
      h = std::clamp<int64_t>(h, 0, 8), w = std::clamp<int64_t>(w, 0, 10);
      taps[at] = uint8_t((h - p.at[1] + 2) * 5 + w - p.at[2] + 2);
      sums[size_t(pool_offset(&strides, p.n, p.c, 0, h, w))] += pool_from_bf16(dy[at].bits);
    }
    const MaxPoolBackward back{g,           Dtype::bf16, dy.data(), strides, PoolIndex::tap8,
                               taps.data(), strides,     dx.data(), strides};
    std::vector<char> scratch(size_t(max_pool_backward_scratch(back, 1)) + 64);
    ASSERT_EQ(max_pool_backward(back, scratch.data(), serial()), 0);
    for (size_t k = 0; k < count; ++k) ASSERT_EQ(dx[k].bits, pool_to_bf16(sums[k])) << k;
  }
}

}  // namespace
}  // namespace spinel::kernels
