#include "spinel/atoms/lattice.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "spinel/atoms/vector.h"
#include "spinel/base/error.h"

namespace spinel {

namespace {

constexpr double kDegree = std::numbers::pi / 180;

Vector3 minus(const Vector3& a, const Vector3& b, double factor) {
  return {a[0] - factor * b[0], a[1] - factor * b[1], a[2] - factor * b[2]};
}
double determinant(const Matrix3& m) { return dot(m[0], cross(m[1], m[2])); }

// Gram-Schmidt vectors of a basis, their squared lengths and the coefficients u[i][j] for j < i.
struct Orthogonalized {
  Matrix3 vectors{};
  Vector3 squared{};
  Matrix3 coefficients{};

  explicit Orthogonalized(const Matrix3& basis) {
    for (int i = 0; i < 3; ++i) {
      vectors[i] = basis[i];
      for (int j = 0; j < i; ++j) coefficients[i][j] = dot(basis[i], vectors[j]) / squared[j];
      for (int j = 0; j < i; ++j) vectors[i] = minus(vectors[i], vectors[j], coefficients[i][j]);
      squared[i] = dot(vectors[i], vectors[i]);
    }
  }
};

// The six scalars of the Niggli reduction, and the basis that has them.
struct NiggliForm {
  Matrix3 basis;
  double a, b, c, xi, eta, zeta;

