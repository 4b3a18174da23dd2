#include "spinel/models/gnn/graph_model.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "spinel/atoms/frame.h"
#include "spinel/base/platform/file.h"
#include "spinel/models/list.h"
#include "spinel/train/graph_dataset.h"
#include "spinel/train/predictor.h"
#include "spinel/train/trainer.h"
#include "tests/support/errors.h"
#include "tests/support/paths.h"

namespace spinel::models {
namespace {

using testing::Contains;
using testing::HasSubstr;

std::unique_ptr<train::Model> make(const std::string& name, const char* json) {
  auto model = model_list().at(name).make(parse_json(json, "test"));
  model->eval();
  return model;
}

/// Two graphs: a triangle, and a pair of nodes.
NamedTensors two_graphs() {
  return {{"x", at::arange(20).to(at::kFloat).view({5, 4}).cos()},
          {"edge_index", at::tensor({0, 1, 2, 3, 4, 1, 2, 0, 4, 3}, at::kLong).view({2, 5})},
          {"batch", at::tensor({0, 0, 0, 1, 1}, at::kLong)},
          {"ptr", at::tensor({0, 3, 5}, at::kLong)}};
}

constexpr const char* node_gcn = R"({"in_channels": 4, "hidden_channels": 8, "num_layers": 2, "out_channels": 3})";
constexpr const char* graph_gin = R"({"in_channels": 4, "hidden_channels": 8, "num_layers": 2, "norm": "batch_norm",
    "readout": "mean", "classifier": {"hidden_channels": 6, "out_channels": 2, "num_layers": 2},
    "output_key": "kind"})";

TEST(GraphModel, GivesAResultForEachNodeOrForThoseAskedFor) {
  const auto model = make("GCN", node_gcn);
  NamedTensors inputs = two_graphs();
  const at::Tensor all = model->call(inputs).at("y");
  EXPECT_EQ(all.sizes(), (at::IntArrayRef{5, 3}));
  inputs.set("node_index", at::tensor({4, 0}, at::kLong));
  EXPECT_TRUE(model->call(inputs).at("y").equal(all.index_select(0, inputs.at("node_index"))));
  EXPECT_THAT(model->state_dict().names(), Contains("convs.0.lin.weight"));
  EXPECT_EQ(model->outputs().at(0).name, "y");
  EXPECT_FALSE(model->is_atomistic());
}

TEST(GraphModel, GivesAResultForEachGraphWithAReadout) {
  const auto model = make("GIN", graph_gin);
  const NamedTensors inputs = two_graphs();
  const at::Tensor out = model->call(inputs).at("kind");
  EXPECT_EQ(out.sizes(), (at::IntArrayRef{2, 2}));
  // The triangle alone, without a batch.
  const NamedTensors alone = {{"x", inputs.at("x").slice(0, 0, 3)},
                              {"edge_index", inputs.at("edge_index").slice(1, 0, 3)}};
  EXPECT_TRUE(model->call(alone).at("kind").allclose(out.slice(0, 0, 1), 1e-4, 1e-5));
  EXPECT_THAT(model->state_dict().names(), Contains("gnn.convs.0.nn.lins.0.weight"));
  EXPECT_THAT(model->state_dict().names(), Contains("classifier.lins.1.weight"));
  NamedTensors nodes = inputs;
  nodes.set("node_index", at::tensor({0}, at::kLong));
  EXPECT_THAT(error_of([&] { model->call(nodes); }).what(), HasSubstr("GIN: it has a readout"));
}

TEST(GraphModel, ReadoutsThatWidenAndLearnAreTaken) {
  const auto model = make("SAGE", R"({"in_channels": 4, "hidden_channels": 8, "num_layers": 1,
      "readout": {"SoftmaxAggregation": {"learn": true}}, "classifier": {"channel_list": [8, 2]}})");
  EXPECT_THAT(model->state_dict().names(), Contains("readout.t"));
  const auto wide = make("SAGE", R"({"in_channels": 4, "hidden_channels": 8, "num_layers": 1,
      "readout": ["mean", "max"], "classifier": {"out_channels": 2, "num_layers": 1}})");
  EXPECT_EQ(wide->state_dict().at("classifier.lins.0.weight").size(1), 16);
  EXPECT_EQ(wide->call(two_graphs()).at("y").sizes(), (at::IntArrayRef{2, 2}));
}

TEST(GraphModel, DataOfEdgesThatItDoesNotTakeAreLeftOut) {
  const auto gcn = make("GCN", node_gcn), sage = make("GraphSAGE", node_gcn);
  NamedTensors inputs = two_graphs();
  const at::Tensor plain = gcn->call(inputs).at("y"), sampled = sage->call(inputs).at("y");
  inputs.set("edge_weight", at::tensor({1.0F, 2.0F, 3.0F, 4.0F, 5.0F}));
  inputs.set("edge_attr", at::ones({5, 2}));
  EXPECT_FALSE(gcn->call(inputs).at("y").allclose(plain));
  EXPECT_TRUE(sage->call(inputs).at("y").equal(sampled));
}

TEST(GraphModel, ArgumentsMakeItAgain) {
  const auto model = make("GIN", graph_gin);
  const auto again = model_list().at(model->name()).make(model->arguments());
  again->load_state_dict(model->state_dict());
  again->eval();
  EXPECT_TRUE(again->call(two_graphs()).at("kind").equal(model->call(two_graphs()).at("kind")));
}

