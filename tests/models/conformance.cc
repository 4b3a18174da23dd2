#include "tests/models/conformance.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "spinel/base/platform/file.h"
#include "spinel/base/safetensors.h"
#include "spinel/hosts/torch/tensor_view.h"
#include "spinel/models/list.h"
#include "spinel/train/checkpoint.h"
#include "tests/support/errors.h"
#include "tests/support/paths.h"

namespace spinel::models {
namespace {

constexpr Matrix3 kRotation = {{{0.36, 0.48, -0.8}, {-0.8, 0.6, 0.0}, {0.48, 0.64, 0.6}}};
constexpr Matrix3 kInversion = {{{-1, 0, 0}, {0, -1, 0}, {0, 0, -1}}};

Vector3 times(const Vector3& v, const Matrix3& m) {
  Vector3 result{};
  for (int a = 0; a < 3; ++a) {
    for (int b = 0; b < 3; ++b) result[b] += v[a] * m[a][b];
  }
  return result;
}

/// The frame with positions and cell vectors v → v M.
Frame transformed(Frame frame, const Matrix3& m) {
  for (Vector3& r : frame.positions) r = times(r, m);
  for (Vector3& row : frame.cell) row = times(row, m);
  return frame;
}

/// The output of the transformed frame: vectors v → v M, tensors T → Mᵀ T M.
at::Tensor transformed(const at::Tensor& output, const Matrix3& m) {
  const at::Tensor matrix = at::empty({3, 3}, at::kDouble);
  std::copy_n(m.front().data(), 9, matrix.mutable_data_ptr<double>());
  const int64_t axes = output.dim();
  if (axes >= 3 && output.size(-1) == 3 && output.size(-2) == 3) {
    return at::matmul(matrix.t(), at::matmul(output, matrix));
  }
  if (axes >= 2 && output.size(-1) == 3) return at::matmul(output, matrix);
  return output;
}

void expect_near(const at::Tensor& value, const at::Tensor& wanted, double tolerance, const std::string& what) {
  ASSERT_EQ(value.sizes(), wanted.sizes()) << what;
  const double scale = 1 + wanted.abs().max().item<double>();
  EXPECT_LT((value - wanted).abs().max().item<double>(), tolerance * scale) << what;
}

double energy_of(const NamedTensors& outputs) { return outputs.at("energy").sum().item<double>(); }

/// One step of Adam; enough to see a loss fall.
struct Adam {
  explicit Adam(std::vector<at::Tensor> p) : parameters(std::move(p)) {
    for (const at::Tensor& t : parameters) {
      mean.push_back(at::zeros_like(t));
      square.push_back(at::zeros_like(t));
    }
  }
  void step(const std::vector<at::Tensor>& gradients, double rate) {
    at::NoGradGuard no_grad;
    ++steps;
    for (size_t k = 0; k < parameters.size(); ++k) {
      if (!gradients[k].defined()) continue;
      mean[k] = 0.9 * mean[k] + 0.1 * gradients[k];
      square[k] = 0.999 * square[k] + 0.001 * gradients[k].square();
      const at::Tensor m = mean[k] / (1 - std::pow(0.9, steps)), v = square[k] / (1 - std::pow(0.999, steps));
      parameters[k].sub_(rate * m / (v.sqrt() + 1e-8));
    }
  }
  std::vector<at::Tensor> parameters, mean, square;
  int steps = 0;
};

}  // namespace

void ModelConformance::SetUp() {
  at::set_num_threads(1);
  at::manual_seed(1);
  model_ = model_list().at(GetParam().model).make(GetParam().arguments);
  model_->to(at::kDouble);
  model_->eval();
}

NamedTensors ModelConformance::evaluate(const Frame& frame) { return evaluate(std::vector<Frame>{frame}); }

NamedTensors ModelConformance::evaluate(const std::vector<Frame>& frames) {
  std::vector<NamedTensors> samples;
  for (const Frame& frame : frames) samples.push_back(model_->featurize(frame, at::kDouble));
  const at::NoGradGuard no_grad;
  return model_->call(train::join(samples, model_->join_rules()));
}

bool ModelConformance::has_output(const std::string& name) const {
  const auto outputs = model_->outputs();
  return std::any_of(outputs.begin(), outputs.end(), [&](const auto& o) { return o.name == name; });
}

bool ModelConformance::skips(const std::string& check) const {
  const auto& off = GetParam().switched_off;
  return std::find(off.begin(), off.end(), check) != off.end();
}

#define SKIP_IF_OFF(check) \
  if (skips(check)) GTEST_SKIP() << "the case switches " check " off"

TEST_P(ModelConformance, MakesTheOutputsItDeclares) {
  const NamedTensors outputs = evaluate(GetParam().frames);
  const int64_t frames = static_cast<int64_t>(GetParam().frames.size());
  int64_t atoms = 0;
  for (const Frame& frame : GetParam().frames) atoms += frame.size();
  for (const train::OutputDoc& doc : model_->outputs()) {
    EXPECT_EQ(outputs.at(doc.name).size(0), doc.per_atom ? atoms : frames) << doc.name;
    EXPECT_FALSE(doc.unit.empty()) << doc.name;
    EXPECT_TRUE(outputs.at(doc.name).isfinite().all().item<bool>()) << doc.name;
  }
}

TEST_P(ModelConformance, IsMadeAgainFromItsArguments) {
  const auto again = model_list().at(model_->name()).make(model_->arguments());
  EXPECT_EQ(again->arguments(), model_->arguments());
  EXPECT_EQ(again->state_dict().names(), model_->state_dict().names());
}

TEST_P(ModelConformance, Rotation) {
  SKIP_IF_OFF("rotation");
  for (const Frame& frame : GetParam().frames) {
    const NamedTensors outputs = evaluate(frame), rotated = evaluate(transformed(frame, kRotation));
    for (const auto& [name, tensor] : outputs) {
      expect_near(rotated.at(name), transformed(tensor, kRotation), 1e-9, name);
    }
  }
}

TEST_P(ModelConformance, Inversion) {
  SKIP_IF_OFF("inversion");
  for (const Frame& frame : GetParam().frames) {
    const NamedTensors outputs = evaluate(frame), inverted = evaluate(transformed(frame, kInversion));
    for (const auto& [name, tensor] : outputs) {
      expect_near(inverted.at(name), transformed(tensor, kInversion), 1e-9, name);
    }
  }
}

TEST_P(ModelConformance, Permutation) {
  SKIP_IF_OFF("permutation");
  for (const Frame& frame : GetParam().frames) {
    Frame reversed = frame;
    std::reverse(reversed.numbers.begin(), reversed.numbers.end());
    std::reverse(reversed.positions.begin(), reversed.positions.end());
    const NamedTensors outputs = evaluate(frame), permuted = evaluate(reversed);
    for (const train::OutputDoc& doc : model_->outputs()) {
      const at::Tensor& wanted = outputs.at(doc.name);
      expect_near(permuted.at(doc.name), doc.per_atom ? wanted.flip({0}) : wanted, 1e-9, doc.name);
    }
  }
}

TEST_P(ModelConformance, Translation) {
  SKIP_IF_OFF("translation");
  for (const Frame& frame : GetParam().frames) {
    Frame moved = frame;
    for (Vector3& r : moved.positions) r = {r[0] + 5.3, r[1] - 2.1, r[2] + 0.7};
    const NamedTensors outputs = evaluate(frame), shifted = evaluate(moved);
    for (const auto& [name, tensor] : outputs) expect_near(shifted.at(name), tensor, 1e-9, name);
  }
}

TEST_P(ModelConformance, ForcesAreTheSlopeOfTheEnergyAndAddUpToZero) {
  SKIP_IF_OFF("forces");
  if (!has_output("forces") || !has_output("energy")) GTEST_SKIP() << "no energy with forces";
  for (const Frame& frame : GetParam().frames) {
    const at::Tensor forces = evaluate(frame).at("forces");
    EXPECT_LT(forces.sum(0).abs().max().item<double>(), 1e-9);
    const double h = 1e-4;
    for (int64_t i = 0; i < std::min<int64_t>(frame.size(), 4); ++i) {
      for (int a = 0; a < 3; ++a) {
        Frame up = frame, down = frame;
        up.positions[i][a] += h;
        down.positions[i][a] -= h;
        const double slope = (energy_of(evaluate(up)) - energy_of(evaluate(down))) / (2 * h);
        EXPECT_NEAR(forces[i][a].item<double>(), -slope, 1e-7) << "atom " << i << " axis " << a;
      }
    }
  }
}

TEST_P(ModelConformance, StressIsTheSlopeOfTheEnergyByStrain) {
  SKIP_IF_OFF("stress");
  if (!has_output("stress") || !has_output("energy")) GTEST_SKIP() << "no energy with stress";
  for (const Frame& frame : GetParam().frames) {
    if (!frame.periodic()) continue;
    const at::Tensor stress = evaluate(frame).at("stress")[0];
    const auto& c = frame.cell;
    const double volume = c[0][0] * (c[1][1] * c[2][2] - c[1][2] * c[2][1]) -
                          c[0][1] * (c[1][0] * c[2][2] - c[1][2] * c[2][0]) +
                          c[0][2] * (c[1][0] * c[2][1] - c[1][1] * c[2][0]);
    const double h = 1e-4;
    for (int a = 0; a < 3; ++a) {
      for (int b = 0; b < 3; ++b) {
        Matrix3 up = {{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}}, down = up;
        up[a][b] += h;
        down[a][b] -= h;
        const double rise = energy_of(evaluate(transformed(frame, up))) - energy_of(evaluate(transformed(frame, down)));
        EXPECT_NEAR(stress[a][b].item<double>(), rise / (2 * h) / std::abs(volume), 1e-7) << a << " " << b;
      }
    }
  }
}

TEST_P(ModelConformance, Periodicity) {
  SKIP_IF_OFF("periodicity");
  for (const Frame& frame : GetParam().frames) {
    if (!frame.pbc[0]) continue;
    Frame wrapped = frame, doubled = frame;
    for (int a = 0; a < 3; ++a) wrapped.positions[0][a] += 3 * frame.cell[0][a];
    for (int64_t i = 0; i < frame.size(); ++i) {
      doubled.numbers.push_back(frame.numbers[i]);
      Vector3 r = frame.positions[i];
      for (int a = 0; a < 3; ++a) r[a] += frame.cell[0][a];
      doubled.positions.push_back(r);
    }
    for (int a = 0; a < 3; ++a) doubled.cell[0][a] *= 2;
    const NamedTensors outputs = evaluate(frame), same = evaluate(wrapped), twice = evaluate(doubled);
    for (const train::OutputDoc& doc : model_->outputs()) {
      expect_near(same.at(doc.name), outputs.at(doc.name), 1e-9, doc.name);
      if (!doc.per_atom || skips("doubled_cell")) continue;
      expect_near(twice.at(doc.name).slice(0, 0, frame.size()), outputs.at(doc.name), 1e-9, doc.name);
    }
  }
}

TEST_P(ModelConformance, BatchGivesWhatItsSamplesGiveAlone) {
  SKIP_IF_OFF("batch");
  const NamedTensors together = evaluate(GetParam().frames);
  int64_t atom = 0;
  for (size_t k = 0; k < GetParam().frames.size(); ++k) {
    const NamedTensors alone = evaluate(GetParam().frames[k]);
    const int64_t atoms = GetParam().frames[k].size();
    for (const train::OutputDoc& doc : model_->outputs()) {
      const int64_t first = doc.per_atom ? atom : static_cast<int64_t>(k), count = doc.per_atom ? atoms : 1;
      expect_near(together.at(doc.name).narrow(0, first, count), alone.at(doc.name), 1e-10, doc.name);
    }
    atom += atoms;
  }
}

TEST_P(ModelConformance, AnIsolatedAtomIsFiniteAndFree) {
  SKIP_IF_OFF("isolated_atom");
  Frame atom;
  atom.numbers = {GetParam().frames[0].numbers[0]};
  atom.positions = {{0.3, 0.1, 0.2}};
  atom.cell = {{{50, 0, 0}, {0, 50, 0}, {0, 0, 50}}};
  const NamedTensors outputs = evaluate(atom);
  for (const auto& [name, tensor] : outputs) EXPECT_TRUE(tensor.isfinite().all().item<bool>()) << name;
  if (has_output("forces")) EXPECT_EQ(outputs.at("forces").abs().max().item<double>(), 0);
  // Also at the end of a batch, where a sum over edges alone would lose its row.
  const NamedTensors batch = evaluate(std::vector<Frame>{GetParam().frames[0], atom});
  for (const train::OutputDoc& doc : model_->outputs()) {
    expect_near(batch.at(doc.name).slice(0, -1), outputs.at(doc.name), 1e-10, doc.name);
  }
}

TEST_P(ModelConformance, EnergyIsContinuousAtTheCutoff) {
  SKIP_IF_OFF("continuity");
  if (!has_output("energy") || GetParam().cutoff <= 0) GTEST_SKIP() << "no energy, or no cutoff";
  const auto at_distance = [&](double d) {
    Frame pair;
    pair.numbers = {GetParam().frames[0].numbers[0], GetParam().frames[0].numbers[0]};
    pair.positions = {{0, 0, 0}, {d, 0, 0}};
    return energy_of(evaluate(pair));
  };
  EXPECT_NEAR(at_distance(GetParam().cutoff - 1e-5), at_distance(GetParam().cutoff + 1e-5), 1e-9);
}

TEST_P(ModelConformance, StateSurvivesSaveAndLoad) {
  SKIP_IF_OFF("state");
  NamedTensors state;
  for (const auto& [key, tensor] : model_->state_dict()) state.set(key, tensor.detach().clone());
  const NamedTensors outputs = evaluate(GetParam().frames);
  at::manual_seed(99);
  model_ = model_list().at(GetParam().model).make(GetParam().arguments);
  model_->to(at::kDouble);
  model_->eval();
  model_->load_state_dict(state);
  for (const auto& [name, tensor] : evaluate(GetParam().frames)) {
    EXPECT_TRUE(at::equal(tensor, outputs.at(name))) << name;
  }
  state.set("surplus", at::zeros({1}));
  EXPECT_EQ(error_of([&] { model_->load_state_dict(state); }).kind(), ErrorKind::invalid_argument);
}

TEST_P(ModelConformance, OutputsSurviveACheckpoint) {
  SKIP_IF_OFF("state");
  const NamedTensors outputs = evaluate(GetParam().frames);
  const TemporaryFolder folder;
  train::Checkpoint checkpoint;
  checkpoint.model_name = model_->name();
  checkpoint.model_arguments = model_->arguments();
  checkpoint.dtype = "float64";
  checkpoint.parameters = model_->state_dict();
  train::save_checkpoint(folder.file("model.safetensors"), checkpoint);
  at::manual_seed(99);
  model_ = train::make_model(train::load_checkpoint(folder.file("model.safetensors")), model_list());
  EXPECT_FALSE(model_->is_training());
  for (const auto& [name, tensor] : evaluate(GetParam().frames)) {
    EXPECT_TRUE(at::equal(tensor, outputs.at(name))) << name;
  }
}

TEST_P(ModelConformance, AnOldCheckpointLoadsAndGivesItsOutputs) {
  if (GetParam().old_checkpoint.empty()) GTEST_SKIP() << "the case has no old checkpoint";
  const std::string path = source_dir() + "/tests/golden/" + GetParam().old_checkpoint;
  model_ = train::make_model(train::load_checkpoint(path + ".safetensors"), model_list(), {.dtype = "float64"});
  EXPECT_EQ(model_->name(), GetParam().model);
  const NamedTensors outputs = evaluate(GetParam().frames);
  const auto wanted = SafetensorsFile::open(path + "-outputs.safetensors");
  EXPECT_EQ(wanted.names().size(), outputs.size());
  for (const auto& [name, tensor] : outputs) {
    expect_near(tensor, to_tensor(wanted.tensor(name), wanted.owner()), 1e-10, name);
  }
}

TEST_P(ModelConformance, LossFalls) {
  SKIP_IF_OFF("loss_falls");
  model_->train();
  std::vector<NamedTensors> samples;
  for (const Frame& frame : GetParam().frames) samples.push_back(model_->featurize(frame, at::kDouble));
  const NamedTensors inputs = train::join(samples, model_->join_rules());
  at::manual_seed(3);
  NamedTensors targets;
  for (const auto& [name, tensor] : model_->call(inputs)) targets.set(name, at::randn_like(tensor.detach()) * 0.1);
  Adam optimizer(model_->parameters());
  std::vector<double> losses;
  for (int step = 0; step < 60; ++step) {
    at::Tensor loss = at::zeros({}, at::kDouble);
    for (const auto& [name, tensor] : model_->call(inputs)) loss = loss + (tensor - targets.at(name)).square().mean();
    losses.push_back(loss.item<double>());
    optimizer.step(torch::autograd::grad({loss}, optimizer.parameters, {}, std::nullopt, false, true), 5e-3);
  }
  EXPECT_LT(losses.back(), 0.5 * losses.front());
}

TEST_P(ModelConformance, RefusesFramesItCannotCompute) {
  SKIP_IF_OFF("errors");
  const Frame good = GetParam().frames[0];
  const auto refused = [&](const std::function<void(Frame&)>& change) {
    Frame bad = good;
    change(bad);
    return error_of([&] { evaluate(bad); }).kind() == ErrorKind::invalid_argument;
  };
  EXPECT_TRUE(refused([](Frame& f) { f = Frame(); }));
  EXPECT_TRUE(refused([](Frame& f) { f.numbers[0] = 119; }));
  EXPECT_TRUE(refused([](Frame& f) { f.positions[0][1] = std::numeric_limits<double>::quiet_NaN(); }));
  EXPECT_TRUE(refused([](Frame& f) { f.positions[1] = f.positions[0]; }));
  EXPECT_TRUE(refused([](Frame& f) { f.pbc = {true, true, true}, f.cell = Matrix3{}; }));
}

}  // namespace spinel::models
