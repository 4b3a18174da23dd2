#include "spinel/train/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "spinel/base/error.h"

namespace spinel::train {
namespace {

constexpr const char* kText = R"(
Global: {dtype: float64}
Trainer: {max_epochs: 3, output_dir: out, freeze: ["a.*"]}
Model:
  Fake: {features: 2}
Dataset:
  dataset: {XYZDataset: {files: [a.xyz]}}
  split: {train: 0.8, val: 0.2}
  train: {loader: {batch_size: 5}}
Loss:
  energy: {loss: mse, weight: 0.01}
  forces: mse
Metric:
  energy: [mae, rmse]
  forces: mae
Optimizer:
  AdamW: {lr: {Cosine: {learning_rate: 0.001}}}
)";

std::string error_of(const std::string& text) {
  try {
    parse_run_config(parse_yaml(text, "run.yaml"));
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
    return error.what();
  }
  return "no error";
}

TEST(RunConfig, ReadsEachSection) {
  const RunConfig config = parse_run_config(parse_yaml(kText, "run.yaml"));
  EXPECT_EQ(config.global.dtype, "float64");
  EXPECT_EQ(config.trainer.max_epochs, 3);
  EXPECT_EQ(config.trainer.freeze, std::vector<std::string>{"a.*"});
  EXPECT_EQ(config.model.name, "Fake");
  EXPECT_EQ(config.dataset.dataset->name, "XYZDataset");
  EXPECT_EQ(config.dataset.train.loader.batch_size, 5);
  EXPECT_TRUE(config.dataset.train.loader.shuffle);
  EXPECT_FALSE(config.dataset.val.loader.shuffle) << "evaluation keeps the order unless told otherwise";
  EXPECT_EQ(config.global.label_names, (std::vector<std::string>{"energy", "forces"})) << "taken from the losses";
  ASSERT_EQ(config.metrics.size(), 3u);
  EXPECT_EQ(config.metrics[1].metric.name, "rmse");
  EXPECT_EQ(config.metrics[2].target, "forces");
  EXPECT_EQ(config.lr_schedule->name, "Cosine");
}

TEST(RunConfig, WrittenBackCompleteReadsAsTheSame) {
  const RunConfig config = parse_run_config(parse_yaml(kText, "run.yaml"));
  const Config complete = config.complete();
  EXPECT_EQ(complete.find_path("Trainer.eval_freq")->as_int(), 1) << "defaults are written out";
  EXPECT_EQ(complete.find_path("Dataset.val.loader.batch_size")->as_int(), 16);
  const RunConfig again = parse_run_config(parse_yaml(to_yaml(complete), "config.yaml"));
  EXPECT_TRUE(again.complete() == complete);
}

TEST(RunConfig, ErrorsNameThePlaceAndTheNearestKey) {  // CF-02
  const std::string model = "Model: Fake\n";
  EXPECT_THAT(error_of(model + "Trainer: {max_epoch: 3}"),
              testing::AllOf(testing::HasSubstr("run.yaml:2"), testing::HasSubstr("'max_epochs'")));
  EXPECT_THAT(error_of(model + "Trainr: {}"), testing::HasSubstr("'Trainer'"));
  EXPECT_THAT(error_of("Trainer: {}"), testing::HasSubstr("'Model' is missing"));
  EXPECT_THAT(error_of(model + "Trainer: {max_epochs: many}"), testing::HasSubstr("an integer is needed"));
  EXPECT_THAT(error_of(model + "Trainer: {best_metric_indicator: val_loss}"), testing::HasSubstr("eval_loss"));
}

TEST(RunConfig, ImpossibleValuesNameTheRange) {  // CF-03
  const std::string model = "Model: Fake\n";
  EXPECT_THAT(error_of(model + "Trainer: {max_epochs: 0}"), testing::HasSubstr("max_epochs is 0"));
  EXPECT_THAT(error_of(model + "Trainer: {clip_norm: nan}"), testing::HasSubstr("clip_norm is nan"));
  EXPECT_THAT(error_of(model + "Trainer: {timeout: 0}"), testing::HasSubstr("greater than 0"));
  EXPECT_THAT(error_of(model + "Dataset: {train: {loader: {batch_size: -1}}}"), testing::HasSubstr("batch_size is -1"));
}

TEST(RunConfig, AJointDatasetAndOneOfAPartExcludeEachOther) {
  EXPECT_THAT(error_of("Model: Fake\nDataset: {dataset: XYZDataset, train: {dataset: XYZDataset}}"),
              testing::HasSubstr("a joint dataset and one of a part"));
  EXPECT_THAT(error_of("Model: Fake\nDataset: {train: {dataset: XYZDataset}, split: {train: 1}}"),
              testing::HasSubstr("'split' needs a joint 'dataset'"));
}

TEST(MatchesPattern, StarsAndQuestionMarks) {
  EXPECT_TRUE(matches_pattern("representation.embedding.weight", "representation.*"));
  EXPECT_TRUE(matches_pattern("a.b.c", "*.c"));
  EXPECT_TRUE(matches_pattern("a.b.c", "a.?.c"));
  EXPECT_TRUE(matches_pattern("abcbc", "a*bc"));
  EXPECT_TRUE(matches_pattern("", "*"));
  EXPECT_FALSE(matches_pattern("a.b.c", "a.?"));
  EXPECT_FALSE(matches_pattern("a.b", "a.b.c"));
  EXPECT_FALSE(matches_pattern("b.a", "a*"));
  EXPECT_TRUE(matches_pattern("a*b", "a*b"));
}

}  // namespace
}  // namespace spinel::train
