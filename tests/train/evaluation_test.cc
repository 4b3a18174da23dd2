#include "spinel/train/evaluation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/errors.h"
#include "tests/train/trainer_testing.h"

namespace spinel::train {
namespace {

using testing::HasSubstr;

/// What evaluate() needs, for the tiny model in float64.
struct Setting {
  explicit Setting(const std::string& metrics_text = "{energy: rmse, forces: mae}")
      : loss(WeightedLoss::from_config(parse_yaml("{energy: {loss: mse, weight: 0.5}, forces: {loss: mse}}", "loss"))),
        metrics(entries(metrics_text)) {
    at::manual_seed(3);
    model.reset_parameters();
    model.to(at::kDouble);
  }
  static std::vector<MetricEntry> entries(const std::string& text) {
    const Config section = Config::map({{"Metric", parse_yaml(text, "metric")},
                                        {"Model", "Fake"},
                                        {"Dataset", Config::map()},
                                        {"Loss", Config::map()},
                                        {"Optimizer", "SGD"}});
    return parse_run_config(section).metrics;
  }
  Scores run(const Dataset& dataset, int64_t batch_size, bool per_batch = false) {
    return evaluate({.model = model,
                     .loss = loss,
                     .metrics = metrics,
                     .transforms = transforms,
                     .dtype = at::kDouble,
                     .device = at::kCPU,
                     .per_batch_metrics = per_batch,
                     .batch_size = batch_size},
                    dataset, single_process());
  }

  FakeModel model{Config::map()};
  WeightedLoss loss;
  MetricSet metrics;
  TargetTransforms transforms;
};

TEST(Evaluate, MetricsOfAllPredictionsDoNotDependOnTheBatches) {
  Setting setting;
  const auto data = small_dataset(13);
  const Scores whole = setting.run(*data, 13), parts = setting.run(*data, 4);
  for (const char* name : {"energy/rmse", "forces/mae", "loss/energy"}) {
    EXPECT_NEAR(score(whole, name), score(parts, name), 1e-12) << name;
  }
  EXPECT_TRUE(std::isnan(score(whole, "energy/mae"))) << "no such score";
}

TEST(Evaluate, PerBatchMetricsAreMeansWeightedBySamples) {
  Setting setting;
  const auto data = small_dataset(5);
  const Scores parts = setting.run(*data, 4, true);
  // By hand: batches of four samples and of one.
  double sum = 0;
  for (const std::vector<int64_t>& samples : {std::vector<int64_t>{0, 1, 2, 3}, std::vector<int64_t>{4}}) {
    const Batch batch = data->batch(samples);
    const at::Tensor error = setting.model.call(batch.inputs).at("energy").detach() - batch.targets.at("energy");
    sum += static_cast<double>(samples.size()) * error.square().mean().sqrt().item<double>();
  }
  EXPECT_NEAR(score(parts, "energy/rmse"), sum / 5, 1e-12);
  EXPECT_GT(std::abs(score(parts, "energy/rmse") - score(setting.run(*data, 4), "energy/rmse")), 1e-6)
      << "a mean of roots is not the root of the mean";
}

TEST(Evaluate, LeavesTheModelAsItWasAlsoAfterAnError) {
  class Failing : public Dataset {
   public:
    int64_t size() const override { return 3; }
    Batch batch(std::span<const int64_t>) const override { fail(ErrorKind::unavailable, "disk: it is gone"); }
  };
  Setting setting;
  setting.model.train();
  setting.model.named_parameters().at("bias").requires_grad_(false);
  setting.run(*small_dataset(3), 2);
  EXPECT_THAT(error_of([&] { setting.run(Failing(), 2); }).what(), HasSubstr("it is gone"));
  EXPECT_TRUE(setting.model.is_training());
  EXPECT_FALSE(setting.model.named_parameters().at("bias").requires_grad());
  EXPECT_TRUE(setting.model.named_parameters().at("out").requires_grad());
}

TEST(MetricSet, NamesItsMetricsAndTheirDirection) {
  Setting setting("{energy: [mae, r2]}");
  EXPECT_THAT(setting.metrics.names(), testing::ElementsAre("energy/mae", "energy/r2"));
  EXPECT_FALSE(setting.metrics.greater_is_better("energy/mae"));
  EXPECT_TRUE(setting.metrics.greater_is_better("energy/r2"));
  EXPECT_THAT(error_of([&] { setting.metrics.greater_is_better("energy/ma"); }).what(), HasSubstr("energy/mae"));
}

}  // namespace
}  // namespace spinel::train
