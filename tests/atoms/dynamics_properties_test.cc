// Dynamics of random systems against the equations that they integrate, and the statistics of velocities and drifts.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "spinel/atoms/constants.h"
#include "spinel/atoms/dynamics.h"
#include "spinel/atoms/vector.h"
#include "spinel/base/error.h"

namespace spinel {
namespace {

struct Body {
  std::vector<double> masses;
  std::vector<Vector3> positions, velocities;
};

Body random_body(std::mt19937& random, size_t atoms) {
  std::normal_distribution<double> normal;
  Body body;
  for (size_t i = 0; i < atoms; ++i) {
    body.masses.push_back(1 + std::abs(10 * normal(random)));
    body.positions.push_back({3 * normal(random), 3 * normal(random), 3 * normal(random)});
    body.velocities.push_back({normal(random), normal(random), normal(random)});
  }
  return body;
}

Vector3 momentum(const Body& body) {
  Vector3 sum{};
  for (size_t i = 0; i < body.masses.size(); ++i) {
    for (int k = 0; k < 3; ++k) sum[k] += body.masses[i] * body.velocities[i][k];
  }
  return sum;
}

/// About the centre of mass.
Vector3 angular_momentum(const Body& body) {
  Vector3 center{}, sum{};
  double mass = 0;
  for (size_t i = 0; i < body.masses.size(); ++i) {
    mass += body.masses[i];
    for (int k = 0; k < 3; ++k) center[k] += body.masses[i] * body.positions[i][k];
  }
  for (size_t i = 0; i < body.masses.size(); ++i) {
    Vector3 r;
    for (int k = 0; k < 3; ++k) r[k] = body.positions[i][k] - center[k] / mass;
    const Vector3 l = cross(r, body.velocities[i]);
    for (int k = 0; k < 3; ++k) sum[k] += body.masses[i] * l[k];
  }
  return sum;
}

/// Springs between all pairs and to the origin, k in eV/Å².
double springs(const std::vector<Vector3>& positions, std::vector<Vector3>& forces) {
  double energy = 0;
  for (Vector3& f : forces) f = {};
  for (size_t i = 0; i < positions.size(); ++i) {
    for (size_t j = 0; j <= i; ++j) {
      for (int k = 0; k < 3; ++k) {
        const double d = positions[i][k] - (j == i ? 0 : positions[j][k]);
        energy += 0.1 * d * d;
        forces[i][k] -= 0.2 * d;
        if (j != i) forces[j][k] += 0.2 * d;
      }
    }
  }
  return energy;
}

TEST(DynamicsProperties, StepsAreThoseOfVelocityVerlet) {
  std::mt19937 random(221);
  for (int repeat = 0; repeat < 20; ++repeat) {
    Body body = random_body(random, 1 + random() % 4);
    const double dt = 0.1 + 0.2 * (repeat % 3);
    for (Vector3& v : body.velocities) {
      for (double& x : v) x *= 0.01;
    }
    Dynamics dynamics(body.masses, springs, {.time_step = dt});
    dynamics.start(body.positions, body.velocities);
    std::vector<Vector3> forces(body.masses.size());
    double energy = springs(body.positions, forces);
    for (int step = 1; step <= 15; ++step) {
      // r ← r + v dt + a dt²/2, then v ← v + (a + a') dt/2.
      std::vector<Vector3> before = forces;
      for (size_t i = 0; i < body.masses.size(); ++i) {
        for (int k = 0; k < 3; ++k) {
          const double a = before[i][k] / body.masses[i] * kAccelerationUnit;
          body.positions[i][k] += body.velocities[i][k] * dt + a * dt * dt / 2;
        }
      }
      energy = springs(body.positions, forces);
      for (size_t i = 0; i < body.masses.size(); ++i) {
        for (int k = 0; k < 3; ++k) {
          body.velocities[i][k] += (before[i][k] + forces[i][k]) / body.masses[i] * kAccelerationUnit * dt / 2;
        }
      }
      dynamics.step();
      ASSERT_EQ(dynamics.state().step, step);
      ASSERT_NEAR(dynamics.time(), step * dt, 1e-12);
      ASSERT_NEAR(dynamics.state().energy, energy, 1e-9 * (1 + energy));
      for (size_t i = 0; i < body.masses.size(); ++i) {
        for (int k = 0; k < 3; ++k) {
          ASSERT_NEAR(dynamics.state().positions[i][k], body.positions[i][k], 1e-10);
          ASSERT_NEAR(dynamics.state().velocities[i][k], body.velocities[i][k], 1e-10);
          ASSERT_NEAR(dynamics.state().forces[i][k], forces[i][k], 1e-9);
        }
      }
      double kinetic = 0;
      for (size_t i = 0; i < body.masses.size(); ++i) {
        kinetic += body.masses[i] * dot(body.velocities[i], body.velocities[i]) / 2 / kAccelerationUnit;
      }
      ASSERT_NEAR(dynamics.kinetic_energy(), kinetic, 1e-9 * (1 + kinetic));
      ASSERT_NEAR(dynamics.conserved_energy(), energy + kinetic, 1e-9 * (1 + energy + kinetic));
    }
  }
}

TEST(DynamicsProperties, TemperatureCountsTheDegreesOfFreedom) {
  std::mt19937 random(222);
  for (const size_t atoms : {size_t{2}, size_t{5}, size_t{30}}) {
    const Body body = random_body(random, atoms);
    const double kinetic = kinetic_energy(body.masses, body.velocities);
    for (const bool bath : {false, true}) {
      DynamicsOptions options;
      if (bath) options.temperature = 300;
      Dynamics dynamics(body.masses, springs, options);
      dynamics.start(body.positions, body.velocities);
      const double freedoms = 3.0 * static_cast<double>(atoms) - (bath ? 0 : 3);
      EXPECT_NEAR(dynamics.temperature(), 2 * kinetic / (freedoms * kBoltzmann), 1e-6 * dynamics.temperature());
    }
  }
}

TEST(DynamicsProperties, ObserversComeAfterEveryIntervalInTheOrderOfTheList) {
  std::mt19937 random(223);
  for (int repeat = 0; repeat < 30; ++repeat) {
    const Body body = random_body(random, 2);
    Dynamics dynamics(body.masses, springs, {});
    dynamics.start(body.positions);
    std::vector<std::pair<int64_t, int>> calls, expected;
    std::vector<DynamicsObserver> observers;
    std::vector<int64_t> intervals;
    for (int o = 0; o < 3; ++o) {
      intervals.push_back(static_cast<int64_t>(1 + random() % 5));
      observers.push_back({intervals.back(), [&, o] { calls.emplace_back(dynamics.state().step, o); }});
    }
    const auto last = static_cast<int64_t>(random() % 20);
    for (int64_t step = 1; step <= last; ++step) {
      for (int o = 0; o < 3; ++o) {
        if (step % intervals[static_cast<size_t>(o)] == 0) expected.emplace_back(step, o);
      }
    }
    dynamics.run(last / 2, observers);  // in two parts: counted from the beginning
    dynamics.run(last, observers);
    EXPECT_EQ(calls, expected);
    EXPECT_EQ(dynamics.state().step, last);
  }
}

TEST(VelocityProperties, RemovalsTakeTheMomentaAndNothingElse) {
  std::mt19937 random(224);
  for (int repeat = 0; repeat < 100; ++repeat) {
    Body body = random_body(random, 2 + random() % 6);
    const Body before = body;
    remove_translation(body.masses, body.velocities);
    for (const double p : momentum(body)) EXPECT_NEAR(p, 0, 1e-10);
    for (size_t i = 1; i < body.masses.size(); ++i) {  // the same for all atoms
      for (int k = 0; k < 3; ++k) {
        EXPECT_NEAR(before.velocities[i][k] - body.velocities[i][k], before.velocities[0][k] - body.velocities[0][k],
                    1e-12);
      }
    }
    remove_rotation(body.masses, body.positions, body.velocities);
    for (const double l : angular_momentum(body)) EXPECT_NEAR(l, 0, 1e-7);
    for (const double p : momentum(body)) EXPECT_NEAR(p, 0, 1e-8);
    const std::vector<Vector3> twice = body.velocities;
    remove_rotation(body.masses, body.positions, body.velocities);
    for (size_t i = 0; i < twice.size(); ++i) {
      for (int k = 0; k < 3; ++k) EXPECT_NEAR(body.velocities[i][k], twice[i][k], 1e-8);
    }
    EXPECT_LE(kinetic_energy(body.masses, body.velocities), kinetic_energy(before.masses, before.velocities) + 1e-12);
  }
}

TEST(VelocityProperties, ScalingReachesTheTemperatureExactly) {
  std::mt19937 random(225);
  for (int repeat = 0; repeat < 50; ++repeat) {
    Body body = random_body(random, 1 + random() % 6);
    const double temperature = static_cast<double>(random() % 1000);
    const auto freedoms = static_cast<int64_t>(1 + random() % 18);
    scale_to_temperature(body.masses, temperature, freedoms, body.velocities);
    EXPECT_NEAR(kinetic_energy(body.masses, body.velocities),
                0.5 * static_cast<double>(freedoms) * kBoltzmann * temperature, 1e-12 * (1 + temperature));
  }
  std::vector<Vector3> rest(2);
  EXPECT_NO_THROW(scale_to_temperature({1, 1}, 0, 3, rest));  // nothing that moves, and nothing asked for
}

TEST(VelocityProperties, EachComponentHasTheVarianceOfItsMass) {
  const std::vector<double> masses(4000, 16.0);
  const double temperature = 450;
  const std::vector<Vector3> velocities = maxwell_boltzmann(masses, temperature, 9);
  const double variance = kBoltzmann * temperature / 16 * kAccelerationUnit;
  for (int k = 0; k < 3; ++k) {
    double sum = 0, squares = 0;
    for (const Vector3& v : velocities) {
      sum += v[k];
      squares += v[k] * v[k];
    }
    EXPECT_NEAR(sum / 4000, 0, 5 * std::sqrt(variance / 4000));
    EXPECT_NEAR(squares / 4000, variance, 5 * variance * std::sqrt(2.0 / 4000));
  }
  EXPECT_EQ(maxwell_boltzmann(masses, temperature, 9), velocities);
  EXPECT_NE(maxwell_boltzmann(masses, temperature, 10), velocities);
  for (const Vector3& v : maxwell_boltzmann(masses, 0, 9)) EXPECT_EQ(v, Vector3{});
}

TEST(EnergyDriftProperties, IsTheLeastSquaresSlopeOfRandomPoints) {
  std::mt19937 random(226);
  std::normal_distribution<double> normal;
  for (int repeat = 0; repeat < 60; ++repeat) {
    const size_t count = random() % 20;
    EnergyDrift drift, continued;
    std::vector<double> times, energies;
    for (size_t k = 0; k < count; ++k) {
      times.push_back(static_cast<double>(k) + 0.3 * normal(random));
      energies.push_back(-1e4 + normal(random));
      drift.add(times.back(), energies.back());
      continued.add(times.back(), energies.back());
      if (k % 3 == 1) {  // through a restart file
        EnergyDrift next;
        next.load(continued.save());
        continued = next;
      }
    }
    double mean_time = 0, mean_energy = 0, above = 0, below = 0;
    for (size_t k = 0; k < count; ++k) {
      mean_time += times[k] / static_cast<double>(count);
      mean_energy += energies[k] / static_cast<double>(count);
    }
    for (size_t k = 0; k < count; ++k) {
      above += (times[k] - mean_time) * (energies[k] - mean_energy);
      below += (times[k] - mean_time) * (times[k] - mean_time);
    }
    const double slope = count < 2 ? 0 : above / below * 1000;  // per ps
    EXPECT_NEAR(drift.per_ps(), slope, 1e-6 * (1 + std::abs(slope)));
    EXPECT_EQ(continued.per_ps(), drift.per_ps());
    const double spread = count == 0 ? 0
                                     : *std::max_element(energies.begin(), energies.end()) -
                                           *std::min_element(energies.begin(), energies.end());
    EXPECT_EQ(drift.spread(), spread);
    EXPECT_EQ(continued.spread(), spread);
  }
}

}  // namespace
}  // namespace spinel
