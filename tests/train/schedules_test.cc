#include "spinel/train/schedules.h"

#include <gtest/gtest.h>

#include <cmath>

#include "spinel/base/error.h"
#include "spinel/base/platform/file.h"
#include "tests/support/paths.h"
#include "tests/train/expect_error.h"
#include "tests/train/reference.h"

namespace spinel::train {
namespace {

std::unique_ptr<Schedule> make(const std::string& json, const ScheduleContext& context = {0.1, 6, 4}) {
  return make_schedule(parse_json(json, "test"), context);
}

std::vector<double> rates(Schedule& schedule, int64_t n) {
  std::vector<double> result;
  for (int64_t k = 0; k < n; ++k, schedule.step()) result.push_back(schedule.lr());
  return result;
}

TEST(Schedules, AgreeWithTorch) {
  const Config& cases = reference().at("schedules");
  const ScheduleContext context{cases.at("lr").as_double(), cases.at("epochs").as_int(),
                                cases.at("iters_per_epoch").as_int()};
  for (const Config& entry : cases.at("cases").as_list()) {
    const auto schedule = make_schedule(entry.at("schedule"), context);
    for (const double expected : entry.at("lr").as_doubles()) {
      EXPECT_NEAR(schedule->lr(), expected, 1e-12) << to_json(entry.at("schedule"), -1);
      schedule->step();
    }
  }
}

TEST(Schedules, AgreeWithPaddleMaterials) {
  const std::string path = source_dir() + "/tests/golden/train/paddle_schedules.json";
  const Config cases = parse_json(read_file(path), path);
  const ScheduleContext context{cases.at("lr").as_double(), cases.at("epochs").as_int(),
                                cases.at("iters_per_epoch").as_int()};
  for (const Config& entry : cases.at("cases").as_list()) {
    const auto schedule = make_schedule(entry.at("schedule"), context);
    const std::vector<double> expected = entry.at("lr").as_doubles();
    for (size_t k = 0; k < expected.size(); ++k, schedule->step()) {
      EXPECT_NEAR(schedule->lr(), expected[k], 1e-15) << to_json(entry.at("schedule"), -1) << " at " << k;
    }
  }
}

TEST(Schedules, WarmUpOfLinearAndExponentialDecayCountsOptimiserStepsAlsoByEpoch) {
  const auto linear = make(R"({"Linear": {"by_epoch": true, "warmup_epoch": 1, "warmup_start_lr": 0.02}})");
  EXPECT_FALSE(linear->per_step());
  const std::vector<double> expected{0.02, 0.04, 0.06, 0.08, 0.1, 0.08, 0.06, 0.04, 0.02, 0};
  for (size_t k = 0; k < expected.size(); ++k, linear->step()) EXPECT_NEAR(linear->lr(), expected[k], 1e-15) << k;
  const auto exponential =
      make(R"({"ExponentialDecay": {"by_epoch": true, "warmup_epoch": 1, "gamma": 0.5, "decay_steps": 4}})");
  EXPECT_NEAR(rates(*exponential, 6)[5], 0.05, 1e-15);
  EXPECT_ERROR(make(R"({"Step": {"step_size": 1, "by_epoch": true, "warmup_epoch": 1.5}})"),
               ErrorKind::invalid_argument, "whole number");
}

TEST(Schedules, PlateauAgreesWithTorchAndSchNetPack) {
  const Config& cases = reference().at("plateau");
  const std::vector<double> metric = cases.at("metric").as_doubles();
  for (const Config& entry : cases.at("cases").as_list()) {
    const auto schedule =
        make_schedule(Config::map({{"ReduceLROnPlateau", entry.at("args")}}), {cases.at("lr").as_double(), 1, 1});
    const std::vector<double> expected = entry.at("lr").as_doubles();
    for (size_t k = 0; k < metric.size(); ++k) {
      schedule->step(metric[k]);
      EXPECT_NEAR(schedule->lr(), expected[k], 1e-14) << to_json(entry.at("args"), -1) << " at " << k;
    }
  }
}

TEST(Schedules, WarmUpRisesAndThenTheScheduleStartsAtItsStepZero) {
  const auto plain = make(R"({"Cosine": {}})", {0.1, 4, 4});
  const auto warm = make(R"({"Cosine": {"warmup_epoch": 2, "warmup_start_lr": 0.02}})", {0.1, 6, 4});
  const std::vector<double> first = rates(*warm, 8);
  for (int k = 0; k < 8; ++k) EXPECT_NEAR(first[k], 0.02 + 0.01 * k, 1e-15);
  EXPECT_EQ(warm->lr(), 0.1);
  for (int k = 0; k < 16; ++k, plain->step(), warm->step()) EXPECT_NEAR(warm->lr(), plain->lr(), 1e-15);
}

TEST(Schedules, AWarmUpLongerThanTheRunTakesAllOfIt) {
  const auto schedule = make(R"({"Linear": {"warmup_epoch": 100}})", {0.1, 2, 5});
  EXPECT_NEAR(rates(*schedule, 11).back(), 0.1, 1e-15);
}

TEST(Schedules, ByEpochCountsEpochs) {
  const auto schedule = make(R"({"Step": {"step_size": 2, "gamma": 0.5, "by_epoch": true}})");
  EXPECT_FALSE(schedule->per_step());
  EXPECT_EQ(rates(*schedule, 5), (std::vector<double>{0.1, 0.1, 0.05, 0.05, 0.025}));
  EXPECT_TRUE(make(R"({"Step": {"step_size": 2}})")->per_step());
}

TEST(Schedules, ExponentialByEpochFollowsTheSameCurve) {
  const auto steps = make(R"({"ExponentialDecay": {"gamma": 0.5, "decay_steps": 6}})");
  const auto epochs = make(R"({"ExponentialDecay": {"gamma": 0.5, "decay_steps": 6, "by_epoch": true}})");
  const std::vector<double> fine = rates(*steps, 13), coarse = rates(*epochs, 4);
  for (int e = 0; e < 4; ++e) EXPECT_NEAR(coarse[e], fine[4 * e], 1e-15);
}

TEST(Schedules, LinearWithCycleRisesAgain) {
  const auto schedule = make(R"({"Linear": {"cycle": true}})", {1, 1, 4});
  const std::vector<double> expected{1, 0.75, 0.5, 0.25, 0, 1 - 5.0 / 8, 1 - 6.0 / 8, 1 - 7.0 / 8, 0, 1 - 9.0 / 12};
  for (const double rate : expected) {
    EXPECT_NEAR(schedule->lr(), rate, 1e-15);
    schedule->step();
  }
}

TEST(Schedules, NoamAndInverseSqrt) {
  const auto noam = make(R"({"Noam": {"warmup_epochs": 1}})", {1e-4, 3, 4});
  const std::vector<double> n = rates(*noam, 14);
  EXPECT_NEAR(n[0], 1e-4 + 0.9e-3 / 4, 1e-15);
  EXPECT_NEAR(n[3], 1e-3, 1e-15);
  EXPECT_NEAR(n[7], 1e-3 * std::pow(0.1, 0.5), 1e-15);
  EXPECT_NEAR(n[11], 1e-4, 1e-15);
  EXPECT_EQ(n[12], 1e-4);
  const auto root = make(R"({"InverseSqrt": {"decay_steps": 3}})");
  EXPECT_NEAR(rates(*root, 10)[9], 0.1 * 0.5, 1e-15);
}

TEST(Schedules, PlateauOfPaddleIgnoresValuesDuringTheCooldown) {
  const auto schedule = make(R"({"ReduceOnPlateau": {"patience": 0, "factor": 0.5, "cooldown": 2}})", {1, 1, 1});
  EXPECT_TRUE(schedule->needs_metric());
  EXPECT_FALSE(schedule->per_step());
  EXPECT_EQ(schedule->indicator(), "eval_loss");
  const std::vector<double> metric{1, 1, 0.1, 0.1, 0.5, 0.5};
  // Reduced at the second; the 0.1 fall into the cooldown, so 0.5 is an improvement on 1; then again.
  const std::vector<double> expected{1, 0.5, 0.5, 0.5, 0.5, 0.25};
  for (size_t k = 0; k < metric.size(); ++k) {
    schedule->step(metric[k]);
    EXPECT_EQ(schedule->lr(), expected[k]) << k;
  }
  EXPECT_ERROR(schedule->step(), ErrorKind::invalid_argument, "NaN");
}

TEST(Schedules, EveryOneGoesOnFromItsState) {
  const std::map<std::string, std::string> needed{{"ExponentialDecay", R"({"gamma": 0.9, "decay_steps": 2})"},
                                                  {"Step", R"({"step_size": 1})"},
                                                  {"MultiStepDecay", R"({"milestones": [1, 2]})"},
                                                  {"Piecewise", R"({"decay_epochs": [1], "values": [0.1, 0.02]})"},
                                                  {"CosineWarmRestarts", R"({"T_0": 1})"},
                                                  {"ReduceOnPlateau", R"({"patience": 1})"},
                                                  {"ReduceLROnPlateau", R"({"patience": 1, "smoothing_factor": 0.5})"}};
  for (const std::string& name : schedules().names()) {
    const auto args = needed.find(name);
    const Config config = args == needed.end() ? Config(name) : Config::map({{name, parse_json(args->second, "test")}});
    const auto straight = make_schedule(config, {0.1, 6, 4}), resumed = make_schedule(config, {0.1, 6, 4});
    EXPECT_EQ(straight->name(), name);
    const auto metric = [](int k) { return 1 + 0.1 * std::sin(7.0 * k); };
    for (int k = 0; k < 7; ++k) straight->step(metric(k));
    resumed->load_state(parse_json(to_json(straight->state()), "state"));
    for (int k = 7; k < 24; ++k) {
      EXPECT_EQ(straight->lr(), resumed->lr()) << name << " at " << k;
      straight->step(metric(k));
      resumed->step(metric(k));
    }
    const auto other = make_schedule(name == "Constant" ? "Cosine" : "Constant", {0.1, 6, 4});
    EXPECT_ERROR(other->load_state(straight->state()), ErrorKind::invalid_argument, name);
  }
}

TEST(Schedules, OwnRateReplacesThatOfTheOptimiser) {
  EXPECT_EQ(make(R"({"Constant": {"learning_rate": 0.7}})")->lr(), 0.7);
  EXPECT_EQ(make(R"("Constant")")->lr(), 0.1);
  EXPECT_EQ(make(R"({"Cosine": {"learning_rate": 0.7}})")->lr(), 0.7);
  EXPECT_NEAR(make(R"({"OneCycleLR": {"max_learning_rate": 5, "divide_factor": 10}})")->lr(), 0.5, 1e-15);
}

TEST(Schedules, RefuseWhatCannotBe) {
  EXPECT_ERROR(make(R"("Cosin")"), ErrorKind::not_found, "Cosine");
  EXPECT_ERROR(make(R"({"Cosine": {"etamin": 0}})"), ErrorKind::invalid_argument, "eta_min");
  EXPECT_ERROR(make(R"("Step")"), ErrorKind::invalid_argument, "step_size");
  EXPECT_ERROR(make(R"({"MultiStepDecay": {"milestones": [4, 2]}})"), ErrorKind::invalid_argument, "ascend");
  EXPECT_ERROR(make(R"({"Piecewise": {"decay_epochs": [1, 2], "values": [1, 2]}})"), ErrorKind::invalid_argument,
               "one more");
  EXPECT_ERROR(make(R"({"OneCycleLR": {"three_phase": true, "phase_pct": 0.6}})"), ErrorKind::invalid_argument, "0.5");
  EXPECT_ERROR(make(R"({"ReduceOnPlateau": {"factor": 1}})"), ErrorKind::invalid_argument, "factor");
  EXPECT_ERROR(make(R"("Constant")", {0.1, 1, 0}), ErrorKind::invalid_argument, "step");
}

TEST(Schedules, ARunOfOneStepIsFine) {
  for (const char* name : {"Linear", "Cosine", "OneCycleLR"}) {
    const auto schedule = make_schedule(name, {0.1, 1, 1});
    for (const double rate : rates(*schedule, 3)) EXPECT_TRUE(std::isfinite(rate) && rate >= 0) << name;
  }
}

}  // namespace
}  // namespace spinel::train
