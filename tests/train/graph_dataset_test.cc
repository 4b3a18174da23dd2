#include "spinel/train/graph_dataset.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "spinel/base/platform/file.h"
#include "spinel/hosts/torch/tensor_view.h"
#include "tests/train/expect_error.h"
#include "tests/train/fake_model.h"

namespace spinel::train {
namespace {

at::Tensor longs(std::vector<int64_t> values) { return at::tensor(values, at::kLong); }

/// A path of `nodes` nodes, of class `y`.
graph::Data path(int64_t nodes, int64_t y) {
  graph::Data data;
  data.num_nodes = nodes;
  const at::Tensor from = at::arange(nodes - 1);
  data.edge_index = at::stack({from, from + 1});
  data.x = at::arange(2 * nodes).to(at::kFloat).view({nodes, 2});
  data.y = longs({y});
  return data;
}

/// Six nodes on a path, each of a class, with masks.
graph::Data labelled() {
  graph::Data data = path(6, 0);
  data.y = longs({0, 1, 2, 0, 1, 2});
  data.edge_weight = at::ones({5});
  data.train_mask = longs({1, 0, 0, 0, 0, 1}).to(at::kBool);
  data.test_mask = longs({0, 0, 1, 1, 0, 0}).to(at::kBool);
  return data;
}

DatasetContext context(std::vector<std::string> targets = {"y"}, bool optional = false) {
  static const FakeModel model(Config::map());
  return {model, std::move(targets), at::kDouble, optional};
}

TEST(GraphDataset, BatchesAreGraphsWithTheirTargets) {
  const GraphDataset dataset({path(2, 1), path(4, 0), path(3, 2)}, context(), NodeFeatures::data, "set");
  EXPECT_EQ(dataset.size(), 3);
  EXPECT_FALSE(dataset.shares_inputs());
  EXPECT_FALSE(dataset.own_split());
  const int64_t chosen[] = {2, 0};
  const Batch batch = dataset.batch(chosen);
  EXPECT_EQ(batch.size, 2);
  EXPECT_TRUE(batch.targets.at("y").equal(longs({2, 1})));
  EXPECT_TRUE(batch.inputs.at("ptr").equal(longs({0, 3, 5})));
  EXPECT_TRUE(batch.inputs.at("batch").equal(longs({0, 0, 0, 1, 1})));
  EXPECT_TRUE(batch.inputs.at("edge_index").equal(longs({0, 1, 3, 1, 2, 4}).view({2, 3})));
  EXPECT_EQ(batch.inputs.at("x").scalar_type(), at::kDouble);
  EXPECT_FALSE(batch.inputs.contains("edge_attr"));
  EXPECT_FALSE(batch.n_atoms.defined());
  const int64_t outside[] = {3};
  EXPECT_ERROR(dataset.batch(outside), ErrorKind::invalid_argument, "sample 3 does not exist");
}

TEST(GraphDataset, NumbersAreTargetsWithAColumnEach) {
  graph::Data data = path(2, 0);
  data.y = at::tensor({0.5F});
  const GraphDataset dataset({data}, context({"energy"}), NodeFeatures::data, "set");
  const int64_t first[] = {0};
  EXPECT_TRUE(dataset.batch(first).targets.at("energy").equal(at::tensor({0.5}).view({1, 1})));
}

TEST(GraphDataset, FeaturesAreMadeWhereThereAreNone) {
  graph::Data data = path(3, 0);
  data.x = at::Tensor();
  const int64_t first[] = {0};
  const auto x = [&](NodeFeatures features) {
    return GraphDataset({data}, context(), features, "set").batch(first).inputs.at("x");
  };
  EXPECT_TRUE(x(NodeFeatures::constant).equal(at::ones({3, 1}, at::kDouble)));
  EXPECT_TRUE(x(NodeFeatures::degree).equal(at::tensor({0.0, 1.0, 1.0}).view({3, 1})));
  EXPECT_ERROR(x(NodeFeatures::data), ErrorKind::invalid_argument, "nodes have no features x");
  EXPECT_ERROR(x(NodeFeatures::identity), ErrorKind::invalid_argument, "graphs of a set have no common nodes");
  EXPECT_EQ(parse_node_features("degree", "TUDataset"), NodeFeatures::degree);
  EXPECT_ERROR(parse_node_features("degre", "TUDataset"), ErrorKind::invalid_argument, "degree");
}

TEST(GraphDataset, WhatDoesNotFitIsRefused) {
  const auto make = [](std::vector<graph::Data> graphs, const DatasetContext& of) {
    return GraphDataset(std::move(graphs), of, NodeFeatures::data, "set");
  };
  graph::Data wide = path(2, 0), without = path(2, 0), nodes = path(2, 0);
  wide.x = at::zeros({2, 3});
  without.y = at::Tensor();
  nodes.y = longs({0, 1});
  EXPECT_ERROR(make({path(2, 0), wide}, context()), ErrorKind::invalid_argument, "set: graph 2: x has 3 columns");
  EXPECT_ERROR(make({without}, context()), ErrorKind::invalid_argument, "set: graph 1: it has no y to train on");
  EXPECT_ERROR(make({nodes}, context()), ErrorKind::invalid_argument, "one row, that of the graph");
  EXPECT_ERROR(make({path(2, 0)}, context({"y", "z"})), ErrorKind::invalid_argument, "the targets y, z are asked for");
  const int64_t first[] = {0};
  EXPECT_TRUE(make({without}, context({"y"}, true)).batch(first).targets.empty());
}

TEST(NodeDataset, BatchesHoldTheGraphAndTheNodesThatCount) {
  const NodeDataset dataset(labelled(), context(), NodeFeatures::data, "graph");
  EXPECT_EQ(dataset.size(), 6);
  EXPECT_TRUE(dataset.shares_inputs());
  const int64_t chosen[] = {5, 1};
  const Batch batch = dataset.batch(chosen);
  EXPECT_EQ(batch.size, 2);
  EXPECT_TRUE(batch.inputs.at("node_index").equal(longs({5, 1})));
  EXPECT_EQ(batch.inputs.at("x").size(0), 6);
  EXPECT_EQ(batch.inputs.at("edge_weight").scalar_type(), at::kDouble);
  EXPECT_FALSE(batch.inputs.contains("batch"));
  EXPECT_TRUE(batch.targets.at("y").equal(longs({2, 1})));
  const int64_t outside[] = {-1};
  EXPECT_ERROR(dataset.batch(outside), ErrorKind::invalid_argument, "sample -1 does not exist");
}

TEST(NodeDataset, MasksAreItsSplit) {
  const NodeDataset dataset(labelled(), context(), NodeFeatures::identity, "graph");
  const Split split = dataset.own_split().value();
  EXPECT_EQ(split.train, (std::vector<int64_t>{0, 5}));
  EXPECT_TRUE(split.val.empty());
  EXPECT_EQ(split.test, (std::vector<int64_t>{2, 3}));
  const int64_t first[] = {0};
  EXPECT_TRUE(dataset.batch(first).inputs.at("x").equal(at::eye(6, at::kDouble)));
  graph::Data few = labelled();
  few.y = longs({0});
  EXPECT_ERROR(NodeDataset(few, context(), NodeFeatures::data, "graph"), ErrorKind::invalid_argument,
               "y has the sizes [1] but there are 6 nodes");
}

TEST(NodeDataset, IsReadByNameAndSplitByItsMasksOrByTheConfig) {
  const TemporaryFolder folder;
  const graph::Data data = labelled();
  const std::vector<std::pair<std::string, at::Tensor>> tensors = {{"edge_index", data.edge_index.contiguous()},
                                                                   {"x", data.x},
                                                                   {"y", data.y},
                                                                   {"train_mask", data.train_mask},
                                                                   {"test_mask", data.test_mask}};
  std::vector<NamedTensorView> views;
  for (const auto& [name, tensor] : tensors) views.push_back({name, to_view(tensor)});
  write_safetensors(folder.file("graph.safetensors"), views);
  DatasetOptions options;
  options.dataset = {"NodeDataset", Config::map({{"file", folder.file("graph.safetensors")}}), ""};
  TrainingData own = load_data(options, context(), 1, Config::map());
  EXPECT_EQ(own.train->size(), 2);
  EXPECT_EQ(own.val, nullptr);
  EXPECT_EQ(own.test->size(), 2);
  EXPECT_TRUE(own.train->shares_inputs());
  EXPECT_EQ(split_from_config(own.split, 6).test, (std::vector<int64_t>{2, 3}));
  options.split = Config::map({{"train", 3}, {"val", 3}});
  EXPECT_EQ(load_data(options, context(), 1, Config::map()).train->size(), 3);
  options.dataset->arguments.set("feature", "degree");
  EXPECT_ERROR(load_data(options, context(), 1, Config::map()), ErrorKind::invalid_argument, "features");
}

}  // namespace
}  // namespace spinel::train
