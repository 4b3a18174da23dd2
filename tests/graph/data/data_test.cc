#include "spinel/graph/data/data.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "spinel/base/platform/file.h"
#include "spinel/hosts/torch/tensor_view.h"
#include "tests/support/errors.h"

namespace spinel::graph {
namespace {

using testing::HasSubstr;

at::Tensor longs(std::vector<int64_t> values) { return at::tensor(values, at::kLong); }

/// Two nodes with an edge, and three nodes with two.
Data two_nodes() {
  Data data;
  data.num_nodes = 2;
  data.x = at::tensor({1.0, 2.0}).view({2, 1});
  data.edge_index = longs({0, 1}).view({2, 1});
  data.edge_attr = at::tensor({5.0}).view({1, 1});
  data.y = longs({1});
  return data;
}
Data three_nodes() {
  Data data;
  data.num_nodes = 3;
  data.x = at::tensor({3.0, 4.0, 5.0}).view({3, 1});
  data.edge_index = longs({0, 2, 1, 0}).view({2, 2});
  data.edge_attr = at::tensor({6.0, 7.0}).view({2, 1});
  data.y = longs({0});
  return data;
}

std::string write(const TemporaryFolder& folder, const std::vector<std::pair<std::string, at::Tensor>>& tensors) {
  std::vector<NamedTensorView> views;
  for (const auto& [name, tensor] : tensors) views.push_back({name, to_view(tensor)});
  write_safetensors(folder.file("graph.safetensors"), views);
  return folder.file("graph.safetensors");
}

TEST(Data, GraphsOfABatchStandOneAfterAnother) {
  const Data first = two_nodes(), second = three_nodes();
  const Data* graphs[] = {&first, &second, &first};
  const Batch batch = collate(graphs);
  EXPECT_EQ(batch.data.num_nodes, 7);
  EXPECT_TRUE(batch.data.x.flatten().equal(at::tensor({1.0, 2.0, 3.0, 4.0, 5.0, 1.0, 2.0})));
  EXPECT_TRUE(batch.data.edge_index.equal(longs({0, 2, 4, 5, 1, 3, 2, 6}).view({2, 4})));
  EXPECT_TRUE(batch.data.edge_attr.flatten().equal(at::tensor({5.0, 6.0, 7.0, 5.0})));
  EXPECT_TRUE(batch.data.y.equal(longs({1, 0, 1})));
  EXPECT_TRUE(batch.batch.equal(longs({0, 0, 1, 1, 1, 2, 2})));
  EXPECT_TRUE(batch.ptr.equal(longs({0, 2, 5, 7})));
  EXPECT_FALSE(batch.data.edge_weight.defined());
}

TEST(Data, ABatchKeepsGraphsWithoutNodesOrEdges) {
  Data none = two_nodes();
  none.num_nodes = 0;
  none.x = none.x.slice(0, 0, 0), none.edge_index = none.edge_index.slice(1, 0, 0);
  none.edge_attr = none.edge_attr.slice(0, 0, 0);
  const Data other = two_nodes();
  const Data* graphs[] = {&none, &other};
  const Batch batch = collate(graphs);
  EXPECT_TRUE(batch.ptr.equal(longs({0, 0, 2})));
  EXPECT_TRUE(batch.data.edge_index.equal(other.edge_index));
}

TEST(Data, ABatchOfUnlikeGraphsIsRefused) {
  const Data first = two_nodes();
  Data second = three_nodes();
  const Data* graphs[] = {&first, &second};
  second.edge_attr = at::Tensor();
  EXPECT_THAT(error_of([&] { collate(graphs); }).what(), HasSubstr("some graphs have edge_attr and others do not"));
  second = three_nodes();
  second.x = at::zeros({3, 2});
  EXPECT_THAT(error_of([&] { collate(graphs); }).what(), HasSubstr("x of a graph has the sizes [3, 2]"));
  EXPECT_THAT(error_of([&] { collate({}); }).what(), HasSubstr("it has no graphs"));
}

TEST(Data, IsReadFromSafetensors) {
  const TemporaryFolder folder;
  const std::string path = write(folder, {{"edge_index", at::tensor({0, 1, 1, 2}, at::kInt).view({2, 2})},
                                          {"x", at::tensor({7, 8, 9}, at::kInt)},
                                          {"edge_weight", at::tensor({2, 3}, at::kInt)},
                                          {"y", at::tensor({0, 1, 0}, at::kByte)},
                                          {"train_mask", longs({1, 0, 1}).to(at::kBool)},
                                          {"names", at::zeros({4}, at::kByte)}});
  const Data data = read_data(path);
  EXPECT_EQ(data.num_nodes, 3);
  EXPECT_TRUE(data.edge_index.equal(longs({0, 1, 1, 2}).view({2, 2})));
  EXPECT_TRUE(data.x.equal(at::tensor({7.0F, 8.0F, 9.0F}).view({3, 1})));
  EXPECT_TRUE(data.edge_weight.equal(at::tensor({2.0F, 3.0F})));
  EXPECT_TRUE(data.y.equal(longs({0, 1, 0})));
  EXPECT_TRUE(data.train_mask.equal(longs({1, 0, 1}).to(at::kBool)));
  EXPECT_FALSE(data.test_mask.defined());
}

TEST(Data, NodesAreCountedByNumberByRowsOrByEdges) {
  const TemporaryFolder folder;
  const at::Tensor edges = longs({0, 3}).view({2, 1});
  EXPECT_EQ(read_data(write(folder, {{"edge_index", edges}})).num_nodes, 4);
  EXPECT_EQ(read_data(write(folder, {{"edge_index", edges}, {"y", longs({1, 2, 3, 4, 5, 6})}})).num_nodes, 6);
  EXPECT_EQ(read_data(write(folder, {{"edge_index", edges}, {"num_nodes", longs({9})}})).num_nodes, 9);
}

TEST(Data, BrokenFilesAreRefused) {
  const TemporaryFolder folder;
  const at::Tensor edges = longs({0, 3}).view({2, 1});
  const auto message = [&](const std::vector<std::pair<std::string, at::Tensor>>& tensors) {
    const std::string path = write(folder, tensors);
    return std::string(error_of([&] { read_data(path); }).what());
  };
  EXPECT_THAT(message({{"x", at::zeros({3, 1})}}), HasSubstr("there is no edge_index"));
  EXPECT_THAT(message({{"edge_index", edges}, {"x", at::zeros({3, 1})}}),
              HasSubstr("holds node 3; nodes are in [0, 3)"));
  EXPECT_THAT(message({{"edge_index", -edges}, {"x", at::zeros({3, 1})}}), HasSubstr("holds node -3"));
  EXPECT_THAT(message({{"edge_index", at::zeros({2, 1})}}), HasSubstr("edge_index is Float"));
  EXPECT_THAT(message({{"edge_index", longs({0, 1})}}), HasSubstr("int64 [2, edges] is needed"));
  EXPECT_THAT(message({{"edge_index", edges}, {"edge_attr", at::zeros({2, 3})}}),
              HasSubstr("edge_attr has the sizes [2, 3]"));
  EXPECT_THAT(message({{"edge_index", edges}, {"train_mask", longs({1, 0, 1, 0})}}), HasSubstr("train_mask is Long"));
  EXPECT_THAT(message({{"edge_index", edges}, {"x", at::zeros({4, 1, 1})}}), HasSubstr("a floating matrix is needed"));
  // A number that asks for memory without end.
  EXPECT_THAT(message({{"edge_index", longs({0, int64_t{1} << 60}).view({2, 1})}}), HasSubstr("without x or y"));
  EXPECT_THAT(message({{"edge_index", edges}, {"num_nodes", longs({4, 4})}}), HasSubstr("num_nodes has 2 entries"));
}

}  // namespace
}  // namespace spinel::graph
