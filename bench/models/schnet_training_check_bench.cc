// The training check of SchNet: what a training ends with, against SchNetPack 2.2.0 on the same data.
// The fixed run must give the reference's figures within 0.1 %. Free runs, from random parameters in random order,
// scatter by more than a per cent: their mean over three seeds must lie within two standard deviations of the
// reference's. Exit status 1 where one does not hold.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <cmath>
#include <cstdio>

#include "spinel/base/error.h"
#include "spinel/train/batch_order.h"
#include "spinel/train/random.h"
#include "tests/models/schnet/training_check.h"

namespace spinel::models {
namespace {

/// Prints one figure beside the reference's; whether it agrees.
bool compare(const char* what, const char* unit, double value, double wanted, double tolerance) {
  const double deviation = value / wanted - 1;
  const bool good = std::abs(deviation) < tolerance;
  std::printf("  %-14s %16.8f %-5s SchNetPack %16.8f  %+.4f %%%s\n", what, value, unit, wanted, 100 * deviation,
              good ? "" : "  DIFFERS");
  return good;
}

bool check_fixed_run(const std::string& source) {
  std::puts("fixed run: float64, F=32, T=2, n_rbf=16, 25 epochs");
  const TrainingCheckResult result = fixed_run(source);
  const TrainingCheckReference reference;
  bool good = compare("mean energy", "eV", result.mean_energy, reference.mean_energy, 1e-10);
  for (const auto& [step, loss] : reference.losses) {
    char what[32];
    std::snprintf(what, sizeof what, "loss, step %lld", static_cast<long long>(step));
    good &= compare(what, "", result.losses.at(step), loss, reference.tolerance);
  }
  good &= compare("energy MAE", "eV", result.energy_mae, reference.energy_mae, reference.tolerance);
  good &= compare("force MAE", "eV/Å", result.forces_mae, reference.forces_mae, reference.tolerance);
  return good;
}

TrainingCheckResult free_run(const std::string& source, uint64_t seed) {
  train::manual_seed(static_cast<int64_t>(seed));
  SchNet model({.n_atom_basis = 64, .n_interactions = 3, .n_rbf = 20});
  const auto shuffled = [seed](int64_t epoch) {
    const train::BatchOrder order({.samples = TrainingCheck::kTrain, .batch_size = 1, .shuffle = true, .seed = seed},
                                  epoch);
    std::vector<int64_t> places;
    for (int64_t k = 0; k < order.batches(); ++k) places.push_back(order.samples(k).front());
    return places;
  };
  return TrainingCheck(source, model, at::kFloat).run(40, shuffled);
}

/// Mean and sample standard deviation beside the reference's; whether the mean lies within two of its deviations.
bool compare_spread(const char* what, const char* unit, const std::vector<double>& values, double mean,
                    double deviation) {
  double sum = 0, square = 0;
  for (double v : values) sum += v;
  const double ours = sum / static_cast<double>(values.size());
  for (double v : values) square += (v - ours) * (v - ours);
  const double spread = std::sqrt(square / static_cast<double>(values.size() - 1));
  const bool good = std::abs(ours - mean) < 2 * deviation;
  std::printf("  %-14s %.4f ± %.4f %s, SchNetPack %.4f ± %.4f%s\n", what, ours, spread, unit, mean, deviation,
              good ? "" : "  DIFFERS");
  return good;
}

bool check_free_runs(const std::string& source) {
  std::puts("free runs: float32, F=64, T=3, n_rbf=20, 40 epochs, seeds 0, 1, 2");
  std::vector<double> energy, forces;
  for (uint64_t seed : {0, 1, 2}) {
    const TrainingCheckResult result = free_run(source, seed);
    std::printf("  seed %d: energy MAE %.4f eV, force MAE %.4f eV/Å\n", static_cast<int>(seed), result.energy_mae,
                result.forces_mae);
    std::fflush(stdout);
    energy.push_back(result.energy_mae);
    forces.push_back(result.forces_mae);
  }
  const bool good = compare_spread("energy MAE", "eV", energy, 0.0325, 0.0028);
  return compare_spread("force MAE", "eV/Å", forces, 0.0937, 0.0074) && good;
}

}  // namespace
}  // namespace spinel::models

int main(int argc, char** argv) {
  try {
    spinel::require(
        argc <= 2, "schnet_training_check_bench: {} arguments were given; use schnet_training_check_bench [REPOSITORY]",
        argc - 1);
    const std::string source = argc == 2 ? argv[1] : ".";
    at::set_num_threads(1);
    const bool fixed = spinel::models::check_fixed_run(source);
    return spinel::models::check_free_runs(source) && fixed ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
