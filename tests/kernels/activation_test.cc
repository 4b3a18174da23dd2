#include "spinel/kernels/cpu/activation.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "spinel/kernels/cpu/simd_level.h"

namespace spinel::kernels {
namespace {

constexpr ActivationKind kKinds[] = {ActivationKind::identity, ActivationKind::shifted_softplus,
                                     ActivationKind::softplus, ActivationKind::silu,
                                     ActivationKind::sigmoid,  ActivationKind::tanh};

/// The definition, in long double.
long double exact(ActivationKind kind, long double x) {
  switch (kind) {
    case ActivationKind::identity: return x;
    case ActivationKind::shifted_softplus: return std::log1p(std::exp(x)) - std::log(2.0L);
    case ActivationKind::softplus: return std::log1p(std::exp(x));
    case ActivationKind::silu: return x / (1 + std::exp(-x));
    case ActivationKind::sigmoid: return 1 / (1 + std::exp(-x));
    case ActivationKind::tanh: return std::tanh(x);
  }
  return 0;
}

// Central differences of high order in long double: exact to about 1e-14 (first) and 1e-11 (second derivative).
long double slope(ActivationKind kind, long double x) {
  const long double h = 1e-3L;
  const auto f = [&](int k) { return exact(kind, x + k * h); };
  return (45 * (f(1) - f(-1)) - 9 * (f(2) - f(-2)) + (f(3) - f(-3))) / (60 * h);
}
long double curvature(ActivationKind kind, long double x) {
  const long double h = 4e-3L;
  const auto f = [&](int k) { return exact(kind, x + k * h); };
  return (270 * (f(1) + f(-1)) - 27 * (f(2) + f(-2)) + 2 * (f(3) + f(-3)) - 490 * f(0)) / (180 * h * h);
}

template <typename T>
class Activation : public testing::Test {
 protected:
  Activation() {
    // 37 values: vectors of every width and a rest.
    for (int k = 0; k < 37; ++k) x.push_back(T(-9 + 0.5 * k));
    for (size_t k = 0; k < x.size(); ++k) {
      xd.push_back(T(0.3) + T(0.01) * T(k));
      yb.push_back(T(1) - T(0.05) * T(k));
      ydb.push_back(T(0.7) * T(k % 3) - T(0.4));
    }
  }
  void near(T value, long double wanted) const {
    const double tolerance = std::is_same_v<T, float> ? 3e-6 : 1e-10;
    EXPECT_NEAR(value, static_cast<double>(wanted), tolerance);
  }
  int64_t n() const { return static_cast<int64_t>(x.size()); }
  std::vector<T> x, xd, yb, ydb;
};
using Types = testing::Types<float, double>;
TYPED_TEST_SUITE(Activation, Types);

TYPED_TEST(Activation, ValueAndSlopeAreThoseOfTheFunction) {
  using T = TypeParam;
  for (ActivationKind kind : kKinds) {
    std::vector<T> y(this->x.size()), yd(this->x.size()), only(this->x.size()), sloped(this->x.size());
    activate(kind, this->n(), this->x.data(), only.data(), serial());
    activation_slope(kind, this->n(), this->x.data(), this->xd.data(), sloped.data(), serial());
    activate_dual(kind, this->n(), this->x.data(), this->xd.data(), y.data(), yd.data(), serial());
    for (size_t k = 0; k < this->x.size(); ++k) {
      this->near(only[k], exact(kind, this->x[k]));
      this->near(y[k], exact(kind, this->x[k]));
      this->near(yd[k], slope(kind, this->x[k]) * this->xd[k]);
      EXPECT_EQ(sloped[k], yd[k]);
    }
  }
}

TYPED_TEST(Activation, AdjointOfTheDualUsesTheCurvature) {
  using T = TypeParam;
  for (ActivationKind kind : kKinds) {
    std::vector<T> xb(this->x.size()), xdb(this->x.size()), alone(this->x.size());
    activate_dual_adjoint(kind, this->n(), this->x.data(), this->xd.data(), this->yb.data(), this->ydb.data(),
                          xb.data(), xdb.data(), serial());
    activate_dual_adjoint<T>(kind, this->n(), this->x.data(), this->xd.data(), this->yb.data(), this->ydb.data(),
                             alone.data(), nullptr, serial());
    for (size_t k = 0; k < this->x.size(); ++k) {
      const long double s = slope(kind, this->x[k]), c = curvature(kind, this->x[k]);
      this->near(xb[k], s * this->yb[k] + c * this->xd[k] * this->ydb[k]);
      this->near(xdb[k], s * this->ydb[k]);
      EXPECT_EQ(alone[k], xb[k]);
    }
  }
}

TYPED_TEST(Activation, MayWriteOverItsOperands) {
  using T = TypeParam;
  std::vector<T> xb(this->x.size()), xdb(this->x.size()), yb = this->yb, ydb = this->ydb;
  const auto kind = ActivationKind::silu;
  activate_dual_adjoint(kind, this->n(), this->x.data(), this->xd.data(), this->yb.data(), this->ydb.data(), xb.data(),
                        xdb.data(), serial());
  activate_dual_adjoint(kind, this->n(), this->x.data(), this->xd.data(), yb.data(), ydb.data(), yb.data(), ydb.data(),
                        serial());
  EXPECT_EQ(yb, xb);
  EXPECT_EQ(ydb, xdb);
}

TYPED_TEST(Activation, StaysFiniteFarOut) {
  using T = TypeParam;
  const std::vector<T> x{T(-1e30), T(-100), T(0), T(100), T(1e30)};
  for (ActivationKind kind : kKinds) {
    std::vector<T> y(5), yd(5), one(5, T(1)), xb(5);
    activate_dual<T>(kind, 5, x.data(), one.data(), y.data(), yd.data(), serial());
    activate_dual_adjoint<T>(kind, 5, x.data(), one.data(), one.data(), one.data(), xb.data(), nullptr, serial());
    for (int k = 0; k < 5; ++k) EXPECT_TRUE(std::isfinite(y[k]) && std::isfinite(yd[k]) && std::isfinite(xb[k]));
  }
}

// A NaN in a weight or a coordinate must reach the loss, at every place of a vector and on every vector extension.
TYPED_TEST(Activation, NanStaysNan) {
  using T = TypeParam;
  const T nan = std::numeric_limits<T>::quiet_NaN();
  const std::string before = simd_level();
  for (const std::string& level : simd_levels()) {
    force_simd_level(level);
    for (ActivationKind kind : kKinds) {
      for (size_t place = 0; place < this->x.size(); place += 9) {
        SCOPED_TRACE(level + " " + std::to_string(static_cast<int>(kind)) + " " + std::to_string(place));
        std::vector<T> x = this->x, y(x.size()), yd(x.size()), only(x.size()), sloped(x.size()), xb(x.size()),
                       xdb(x.size());
        x[place] = nan;
        activate(kind, this->n(), x.data(), only.data(), serial());
        activation_slope(kind, this->n(), x.data(), this->xd.data(), sloped.data(), serial());
        activate_dual(kind, this->n(), x.data(), this->xd.data(), y.data(), yd.data(), serial());
        activate_dual_adjoint(kind, this->n(), x.data(), this->xd.data(), this->yb.data(), this->ydb.data(), xb.data(),
                              xdb.data(), serial());
        const bool straight = kind == ActivationKind::identity;  // its slope is 1 wherever it is taken
        for (size_t k = 0; k < x.size(); ++k) {
          EXPECT_EQ(std::isnan(only[k]), k == place);
          EXPECT_EQ(std::isnan(y[k]), k == place);
          for (const std::vector<T>* derivative : {&sloped, &yd, &xb, &xdb}) {
            EXPECT_EQ(std::isnan((*derivative)[k]), k == place && !straight);
          }
        }
      }
    }
  }
  force_simd_level(before);
}

TYPED_TEST(Activation, InfinitiesGiveTheLimits) {
  using T = TypeParam;
  const T inf = std::numeric_limits<T>::infinity(), ln2 = T(std::log(2.0L));
  struct Case {
    ActivationKind kind;
    T below, above, slope_below, slope_above;
  };
  for (const Case& c :
       {Case{ActivationKind::identity, -inf, inf, 1, 1}, Case{ActivationKind::shifted_softplus, -ln2, inf, 0, 1},
        Case{ActivationKind::softplus, 0, inf, 0, 1}, Case{ActivationKind::sigmoid, 0, 1, 0, 0},
        Case{ActivationKind::tanh, -1, 1, 0, 0}}) {
    const T x[] = {-inf, inf}, one[] = {1, 1};
    T y[2], slope[2];
    activate_dual(c.kind, 2, x, one, y, slope, serial());
    EXPECT_EQ(y[0], c.below) << static_cast<int>(c.kind);
    EXPECT_EQ(y[1], c.above) << static_cast<int>(c.kind);
    EXPECT_EQ(slope[0], c.slope_below) << static_cast<int>(c.kind);
    EXPECT_EQ(slope[1], c.slope_above) << static_cast<int>(c.kind);
  }
}

// Softplus and the logistic function decay like exp(x): a loss of −log σ needs the digits of the tail.
TYPED_TEST(Activation, LeftTailsKeepTheirRelativeAccuracy) {
  using T = TypeParam;
  const double tolerance = std::is_same_v<T, float> ? 2e-6 : 1e-14;
  for (double at = -5; at > (std::is_same_v<T, float> ? -80 : -600); at *= 1.3) {
    const T x = static_cast<T>(at), one = 1;
    for (ActivationKind kind : {ActivationKind::softplus, ActivationKind::sigmoid, ActivationKind::silu}) {
      T y, slope_here;
      activate_dual(kind, 1, &x, &one, &y, &slope_here, serial());
      const long double tail = std::exp(static_cast<long double>(x));
      const long double wanted = kind == ActivationKind::softplus ? std::log1p(tail) : tail / (1 + tail);
      const long double value = kind == ActivationKind::silu ? x * wanted : wanted;
      EXPECT_NEAR(y / value, 1, tolerance) << at << " " << static_cast<int>(kind);
      if (kind == ActivationKind::softplus) EXPECT_NEAR(slope_here * (1 + tail) / tail, 1, tolerance) << at;
    }
  }
}

TEST(ActivationKind, KnowsTheStandardNames) {
  EXPECT_EQ(activation_kind("silu"), ActivationKind::silu);
  EXPECT_EQ(activation_kind("shifted_softplus"), activation_kind("ssp"));
  EXPECT_EQ(activation_kind("elu"), std::nullopt);
}

}  // namespace
}  // namespace spinel::kernels
