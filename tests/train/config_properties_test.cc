// The sections of a run's config, option by option from their declarations.
#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "spinel/base/error.h"
#include "spinel/train/config.h"
#include "spinel/train/data.h"
#include "spinel/train/frame_dataset.h"
#include "spinel/train/splits.h"
#include "tests/train/expect_error.h"

namespace spinel::train {
namespace {

using testing::HasSubstr;

Config minimal() {
  return parse_yaml(
      "Model: SchNet\nDataset: {dataset: {XYZDataset: {files: [a.xyz]}}, split: {train: 0.8}}\n"
      "Loss: {energy: mse}\nOptimizer: Adam\n",
      "run.yaml");
}

/// A value that no option of this type takes.
Config wrong_value(const std::string& type) {
  if (type.starts_with("list")) return Config(3);
  if (type.starts_with("string")) return Config(3);
  if (type.starts_with("bool")) return Config("yes");
  return Config(Config::List{1});
}

TEST(RunConfigProperties, EveryOptionTakesItsDefaultAndRefusesAnotherType) {
  for (const auto& [section, docs] :
       {std::pair{"Global", global_table().docs()}, {"Trainer", trainer_table().docs()}}) {
    for (const OptionDoc& option : docs) {
      SCOPED_TRACE(std::string(section) + "." + option.name);
      ASSERT_FALSE(option.default_value.empty());
      Config config = minimal();
      config.set(section, Config::map({{option.name, parse_json(option.default_value, "default")}}));
      EXPECT_EQ(parse_run_config(config).complete(), parse_run_config(minimal()).complete());
      if (option.type == "object") continue;
      config.set(section, Config::map({{option.name, wrong_value(option.type)}}));
      EXPECT_ERROR(parse_run_config(config), ErrorKind::invalid_argument, "is needed");
      config.set(section, Config::map({{option.name + "x", 1}}));
      const Error error = error_of([&] { parse_run_config(config); });
      EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
      EXPECT_THAT(error.what(), HasSubstr(option.name + "x"));
      EXPECT_THAT(error.what(), HasSubstr("did you mean"));
    }
  }
}

TEST(RunConfigProperties, CompleteOnesReadBackThroughYamlAndJson) {
  Config config = minimal();
  for (const char* path : {"Trainer.max_epochs", "Trainer.save_freq", "Global.num_threads"}) config.set_path(path, 7);
  config.set_path("Metric", parse_yaml("{energy: [mae, {rmse: {ignore_nan: true}}]}", "m"));
  config.set_path("Optimizer", parse_yaml("{AdamW: {lr: {Cosine: {learning_rate: 0.01}}}}", "o"));
  const Config whole = parse_run_config(config).complete();
  EXPECT_EQ(parse_run_config(parse_yaml(to_yaml(whole), "a.yaml")).complete(), whole);
  EXPECT_EQ(parse_run_config(parse_json(to_json(whole), "a.json")).complete(), whole);
  EXPECT_EQ(whole.find_path("Trainer.max_epochs")->as_int(), 7);
}

TEST(RunConfigProperties, SectionsThatAreMissingOrUnknownAreNamed) {
  Config without = minimal();
  without.erase("Model");
  EXPECT_ERROR(parse_run_config(without), ErrorKind::invalid_argument, "Model");
  for (const char* section : {"Model", "Optimizer"}) {  // a component, not several
    Config config = minimal();
    config.set(section, Config::map({{"A", Config::map()}, {"B", Config::map()}}));
    EXPECT_ERROR(parse_run_config(config), ErrorKind::invalid_argument, "a component is needed here");
  }
  for (const char* section : {"Models", "Trainers", "optimizer", "Losses"}) {
    Config config = minimal();
    config.set(section, Config::map());
    EXPECT_ERROR(parse_run_config(config), ErrorKind::invalid_argument, section);
  }
  for (const char* section : {"Sample", "Vocabulary"}) {  // of other jobs
    Config config = minimal();
    config.set(section, Config::map({{"anything", 1}}));
    EXPECT_NO_THROW(parse_run_config(config));
  }
}

/// What '*' and '?' mean, by trying every way to cut the text.
bool matches(std::string_view key, std::string_view pattern) {
  if (pattern.empty()) return key.empty();
  if (pattern[0] == '*') {
    for (size_t n = 0; n <= key.size(); ++n) {
      if (matches(key.substr(n), pattern.substr(1))) return true;
    }
    return false;
  }
  return !key.empty() && (pattern[0] == '?' || pattern[0] == key[0]) && matches(key.substr(1), pattern.substr(1));
}

TEST(MatchesPatternProperties, AgreesWithItsMeaningOnRandomTexts) {
  uint64_t state = 1;
  const auto draw = [&](uint64_t n) {
    return ((state = state * 6364136223846793005u + 1442695040888963407u) >> 33) % n;
  };
  int matched = 0;
  for (int repeat = 0; repeat < 20000; ++repeat) {
    std::string key, pattern;
    for (uint64_t i = draw(31) % 7; i-- > 0;) key += "ab."[draw(31) % 3];
    for (uint64_t i = draw(31) % 7; i-- > 0;) pattern += "ab.*?"[draw(31) % 5];
    ASSERT_EQ(matches_pattern(key, pattern), matches(key, pattern)) << key << " " << pattern;
    matched += matches_pattern(key, pattern);
  }
  EXPECT_GT(matched, 1000);
}

TEST(LoaderProperties, BatchSizesAreAtLeastOne) {
  for (const int64_t size : {int64_t{0}, int64_t{-1}, INT64_MIN}) {
    EXPECT_ERROR(loader_table().parse(Config::map({{"batch_size", size}})), ErrorKind::invalid_argument, "batch_size");
  }
  EXPECT_EQ(loader_table().parse(Config::map({{"batch_size", 1}})).batch_size, 1);
}

/// Three samples with the number of each as its input.
class Numbers : public Dataset {
 public:
  int64_t size() const override { return 3; }
  Batch batch(std::span<const int64_t> indices) const override {
    Batch batch;
    batch.size = static_cast<int64_t>(indices.size());
    batch.inputs.set("k", at::tensor(std::vector<int64_t>(indices.begin(), indices.end()), at::kLong));
    return batch;
  }
};

TEST(SubsetProperties, GivesItsSamplesInTheOrderAskedFor) {
  const auto numbers = std::make_shared<const Numbers>();
  const Subset subset(numbers, {2, 0, 2, 1});
  EXPECT_EQ(subset.size(), 4);
  const Batch batch = subset.batch(std::vector<int64_t>{3, 0, 1});
  EXPECT_TRUE(at::equal(batch.inputs.at("k"), at::tensor({1, 2, 0}, at::kLong)));
  EXPECT_EQ(Subset(numbers, {}).size(), 0);
  for (const int64_t outside : {int64_t{-1}, int64_t{3}, INT64_MAX}) {
    EXPECT_ERROR(Subset(numbers, {0, outside}), ErrorKind::invalid_argument, std::to_string(outside));
  }
}

}  // namespace
}  // namespace spinel::train
