#include "spinel/train/model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "spinel/train/loop_state.h"
#include "tests/support/errors.h"
#include "tests/train/fake_model.h"

namespace spinel::train {
namespace {

using testing::HasSubstr;

NamedTensors sample(int64_t atoms, double energy) {
  return {{"x", at::full({atoms, 2}, energy)},
          {"cell", at::full({3}, energy)},
          {"edges", at::arange(atoms, at::kLong)},
          {"graph", at::zeros({atoms}, at::kLong)},
          {"n_atoms", at::full({1}, atoms, at::kLong)}};
}

TEST(Join, EachKindOfRule) {
  const std::vector<NamedTensors> samples{sample(2, 0.5), sample(1, 1.5), sample(3, 2.5)};
  const NamedTensors batch = join(samples, {{"cell", JoinRule::Kind::stack, ""},
                                            {"edges", JoinRule::Kind::shift, "n_atoms"},
                                            {"graph", JoinRule::Kind::number, ""}});
  EXPECT_EQ(batch.at("x").sizes(), (std::vector<int64_t>{6, 2}));
  EXPECT_EQ(batch.at("x")[2][0].item<double>(), 1.5);
  EXPECT_EQ(batch.at("cell").sizes(), (std::vector<int64_t>{3, 3}));
  EXPECT_TRUE(at::equal(batch.at("edges"), at::arange(6, at::kLong))) << "0 1, then 0 + 2, then 0 1 2 + 3";
  EXPECT_TRUE(at::equal(batch.at("graph"), at::tensor({0, 0, 1, 2, 2, 2}, at::kLong)));
  EXPECT_TRUE(at::equal(batch.at("n_atoms"), at::tensor({2, 1, 3}, at::kLong)));
}

TEST(Join, RefusesNoSamplesAndSamplesThatLackAName) {
  EXPECT_THAT(error_of([] { join({}, {}); }).what(), HasSubstr("no samples"));
  const std::vector<NamedTensors> samples{sample(1, 0), {{"x", at::zeros({1, 2})}}};
  EXPECT_THAT(error_of([&] { join(samples, {}); }).what(), HasSubstr("'cell'"));
}

TEST(Evaluator, TheDefaultGivesWhatACallGives) {
  FakeModel model{Config::map()};
  model.to(at::kDouble);
  model.eval();
  const auto evaluator = model.make_evaluator();
  for (const Frame& frame : fake_frames(4)) {
    const NamedTensors one = model.featurize(frame, at::kDouble);
    const NamedTensors outputs = model.call(join(std::span(&one, 1), model.join_rules()));
    const Evaluation evaluation = evaluator->evaluate(frame);
    EXPECT_EQ(evaluation.energy, outputs.at("energy").item<double>());
    ASSERT_EQ(evaluation.forces.size(), static_cast<size_t>(frame.size()));
    for (int64_t i = 0; i < frame.size(); ++i) {
      for (int c = 0; c < 3; ++c) EXPECT_EQ(evaluation.forces[i][c], outputs.at("forces")[i][c].item<double>());
    }
    EXPECT_FALSE(evaluation.stress) << "the model makes none";
  }
}

TEST(RunningMeans, AreWeightedAndKeepTheirOrder) {
  RunningMeans means;
  means.add("loss", 1, 3);
  means.add("mae", 5, 1);
  means.add("loss", 5, 1);
  EXPECT_EQ(means.mean("loss"), 2);
  EXPECT_TRUE(std::isnan(means.mean("rmse")));
  EXPECT_THAT(means.means(), testing::ElementsAre(testing::Pair("loss", 2), testing::Pair("mae", 5)));
}

TEST(LoopState, GoesOnFromItsText) {
  LoopState state;
  state.epoch = 3;
  state.batch = 2;
  state.global_step = 17;
  state.best_metric = 0.1 + 0.2;
  state.best_epoch = 2;
  state.stale_evaluations = 1;
  state.train.add("loss", 0.3, 7);
  const LoopState read = LoopState::from_config(parse_json(to_json(state.to_config()), "state"));
  EXPECT_TRUE(read.to_config() == state.to_config());
  EXPECT_EQ(*read.best_metric, *state.best_metric) << "to the last bit";
  state.best_metric.reset();
  EXPECT_FALSE(LoopState::from_config(parse_json(to_json(state.to_config()), "state")).best_metric);
}

TEST(LoopState, ImpossibleStatesAreRefused) {
  Config config = LoopState().to_config();
  config.set("batch", -1);
  EXPECT_THAT(error_of([&] { LoopState::from_config(config); }).what(), HasSubstr("must not be negative"));
  config = LoopState().to_config();
  config.set("train_means", parse_json(R"({"loss": [1, 2, 3]})", "state"));
  EXPECT_THAT(error_of([&] { LoopState::from_config(config); }).what(), HasSubstr("it needs sum and weight"));
  config.erase("epoch");
  EXPECT_THAT(error_of([&] { LoopState::from_config(config); }).what(), HasSubstr("epoch"));
}

}  // namespace
}  // namespace spinel::train
