#include "spinel/atoms/dynamics.h"

#include <algorithm>
#include <cmath>

#include "spinel/atoms/constants.h"
#include "spinel/base/error.h"
#include "spinel/base/random.h"

namespace spinel {
namespace {

bool finite(const Vector3& v) { return std::isfinite(v[0]) && std::isfinite(v[1]) && std::isfinite(v[2]); }

}  // namespace

const OptionTable<DynamicsOptions>& dynamics_table() {
  static const auto table =
      OptionTable<DynamicsOptions>("md")
          .add("time_step", &DynamicsOptions::time_step, "time step", "fs")
          .positive()
          .add("temperature", &DynamicsOptions::temperature, "temperature of the bath; null: constant energy", "K")
          .range(0)
          .add("friction", &DynamicsOptions::friction, "friction of the Langevin bath", "1/fs")
          .positive()
          .add("seed", &DynamicsOptions::seed, "seed of initial velocities and of the bath")
          .range(0);
  return table;
}

Dynamics::Dynamics(std::vector<double> masses, ForceFunction force, const DynamicsOptions& options)
    : masses_(std::move(masses)), force_(std::move(force)), options_(options) {
  require(!masses_.empty(), "md: the system has no atoms; at least one is needed");
  for (size_t i = 0; i < masses_.size(); ++i) {
    require(masses_[i] > 0 && std::isfinite(masses_[i]), "md: atom {} has the mass {} u; it must be positive", i,
            masses_[i]);
  }
}

void Dynamics::start(std::vector<Vector3> positions, std::vector<Vector3> velocities) {
  if (velocities.empty()) velocities.assign(positions.size(), Vector3{});
  state_ = {};
  state_.positions = std::move(positions);
  state_.velocities = std::move(velocities);
  require(state_.positions.size() == masses_.size() && state_.velocities.size() == masses_.size(),
          "md: {} positions and {} velocities for {} atoms; one of each per atom is needed", state_.positions.size(),
          state_.velocities.size(), masses_.size());
  evaluate();
}

void Dynamics::restore(DynamicsState state) {
  require(state.positions.size() == masses_.size() && state.velocities.size() == masses_.size() &&
              state.forces.size() == masses_.size(),
          "md: the state to go on from has {} atoms, the system {}", state.positions.size(), masses_.size());
  state_ = std::move(state);
}

void Dynamics::evaluate() {
  state_.forces.resize(masses_.size());
  state_.energy = force_(state_.positions, state_.forces);
  if (!std::isfinite(state_.energy)) {
    fail(ErrorKind::internal, "md: the energy is {} at step {}; a smaller time step or a better potential is needed",
         state_.energy, state_.step);
  }
  for (size_t i = 0; i < masses_.size(); ++i) {
    if (finite(state_.forces[i]) && finite(state_.positions[i])) continue;
    fail(ErrorKind::internal,
         "md: the force on atom {} is not finite at step {}; a smaller time step or a better potential is needed", i,
         state_.step);
  }
}

// Half a step of the forces on the velocities.
void Dynamics::kick() {
  const double half = 0.5 * options_.time_step * kAccelerationUnit;
  for (size_t i = 0; i < masses_.size(); ++i) {
    for (int k = 0; k < 3; ++k) state_.velocities[i][k] += half / masses_[i] * state_.forces[i][k];
  }
}

void Dynamics::drift(double time) {
  for (size_t i = 0; i < masses_.size(); ++i) {
    for (int k = 0; k < 3; ++k) state_.positions[i][k] += time * state_.velocities[i][k];
  }
}

// The exact solution of dv = −γ v dt + noise over a whole step (an Ornstein-Uhlenbeck process).
void Dynamics::thermostat() {
  const double before = kinetic_energy();
  const double keep = std::exp(-options_.friction * options_.time_step);
  const double noise = std::sqrt((1 - keep * keep) * kBoltzmann * *options_.temperature * kAccelerationUnit);
  const Philox random(static_cast<uint64_t>(options_.seed));
  // Counter 0 is that of the initial velocities.
  const uint64_t counter = static_cast<uint64_t>(state_.step) + 1;
  for (size_t i = 0; i < masses_.size(); ++i) {
    const auto [x, y] = random.normal(counter, 2 * i);
    const Vector3 normal{x, y, random.normal(counter, 2 * i + 1)[0]};
    for (int k = 0; k < 3; ++k) {
      state_.velocities[i][k] = keep * state_.velocities[i][k] + noise / std::sqrt(masses_[i]) * normal[k];
    }
  }
  state_.heat += kinetic_energy() - before;
}

void Dynamics::step() {
  kick();
  if (options_.temperature) {
    drift(0.5 * options_.time_step);
    thermostat();
    drift(0.5 * options_.time_step);
  } else {
    drift(options_.time_step);
  }
  ++state_.step;
  evaluate();
  kick();
}

void Dynamics::run(int64_t last_step, const std::vector<DynamicsObserver>& observers) {
  while (state_.step < last_step) {
    step();
    for (const DynamicsObserver& observer : observers) {
      if (observer.interval > 0 && state_.step % observer.interval == 0) observer.call();
    }
  }
}

double Dynamics::kinetic_energy() const { return spinel::kinetic_energy(masses_, state_.velocities); }

double Dynamics::temperature() const {
  const int64_t atoms = static_cast<int64_t>(masses_.size());
  const int64_t degrees = std::max<int64_t>(1, options_.temperature ? 3 * atoms : 3 * atoms - 3);
  return 2 * kinetic_energy() / (static_cast<double>(degrees) * kBoltzmann);
}

double kinetic_energy(const std::vector<double>& masses, const std::vector<Vector3>& velocities) {
  double sum = 0;
  for (size_t i = 0; i < masses.size(); ++i) {
    const Vector3& v = velocities[i];
    sum += masses[i] * (v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
  }
  return 0.5 * sum / kAccelerationUnit;
}

void EnergyDrift::add(double time_fs, double energy) {
  lowest_ = count_ ? std::min(lowest_, energy) : energy;
  highest_ = count_ ? std::max(highest_, energy) : energy;
  count_ += 1;
  const double time_step = time_fs - mean_time_;
  mean_time_ += time_step / count_;
  mean_energy_ += (energy - mean_energy_) / count_;
  time_time_ += time_step * (time_fs - mean_time_);
  time_energy_ += time_step * (energy - mean_energy_);
}

double EnergyDrift::per_ps() const { return time_time_ > 0 ? 1000 * time_energy_ / time_time_ : 0; }

std::vector<double> EnergyDrift::save() const {
  return {count_, mean_time_, mean_energy_, time_time_, time_energy_, lowest_, highest_};
}

void EnergyDrift::load(const std::vector<double>& numbers) {
  require(numbers.size() == 7, "energy drift: {} numbers; 7 are needed", numbers.size());
  count_ = numbers[0];
  mean_time_ = numbers[1];
  mean_energy_ = numbers[2];
  time_time_ = numbers[3];
  time_energy_ = numbers[4];
  lowest_ = numbers[5];
  highest_ = numbers[6];
}

}  // namespace spinel
