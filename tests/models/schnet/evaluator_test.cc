#include "spinel/models/schnet/evaluator.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <random>

#include "spinel/base/error.h"

namespace spinel::models {
namespace {

SchNetOptions small_options() {
  SchNetOptions options;
  options.n_atom_basis = 24;
  options.n_interactions = 3;
  options.n_rbf = 12;
  options.cutoff = 4.0;
  options.head.stress = true;
  return options;
}

Frame molecule(int64_t atoms, double box) {
  std::mt19937 random(11);
  std::uniform_real_distribution<double> uniform(0, box);
  Frame frame;
  for (int64_t i = 0; i < atoms; ++i) {
    frame.numbers.push_back(1 + 5 * (i % 3));
    frame.positions.push_back({uniform(random), uniform(random), uniform(random)});
  }
  return frame;
}

Frame crystal() {
  Frame frame = molecule(8, 4.5);
  frame.cell = {{{4.5, 0, 0}, {1.2, 4.6, 0}, {-0.7, 0.4, 4.8}}};
  frame.pbc = {true, true, true};
  return frame;
}

/// The same frame through the model's own call.
train::Evaluation exact(SchNet& model, const Frame& frame) {
  return model.train::Model::make_evaluator()->evaluate(frame);
}

void expect_equal(const train::Evaluation& a, const train::Evaluation& b, double tolerance) {
  EXPECT_NEAR(a.energy, b.energy, tolerance * (1 + std::abs(b.energy)));
  double largest = 0;
  for (const Vector3& force : b.forces) {
    for (double component : force) largest = std::max(largest, std::abs(component));
  }
  ASSERT_EQ(a.forces.size(), b.forces.size());
  for (size_t i = 0; i < b.forces.size(); ++i) {
    for (int k = 0; k < 3; ++k) EXPECT_NEAR(a.forces[i][k], b.forces[i][k], tolerance * (largest + 1e-3)) << i;
  }
}

class SchNetEvaluatorTest : public testing::TestWithParam<std::tuple<std::string, std::string, std::string>> {
 protected:
  SchNetOptions options() const {
    SchNetOptions options = small_options();
    std::tie(options.radial_basis, options.cutoff_fn, options.head.aggregation_mode) = GetParam();
    return options;
  }
};

TEST_P(SchNetEvaluatorTest, AgreesWithTheModelInFloat64) {
  at::manual_seed(3);
  SchNet model(options());
  model.to(at::kDouble);
  model.eval();
  const auto evaluator = make_schnet_evaluator(model);
  ASSERT_TRUE(evaluator);
  Frame frame = molecule(14, 5.0);
  frame.cell = {{{20, 0, 0}, {0, 20, 0}, {0, 0, 20}}};
  expect_equal(evaluator->evaluate(frame), exact(model, frame), 1e-8);
  const Frame periodic = crystal();
  const train::Evaluation mine = evaluator->evaluate(periodic), model_own = exact(model, periodic);
  expect_equal(mine, model_own, 1e-8);
  ASSERT_TRUE(mine.stress && model_own.stress);
  for (int k = 0; k < 9; ++k) EXPECT_NEAR((*mine.stress)[k / 3][k % 3], (*model_own.stress)[k / 3][k % 3], 1e-9);
}

TEST_P(SchNetEvaluatorTest, AgreesWithTheModelInFloat32) {
  at::manual_seed(4);
  SchNet model(options());
  model.eval();
  const auto evaluator = make_schnet_evaluator(model);
  ASSERT_TRUE(evaluator);
  expect_equal(evaluator->evaluate(crystal()), exact(model, crystal()), 2e-5);
}

INSTANTIATE_TEST_SUITE_P(Options, SchNetEvaluatorTest,
                         testing::Values(std::tuple("GaussianRBF", "CosineCutoff", "sum"),
                                         std::tuple("GaussianRBFCentered", "CosineCutoff", "avg"),
                                         std::tuple("BesselRBF", "MollifierCutoff", "sum")));

TEST(SchNetEvaluator, FollowsMovesBeyondTheSkinAndChangesOfTheCell) {
  SchNet model(small_options());
  model.to(at::kDouble);
  model.eval();
  const auto evaluator = make_schnet_evaluator(model, {.skin = 0.3});
  Frame frame = crystal();
  for (int step = 0; step < 6; ++step) {
    for (Vector3& r : frame.positions) r[step % 3] += 0.09 * ((step * 7 + int(r[0] * 10)) % 3 - 1);
    if (step == 4) frame.cell[2][2] += 0.5;
    expect_equal(evaluator->evaluate(frame), exact(model, frame), 1e-8);
  }
  frame.numbers.pop_back();
  frame.positions.pop_back();
  expect_equal(evaluator->evaluate(frame), exact(model, frame), 1e-8);
}

TEST(SchNetEvaluator, KeepsTheWeightsItWasMadeFrom) {
  SchNet model(small_options());
  model.eval();
  const auto evaluator = make_schnet_evaluator(model);
  const double before = evaluator->evaluate(crystal()).energy;
  {
    at::NoGradGuard no_grad;
    for (at::Tensor p : model.parameters()) p.mul_(1.5);
  }
  EXPECT_EQ(evaluator->evaluate(crystal()).energy, before);
}

TEST(SchNetEvaluator, IsolatedAtomHasNoForce) {
  SchNet model(small_options());
  model.eval();
  Frame frame = molecule(1, 1.0);
  const train::Evaluation result = make_schnet_evaluator(model)->evaluate(frame);
  EXPECT_EQ(result.forces[0], (Vector3{0, 0, 0}));
  EXPECT_FALSE(result.stress);
}

TEST(SchNetEvaluator, RefusesWhatItCannotCompute) {
  SchNetOptions options = small_options();
  options.head.type = "DipoleMoment";
  EXPECT_FALSE(make_schnet_evaluator(SchNet(options)));
  SchNetOptions gelu = small_options();
  gelu.head.activation = "gelu";
  EXPECT_FALSE(make_schnet_evaluator(SchNet(gelu)));

  SchNet model(small_options());
  const auto evaluator = make_schnet_evaluator(model);
  EXPECT_THROW(evaluator->evaluate(Frame{}), Error);
  Frame frame = molecule(3, 2.0);
  frame.numbers[1] = 100;
  EXPECT_THROW(evaluator->evaluate(frame), Error);
  frame.numbers[1] = 1;
  frame.positions[1] = frame.positions[0];
  EXPECT_THROW(evaluator->evaluate(frame), Error);
  frame.positions[1][0] = std::nan("");
  EXPECT_THROW(evaluator->evaluate(frame), Error);
}

}  // namespace
}  // namespace spinel::models
