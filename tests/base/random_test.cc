#include "spinel/base/random.h"

#include <gtest/gtest.h>

#include <cmath>

namespace spinel {
namespace {

using Words = std::array<uint32_t, 4>;

// Known answers of the Random123 distribution (kat_vectors, philox4x32 10).
TEST(Philox, GivesTheKnownAnswers) {
  EXPECT_EQ(Philox(0).bits({0, 0, 0, 0}), (Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(Philox(~uint64_t{0}).bits({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}),
            (Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(Philox(0x299f31d0a4093822).bits({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}),
            (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Philox, UniformNumbersFillTheUnitInterval) {
  const Philox random(7);
  double sum = 0, low = 1, high = 0;
  const int n = 20000;
  for (int i = 0; i < n; ++i) {
    for (const double u : random.uniform(0, i)) {
      sum += u;
      low = std::min(low, u);
      high = std::max(high, u);
    }
  }
  EXPECT_GE(low, 0);
  EXPECT_LT(high, 1);
  EXPECT_NEAR(sum / (2 * n), 0.5, 5 * std::sqrt(1.0 / 12 / (2 * n)));
}

TEST(Philox, NormalNumbersHaveTheMomentsOfTheDistribution) {
  const Philox random(11);
  double first = 0, second = 0, third = 0, fourth = 0, mixed = 0;
  const int n = 50000;
  for (int i = 0; i < n; ++i) {
    const auto [a, b] = random.normal(3, i);
    for (const double x : {a, b}) {
      first += x;
      second += x * x;
      third += x * x * x;
      fourth += x * x * x * x;
    }
    mixed += a * b;
  }
  const double count = 2.0 * n;
  EXPECT_NEAR(first / count, 0, 5 / std::sqrt(count));
  EXPECT_NEAR(second / count, 1, 5 * std::sqrt(2 / count));
  EXPECT_NEAR(third / count, 0, 5 * std::sqrt(15 / count));
  EXPECT_NEAR(fourth / count, 3, 5 * std::sqrt(96 / count));
  EXPECT_NEAR(mixed / n, 0, 5 / std::sqrt(static_cast<double>(n)));
}

TEST(Philox, SeedAndBothCountersMatter) {
  const auto base = Philox(1).normal(2, 3);
  EXPECT_EQ(base, Philox(1).normal(2, 3));
  EXPECT_NE(base, Philox(2).normal(2, 3));
  EXPECT_NE(base, Philox(1).normal(3, 3));
  EXPECT_NE(base, Philox(1).normal(2, 4));
  EXPECT_NE(base, Philox(uint64_t{1} << 32 | 1).normal(2, 3));
}

}  // namespace
}  // namespace spinel
