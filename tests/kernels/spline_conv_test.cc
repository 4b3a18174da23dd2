#include "spinel/kernels/cpu/spline_conv.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace spinel::kernels {
namespace {

TEST(SplineBasis, WeightsAreAPartitionOfUnity) {
  for (double d : {0.0, 0.1, 0.5, 1.99, 2.0, 3.7}) {
    const SplineBasis basis = spline_basis(d, 0.0, 0.25);
    double value = 0, slope = 0;
    for (int k = 0; k < kSplineRows; ++k) {
      value += basis.value[k];
      slope += basis.slope[k];
      EXPECT_GE(basis.value[k], 0);
    }
    EXPECT_NEAR(value, 1, 1e-14);
    EXPECT_NEAR(slope, 0, 1e-12);
    EXPECT_EQ(basis.row, static_cast<int>(d / 0.25));
  }
}

TEST(SplineBasis, ReproducesALineAndItsSlope) {
  // The coefficients of x on knots k·h are the Greville points (k − 2)·h.
  const double h = 0.2, origin = 0.1;
  for (double d : {0.15, 0.3, 0.777, 1.9}) {
    const SplineBasis basis = spline_basis(d, origin, h);
    double value = 0, slope = 0;
    for (int k = 0; k < kSplineRows; ++k) {
      const double coefficient = origin + (basis.row + k - 2) * h;
      value += basis.value[k] * coefficient;
      slope += basis.slope[k] * coefficient;
    }
    EXPECT_NEAR(value, d, 1e-13);
    EXPECT_NEAR(slope, 1, 1e-12);
  }
}

/// A random graph with both directions of each pair, and the naive sums it is compared with.
template <typename T>
struct Graph {
  int64_t atoms, width;
  std::vector<int32_t> first{0}, neighbor, row;
  std::vector<T> value, slope, table, x, gy;

  Graph(int64_t n, int64_t f, uint32_t seed) : atoms(n), width(f) {
    std::mt19937 random(seed);
    std::uniform_real_distribution<double> uniform(-1, 1);
    const int rows = 20;
    std::vector<std::vector<double>> distance(n, std::vector<double>(n));
    for (int64_t i = 0; i < n; ++i) {
      for (int64_t j = 0; j < i; ++j) distance[i][j] = distance[j][i] = 2.5 + 2.4 * uniform(random);
    }
    for (int64_t i = 0; i < n; ++i) {
      for (int64_t j = 0; j < n; ++j) {
        if (i == j || (i + j) % 3 == 0) continue;
        const SplineBasis basis = spline_basis(distance[i][j], 0, 5.0 / (rows - 5));
        neighbor.push_back(static_cast<int32_t>(j));
        row.push_back(basis.row);
        for (int k = 0; k < kSplineRows; ++k) value.push_back(static_cast<T>(basis.value[k]));
        for (int k = 0; k < kSplineRows; ++k) slope.push_back(static_cast<T>(basis.slope[k]));
      }
      first.push_back(static_cast<int32_t>(neighbor.size()));
    }
    for (auto* array : {&x, &gy}) {
      for (int64_t k = 0; k < n * f; ++k) array->push_back(static_cast<T>(uniform(random)));
    }
    for (int64_t k = 0; k < rows * f; ++k) table.push_back(static_cast<T>(uniform(random)));
  }

  SplineEdges<T> edges() const {
    return {atoms, first.data(), neighbor.data(), row.data(), value.data(), slope.data()};
  }
  double filter(int64_t edge, int64_t f, const std::vector<T>& weights) const {
    double sum = 0;
    for (int k = 0; k < kSplineRows; ++k) {
      sum += static_cast<double>(weights[edge * kSplineRows + k]) * table[(row[edge] + k) * width + f];
    }
    return sum;
  }
};

template <typename T>
void compare_with_naive(int64_t atoms, int64_t width, double tolerance) {
  const Graph<T> graph(atoms, width, 5);
  std::vector<T> y(atoms * width, T(7)), gx(atoms * width, T(7)), slope_sum(graph.neighbor.size(), T(1));
  spline_conv(graph.edges(), width, graph.table.data(), graph.x.data(), y.data(), serial());
  spline_conv_backward(graph.edges(), width, graph.table.data(), graph.x.data(), graph.gy.data(), gx.data(),
                       slope_sum.data(), serial());
  for (int64_t i = 0; i < atoms; ++i) {
    for (int64_t f = 0; f < width; ++f) {
      double expected_y = 0, expected_gx = 0;
      for (int32_t e = graph.first[i]; e < graph.first[i + 1]; ++e) {
        expected_y += graph.filter(e, f, graph.value) * graph.x[graph.neighbor[e] * width + f];
        expected_gx += graph.filter(e, f, graph.value) * graph.gy[graph.neighbor[e] * width + f];
      }
      ASSERT_NEAR(y[i * width + f], expected_y, tolerance) << i << " " << f;
      ASSERT_NEAR(gx[i * width + f], expected_gx, tolerance) << i << " " << f;
    }
    for (int32_t e = graph.first[i]; e < graph.first[i + 1]; ++e) {
      double expected = 1;
      const int64_t j = graph.neighbor[e];
      for (int64_t f = 0; f < width; ++f) {
        expected += graph.filter(e, f, graph.slope) * (graph.x[j * width + f] * double(graph.gy[i * width + f]) +
                                                       graph.x[i * width + f] * double(graph.gy[j * width + f]));
      }
      ASSERT_NEAR(slope_sum[e], expected, tolerance * width) << e;
    }
  }
}

// Widths with whole strips, single vectors and scalar remainders.
TEST(SplineConv, AgreesWithNaiveSums) {
  for (int64_t width : {1, 3, 8, 13, 32, 64, 75, 128}) {
    compare_with_naive<float>(9, width, 2e-5);
    compare_with_naive<double>(9, width, 1e-12);
  }
}

TEST(SplineConv, AtomWithoutNeighboursGetsZero) {
  const int32_t first[] = {0, 0};
  const double x[] = {1, 2}, table[12] = {};
  double y[] = {5, 5}, gx[] = {5, 5};
  const SplineEdges<double> edges{1, first, nullptr, nullptr, nullptr, nullptr};
  spline_conv(edges, 2, table, x, y, serial());
  spline_conv_backward<double>(edges, 2, table, x, x, gx, nullptr, serial());
  EXPECT_EQ(y[0], 0);
  EXPECT_EQ(gx[1], 0);
}

}  // namespace
}  // namespace spinel::kernels
