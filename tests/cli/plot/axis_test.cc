#include "spinel/cli/plot/axis.h"

#include <gtest/gtest.h>

#include <limits>

namespace spinel::plot {
namespace {

std::vector<std::string> labels(const Axis& axis) {
  std::vector<std::string> result;
  for (const Tick& tick : axis.ticks) result.push_back(tick.label);
  return result;
}

using Labels = std::vector<std::string>;

TEST(Axis, TicksStandAtRoundValues) {
  EXPECT_EQ(labels(linear_axis(0, 10, 6)), (Labels{"0", "2", "4", "6", "8", "10"}));
  EXPECT_EQ(labels(linear_axis(-1, 1, 5)), (Labels{"−1.0", "−0.5", "0.0", "0.5", "1.0"}));
  EXPECT_EQ(labels(linear_axis(-309.63, -308.9, 5)), (Labels{"−309.6", "−309.4", "−309.2", "−309.0"}));
  EXPECT_EQ(labels(linear_axis(0, 3.1e-5, 4)), (Labels{"0.00000", "0.00002"}));
  EXPECT_EQ(labels(linear_axis(0, 4e7, 3)), (Labels{"0", "2.000×10⁷", "4.000×10⁷"}));
}

TEST(Axis, NeverMoreTicksThanAsked) {
  for (double width = 1e-6; width < 1e7; width *= 1.37) {
    for (int most = 3; most < 9; ++most) {
      const Axis axis = linear_axis(-0.3 * width, 0.7 * width, most);
      EXPECT_LE(axis.ticks.size(), static_cast<size_t>(most)) << width;
      EXPECT_GE(axis.ticks.size(), 1u) << width << " " << most;
    }
  }
}

TEST(Axis, HoldsAllFiniteValues) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Axis axis = linear_axis({3, nan, 5, std::numeric_limits<double>::infinity()});
  EXPECT_LT(axis.low, 3);
  EXPECT_GT(axis.high, 5);
  EXPECT_LT(axis.high, 6);
  EXPECT_DOUBLE_EQ(axis.fraction(axis.low), 0);
  EXPECT_DOUBLE_EQ(axis.fraction(axis.high), 1);
}

TEST(Axis, EmptyAndConstantDataHaveARange) {
  EXPECT_LT(linear_axis(std::vector<double>{}).low, linear_axis(std::vector<double>{}).high);
  for (const double value : {0.0, 7.0, -309.4, 1e-30, 1e300}) {
    const Axis axis = linear_axis(std::vector<double>{value, value});
    EXPECT_LT(axis.low, value);
    EXPECT_GT(axis.high, value);
    EXPECT_FALSE(axis.ticks.empty());
  }
}

TEST(Axis, LogarithmicTicksStandAtPowersOfTen) {
  EXPECT_EQ(labels(logarithmic_axis({0.001, 1000, -4, 0})), (Labels{"0.001", "0.01", "0.1", "1", "10", "100", "1000"}));
  EXPECT_EQ(labels(logarithmic_axis({0.02, 0.5})), (Labels{"0.02", "0.05", "0.1", "0.2", "0.5"}));
  EXPECT_EQ(labels(logarithmic_axis({1e-7, 2e-6})), (Labels{"10⁻⁷", "2×10⁻⁷", "5×10⁻⁷", "10⁻⁶", "2×10⁻⁶"}));
  EXPECT_NEAR(logarithmic_axis({0.01, 1}).fraction(0.1), 0.5, 1e-12);
  EXPECT_FALSE(logarithmic_axis({}).ticks.empty());
}

TEST(Axis, NumbersAsText) {
  EXPECT_EQ(fixed_text(-0.001, 2), "0.00");
  EXPECT_EQ(fixed_text(-1.5, 1), "−1.5");
  EXPECT_EQ(significant_text(0.031234), "0.0312");
  EXPECT_EQ(significant_text(1.2e-6, 2), "1.2×10⁻⁶");
  EXPECT_EQ(significant_text(12345), "12345");
  EXPECT_EQ(significant_text(0), "0");
  EXPECT_EQ(significant_text(std::numeric_limits<double>::infinity()), "∞");
}

}  // namespace
}  // namespace spinel::plot
