#include "spinel/atoms/dynamics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>

#include "spinel/atoms/constants.h"

namespace spinel {
namespace {

using testing::HasSubstr;

/// Independent springs to the origin, k in eV/Å².
ForceFunction springs(double k) {
  return [k](const std::vector<Vector3>& positions, std::vector<Vector3>& forces) {
    double energy = 0;
    for (size_t i = 0; i < positions.size(); ++i) {
      for (int c = 0; c < 3; ++c) {
        energy += 0.5 * k * positions[i][c] * positions[i][c];
        forces[i][c] = -k * positions[i][c];
      }
    }
    return energy;
  };
}

/// Lennard-Jones with argon's parameters (ε 0.0104 eV, σ 3.4 Å), without cutoff.
double lennard_jones(const std::vector<Vector3>& positions, std::vector<Vector3>& forces) {
  double energy = 0;
  for (auto& f : forces) f = {};
  for (size_t i = 0; i < positions.size(); ++i) {
    for (size_t j = i + 1; j < positions.size(); ++j) {
      Vector3 d{};
      double square = 0;
      for (int c = 0; c < 3; ++c) {
        d[c] = positions[j][c] - positions[i][c];
        square += d[c] * d[c];
      }
      const double s6 = std::pow(3.4 * 3.4 / square, 3);
      energy += 4 * 0.0104 * (s6 * s6 - s6);
      const double slope = 4 * 0.0104 * (-12 * s6 * s6 + 6 * s6) / square;
      for (int c = 0; c < 3; ++c) {
        forces[i][c] += slope * d[c];
        forces[j][c] -= slope * d[c];
      }
    }
  }
  return energy;
}

std::vector<Vector3> argon_cluster() {
  std::vector<Vector3> positions;
  for (int x = 0; x < 2; ++x) {
    for (int y = 0; y < 2; ++y) {
      for (int z = 0; z < 2; ++z) positions.push_back({3.8 * x, 3.8 * y, 3.8 * z});
    }
  }
  return positions;
}

Vector3 momentum(const std::vector<double>& masses, const std::vector<Vector3>& velocities) {
  Vector3 sum{};
  for (size_t i = 0; i < masses.size(); ++i) {
    for (int c = 0; c < 3; ++c) sum[c] += masses[i] * velocities[i][c];
  }
  return sum;
}

TEST(Dynamics, ForceUnitTurnsElectronVoltsIntoAcceleration) {
  // Two atoms of 1 u, 1 eV of kinetic energy together: each moves at sqrt(1 eV / 1 u) = 9822.69 m/s.
  EXPECT_NEAR(kinetic_energy({1, 1}, {Vector3{0.0982269, 0, 0}, Vector3{-0.0982269, 0, 0}}), 1, 1e-6);
}

TEST(Dynamics, AnOscillatorReturnsAfterItsPeriod) {
  const double mass = 12, k = 10;
  const double period = 2 * std::numbers::pi * std::sqrt(mass / (k * kAccelerationUnit));  // ≈ 70 fs
  const int steps = 2000;
  Dynamics dynamics({mass}, springs(k), {.time_step = period / steps});
  dynamics.start({Vector3{0.3, 0, 0}});
  for (int i = 0; i < steps / 4; ++i) dynamics.step();
  EXPECT_NEAR(dynamics.state().positions[0][0], 0, 1e-5);
  EXPECT_NEAR(dynamics.kinetic_energy(), 0.5 * k * 0.09, 1e-5);
  for (int i = 0; i < 3 * steps / 4; ++i) dynamics.step();
  EXPECT_NEAR(dynamics.state().positions[0][0], 0.3, 1e-5);
  EXPECT_NEAR(dynamics.time(), period, 1e-9);
}

TEST(Dynamics, EnergyErrorOfVelocityVerletFallsWithTheSquareOfTheStep) {
  const auto spread = [](double time_step) {
    Dynamics dynamics(std::vector<double>(8, 39.948), lennard_jones, {.time_step = time_step});
    const std::vector<double>& masses = dynamics.masses();
    dynamics.start(argon_cluster(), maxwell_boltzmann(masses, 40, 3));
    EnergyDrift drift;
    dynamics.run(static_cast<int64_t>(2000 / time_step),
                 {{1, [&] { drift.add(dynamics.time(), dynamics.conserved_energy()); }}});
    return drift.spread();
  };
  const double coarse = spread(8), fine = spread(4);
  EXPECT_GT(fine, 0);
  EXPECT_NEAR(coarse / fine, 4, 0.8);
}

TEST(Dynamics, RunsBackwardsAfterVelocitiesAreReversed) {
  Dynamics dynamics(std::vector<double>(8, 39.948), lennard_jones, {.time_step = 5});
  dynamics.start(argon_cluster(), maxwell_boltzmann(dynamics.masses(), 60, 1));
  dynamics.run(300, {});
  DynamicsState state = dynamics.state();
  for (auto& v : state.velocities) {
    for (double& x : v) x = -x;
  }
  dynamics.restore(state);
  dynamics.run(600, {});
  for (size_t i = 0; i < 8; ++i) {
    for (int c = 0; c < 3; ++c) EXPECT_NEAR(dynamics.state().positions[i][c], argon_cluster()[i][c], 1e-8);
  }
}

TEST(Dynamics, LangevinReachesTheTemperatureOfTheBath) {
  const size_t atoms = 200;
  Dynamics dynamics(std::vector<double>(atoms, 12), springs(5), {.time_step = 2, .temperature = 300, .friction = 0.05});
  dynamics.start(std::vector<Vector3>(atoms));
  dynamics.run(300, {});
  double kinetic = 0, potential = 0;
  int64_t samples = 0;
  dynamics.run(2300, {{5, [&] {
                         kinetic += dynamics.kinetic_energy();
                         potential += dynamics.state().energy;
                         ++samples;
                       }}});
  const double equipartition = 1.5 * kBoltzmann * 300 * atoms;
  EXPECT_NEAR(kinetic / samples / equipartition, 1, 0.02);
  // BAOAB samples configurations of a harmonic potential without an error of the time step.
  EXPECT_NEAR(potential / samples / equipartition, 1, 0.03);
}

TEST(Dynamics, LangevinConservesEnergyLessHeat) {
  Dynamics dynamics(std::vector<double>(50, 12), springs(5), {.time_step = 0.5, .temperature = 300, .friction = 0.02});
  dynamics.start(std::vector<Vector3>(50));
  const double start = dynamics.conserved_energy();
  dynamics.run(1000, {});
  EXPECT_GT(dynamics.state().heat, 1);
  EXPECT_NEAR(dynamics.conserved_energy(), start, 2e-3 * dynamics.state().heat);
}

TEST(Dynamics, AStateContinuesBitForBit) {
  for (const bool bath : {false, true}) {
    DynamicsOptions options{.time_step = 2};
    if (bath) options.temperature = 80;
    const std::vector<double> masses(8, 39.948);
    Dynamics whole(masses, lennard_jones, options);
    whole.start(argon_cluster(), maxwell_boltzmann(masses, 40, 9));
    whole.run(50, {});
    Dynamics resumed(masses, lennard_jones, options);
    resumed.restore(whole.state());
    whole.run(120, {});
    resumed.run(120, {});
    EXPECT_EQ(whole.state().positions, resumed.state().positions);
    EXPECT_EQ(whole.state().velocities, resumed.state().velocities);
    EXPECT_EQ(whole.conserved_energy(), resumed.conserved_energy());
  }
}

TEST(Dynamics, SeedsGiveDifferentNoise) {
  const auto end = [](int64_t seed) {
    Dynamics dynamics({12}, springs(5), {.temperature = 300, .seed = seed});
    dynamics.start({Vector3{}});
    dynamics.run(10, {});
    return dynamics.state().positions;
  };
  EXPECT_EQ(end(1), end(1));
  EXPECT_NE(end(1), end(2));
}

TEST(Dynamics, ObserversAreCalledAtTheirIntervals) {
  Dynamics dynamics({12}, springs(5), {});
  dynamics.start({Vector3{1, 0, 0}});
  std::vector<int64_t> calls;
  dynamics.run(10, {{4, [&] { calls.push_back(dynamics.state().step); }}, {0, [] { FAIL(); }}});
  EXPECT_EQ(calls, (std::vector<int64_t>{4, 8}));
}

TEST(Dynamics, ForcesThatAreNotFiniteEndTheRun) {
  int calls = 0;
  const ForceFunction broken = [&](const std::vector<Vector3>&, std::vector<Vector3>& forces) {
    forces[1] = {0, ++calls > 3 ? std::numeric_limits<double>::quiet_NaN() : 0, 0};
    return 0.0;
  };
  Dynamics dynamics({1, 1}, broken, {});
  dynamics.start(std::vector<Vector3>(2));
  try {
    dynamics.run(10, {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("atom 1 is not finite at step 3"));
  }
}

TEST(Dynamics, RefusesImpossibleSystems) {
  EXPECT_THROW(Dynamics({}, springs(1), {}), Error);
  EXPECT_THROW(Dynamics({-1}, springs(1), {}), Error);
  Dynamics dynamics({1, 1}, springs(1), {});
  EXPECT_THROW(dynamics.start({Vector3{}}), Error);
  EXPECT_THROW(dynamics.restore({}), Error);
  EXPECT_THROW(dynamics_table().parse(parse_json(R"({"time_step": 0})", "test")), Error);  // CF-03
}

TEST(MaxwellBoltzmann, HasTheTemperature) {
  const std::vector<double> masses(5000, 20);
  const auto velocities = maxwell_boltzmann(masses, 400, 5);
  EXPECT_NEAR(2 * kinetic_energy(masses, velocities) / (3 * 5000 * kBoltzmann), 400, 400 * 5 * std::sqrt(2.0 / 15000));
  EXPECT_THROW(maxwell_boltzmann(masses, -1, 5), Error);
}

TEST(MaxwellBoltzmann, RemovalLeavesNoMotionOfTheWhole) {
  const std::vector<double> masses{12, 16, 1, 1, 14};
  const std::vector<Vector3> positions{{0, 0, 0}, {1.4, 0, 0.3}, {0, 1.1, 0}, {-0.4, -0.3, 1}, {2, 2, 2}};
  auto velocities = maxwell_boltzmann(masses, 300, 2);
  remove_translation(masses, velocities);
  remove_rotation(masses, positions, velocities);
  Vector3 angular{};
  for (size_t i = 0; i < masses.size(); ++i) {
    const Vector3& r = positions[i];
    const Vector3& v = velocities[i];
    angular[0] += masses[i] * (r[1] * v[2] - r[2] * v[1]);
    angular[1] += masses[i] * (r[2] * v[0] - r[0] * v[2]);
    angular[2] += masses[i] * (r[0] * v[1] - r[1] * v[0]);
  }
  for (int c = 0; c < 3; ++c) {
    EXPECT_NEAR(momentum(masses, velocities)[c], 0, 1e-14);
    EXPECT_NEAR(angular[c], 0, 1e-13);
  }
  scale_to_temperature(masses, 250, 9, velocities);
  EXPECT_NEAR(kinetic_energy(masses, velocities), 4.5 * kBoltzmann * 250, 1e-12);
}

TEST(MaxwellBoltzmann, LinearMoleculesHaveTwoRotations) {
  const std::vector<double> masses{12, 16};
  const std::vector<Vector3> positions{{0, 0, 0}, {0, 0, 1.13}};
  std::vector<Vector3> velocities{{0.1, 0.2, 0.05}, {0, 0, 0}};
  remove_translation(masses, velocities);
  remove_rotation(masses, positions, velocities);
  for (const auto& v : velocities) {
    EXPECT_NEAR(v[0], 0, 1e-15);
    EXPECT_NEAR(v[1], 0, 1e-15);
    EXPECT_GT(std::abs(v[2]), 0.01);  // the vibration stays
  }
}

TEST(EnergyDrift, IsTheSlopeByLeastSquares) {
  EnergyDrift drift;
  for (int i = 0; i < 10; ++i) drift.add(100.0 * i, 5 + 0.002 * i + (i % 2 ? 1e-5 : -1e-5));
  EXPECT_NEAR(drift.per_ps(), 0.02, 1e-5);
  EnergyDrift copy;
  copy.load(drift.save());
  drift.add(1000, 6);
  copy.add(1000, 6);
  EXPECT_EQ(drift.per_ps(), copy.per_ps());
  EXPECT_EQ(drift.spread(), copy.spread());
  EXPECT_EQ(EnergyDrift().per_ps(), 0);
}

}  // namespace
}  // namespace spinel
