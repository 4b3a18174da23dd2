#include "tests/models/schnet/training_check.h"

#include <ATen/ATen.h>

#include <array>
#include <cmath>
#include <numbers>
#include <numeric>

#include "spinel/atoms/xyz.h"
#include "spinel/base/error.h"
#include "spinel/base/safetensors.h"
#include "spinel/hosts/torch/tensor_view.h"
#include "spinel/train/losses.h"
#include "spinel/train/optimizers.h"

namespace spinel::models {
namespace {

train::WeightedLoss make_weighted_loss() {
  return train::WeightedLoss(
      {{.output = "energy", .target = "", .weight = 0.01}, {.output = "forces", .target = "", .weight = 0.99}});
}

double mean_absolute_error(const at::Tensor& prediction, const at::Tensor& target) {
  return (prediction.to(at::kDouble) - target.to(at::kDouble)).abs().mean().item<double>();
}

std::vector<int64_t> places_from(int64_t begin, int64_t count) {
  std::vector<int64_t> places(count);
  std::iota(places.begin(), places.end(), begin);
  return places;
}

}  // namespace

TrainingCheck::TrainingCheck(const std::string& source, SchNet& model, at::ScalarType dtype)
    : model_(model),
      dtype_(dtype),
      frames_(read_xyz(source + "/data/ethanol-gfn2/ethanol_gfn2.xyz"), model, {"energy", "forces"}, dtype,
              {.filter_unvalid = false}) {
  require(frames_.size() == kFrames, "ethanol_gfn2.xyz: {} frames; the training check needs {}", frames_.size(),
          kFrames);
  const at::Tensor energies = frames_.target("energy");
  for (int64_t place = 0; place < kTrain; ++place) mean_energy_ += energies[index_of(place)].item<double>() / kTrain;
}

train::Batch TrainingCheck::batch(const std::vector<int64_t>& places) const {
  std::vector<int64_t> indices;
  for (int64_t place : places) indices.push_back(index_of(place));
  train::Batch result = frames_.batch(indices);
  result.targets.set("energy", (result.targets.at("energy") - mean_energy_).to(dtype_));
  result.targets.set("forces", result.targets.at("forces").to(dtype_));
  return result;
}

TrainingCheckResult TrainingCheck::run(int64_t epochs, const EpochOrder& order) {
  const auto optimizer = train::make_optimizer(
      Config::map({{"AdamW", Config::map({{"lr", 1e-3}, {"weight_decay", 0.0}})}}), model_.named_parameters());
  const train::WeightedLoss loss = make_weighted_loss();
  TrainingCheckResult result;
  result.mean_energy = mean_energy_;
  model_.train();
  for (int64_t epoch = 0; epoch < epochs; ++epoch) {
    const double part = static_cast<double>(epoch) / static_cast<double>(epochs);
    optimizer->set_lr(0.5e-3 * (1 + std::cos(std::numbers::pi * part)));
    const std::vector<int64_t> places = order(epoch);
    for (auto first = places.begin(); first != places.end(); first += kBatch) {
      const train::Batch step = batch({first, first + kBatch});
      optimizer->zero_grad();
      const at::Tensor total = loss(model_.call(step.inputs), step.targets).total;
      total.backward();
      optimizer->step();
      result.losses.push_back(total.item<double>());
    }
  }
  test(result);
  return result;
}

void TrainingCheck::test(TrainingCheckResult& result) {
  const at::NoGradGuard no_grad;
  model_.eval();
  const train::Batch frames = batch(places_from(kTestBegin, kFrames - kTestBegin));
  const NamedTensors outputs = model_.call(frames.inputs);
  result.energy_mae = mean_absolute_error(outputs.at("energy"), frames.targets.at("energy"));
  result.forces_mae = mean_absolute_error(outputs.at("forces"), frames.targets.at("forces"));
}

std::unique_ptr<SchNet> fixed_run_model(const std::string& source) {
  const auto file = SafetensorsFile::open(source + "/tests/golden/materials/schnet/SchNet-check-init-f64.safetensors");
  auto model = std::make_unique<SchNet>(parse_schnet_options(parse_json(file.metadata().at("args"), file.name())));
  model->to(at::kDouble);
  NamedTensors state;
  for (const std::string& name : file.names()) {
    // Buffers come from the file too: the reference computed them in float32.
    for (const std::string prefix : {"param.", "buffer."}) {
      if (name.starts_with(prefix)) state.set(name.substr(prefix.size()), to_tensor(file.tensor(name), file.owner()));
    }
  }
  model->load_state_dict(state);
  return model;
}

std::vector<int64_t> fixed_run_order(int64_t epoch) {
  constexpr std::array<int64_t, 10> kFactors = {11, 13, 17, 19, 23, 29, 31, 37, 41, 47};  // coprime to 400
  std::vector<int64_t> places;
  for (int64_t k = 0; k < TrainingCheck::kTrain; ++k) {
    places.push_back((kFactors[epoch % 10] * k + 37 * epoch) % TrainingCheck::kTrain);
  }
  return places;
}

TrainingCheckResult fixed_run(const std::string& source) {
  const auto model = fixed_run_model(source);
  return TrainingCheck(source, *model, at::kDouble).run(25, fixed_run_order);
}

}  // namespace spinel::models