  explicit NiggliForm(const Matrix3& start) : basis(start) { update(); }
  void update() {
    a = dot(basis[0], basis[0]);
    b = dot(basis[1], basis[1]);
    c = dot(basis[2], basis[2]);
    xi = 2 * dot(basis[1], basis[2]);
    eta = 2 * dot(basis[0], basis[2]);
    zeta = 2 * dot(basis[0], basis[1]);
  }
  void negate(int row) {
    for (double& v : basis[row]) v = -v;
  }
  // Signs such that all three of xi, eta, zeta are positive, or none is (steps 3 and 4).
  void normalize_signs(double eps) {
    const int l = sign(xi, eps), m = sign(eta, eps), n = sign(zeta, eps);
    int flip[3];
    if (l * m * n == 1) {
      flip[0] = l, flip[1] = m, flip[2] = n;
    } else {
      flip[0] = l == 1 ? -1 : 1, flip[1] = m == 1 ? -1 : 1, flip[2] = n == 1 ? -1 : 1;
      // The product must be +1 to keep the hand; a vanishing scalar has a free sign to spend.
      if (flip[0] * flip[1] * flip[2] == -1) flip[n == 0 ? 2 : m == 0 ? 1 : 0] = -1;
    }
    for (int row = 0; row < 3; ++row) {
      if (flip[row] < 0) negate(row);
    }
    update();
  }
  static int sign(double v, double eps) { return std::abs(v) < eps ? 0 : v > 0 ? 1 : -1; }
};

// One pass through the steps 1 to 8; false: the form is reduced.
bool niggli_step(NiggliForm& f, double eps) {
  auto equal = [&](double x, double y) { return std::abs(x - y) < eps; };
  auto add = [&](int row, int other, double factor) { f.basis[row] = minus(f.basis[row], f.basis[other], -factor); };
  if (f.b + eps < f.a || (equal(f.a, f.b) && std::abs(f.xi) > std::abs(f.eta) + eps)) {
    std::swap(f.basis[0], f.basis[1]);
    for (int row = 0; row < 3; ++row) f.negate(row);
    f.update();
  }
  if (f.c + eps < f.b || (equal(f.b, f.c) && std::abs(f.eta) > std::abs(f.zeta) + eps)) {
    std::swap(f.basis[1], f.basis[2]);
    for (int row = 0; row < 3; ++row) f.negate(row);
    f.update();
    return true;
  }
  f.normalize_signs(eps);
  if (std::abs(f.xi) > f.b + eps || (equal(f.xi, f.b) && f.zeta - eps > 2 * f.eta) ||
      (equal(f.xi, -f.b) && f.zeta < -eps)) {
    add(2, 1, f.xi > 0 ? -1 : 1);
  } else if (std::abs(f.eta) > f.a + eps || (equal(f.eta, f.a) && f.zeta - eps > 2 * f.xi) ||
             (equal(f.eta, -f.a) && f.zeta < -eps)) {
    add(2, 0, f.eta > 0 ? -1 : 1);
  } else if (std::abs(f.zeta) > f.a + eps || (equal(f.zeta, f.a) && f.eta - eps > 2 * f.xi) ||
             (equal(f.zeta, -f.a) && f.eta < -eps)) {
    add(1, 0, f.zeta > 0 ? -1 : 1);
  } else if (const double sum = f.xi + f.eta + f.zeta + f.a + f.b;
             sum < -eps || (std::abs(sum) < eps && f.zeta + 2 * (f.a + f.eta) > eps)) {
    add(2, 0, 1);
    add(2, 1, 1);
  } else {
    return false;
  }
  f.update();
  return true;
}

}  // namespace

Lattice::Lattice(const Matrix3& matrix) : matrix_(matrix) {
  double product = 1;
  for (int a = 0; a < 3; ++a) {
    for (double v : matrix[a]) {
      require(std::isfinite(v), "lattice: vector {} holds {}; all components must be finite", a, v);
    }
    product *= length(matrix[a]);
  }
  require(std::abs(determinant(matrix)) > 1e-12 * product, "lattice: the volume is {}; the vectors must span a cell",
          std::abs(determinant(matrix)));
}

Lattice Lattice::from_parameters(double a, double b, double c, double alpha, double beta, double gamma) {
  for (double v : {a, b, c}) require(std::isfinite(v) && v > 0, "lattice: a length is {} Å; it must be positive", v);
  for (double v : {alpha, beta, gamma}) {
    require(std::isfinite(v) && v > 0 && v < 180, "lattice: an angle is {}°; it must lie between 0° and 180°", v);
  }
  const double largest = std::max({alpha, beta, gamma}), sum = alpha + beta + gamma;
  require(sum < 360 && 2 * largest < sum,
          "lattice: no cell has the angles {}°, {}°, {}°; their sum must be below 360° and each below the sum of the "
          "other two",
          alpha, beta, gamma);
  const double sin_alpha = std::sin(alpha * kDegree), cos_alpha = std::cos(alpha * kDegree);
  const double sin_beta = std::sin(beta * kDegree), cos_beta = std::cos(beta * kDegree);
  const double cosine = (cos_alpha * cos_beta - std::cos(gamma * kDegree)) / (sin_alpha * sin_beta);
  const double gamma_star = std::acos(std::clamp(cosine, -1.0, 1.0));
  return Lattice({{{a * sin_beta, 0, a * cos_beta},
                   {-b * sin_alpha * std::cos(gamma_star), b * sin_alpha * std::sin(gamma_star), b * cos_alpha},
                   {0, 0, c}}});
}

std::array<double, 6> Lattice::parameters() const {
  std::array<double, 6> result;
  for (int i = 0; i < 3; ++i) {
    const Vector3 &u = matrix_[(i + 1) % 3], &v = matrix_[(i + 2) % 3];
    result[i] = length(matrix_[i]);
    result[3 + i] = std::acos(std::clamp(dot(u, v) / (length(u) * length(v)), -1.0, 1.0)) / kDegree;
  }
  return result;
}

double Lattice::volume() const { return std::abs(determinant(matrix_)); }

Matrix3 Lattice::reciprocal() const {
  const double factor = 2 * std::numbers::pi / determinant(matrix_);
  Matrix3 result;
  for (int i = 0; i < 3; ++i) {
    result[i] = cross(matrix_[(i + 1) % 3], matrix_[(i + 2) % 3]);
    for (double& v : result[i]) v *= factor;
  }
  return result;
}

Vector3 Lattice::heights() const {
  Vector3 result;
  for (int i = 0; i < 3; ++i) result[i] = volume() / length(cross(matrix_[(i + 1) % 3], matrix_[(i + 2) % 3]));
  return result;
}

Vector3 Lattice::cartesian(const Vector3& f) const {
  Vector3 result;
  for (int k = 0; k < 3; ++k) result[k] = f[0] * matrix_[0][k] + f[1] * matrix_[1][k] + f[2] * matrix_[2][k];
  return result;
}

Vector3 Lattice::fractional(const Vector3& r) const {
  const double det = determinant(matrix_);
  Vector3 result;
  for (int i = 0; i < 3; ++i) result[i] = dot(r, cross(matrix_[(i + 1) % 3], matrix_[(i + 2) % 3])) / det;
  return result;
}

Lattice Lattice::lll_reduced(double delta) const {
  require(delta > 0.25 && delta <= 1, "lattice: the LLL parameter delta is {}; it must lie between 0.25 and 1", delta);
  Matrix3 basis = matrix_;
  Orthogonalized gs(basis);
  // With delta ≤ 1 each exchange shrinks the basis; the bound only stops rounding from going round in circles.
  for (int k = 1, steps = 0; k < 3 && steps < 10000; ++steps) {
    for (int i = k - 1; i >= 0; --i) {
      const double q = std::nearbyint(gs.coefficients[k][i]);
      if (q == 0) continue;
      basis[k] = minus(basis[k], basis[i], q);
      for (int j = 0; j < i; ++j) gs.coefficients[k][j] -= q * gs.coefficients[i][j];
      gs.coefficients[k][i] -= q;
    }
    const double u = gs.coefficients[k][k - 1];
    if (gs.squared[k] >= (delta - u * u) * gs.squared[k - 1]) {
      ++k;
    } else {
      std::swap(basis[k], basis[k - 1]);
      gs = Orthogonalized(basis);
      if (k > 1) --k;
    }
  }
  return Lattice(basis);
}

Lattice Lattice::niggli_reduced(double tolerance) const {
  require(tolerance > 0 && tolerance < 0.1, "lattice: the Niggli tolerance is {}; it must lie between 0 and 0.1",
          tolerance);
  NiggliForm form(lll_reduced().matrix());
  const double eps = tolerance * std::cbrt(volume());
  constexpr int most_steps = 1000;
  int steps = 0;
  while (steps < most_steps && niggli_step(form, eps)) ++steps;
  require(steps < most_steps, "lattice: the Niggli reduction does not end with tolerance {}; use a smaller one",
          tolerance);
  if (determinant(form.basis) < 0) {
    for (int row = 0; row < 3; ++row) form.negate(row);
  }
  return Lattice(form.basis);
}

}  // namespace spinel
