#include "spinel/cli/plot/axis.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

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

TEST(Axis, LogarithmicTicksStayBetweenTheEndsOfAnyRange) {
  for (double low = 1e-9; low < 1e9; low *= 23.7) {
    for (double ratio = 1; ratio < 1e12; ratio *= 7.3) {
      const Axis axis = logarithmic_axis({low, low * ratio});
      EXPECT_LT(axis.low, low);
      EXPECT_GT(axis.high, low * ratio);
      EXPECT_LE(axis.ticks.size(), 15u);
      EXPECT_DOUBLE_EQ(axis.fraction(axis.low), 0);
      EXPECT_DOUBLE_EQ(axis.fraction(axis.high), 1);
      for (size_t k = 0; k < axis.ticks.size(); ++k) {
        EXPECT_GE(axis.ticks[k].value, axis.low);
        EXPECT_LE(axis.ticks[k].value, axis.high);
        if (k) EXPECT_GT(axis.ticks[k].value, axis.ticks[k - 1].value);
      }
    }
  }
}

TEST(Axis, TheEndsOfDoublesHaveAFiniteAxis) {
  constexpr double largest = std::numeric_limits<double>::max(), smallest = std::numeric_limits<double>::denorm_min();
  for (const std::vector<double>& values :
       {std::vector<double>{largest}, {smallest}, {smallest, largest}, {1, largest}, {smallest, 1}}) {
    const Axis axis = logarithmic_axis(values);
    EXPECT_TRUE(std::isfinite(axis.low) && std::isfinite(axis.high) && axis.low > 0 && axis.low < axis.high);
    EXPECT_LE(axis.ticks.size(), 15u);
    EXPECT_TRUE(std::isfinite(axis.fraction(values.front())));
    const Axis linear = linear_axis(values);
    EXPECT_TRUE(std::isfinite(linear.low) && std::isfinite(linear.high) && linear.low < linear.high);
    EXPECT_TRUE(std::isfinite(linear.fraction(values.front())));
  }
}

TEST(Axis, NumbersAsTextWhereTheFormChanges) {
  EXPECT_EQ(significant_text(999.6), "1000");
  EXPECT_EQ(significant_text(-0.5, 1), "−0.5");
  EXPECT_EQ(significant_text(std::nan("")), "NaN");
  EXPECT_EQ(significant_text(-std::numeric_limits<double>::infinity()), "−∞");
  EXPECT_EQ(significant_text(1e-4, 2), "0.00010");
  EXPECT_EQ(significant_text(9.87e-5, 2), "9.9×10⁻⁵");
  EXPECT_EQ(significant_text(1234567, 2), "1234567");
  EXPECT_EQ(significant_text(12345678, 2), "1.2×10⁷");
  EXPECT_EQ(significant_text(9.996e-6), "1.00×10⁻⁵");
  EXPECT_EQ(significant_text(-99999999, 2), "−1.0×10⁸");
  EXPECT_EQ(significant_text(9.994e-6), "9.99×10⁻⁶");
  EXPECT_EQ(fixed_text(1e300, 0).size(), 301u);
  EXPECT_EQ(fixed_text(0.5, -3), fixed_text(0.5, 0));
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
