// Initial velocities: the Maxwell-Boltzmann distribution, and removal of the motion of the whole system.
#include <cmath>

#include "spinel/atoms/constants.h"
#include "spinel/atoms/dynamics.h"
#include "spinel/atoms/vector.h"
#include "spinel/base/error.h"
#include "spinel/base/random.h"

namespace spinel {
namespace {

Vector3 weighted_mean(const std::vector<double>& masses, const std::vector<Vector3>& vectors) {
  Vector3 sum{};
  double mass = 0;
  for (size_t i = 0; i < masses.size(); ++i) {
    mass += masses[i];
    for (int k = 0; k < 3; ++k) sum[k] += masses[i] * vectors[i][k];
  }
  for (double& x : sum) x /= mass;
  return sum;
}

/// Eigenvectors (columns of `vectors`) of a symmetric matrix by Jacobi rotations; `a` becomes diagonal.
void diagonalize(Matrix3& a, Matrix3& vectors) {
  vectors = {Vector3{1, 0, 0}, Vector3{0, 1, 0}, Vector3{0, 0, 1}};
  for (int sweep = 0; sweep < 50; ++sweep) {
    double rest = 0;
    for (int p = 0; p < 2; ++p) {
      for (int q = p + 1; q < 3; ++q) {
        rest += std::abs(a[p][q]);
        if (a[p][q] == 0) continue;
        const double theta = (a[q][q] - a[p][p]) / (2 * a[p][q]);
        const double t = std::copysign(1 / (std::abs(theta) + std::hypot(theta, 1)), theta);
        const double c = 1 / std::hypot(t, 1), s = t * c;
        for (int k = 0; k < 3; ++k) {
          const double x = a[k][p], y = a[k][q];
          a[k][p] = c * x - s * y;
          a[k][q] = s * x + c * y;
        }
        for (int k = 0; k < 3; ++k) {
          const double x = a[p][k], y = a[q][k];
          a[p][k] = c * x - s * y;
          a[q][k] = s * x + c * y;
          const double u = vectors[k][p], v = vectors[k][q];
          vectors[k][p] = c * u - s * v;
          vectors[k][q] = s * u + c * v;
        }
      }
    }
    if (rest == 0) return;
  }
}

}  // namespace

std::vector<Vector3> maxwell_boltzmann(const std::vector<double>& masses, double temperature, uint64_t seed) {
  require(temperature >= 0 && std::isfinite(temperature), "temperature: it is {} K; it must not be negative",
          temperature);
  const Philox random(seed);
  std::vector<Vector3> velocities(masses.size());
  for (size_t i = 0; i < masses.size(); ++i) {
    const double width = std::sqrt(kBoltzmann * temperature * kAccelerationUnit / masses[i]);
    const auto [x, y] = random.normal(0, 2 * i);
    velocities[i] = {width * x, width * y, width * random.normal(0, 2 * i + 1)[0]};
  }
  return velocities;
}

void remove_translation(const std::vector<double>& masses, std::vector<Vector3>& velocities) {
  const Vector3 mean = weighted_mean(masses, velocities);
  for (Vector3& v : velocities) {
    for (int k = 0; k < 3; ++k) v[k] -= mean[k];
  }
}

void remove_rotation(const std::vector<double>& masses, const std::vector<Vector3>& positions,
                     std::vector<Vector3>& velocities) {
  const Vector3 center = weighted_mean(masses, positions);
  Matrix3 inertia{};
  Vector3 angular_momentum{};
  std::vector<Vector3> arms(positions);
  for (size_t i = 0; i < masses.size(); ++i) {
    Vector3& r = arms[i];
    for (int k = 0; k < 3; ++k) r[k] -= center[k];
    const double square = r[0] * r[0] + r[1] * r[1] + r[2] * r[2];
    const Vector3 momentum = cross(r, velocities[i]);
    for (int a = 0; a < 3; ++a) {
      angular_momentum[a] += masses[i] * momentum[a];
      for (int b = 0; b < 3; ++b) inertia[a][b] += masses[i] * ((a == b ? square : 0) - r[a] * r[b]);
    }
  }
  Matrix3 axes;
  diagonalize(inertia, axes);
  const double largest = std::max({inertia[0][0], inertia[1][1], inertia[2][2]});
  Vector3 omega{};
  for (int axis = 0; axis < 3; ++axis) {
    if (inertia[axis][axis] <= 1e-10 * largest) continue;  // the axis of a linear molecule
    double along = 0;
    for (int k = 0; k < 3; ++k) along += axes[k][axis] * angular_momentum[k];
    for (int k = 0; k < 3; ++k) omega[k] += axes[k][axis] * along / inertia[axis][axis];
  }
  for (size_t i = 0; i < masses.size(); ++i) {
    const Vector3 rigid = cross(omega, arms[i]);
    for (int k = 0; k < 3; ++k) velocities[i][k] -= rigid[k];
  }
}

void scale_to_temperature(const std::vector<double>& masses, double temperature, int64_t degrees_of_freedom,
                          std::vector<Vector3>& velocities) {
  const double present = kinetic_energy(masses, velocities);
  if (present == 0 || degrees_of_freedom <= 0) return;
  const double wanted = 0.5 * static_cast<double>(degrees_of_freedom) * kBoltzmann * temperature;
  const double factor = std::sqrt(wanted / present);
  for (Vector3& v : velocities) {
    for (double& x : v) x *= factor;
  }
}

}  // namespace spinel