TEST(GraphModel, WhatItCannotDoIsRefused) {
  const auto message = [](const char* json) { return std::string(error_of([&] { make("GCN", json); }).what()); };
  EXPECT_THAT(message(R"({"hidden_channels": 8, "num_layers": 2})"), HasSubstr("GCN: in_channels is -1"));
  EXPECT_THAT(message(R"({"in_channels": 4, "hidden_channels": 8, "num_layers": 1, "readout": "men"})"),
              HasSubstr("men"));
  EXPECT_THAT(message(R"({"in_channels": 4, "hidden_channels": 8, "num_layers": 1, "read_out": "mean"})"),
              HasSubstr("read_out"));
  EXPECT_THAT(error_of([] { make("GCN", node_gcn)->featurize(Frame(), at::kFloat); }).what(),
              HasSubstr("frames of atoms are given"));
  EXPECT_THAT(error_of([] {
                make("GCN", node_gcn)->call({{"x", at::zeros({2, 4})}});
              }).what(),
              HasSubstr("edge_index"));
}

/// A run of a shipped config in `folder`, from whatever folder the tests run in.
train::RunConfig shipped(const std::string& config, const TemporaryFolder& folder, std::vector<std::string> overrides) {
  overrides.insert(overrides.end(), {"Trainer.progress=false", "Trainer.use_tensorboard=false", "Trainer.log_freq=1000",
                                     "Trainer.output_dir=" + folder.file("run")});
  return train::parse_run_config(load_config(source_dir() + "/configs/gnn/" + config, overrides));
}
std::string karate_file() { return source_dir() + "/data/karate-club/karate_club.safetensors"; }

// From the two heads of the clubs alone nearly all members are told apart.
TEST(GraphTraining, NodesOfTheKarateClub) {
  const TemporaryFolder folder;
  train::Trainer trainer(shipped("karate_gcn.yaml", folder,
                                 {"Trainer.max_epochs=100", "Dataset.dataset.NodeDataset.file=" + karate_file()}),
                         model_list());
  const train::TrainingResult result = trainer.run();
  EXPECT_EQ(trainer.data().train->size(), 2);
  EXPECT_GE(train::score(result.test, "y/accuracy"), 0.85);
  EXPECT_GE(train::score(result.test, "y/f1"), 0.85);

  train::Predictor predictor(folder.file("run"), model_list());
  const train::DatasetContext context{predictor.model(), {"y"}, at::kFloat};
  const auto nodes = train::read_node_dataset({.file = karate_file(), .features = "identity"}, context);
  const at::Tensor logits = predictor.predict_dataset(*nodes).at("y");
  EXPECT_EQ(logits.sizes(), (at::IntArrayRef{34, 2}));
  EXPECT_EQ(logits.scalar_type(), at::kDouble);
  const auto accuracy = train::make_metric("accuracy");
  std::vector<int64_t> tested;
  for (int64_t k = 1; k < 33; ++k) tested.push_back(k);
  accuracy->add(logits.slice(0, 1, 33), nodes->batch(tested).targets.at("y"));
  EXPECT_DOUBLE_EQ(accuracy->value(), train::score(result.test, "y/accuracy"));
}

// Sums tell the number of connection points, so that few epochs do.
TEST(GraphTraining, KindsOfBuildingBlocks) {
  const TemporaryFolder folder;
  const std::string root = source_dir() + "/data/mof-building-blocks";
  train::Trainer trainer(
      shipped("building_blocks_gin.yaml", folder,
              {"Trainer.max_epochs=8", "Model.GIN.readout=sum", "Dataset.dataset.TUDataset.root=" + root}),
      model_list());
  const train::TrainingResult result = trainer.run();
  EXPECT_GE(train::score(result.test, "y/accuracy"), 0.8);
  // Batches of any size give the same predictions.
  train::Predictor few(folder.file("run"), model_list(), {.batch_size = 7}),
      many(folder.file("run"), model_list(), {.batch_size = 200});
  const auto graphs = train::read_tu_dataset({{.root = root}}, {few.model(), {}, at::kFloat});
  EXPECT_TRUE(few.predict_dataset(*graphs).at("y").allclose(many.predict_dataset(*graphs).at("y"), 1e-4, 1e-4));
}

// A run that stops and goes on ends as one that did not.
TEST(GraphTraining, ResumesExactly) {
  const TemporaryFolder whole, parts;
  const std::string file = "Dataset.dataset.NodeDataset.file=" + karate_file();
  const auto run = [&](const TemporaryFolder& folder, const char* epochs, bool resume) {
    std::vector<std::string> overrides = {file, std::string("Trainer.max_epochs=") + epochs};
    if (resume) overrides.push_back("Trainer.resume_from_checkpoint=latest");
    train::Trainer(shipped("karate_gat.yaml", folder, overrides), model_list()).run();
    return train::load_checkpoint(folder.file("run/checkpoints/latest.safetensors")).parameters;
  };
  const NamedTensors once = run(whole, "6", false);
  run(parts, "3", false);
  for (const auto& [name, tensor] : run(parts, "6", true)) EXPECT_TRUE(tensor.equal(once.at(name))) << name;
}

}  // namespace
}  // namespace spinel::models
