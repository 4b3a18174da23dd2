#include "spinel/nn/conv/wl_conv.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/nn/conv/conformance.h"
#include "tests/support/errors.h"

namespace spinel::nn {
namespace {

using testing::HasSubstr;

at::Tensor edges(std::vector<int64_t> sources, std::vector<int64_t> targets) {
  return at::stack({at::tensor(sources), at::tensor(targets)});
}

TEST(WLConv, NumbersColoursInOrderOfAppearanceOverAllCalls) {
  // A path 0 - 1 - 2: both ends look alike.
  const at::Tensor path = edges({0, 1, 1, 2}, {1, 0, 2, 1});
  WLConv conv;
  const at::Tensor same = at::zeros({3}, at::kLong);
  EXPECT_TRUE(at::equal(conv.forward(same, path), at::tensor({0, 1, 0}, at::kLong)));
  // A triangle's nodes are as the path's middle; a lone node is new.
  const at::Tensor triangle = edges({0, 1, 2, 1, 2, 0}, {1, 2, 0, 0, 1, 2});
  EXPECT_TRUE(at::equal(conv.forward(same, triangle), at::tensor({1, 1, 1}, at::kLong)));
  EXPECT_TRUE(at::equal(conv.forward(same, at::empty({2, 0}, at::kLong)), at::tensor({2, 2, 2}, at::kLong)));
  conv.reset_parameters();
  EXPECT_TRUE(at::equal(conv.forward(same, triangle), at::zeros({3}, at::kLong)));
}

TEST(WLConv, TheOwnColourAndTheNumberOfNeighboursCount) {
  WLConv conv;
  // Neighbours {1, 1} of a node 0, {0, 1} of a node 1, {1} of a node 0: three colours, though sums are alike.
  const at::Tensor x = at::tensor({0, 1, 0, 1, 1}, at::kLong);
  const at::Tensor out = conv.forward(x, edges({3, 4, 0, 3, 4}, {0, 0, 1, 1, 2}));
  EXPECT_TRUE(at::equal(out, at::tensor({0, 1, 2, 3, 3}, at::kLong)));
}

TEST(WLConv, IsomorphicGraphsHaveEqualHistograms) {
  at::manual_seed(1);
  const TestGraph graph = random_graph(8, 20, 1);
  const at::Tensor perm = at::randperm(8), inverse = at::empty_like(perm).scatter_(0, perm, at::arange(8));
  const at::Tensor both = at::cat({graph.edge_index, inverse.index({graph.edge_index}) + 8}, 1);
  const at::Tensor batch = at::cat({at::zeros({8}, at::kLong), at::ones({8}, at::kLong)});
  WLConv conv;
  at::Tensor colours = at::zeros({16}, at::kLong);
  for (int k = 0; k < 2; ++k) colours = conv.forward(colours, both);
  const at::Tensor counts = conv.histogram(colours, batch), norm = conv.histogram(colours, batch, true);
  EXPECT_TRUE(at::equal(counts[0], counts[1]));
  EXPECT_EQ(counts.sum().item<int64_t>(), 16);
  EXPECT_TRUE(at::allclose(norm.norm(2, 1), at::ones({2})));
  EXPECT_EQ(norm.scalar_type(), at::kFloat);
  EXPECT_TRUE(at::equal(conv.histogram(colours), counts.sum(0, true)));
}

TEST(WLConv, OneHotRowsAreColoursAndAMatrixIsAGraph) {
  at::manual_seed(2);
  const TestGraph graph = random_graph(7, 16, 1);
  const at::Tensor colours = at::randint(3, {7}, at::kLong);
  const sparse::SparseTensor adj_t(
      sparse::StorageArguments{.row = graph.edge_index[1], .col = graph.edge_index[0], .sparse_sizes = {7, 7}});
  const at::Tensor out = WLConv().forward(colours, graph.edge_index);
  EXPECT_TRUE(at::equal(WLConv().forward(at::one_hot(colours, 3).to(at::kFloat), graph.edge_index), out));
  EXPECT_TRUE(at::equal(WLConv().forward(colours, adj_t), out));
}

TEST(WLConv, WhatIsNoColouringIsAnError) {
  const at::Tensor path = edges({0, 1}, {1, 2});
  const auto message = [&](const at::Tensor& x) {
    return std::string(error_of([&] { WLConv().forward(x, path); }).what());
  };
  EXPECT_THAT(message(at::ones({3, 2})), HasSubstr("not one-hot"));
  EXPECT_THAT(message(at::full({3, 2}, 0.5)), HasSubstr("not one-hot"));
  EXPECT_THAT(message(at::ones({3})), HasSubstr("x holds Float"));
  EXPECT_THAT(message(at::ones({2}, at::kLong)), HasSubstr("WLConv: edge_index holds the node 2"));
  WLConv conv;
  EXPECT_THAT(error_of([&] { conv.histogram(at::ones({3}, at::kLong)); }).what(), HasSubstr("the colour 1"));
}

}  // namespace
}  // namespace spinel::nn
