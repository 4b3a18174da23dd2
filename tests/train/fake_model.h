// A tiny potential for tests of the training loop: few parameters, exact forces, no neighbour list.
#pragma once

#include <ATen/ATen.h>

#include <memory>
#include <string>
#include <vector>

#include "spinel/base/error.h"
#include "spinel/base/options.h"
#include "spinel/train/model.h"

namespace spinel::train {

struct FakeOptions {
  int64_t features = 4;
  double noise = 0;  ///< standard deviation of what is added to energies while training: uses the global generator
};

inline const OptionTable<FakeOptions>& fake_table() {
  static const auto table = OptionTable<FakeOptions>("Fake")
                                .add("features", &FakeOptions::features, "width")
                                .range(1, 100)
                                .add("noise", &FakeOptions::noise, "noise while training")
                                .range(0);
  return table;
}

/// energy = Σ_i bias[z_i] + Σ_k out[k] tanh(weight[k] |r_i|²), forces = −∂energy/∂r_i by hand.
class FakeModel : public Model {
 public:
  explicit FakeModel(const Config& arguments) : options_(fake_table().parse(arguments)) {
    add_parameter("bias", bias_ = at::empty({10}));
    add_parameter("weight", weight_ = at::empty({options_.features}));
    add_parameter("out", out_ = at::empty({options_.features}));
    add_buffer("scale", scale_ = at::ones({1}));
    reset_parameters();
  }
  void reset_parameters() override {
    at::NoGradGuard guard;
    bias_.zero_();
    weight_.normal_(0, 0.5);
    out_.normal_(0, 0.5);
  }
  std::string name() const override { return "Fake"; }
  Config arguments() const override { return fake_table().complete(options_); }
  std::vector<OutputDoc> outputs() const override { return {{"energy", "eV", false}, {"forces", "eV/Å", true}}; }
  NamedTensors call(const NamedTensors& inputs) override {
    const at::Tensor& z = inputs.at("z", "Fake");
    const at::Tensor& r = inputs.at("pos", "Fake");
    const at::Tensor square = (r * r).sum(1, true);
    const at::Tensor t = at::tanh(square * weight_);
    const at::Tensor per_atom = bias_.index_select(0, z) + at::mv(t, out_);
    const int64_t graphs = inputs.at("n_atoms", "Fake").size(0);
    at::Tensor energy = at::zeros({graphs}, r.options()).index_add(0, inputs.at("idx_m", "Fake"), per_atom) * scale_;
    if (is_training() && options_.noise > 0) energy = energy + at::randn_like(energy) * options_.noise;
    const at::Tensor forces = -2 * r * at::mv(1 - t * t, out_ * weight_).unsqueeze(1) * scale_;
    return {{"energy", energy}, {"forces", forces}};
  }
  NamedTensors featurize(const Frame& frame, at::ScalarType dtype) const override {
    at::Tensor pos = at::empty({frame.size(), 3}, at::kDouble);
    for (int64_t i = 0; i < frame.size(); ++i) {
      require(frame.numbers[i] < 10, "Fake: element {} is not in the table; it ends at 9", frame.numbers[i]);
      for (int c = 0; c < 3; ++c) pos[i][c] = frame.positions[i][c];
    }
    return {{"z", at::tensor(frame.numbers, at::kLong)},
            {"pos", pos.to(dtype)},
            {"idx_m", at::zeros({frame.size()}, at::kLong)},
            {"n_atoms", at::tensor({frame.size()}, at::kLong)}};
  }
  std::vector<JoinRule> join_rules() const override { return {{"idx_m", JoinRule::Kind::number, ""}}; }

 private:
  FakeOptions options_;
  at::Tensor bias_, weight_, out_, scale_;
};

inline const ModelList& fake_models() {
  static const ModelList list("model", {{"Fake", "for tests", fake_table().docs(), [](const Config& arguments) {
                                           return std::unique_ptr<Model>(new FakeModel(arguments));
                                         }}});
  return list;
}

/// Frames of 1 to 4 atoms of elements 1 and 6 to 8 with energies and forces of a simple formula.
inline std::vector<Frame> fake_frames(int64_t count, uint64_t seed = 1) {
  uint64_t state = seed * 2654435761u + 1;
  const auto draw = [&] {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return static_cast<double>(state >> 40) / static_cast<double>(1u << 24) * 2 - 1;
  };
  std::vector<Frame> frames;
  for (int64_t k = 0; k < count; ++k) {
    Frame frame;
    double energy = 0;
    std::vector<double> forces;
    for (int64_t i = 0; i <= k % 4; ++i) {
      constexpr int64_t elements[] = {1, 6, 7, 8};
      frame.numbers.push_back(elements[(k + i) % 4]);
      frame.positions.push_back({draw(), draw(), draw()});
      for (const double x : frame.positions.back()) {
        energy += 0.5 * x * x;
        forces.push_back(-x);
      }
      energy += 0.1 * static_cast<double>(frame.numbers.back());
    }
    frame.info["energy"] = {{}, std::vector<double>{energy}};
    frame.arrays["forces"] = {3, forces};
    frames.push_back(std::move(frame));
  }
  return frames;
}

}  // namespace spinel::train
