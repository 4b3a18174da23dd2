#include "spinel/nn/conv/graph_attention.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "spinel/nn/conv/gat_conv.h"
#include "spinel/nn/conv/han_conv.h"
#include "tests/nn/conv/conformance.h"
#include "tests/support/errors.h"

namespace spinel::nn {
namespace {

using testing::HasSubstr;

at::Tensor leaf(at::IntArrayRef sizes) { return at::randn(sizes, at::kDouble).set_requires_grad(true); }

/// The definition over the edges one by one.
at::Tensor by_definition(const at::Tensor& x, const at::Tensor& source, const at::Tensor& target,
                         const at::Tensor& edge_index, double slope) {
  const at::Tensor score =
      at::leaky_relu(source.index_select(0, edge_index[0]) + target.index_select(0, edge_index[1]), slope);
  const at::Tensor weight = score.exp();
  const at::Tensor total = at::zeros_like(target).index_add(0, edge_index[1], weight).index_select(0, edge_index[1]);
  const at::Tensor messages = (weight / total).unsqueeze(-1) * x.index_select(0, edge_index[0]);
  return at::zeros({target.size(0), x.size(1), x.size(2)}, x.options()).index_add(0, edge_index[1], messages);
}

TEST(GraphAttention, IsTheDefinitionOfSeparateAndOfSharedScores) {
  at::manual_seed(1);
  const at::Tensor edge_index = at::stack({at::randint(7, {40}, at::kLong), at::randint(5, {40}, at::kLong)});
  const MessageEdges edges(edge_index, Flow::source_to_target, 5, 7, "test");
  const at::Tensor x = leaf({7, 3, 4}), source = leaf({7, 3}), target = leaf({5, 3}),
                   grad = at::randn({5, 3, 4}, at::kDouble);
  const auto gradients = [&](const at::Tensor& out) {
    return torch::autograd::grad({out}, {x, source, target}, {grad});
  };
  const at::Tensor wanted = by_definition(x, source, target, edge_index, 0.3);
  const at::Tensor found = graph_attention(x, {source, target}, edges, 0.3);
  EXPECT_TRUE(at::allclose(found, wanted));
  const auto wanted_gradients = gradients(wanted), found_gradients = gradients(found);
  for (size_t k = 0; k < 3; ++k) EXPECT_TRUE(at::allclose(found_gradients[k], wanted_gradients[k])) << k;

  const MessageEdges square(edge_index, Flow::source_to_target, 7, 7, "test");
  const at::Tensor both = leaf({7, 6}), square_grad = at::randn({7, 3, 4}, at::kDouble);
  const at::Tensor shared = graph_attention(x, {both, {}}, square, 0.3);
  const at::Tensor apart = by_definition(x, both.narrow(1, 0, 3), both.narrow(1, 3, 3), edge_index, 0.3);
  EXPECT_TRUE(at::allclose(shared, apart));
  const auto of_shared = torch::autograd::grad({shared}, {x, both}, {square_grad});
  const auto of_apart = torch::autograd::grad({apart}, {x, both}, {square_grad});
  for (size_t k = 0; k < 2; ++k) EXPECT_TRUE(at::allclose(of_shared[k], of_apart[k])) << k;
}

TEST(GraphAttention, HalfPrecisionIsMadeOfTensors) {
  at::manual_seed(2);
  const TestGraph graph = random_graph(6, 14, 4);
  const MessageEdges edges(graph.edge_index, Flow::source_to_target, 6, 6, "test");
  const at::Tensor x = at::randn({6, 2, 3}), scores = at::randn({6, 4});
  const at::Tensor half = graph_attention(x.to(at::kBFloat16), {scores.to(at::kBFloat16), {}}, edges, 0.2);
  EXPECT_EQ(half.scalar_type(), at::kBFloat16);
  EXPECT_TRUE(at::allclose(half.to(at::kFloat), graph_attention(x, {scores, {}}, edges, 0.2), 0.05, 0.05));
}

TEST(GraphAttention, SizesThatDisagree) {
  const TestGraph graph = random_graph(6, 14, 4);
  const MessageEdges edges(graph.edge_index, Flow::source_to_target, 6, 6, "test");
  const auto message = [&](at::IntArrayRef x, at::IntArrayRef source, at::IntArrayRef target) {
    const AttentionScores scores{at::zeros(source), target.empty() ? at::Tensor() : at::zeros(target)};
    return std::string(error_of([&] { graph_attention(at::zeros(x), scores, edges, 0.2); }).what());
  };
  EXPECT_THAT(message({6, 4}, {6, 2}, {6, 2}), HasSubstr("x has 2 dimensions"));
  EXPECT_THAT(message({5, 2, 3}, {6, 2}, {6, 2}), HasSubstr("x has the sizes [5, 2, 3]; [6, 2, 3] are needed"));
  EXPECT_THAT(message({6, 2, 3}, {6, 2}, {}), HasSubstr("the score of sources has the sizes [6, 2]; [6, 4]"));
  EXPECT_THAT(message({6, 2, 3}, {6, 2}, {6, 3}), HasSubstr("the score of targets has the sizes [6, 3]; [6, 2]"));
}

TEST(GraphAttention, HeadScoresAreProductsOfEachHead) {
  at::manual_seed(3);
  const at::Tensor x = at::randn({5, 2, 3}), a = at::randn({1, 2, 3}), b = at::randn({1, 2, 3});
  const at::Tensor wanted = at::cat({(x * a).sum(-1), (x * b).sum(-1)}, 1);
  EXPECT_TRUE(at::allclose(head_scores(x, {a, b}), wanted, 1e-5, 1e-6));
}

/// Dropping weights, looking at messages and other reductions need the weights themselves.
TEST(GATConv, EveryWayGivesTheSame) {
  at::manual_seed(4);
  const TestGraph graph = random_graph(8, 30, 4);
  GATConv conv({.in_channels = 4, .out_channels = 3, .heads = 2});
  conv.to(at::kDouble);
  const at::Tensor wanted = conv.forward(graph.x, graph.edge_index);
  EXPECT_TRUE(at::allclose(conv.forward_with_attention(graph.x, graph.edge_index).out, wanted));
  int calls = 0;
  conv.hooks().message.after.add([&](auto&&...) { ++calls; });
  EXPECT_TRUE(at::allclose(conv.forward(graph.x, graph.edge_index), wanted));
  EXPECT_EQ(calls, 1);
}

TEST(GATConv, DropsWeightsInTrainingOnly) {
  at::manual_seed(5);
  const TestGraph graph = random_graph(8, 30, 4);
  GATConv conv({.in_channels = 4, .out_channels = 3, .heads = 2, .dropout = 0.5});
  conv.to(at::kDouble);
  const at::Tensor first = conv.forward(graph.x, graph.edge_index);
  EXPECT_FALSE(at::allclose(first, conv.forward(graph.x, graph.edge_index)));
  conv.eval();
  const at::Tensor plain = conv.forward(graph.x, graph.edge_index);
  EXPECT_TRUE(at::equal(plain, conv.forward(graph.x, graph.edge_index)));
  EXPECT_TRUE(at::allclose(plain, conv.forward_with_attention(graph.x, graph.edge_index).out));
}

TEST(GATConv, AMeanOfMessagesIsNoSum) {
  at::manual_seed(6);
  const TestGraph graph = random_graph(8, 30, 4);
  GATConvOptions options{.in_channels = 4, .out_channels = 3, .bias = false};
  GATConv sum(options);
  options.kwargs.aggr = Config("mean");
  GATConv mean(options);
  mean.load_state_dict(sum.state_dict());
  const AttentionResult result = sum.forward_with_attention(graph.x.to(at::kFloat), graph.edge_index);
  const at::Tensor count = result.edges.edge_index()[1].bincount({}, 8).unsqueeze(1);
  EXPECT_TRUE(at::allclose(mean.forward(graph.x.to(at::kFloat), graph.edge_index), result.out / count));
}

}  // namespace
}  // namespace spinel::nn
