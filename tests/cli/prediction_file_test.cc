#include "spinel/cli/prediction_file.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "spinel/atoms/xyz.h"
#include "tests/support/errors.h"

namespace spinel::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Formula, IsInHillsOrder) {
  EXPECT_EQ(formula({8, 6, 1, 1, 6, 1, 1, 1, 1}), "C2H6O");
  EXPECT_EQ(formula({11, 17}), "ClNa");
  EXPECT_EQ(formula({1, 1, 8}), "H2O");
  EXPECT_EQ(formula({35, 6}), "CBr");
  EXPECT_EQ(formula({}), "");
}

TEST(PredictionFormat, FollowsTheEnding) {
  EXPECT_EQ(prediction_format("a.b/c.xyz"), PredictionFormat::xyz);
  EXPECT_EQ(prediction_format("c.extxyz"), PredictionFormat::xyz);
  EXPECT_EQ(prediction_format("c.csv"), PredictionFormat::csv);
  EXPECT_EQ(prediction_format("c.jsonl"), PredictionFormat::jsonl);
  for (const char* path : {"c", "c.json", "c.CSV", "csv"}) {
    EXPECT_EQ(error_of([&] { prediction_format(path); }).kind(), ErrorKind::invalid_argument) << path;
  }
}

const std::vector<train::OutputDoc> kOutputs = {{"energy", "eV", false}, {"forces", "eV/Å", true}};

TEST(TargetKeys, AreThoseOfTheRunWithItsUnits) {
  train::Checkpoint checkpoint;
  checkpoint.run = parse_json(R"({"Dataset": {"dataset": {"XYZDataset": {
      "targets": {"energy": {"key": "E", "unit": "kcal/mol"}, "forces": "F"}}}}})",
                              "run");
  const auto keys = target_keys(checkpoint, kOutputs);
  ASSERT_EQ(keys.size(), 2u);
  EXPECT_EQ(keys[0].key, "E");
  EXPECT_NEAR(keys[0].factor, 0.0433641, 1e-6);
  EXPECT_EQ(keys[1].key, "F");
  EXPECT_EQ(keys[1].factor, 1);
  EXPECT_TRUE(keys[1].per_atom);
  const auto own = target_keys(train::Checkpoint(), kOutputs);
  EXPECT_EQ(own[0].key, "energy");
  EXPECT_EQ(own[1].key, "forces");
}

Frame two_atoms() {
  Frame frame;
  frame.numbers = {8, 1};
  frame.positions = {{0, 0, 0}, {1, 0, 0}};
  frame.info["E"] = {{}, std::vector<int64_t>{-3}};
  frame.info["energy"] = {{}, std::vector<std::string>{"a text"}};
  frame.arrays["forces"] = {3, std::vector<double>{1, 2, 3, 4, 5, 6}};
  return frame;
}

TEST(TargetValues, AreScaledAndEmptyWhereThereAreNone) {
  EXPECT_THAT(target_values(two_atoms(), {"energy", "eV", false, "E", 2}), ElementsAre(-6));
  EXPECT_TRUE(target_values(two_atoms(), {"energy", "eV", false, "energy", 1}).empty());
  EXPECT_TRUE(target_values(two_atoms(), {"energy", "eV", false, "nothing", 1}).empty());
  EXPECT_THAT(target_values(two_atoms(), {"forces", "eV/Å", true, "forces", 1}), ElementsAre(1, 2, 3, 4, 5, 6));
}

std::string written(PredictionFormat format, const Frame& frame, const train::Prediction& prediction,
                    const std::vector<TargetKey>& keys) {
  const TemporaryFolder folder;
  File file = File::open(folder.file("a"), File::Mode::write);
  PredictionWriter(file, format, keys).write(7, frame, prediction);
  file.close();
  return read_file(folder.file("a"));
}

const std::vector<TargetKey> kKeys = {
    {"energy", "eV", false, "E", 2}, {"forces", "eV/Å", true, "forces", 1}, {"stress", "eV/Å³", false, "stress", 1}};

train::Prediction prediction() {
  return {{"energy", at::tensor({1.5}, at::kDouble)},
          {"forces", at::arange(6, at::kDouble).reshape({2, 3})},
          {"stress", at::arange(9, at::kDouble).reshape({1, 3, 3})}};
}

TEST(PredictionWriter, CsvHasTheOutputsOfTheFrameByComponent) {
  EXPECT_EQ(written(PredictionFormat::csv, two_atoms(), prediction(), kKeys),
            "frame,atoms,formula,energy,target_energy,stress_0,target_stress_0,stress_1,target_stress_1,stress_2,"
            "target_stress_2,stress_3,target_stress_3,stress_4,target_stress_4,stress_5,target_stress_5,stress_6,"
            "target_stress_6,stress_7,target_stress_7,stress_8,target_stress_8\n"
            "7,2,HO,1.5,-6,0,,1,,2,,3,,4,,5,,6,,7,,8,\n");
}

TEST(PredictionWriter, JsonLinesHaveTheShapesOfTheOutputs) {
  const Config line = parse_json(written(PredictionFormat::jsonl, two_atoms(), prediction(), kKeys), "line");
  EXPECT_EQ(line.at("frame").as_int(), 7);
  EXPECT_EQ(line.find_path("forces.1.2")->as_double(), 5);
  EXPECT_EQ(line.at("energy").as_double(), 1.5);
  EXPECT_EQ(line.find_path("target.energy")->as_double(), -6);
  EXPECT_EQ(line.find_path("target.forces.0.0")->as_double(), 1);
  EXPECT_FALSE(line.at("target").contains("stress"));
}

TEST(PredictionWriter, XyzKeepsTheFramesOwnValuesAsTargets) {
  const std::string text = written(PredictionFormat::xyz, two_atoms(), prediction(), kKeys);
  const Frame frame = parse_xyz(text, "a.xyz").at(0);
  EXPECT_THAT(std::get<std::vector<double>>(frame.info.at("energy").values), ElementsAre(1.5));
  EXPECT_THAT(std::get<std::vector<int64_t>>(frame.info.at("target_energy").values), ElementsAre(-3));
  EXPECT_FALSE(frame.info.contains("E"));
  EXPECT_THAT(frame.info.at("stress").shape, ElementsAre(3, 3));
  EXPECT_THAT(std::get<std::vector<double>>(frame.arrays.at("target_forces").values), ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_THAT(std::get<std::vector<double>>(frame.arrays.at("forces").values), ElementsAre(0, 1, 2, 3, 4, 5));
}

}  // namespace
}  // namespace spinel::cli
