// SchNet trained on data/ethanol-gfn2 by a plain loop: the run that the training check compares with SchNetPack's.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "spinel/models/schnet/schnet.h"
#include "spinel/train/frame_dataset.h"

namespace spinel::models {

/// What a run of the check gives.
struct TrainingCheckResult {
  double mean_energy = 0;      ///< eV, of the training frames; subtracted from all energies
  std::vector<double> losses;  ///< before each step: 0.01 · MSE(E) + 0.99 · MSE(F)
  double energy_mae = 0;       ///< eV, on the test frames, with the last parameters
  double forces_mae = 0;       ///< eV/Å
};

/// The same run in SchNetPack 2.2.0 on torch 2.13, float64.
struct TrainingCheckReference {
  struct LossAt {
    int64_t step;
    double loss;
  };
  double mean_energy = -309.35521153;
  std::vector<LossAt> losses = {{0, 1.754981}, {100, 0.173031}, {300, 0.052986}, {600, 0.104872}, {999, 0.038487}};
  double energy_mae = 0.050236, forces_mae = 0.158698;
  /// Changing the initial parameters by 1e-12 moves these figures by less than 1e-6, so that more is a mistake.
  double tolerance = 1e-3;
};

/// Frame (7k) mod 600 stands at place k; places 0 … 399 train, 500 … 599 test. Batches of 10, AdamW without weight
/// decay, rate from 1e-3 to 0 by half a cosine over the epochs.
class TrainingCheck {
 public:
  static constexpr int64_t kFrames = 600, kTrain = 400, kTestBegin = 500, kBatch = 10;
  /// The places of an epoch in their order; consecutive tens are its batches.
  using EpochOrder = std::function<std::vector<int64_t>(int64_t epoch)>;

  /// `source`: the root of the repository, with data/. `model` must outlive the object.
  TrainingCheck(const std::string& source, SchNet& model, at::ScalarType dtype);
  TrainingCheckResult run(int64_t epochs, const EpochOrder& order);

 private:
  static int64_t index_of(int64_t place) { return 7 * place % kFrames; }
  /// The frames at these places, energies less the mean of the training part, targets in the model's type.
  train::Batch batch(const std::vector<int64_t>& places) const;
  void test(TrainingCheckResult& result);

  SchNet& model_;
  at::ScalarType dtype_;
  train::FrameDataset frames_;
  double mean_energy_ = 0;
};

/// The initial model of the fixed run (F = 32, T = 2, n_rbf = 16; float64), from tests/golden of `source`.
std::unique_ptr<SchNet> fixed_run_model(const std::string& source);
/// The order of the fixed run: place (A[epoch mod 10] · k + 37 · epoch) mod 400 for k = 0 … 399.
std::vector<int64_t> fixed_run_order(int64_t epoch);
/// The fixed run, of 25 epochs or 1000 steps.
TrainingCheckResult fixed_run(const std::string& source);

}  // namespace spinel::models
