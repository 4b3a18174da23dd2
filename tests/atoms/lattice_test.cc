#include "spinel/atoms/lattice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>
#include <random>

#include "spinel/base/error.h"

namespace spinel {
namespace {

using testing::DoubleNear;
using testing::HasSubstr;
using testing::Pointwise;

const double kNan = std::numeric_limits<double>::quiet_NaN();

Matrix3 times(const Matrix3& a, const Matrix3& b) {
  Matrix3 result{};
  for (int i = 0; i < 3; ++i) {
    for (int k = 0; k < 3; ++k) {
      for (int j = 0; j < 3; ++j) result[i][k] += a[i][j] * b[j][k];
    }
  }
  return result;
}

// A random product of shears: the same lattice in another, much worse basis.
Matrix3 other_basis(const Matrix3& matrix, std::mt19937& generator) {
  Matrix3 basis = matrix;
  std::uniform_int_distribution<int> row(0, 2), factor(-3, 3);
  for (int step = 0; step < 6; ++step) {
    const int i = row(generator), j = (i + 1 + row(generator) % 2) % 3, f = factor(generator);
    for (int k = 0; k < 3; ++k) basis[i][k] += f * basis[j][k];
  }
  return basis;
}

TEST(Lattice, ParametersAndOrientationOfThem) {
  const Lattice lattice = Lattice::from_parameters(3, 4, 5, 80, 95, 110);
  EXPECT_THAT(lattice.parameters(), Pointwise(DoubleNear(1e-12), {3.0, 4.0, 5.0, 80.0, 95.0, 110.0}));
  EXPECT_EQ(lattice.matrix()[2], (Vector3{0, 0, 5}));
  EXPECT_EQ(lattice.matrix()[0][1], 0);
  EXPECT_GT(lattice.matrix()[1][1], 0);
  const double ca = std::cos(80 * std::numbers::pi / 180), cb = std::cos(95 * std::numbers::pi / 180),
               cg = std::cos(110 * std::numbers::pi / 180);
  EXPECT_NEAR(lattice.volume(), 60 * std::sqrt(1 - ca * ca - cb * cb - cg * cg + 2 * ca * cb * cg), 1e-10);
}

TEST(Lattice, ReciprocalAndFractional) {
  const Lattice lattice({{{1, 2, 3}, {-2, 4, 0.5}, {3, -1, 6}}});
  const Matrix3 reciprocal = lattice.reciprocal();
  for (int i = 0; i < 3; ++i) {
    for (int j = 0; j < 3; ++j) {
      double product = 0;
      for (int k = 0; k < 3; ++k) product += lattice.matrix()[i][k] * reciprocal[j][k];
      EXPECT_NEAR(product, i == j ? 2 * std::numbers::pi : 0, 1e-12);
    }
    const Vector3& g = reciprocal[i];
    EXPECT_NEAR(lattice.heights()[i], 2 * std::numbers::pi / std::hypot(g[0], g[1], g[2]), 1e-12);
  }
  const Vector3 f{0.25, -1.5, 3};
  EXPECT_THAT(lattice.fractional(lattice.cartesian(f)), Pointwise(DoubleNear(1e-12), f));
}

TEST(Lattice, LeftHandedHasPositiveVolume) {  // CI-01
  const Lattice lattice({{{0, 2, 0}, {2, 0, 0}, {0, 0, 2}}});
  EXPECT_DOUBLE_EQ(lattice.volume(), 8);
  const Lattice reduced = lattice.niggli_reduced();
  EXPECT_THAT(reduced.parameters(), Pointwise(DoubleNear(1e-12), {2.0, 2.0, 2.0, 90.0, 90.0, 90.0}));
}

TEST(Lattice, NiggliParametersDoNotDependOnTheBasis) {
  std::mt19937 generator(11);
  std::uniform_real_distribution<double> edge(2, 9), angle(55, 115);
  for (int trial = 0; trial < 200; ++trial) {
    Matrix3 matrix;
    try {
      matrix = Lattice::from_parameters(edge(generator), edge(generator), edge(generator), angle(generator),
                                        angle(generator), angle(generator))
                   .matrix();
    } catch (const Error&) {
      continue;
    }
    const auto expected = Lattice(matrix).niggli_reduced().parameters();
    const Lattice reduced = Lattice(other_basis(matrix, generator)).niggli_reduced();
    EXPECT_THAT(reduced.parameters(), Pointwise(DoubleNear(1e-6), expected)) << trial;
    EXPECT_NEAR(reduced.volume(), Lattice(matrix).volume(), 1e-8);
    // Conditions of a Niggli cell: ascending edges; angles all acute or none.
    EXPECT_LE(expected[0], expected[1] + 1e-6);
    EXPECT_LE(expected[1], expected[2] + 1e-6);
    const int acute = (expected[3] < 90 - 1e-6) + (expected[4] < 90 - 1e-6) + (expected[5] < 90 - 1e-6);
    EXPECT_TRUE(acute == 0 || acute == 3) << trial;
  }
}

TEST(Lattice, NiggliCellsOfCubicLattices) {
  const double a = 4.2;
  const Lattice fcc({{{0, a / 2, a / 2}, {a / 2, 0, a / 2}, {a / 2, a / 2, 0}}});
  const double d = a / std::numbers::sqrt2;
  EXPECT_THAT(fcc.niggli_reduced().parameters(), Pointwise(DoubleNear(1e-9), {d, d, d, 60.0, 60.0, 60.0}));
  const Lattice bcc({{{-a / 2, a / 2, a / 2}, {a / 2, -a / 2, a / 2}, {a / 2, a / 2, -a / 2}}});
  const double e = a * std::sqrt(3.0) / 2, angle = std::acos(-1.0 / 3) * 180 / std::numbers::pi;
  EXPECT_THAT(bcc.niggli_reduced().parameters(), Pointwise(DoubleNear(1e-9), {e, e, e, angle, angle, angle}));
}

TEST(Lattice, LllBasisSpansTheSameLattice) {
  std::mt19937 generator(4);
  const Matrix3 matrix = Lattice::from_parameters(3, 4, 7, 70, 85, 100).matrix();
  for (int trial = 0; trial < 50; ++trial) {
    const Lattice skewed(other_basis(matrix, generator));
    const Lattice reduced = skewed.lll_reduced();
    EXPECT_NEAR(reduced.volume(), skewed.volume(), 1e-8);
    for (const Vector3& row : reduced.matrix()) {
      for (double f : skewed.fractional(row)) EXPECT_NEAR(f, std::nearbyint(f), 1e-6);
      EXPECT_LT(std::hypot(row[0], row[1], row[2]), 8.5);
    }
  }
  EXPECT_EQ(times({{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}}, matrix), matrix);
}

std::string error_of(auto make) {
  try {
    make();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
    return error.what();
  }
  return "no error";
}

TEST(Lattice, ImpossibleCellsAreErrors) {  // CI-01
  EXPECT_THAT(error_of([] { Lattice({{{1, 0, 0}, {0, 1, 0}, {1, 1, 0}}}); }), HasSubstr("the volume is 0"));
  EXPECT_THAT(error_of([] { Lattice({}); }), HasSubstr("must span a cell"));
  EXPECT_THAT(error_of([] { Lattice({{{kNan, 0, 0}, {0, 1, 0}, {0, 0, 1}}}); }), HasSubstr("vector 0 holds nan"));
  EXPECT_THAT(error_of([] { Lattice::from_parameters(0, 1, 1, 90, 90, 90); }), HasSubstr("a length is 0 Å"));
  EXPECT_THAT(error_of([] { Lattice::from_parameters(1, 1, 1, 180, 90, 90); }), HasSubstr("an angle is 180°"));
  EXPECT_THAT(error_of([] { Lattice::from_parameters(1, 1, 1, 0, 90, 90); }), HasSubstr("an angle is 0°"));
  EXPECT_THAT(error_of([] { Lattice::from_parameters(1, 1, 1, 120, 120, 120); }), HasSubstr("no cell has the angles"));
  EXPECT_THAT(error_of([] { Lattice::from_parameters(1, 1, 1, 30, 40, 80); }), HasSubstr("no cell has the angles"));
  const Lattice cube = Lattice::from_parameters(1, 1, 1, 90, 90, 90);
  EXPECT_THAT(error_of([&] { cube.lll_reduced(0.2); }), HasSubstr("delta is 0.2"));
  EXPECT_THAT(error_of([&] { cube.niggli_reduced(-1); }), HasSubstr("tolerance is -1"));
}

}  // namespace
}  // namespace spinel
