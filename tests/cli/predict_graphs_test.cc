// `spinel train`, `convert` and `predict` with models of graphs.
#include <gtest/gtest.h>

#include "spinel/base/config.h"
#include "spinel/hosts/torch/tensor_view.h"
#include "tests/cli/run_spinel.h"

namespace spinel::cli {
namespace {

using testing::HasSubstr;

std::vector<std::string> lines_of(const std::string& path) {
  std::vector<std::string> lines;
  const std::string text = read_file(path);
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

std::string karate() { return source_file("data/karate-club/karate_club.safetensors"); }
std::string blocks() { return source_file("data/mof-building-blocks"); }

/// A short run of a config; its folder.
std::string trained(const TemporaryFolder& folder, const std::string& config, const std::string& data) {
  const ProcessResult result =
      run_spinel({"train", source_file("configs/gnn/" + config), "--set", data, "--set", "Trainer.max_epochs=3",
                  "--set", "Trainer.progress=false", "--output", folder.file("run")});
  EXPECT_EQ(result.exit_status, 0) << result.errors;
  EXPECT_THAT(result.output, HasSubstr("y/accuracy"));
  return folder.file("run");
}

struct PredictGraphs : testing::Test {
  static void SetUpTestSuite() {
    folder = new TemporaryFolder;
    nodes = trained(*folder, "karate_gcn.yaml", "Dataset.dataset.NodeDataset.file=" + karate());
  }
  static void TearDownTestSuite() { delete folder; }
  static ProcessResult predict(const std::string& input, const std::string& output,
                               std::vector<std::string> more = {}) {
    std::vector<std::string> arguments = {"predict", nodes, input, "-o", output};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_spinel(arguments);
  }
  static TemporaryFolder* folder;
  static std::string nodes;
  TemporaryFolder own;
};
TemporaryFolder* PredictGraphs::folder = nullptr;
std::string PredictGraphs::nodes;

TEST_F(PredictGraphs, CsvHasARowANode) {
  const ProcessResult result = predict(karate(), own.file("a.csv"));
  ASSERT_EQ(result.exit_status, 0) << result.errors;
  EXPECT_THAT(result.output, HasSubstr("34 nodes predicted"));
  EXPECT_THAT(result.output, HasSubstr("y: accuracy"));
  const auto lines = lines_of(own.file("a.csv"));
  ASSERT_EQ(lines.size(), 35u);
  EXPECT_EQ(lines[0], "node,class,probability,y_0,y_1,target_y");
  EXPECT_THAT(lines[1], testing::MatchesRegex("0,0,0\\.[0-9]+,.*,0"));
  EXPECT_THAT(lines[34], testing::MatchesRegex("33,1,0\\.[0-9]+,.*,1"));
}

TEST_F(PredictGraphs, PartsAreThoseOfTheRunsSplit) {
  ASSERT_EQ(predict(karate(), own.file("a.jsonl"), {"--part", "train"}).exit_status, 0);
  const auto lines = lines_of(own.file("a.jsonl"));
  ASSERT_EQ(lines.size(), 2u);
  const Config second = parse_json(lines[1], "line");
  EXPECT_EQ(second.at("node").as_int(), 33);
  EXPECT_EQ(second.at("target_y").as_int(), 1);
  EXPECT_GE(second.at("probability").as_double(), 0.5);
  expect_failure(predict(karate(), own.file("b.csv"), {"--part", "val"}), 2, "there is nothing to predict");
}

TEST_F(PredictGraphs, AGraphWithoutTargetsIsPredicted) {
  const SafetensorsFile file = SafetensorsFile::open(karate());
  write_safetensors(own.file("bare.safetensors"), {{"edge_index", file.tensor("edge_index")}});
  ASSERT_EQ(predict(own.file("bare.safetensors"), own.file("a.csv")).exit_status, 0);
  EXPECT_EQ(lines_of(own.file("a.csv"))[0], "node,class,probability,y_0,y_1");
}

TEST_F(PredictGraphs, WhatDoesNotFitIsRefused) {
  expect_failure(predict(blocks(), own.file("a.csv")), 2, "the model was trained on a NodeDataset");
  expect_failure(predict(own.file("absent"), own.file("a.csv")), 2, "there is no such file or folder");
  expect_failure(predict(karate(), own.file("a.xyz")), 2, "predictions of graphs are written to .csv or .jsonl");
  expect_failure(predict(karate(), own.file("a.csv"), {"--plot", own.file("p.png")}), 2, "--plot");
  expect_failure(run_spinel({"md", nodes, schnetpack_frames(), "-o", own.file("a.xyz")}), 2, "energy");
}

TEST(PredictGraphSets, JsonLinesHaveAnObjectAGraph) {
  const TemporaryFolder folder;
  const std::string run = trained(folder, "building_blocks_pna.yaml", "Dataset.dataset.TUDataset.root=" + blocks());
  const ProcessResult result = run_spinel({"predict", run, blocks(), "-o", folder.file("a.jsonl"), "--part", "test"});
  ASSERT_EQ(result.exit_status, 0) << result.errors;
  EXPECT_THAT(result.output, HasSubstr("40 graphs predicted"));
  const auto lines = lines_of(folder.file("a.jsonl"));
  ASSERT_EQ(lines.size(), 40u);
  EXPECT_TRUE(parse_json(lines[0], "line").contains("graph"));
}

// A state dict that PyTorch wrote is a checkpoint of the model that a config names, with the numbers of the reference.
TEST(ConvertState, OfTheModelThatAConfigNames) {
  const TemporaryFolder folder;
  const SafetensorsFile golden = SafetensorsFile::open(source_file("tests/golden/gnn/GCN-karate.safetensors"));
  std::vector<NamedTensorView> state;
  for (const std::string& name : golden.names()) {
    if (name.starts_with("param.")) state.push_back({"model." + name.substr(6), golden.tensor(name)});
  }
  write_safetensors(folder.file("state.safetensors"), state);
  const auto convert = [&](const std::string& config) {
    return run_spinel({"convert", folder.file("state.safetensors"), "--model", source_file("configs/gnn/" + config),
                       "-o", folder.file("gcn.safetensors")});
  };
  const ProcessResult result = convert("karate_gcn.yaml");
  ASSERT_EQ(result.exit_status, 0) << result.errors;
  EXPECT_THAT(result.output, HasSubstr("GCN, written as a checkpoint"));
  const ProcessResult predicted =
      run_spinel({"predict", folder.file("gcn.safetensors"), karate(), "-o", folder.file("a.csv")});
  ASSERT_EQ(predicted.exit_status, 0) << predicted.errors;
  EXPECT_EQ(lines_of(folder.file("a.csv"))[0], "node,class,probability,y_0,y_1,target_y");
  expect_failure(convert("karate_gat.yaml"), 2, "it does not fit GAT");
}

}  // namespace
}  // namespace spinel::cli
