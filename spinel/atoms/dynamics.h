// Molecular dynamics: velocity Verlet (NVE) and Langevin (NVT) from any function that gives energy and forces.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "spinel/atoms/frame.h"
#include "spinel/base/options.h"

namespace spinel {

/// Energy (eV) at `positions` (Å); writes the forces (eV/Å), one per atom.
using ForceFunction = std::function<double(const std::vector<Vector3>& positions, std::vector<Vector3>& forces)>;

struct DynamicsOptions {
  double time_step = 0.5;             ///< fs
  std::optional<double> temperature;  ///< K, of the Langevin bath; empty: constant energy
  double friction = 0.01;             ///< 1/fs, of the Langevin bath
  int64_t seed = 42;                  ///< of initial velocities and of the bath
};
const OptionTable<DynamicsOptions>& dynamics_table();

/// Everything that changes from step to step; with the options it decides all that follows, bit for bit.
struct DynamicsState {
  int64_t step = 0;
  double energy = 0;                ///< eV, potential
  double heat = 0;                  ///< eV, taken from the bath so far
  std::vector<Vector3> positions;   ///< Å
  std::vector<Vector3> velocities;  ///< Å/fs
  std::vector<Vector3> forces;      ///< eV/Å
};

/// Called after every `interval`-th step.
struct DynamicsObserver {
  int64_t interval = 1;
  std::function<void()> call;
};

/// Integrates Newton's equations, or Langevin's in the splitting BAOAB (Leimkuhler and Matthews, Appl. Math. Res.
/// Express 2013, 34), with one evaluation of the forces a step. The noise of a step is a function of seed, step and
/// atom, so a state continues exactly without a generator's state.
class Dynamics {
 public:
  /// `masses` in u, one per atom, positive.
  Dynamics(std::vector<double> masses, ForceFunction force, const DynamicsOptions& options);

  /// Begins at step 0; evaluates the forces. Velocities in Å/fs; empty: at rest.
  void start(std::vector<Vector3> positions, std::vector<Vector3> velocities = {});
  /// Goes on from a state, without an evaluation.
  void restore(DynamicsState state);
  /// Energies or forces that are not finite: internal, naming step and atom.
  void step();
  /// Steps until state().step is `last_step`; an observer's calls come in the order of the list.
  void run(int64_t last_step, const std::vector<DynamicsObserver>& observers);

  const DynamicsState& state() const { return state_; }
  const std::vector<double>& masses() const { return masses_; }
  double time() const { return static_cast<double>(state_.step) * options_.time_step; }  ///< fs
  double kinetic_energy() const;                                                         ///< eV
  /// K, of 3N degrees of freedom with a bath, of 3N − 3 without: there the centre of mass keeps its motion.
  double temperature() const;
  /// eV; potential and kinetic energy less the heat taken from the bath: constant but for the error of the integrator.
  double conserved_energy() const { return state_.energy + kinetic_energy() - state_.heat; }

 private:
  void evaluate();
  void kick();
  void drift(double time);
  void thermostat();

  std::vector<double> masses_;
  ForceFunction force_;
  DynamicsOptions options_;
  DynamicsState state_;
};

/// Velocities (Å/fs) drawn from the Maxwell-Boltzmann distribution at `temperature` (K).
std::vector<Vector3> maxwell_boltzmann(const std::vector<double>& masses, double temperature, uint64_t seed);
/// Takes away the motion of the centre of mass.
void remove_translation(const std::vector<double>& masses, std::vector<Vector3>& velocities);
/// Takes away the rotation about the centre of mass (of systems without periodic boundaries). A linear molecule's
/// missing third moment of inertia is left out.
void remove_rotation(const std::vector<double>& masses, const std::vector<Vector3>& positions,
                     std::vector<Vector3>& velocities);
/// Scales the velocities to have exactly this temperature (K) over `degrees_of_freedom`.
void scale_to_temperature(const std::vector<double>& masses, double temperature, int64_t degrees_of_freedom,
                          std::vector<Vector3>& velocities);
/// ½ Σ m v² in eV.
double kinetic_energy(const std::vector<double>& masses, const std::vector<Vector3>& velocities);

/// Slope of a straight line through (time, energy) by least squares, point by point.
class EnergyDrift {
 public:
  void add(double time_fs, double energy);
  /// eV/ps; 0 below two points.
  double per_ps() const;
  /// Largest less smallest energy, eV.
  double spread() const { return count_ ? highest_ - lowest_ : 0; }
  /// Its content as numbers, for restart files, and back.
  std::vector<double> save() const;
  void load(const std::vector<double>& numbers);

 private:
  double count_ = 0, mean_time_ = 0, mean_energy_ = 0, time_time_ = 0, time_energy_ = 0, lowest_ = 0, highest_ = 0;
};

}  // namespace spinel
