// The bodies of the CUDA and OpenCL kernels, run on the CPU element by element and compared with the CPU's kernels.
#include "spinel/kernels/max_pool_element.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>

#include "tests/kernels/max_pool_testing.h"

namespace spinel::kernels {
namespace {

using namespace testing;

template <typename T>
struct Stored {
  static constexpr Dtype dtype = std::is_same_v<T, float>      ? Dtype::f32
                                 : std::is_same_v<T, double>   ? Dtype::f64
                                 : std::is_same_v<T, PoolHalf> ? Dtype::f16
                                 : std::is_same_v<T, PoolBf16> ? Dtype::bf16
                                 : std::is_same_v<T, uint8_t>  ? Dtype::u8
                                                               : Dtype::i64;
};

template <typename T>
class PoolElement : public ::testing::Test {
 protected:
  /// A small number or, rarely, a NaN or minus infinity.
  T draw() {
    const int value = int(random() % 11) - 5;
    if constexpr (std::is_integral_v<T>) {
      return T(value);
    } else {
      const float f = random() % 30 == 0 ? NAN : random() % 6 == 0 ? -INFINITY : float(value) / 2;
      return make(f);
    }
  }
  static T make(float f) {
    T t{};
    if constexpr (std::is_integral_v<T>) t = T(f);
    else pool_store(f, &t);
    return t;
  }
  std::mt19937 random{5};
};
using Types = ::testing::Types<float, double, PoolHalf, PoolBf16, uint8_t, int64_t>;
TYPED_TEST_SUITE(PoolElement, Types);

TYPED_TEST(PoolElement, DoesWhatTheCpuKernelsDo) {
  using T = TypeParam;
  for (int k = 0; k < 100; ++k) {
    const PoolGeometry g = random_geometry(this->random, 18);
    SCOPED_TRACE(describe(g));
    const int64_t x_sizes[] = {g.batch, g.channels, g.in[0], g.in[1], g.in[2]};
    const int64_t y_sizes[] = {g.batch, g.channels, g.out[0], g.out[1], g.out[2]};
    const auto layout = Layout(k % 2);
    const int last = layout == Layout::channels_last;
    const PoolStrides xs = strides_of(x_sizes, layout), ys = strides_of(y_sizes, layout);
    const int64_t inputs = extent_of(x_sizes, xs), outputs = extent_of(y_sizes, ys);
    std::vector<T> x(size_t(inputs), T{}), y(size_t(outputs), T{}), other = y;
    for (T& v : x) v = this->draw();
    std::vector<int64_t> index(static_cast<size_t>(outputs)), other_index = index;
    const MaxPoolForward call{g, Stored<T>::dtype, x.data(), xs, y.data(), ys, PoolIndex::flat64, index.data(), ys};
    const MaxPoolPlan plan = plan_max_pool(call, 1);
    std::vector<char> scratch(size_t(plan.scratch_bytes) + 64);
    max_pool_forward(call, plan, scratch.data(), serial());
    for (int64_t id = 0; id < outputs; ++id) {
      pool_forward_element<T>(&g, pool_position(&g, id, last), x.data(), &xs, other.data(), &ys, POOL_INDEX_FLAT64,
                              other_index.data(), &ys);
    }
    ASSERT_EQ(std::memcmp(y.data(), other.data(), y.size() * sizeof(T)), 0);
    ASSERT_EQ(index, other_index);
    std::vector<int32_t> short_index(static_cast<size_t>(outputs));
    std::vector<uint8_t> taps(static_cast<size_t>(outputs));
    const bool few = g.taps[0] * g.taps[1] * g.taps[2] <= 256;
    for (int64_t id = 0; id < outputs; ++id) {
      const PoolPosition p = pool_position(&g, id, last);
      pool_forward_element<T>(&g, p, x.data(), &xs, other.data(), &ys, POOL_INDEX_FLAT32, short_index.data(), &ys);
      pool_forward_element<T>(&g, p, x.data(), &xs, other.data(), &ys, POOL_INDEX_TAP8, taps.data(), &ys);
      const int64_t at = pool_offset(&ys, p.n, p.c, p.at[0], p.at[1], p.at[2]);
      ASSERT_EQ(short_index[size_t(at)], index[size_t(at)]);
      if (few) ASSERT_EQ(pool_tap_position(&g, &p, taps[size_t(at)]), index[size_t(at)]);
    }
    if constexpr (!std::is_integral_v<T>) {
      std::vector<T> dy(size_t(outputs), T{}), dx(size_t(inputs), T{}), other_dx = dx, back = dy, other_back = dy;
      for (T& v : dy) v = this->make(float(this->random() % 1000) / 7);
      MaxPoolBackward backward{g, Stored<T>::dtype, dy.data(), ys, PoolIndex::flat64, index.data(), ys, dx.data(), xs};
      scratch.resize(size_t(max_pool_backward_scratch(backward, 1)) + 64);
      ASSERT_EQ(max_pool_backward(backward, scratch.data(), serial()), 0);
      for (int64_t id = 0; id < inputs; ++id) {
        pool_backward_element<T>(&g, pool_input_position(&g, id, last), dy.data(), &ys, POOL_INDEX_FLAT64, index.data(),
                                 &ys, other_dx.data(), &xs);
      }
      ASSERT_EQ(std::memcmp(dx.data(), other_dx.data(), dx.size() * sizeof(T)), 0);
      backward.dy = back.data();
      ASSERT_EQ(max_pool_gather(backward, serial()), 0);
      for (int64_t id = 0; id < outputs; ++id) {
        pool_gather_element<T>(&g, pool_position(&g, id, last), dx.data(), &xs, POOL_INDEX_FLAT64, index.data(), &ys,
                               other_back.data(), &ys);
      }
      ASSERT_EQ(std::memcmp(back.data(), other_back.data(), back.size() * sizeof(T)), 0);
    }
  }
}

TEST(PoolHalf, AllValuesConvertBothWays) {
  for (uint32_t bits = 0; bits < 65536; ++bits) {
    const auto half = static_cast<unsigned short>(bits);
    const int exponent = half >> 10 & 31, mantissa = half & 1023;
    const float value = pool_from_half(half);
    if (exponent == 31 && mantissa) {
      ASSERT_TRUE(std::isnan(value));
      ASSERT_TRUE(std::isnan(pool_from_half(pool_to_half(value))));
      continue;
    }
    const float wanted = exponent == 31 ? INFINITY
                         : exponent     ? std::ldexp(float(1024 + mantissa), exponent - 25)
                                        : std::ldexp(float(mantissa), -24);
    ASSERT_EQ(value, half >> 15 ? -wanted : wanted);
    ASSERT_EQ(pool_to_half(value), half);
    // Half way to the next value, ties go to the even one.
    if (exponent == 31 || (half & 0x7fff) >= 0x7bff) continue;
    const float next = pool_from_half(static_cast<unsigned short>(half + 1)), middle = (value + next) / 2;
    ASSERT_EQ(pool_to_half(middle), half + (half & 1));
    ASSERT_EQ(pool_to_half(std::nextafter(middle, next)), half + 1);
  }
  EXPECT_EQ(pool_to_half(65520.f), 0x7c00);
  EXPECT_EQ(pool_to_half(65519.f), 0x7bff);
}

TEST(PoolBf16, RoundsToNearestEven) {
  EXPECT_EQ(pool_to_bf16(std::bit_cast<float>(0x3f808000)), 0x3f80);
  EXPECT_EQ(pool_to_bf16(std::bit_cast<float>(0x3f818000)), 0x3f82);
  EXPECT_EQ(pool_to_bf16(std::bit_cast<float>(0x3f808001)), 0x3f81);
  EXPECT_EQ(pool_to_bf16(std::bit_cast<float>(0x7f7fffff)), 0x7f80);
  EXPECT_TRUE(std::isnan(pool_from_bf16(pool_to_bf16(std::bit_cast<float>(0x7f800001)))));
}

}  // namespace
}  // namespace spinel::kernels
