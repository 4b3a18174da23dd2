#include "spinel/kernels/cpu/segment_softmax.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "spinel/kernels/cpu/exponential.h"

namespace spinel::kernels {
namespace {

using testing::ElementsAre;

TEST(Exponential, IsThatOfTheLibraryAtEveryLengthAndExtreme) {
  const double inf = std::numeric_limits<double>::infinity();
  for (const int64_t n : {0, 1, 7, 8, 33}) {
    std::vector<double> x(static_cast<size_t>(n));
    for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<double>(i) * 0.37 - 5;
    std::vector<double> y = x;
    exponential(n, y.data(), serial());
    for (size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(y[i], std::exp(x[i]), 1e-15 * std::exp(x[i]) * 4);
  }
  std::vector<float> extremes{static_cast<float>(-inf), -200, 0, std::numeric_limits<float>::quiet_NaN()};
  exponential(4, extremes.data(), serial());
  EXPECT_EQ(extremes[0], 0);
  EXPECT_EQ(extremes[1], 0);
  EXPECT_EQ(extremes[2], 1);
  EXPECT_TRUE(std::isnan(extremes[3]));
}

/// Segments {2, 0}, {}, {1} of rows of width 2.
struct Example {
  std::vector<int64_t> ptr{0, 2, 2, 3}, order{2, 0, 1};
  std::vector<double> x{1, 5, 4, 4, 1, 2};
  Segments<int64_t> segments{Dtype::f64, 3, ptr.data(), order.data(), 2};
};

TEST(SegmentSoftmax, FollowsTheOrder) {
  const Example e;
  std::vector<double> out(6);
  segment_softmax(e.segments, e.x.data(), out.data(), serial());
  const double three = std::exp(3.0);
  EXPECT_NEAR(out[0], 0.5, 1e-12);
  EXPECT_NEAR(out[4], 0.5, 1e-12);
  EXPECT_NEAR(out[1], three / (1 + three), 1e-12);
  EXPECT_NEAR(out[5], 1 / (1 + three), 1e-12);
  EXPECT_NEAR(out[2], 1, 1e-12);
}

TEST(SegmentProducts, SubtractsSumsOfTheSegment) {
  const Example e;
  const std::vector<double> ones(6, 1);
  std::vector<double> out(6);
  segment_products(e.segments, {e.x.data(), ones.data(), ones.data(), e.x.data(), e.x.data()}, out.data(), serial());
  EXPECT_THAT(out, ElementsAre(1 - 2, 5 - 29, 4 - 16, 4 - 16, 1 - 2, 2 - 29));
  segment_products(e.segments, {nullptr, nullptr, ones.data(), e.x.data(), ones.data()}, out.data(), serial());
  EXPECT_THAT(out, ElementsAre(-2, -7, -4, -4, -2, -7));
}

TEST(SegmentShare, DividesAmongEqualElementsAndBack) {
  const Example e;
  std::vector<double> best(6), shared(6), collected(6);
  segment_reduce<int64_t>(e.segments, SegmentReduce::max, 3, e.x.data(), best.data(), nullptr, serial());
  EXPECT_THAT(best, ElementsAre(1, 5, 0, 0, 4, 4));
  const std::vector<double> grad{6, 6, 7, 7, 8, 8};
  segment_share(e.segments, grad.data(), e.x.data(), best.data(), shared.data(), serial());
  EXPECT_THAT(shared, ElementsAre(3, 6, 8, 8, 3, 0));
  const std::vector<double> back{10, 20, 30, 40, 50, 60};
  segment_collect(e.segments, back.data(), e.x.data(), best.data(), collected.data(), serial());
  EXPECT_THAT(collected, ElementsAre(30, 20, 0, 0, 30, 40));
}

}  // namespace
}  // namespace spinel::kernels
