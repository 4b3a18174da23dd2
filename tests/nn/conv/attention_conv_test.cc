// Convolutions with attention: what their weights are, and the loss that trains them.
#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "spinel/nn/conv/fused_gat_conv.h"
#include "spinel/nn/conv/pan_conv.h"
#include "spinel/nn/conv/supergat_conv.h"
#include "tests/nn/conv/conformance.h"
#include "tests/support/errors.h"

namespace spinel::nn {
namespace {

using testing::HasSubstr;

TEST(GATConv, WeightsOfTheEdgesIntoANodeSumToOne) {
  at::manual_seed(1);
  const TestGraph graph = random_graph(6, 14, 4);
  GATConv conv({.in_channels = 4, .out_channels = 3, .heads = 2});
  conv.to(at::kDouble);
  const AttentionResult result = conv.forward_with_attention(graph.x, graph.edge_index);
  const at::Tensor& edges = result.edges.edge_index();
  EXPECT_EQ(edges.size(1), 14 + 6);
  // Loops stand at the end, one for each node.
  EXPECT_TRUE(at::equal(edges.narrow(1, 14, 6), at::arange(6).expand({2, 6})));
  const at::Tensor sums = at::zeros({6, 2}, at::kDouble).index_add(0, edges[1], result.alpha);
  EXPECT_TRUE(at::allclose(sums, at::ones_like(sums)));
  EXPECT_TRUE(at::allclose(result.out, conv.forward(graph.x, graph.edge_index)));
}

TEST(SuperGATConv, TheLossIsThatOfTheScoresOfEdgesAndOthers) {
  for (const char* type : {"MX", "SD"}) {
    SCOPED_TRACE(type);
    at::manual_seed(2);
    const TestGraph graph = random_graph(6, 12, 4);
    SuperGATConv conv(
        {.in_channels = 4, .out_channels = 3, .heads = 2, .add_self_loops = false, .attention_type = type});
    conv.to(at::kDouble);
    const at::Tensor negative = at::tensor({0, 1, 2, 0, 1, 2}, at::kLong).view({2, 3});
    conv.forward(graph.x, graph.edge_index, negative);
    at::Tensor weight;
    for (const auto& [key, tensor] : conv.state_dict()) {
      if (key == "lin.weight") weight = tensor;
    }
    const at::Tensor rows = at::linear(graph.x, weight).view({6, 2, 3});
    const auto scores = [&](const at::Tensor& edges) {
      const at::Tensor dot = (rows.index_select(0, edges[0]) * rows.index_select(0, edges[1])).sum(-1).mean(1);
      return std::string(type) == "SD" ? dot / std::sqrt(3.0) : dot;
    };
    const at::Tensor positive = scores(graph.edge_index), others = scores(negative);
    const at::Tensor wanted = -(positive.sigmoid().log().sum() + (-others).sigmoid().log().sum()) / 15;
    EXPECT_TRUE(at::allclose(conv.get_attention_loss(), wanted));
  }
}

TEST(SuperGATConv, DrawsPairsWithoutEdgesInTraining) {
  at::manual_seed(3);
  const TestGraph graph = random_graph(20, 60, 4);
  for (const bool undirected : {false, true}) {
    for (const double ratio : {0.5, 1.0}) {
      SuperGATConv conv({.in_channels = 4, .out_channels = 3, .edge_sample_ratio = ratio, .is_undirected = undirected});
      conv.to(at::kDouble);
      for (const at::Tensor& graphs : {at::Tensor(), at::zeros({20}, at::kLong)}) {
        conv.forward(graph.x, graph.edge_index, {}, graphs);
        const at::Tensor loss = conv.get_attention_loss();
        EXPECT_GT(loss.item<double>(), 0);
        const auto gradients = torch::autograd::grad({loss}, {conv.named_parameters().at("lin.weight")});
        EXPECT_GT(gradients[0].abs().sum().item<double>(), 0);
      }
    }
  }
}

TEST(SuperGATConv, HasNoLossInEvaluation) {
  const TestGraph graph = random_graph(6, 12, 4);
  SuperGATConv conv({.in_channels = 4, .out_channels = 3});
  EXPECT_THAT(error_of([&] { conv.get_attention_loss(); }).what(), HasSubstr("a forward in training must come first"));
  conv.eval();
  const at::Tensor loss = conv.get_attention_loss();
  EXPECT_TRUE(at::equal(loss, at::zeros({1}, at::kLong)));
}

TEST(FusedGATConv, CompressedFormsOfASmallGraph) {
  const at::Tensor edge_index = at::tensor({1, 0, 2, 3, 0, 0, 1, 1}, at::kLong).view({2, 4});
  const auto [csr, csc, perm] = FusedGATConv::to_graph_format(edge_index, Size({4, 4}));
  const auto ints = [](std::vector<int> values) { return at::tensor(values, at::kInt); };
  EXPECT_TRUE(at::equal(csr.first, ints({0, 1, 2, 3, 4})));
  EXPECT_TRUE(at::equal(csr.second, ints({0, 0, 1, 1})));
  EXPECT_TRUE(at::equal(csc.first, ints({0, 1, 2, 3})));
  EXPECT_TRUE(at::equal(csc.second, ints({0, 2, 4, 4, 4})));
  EXPECT_TRUE(at::equal(perm, ints({0, 1, 2, 3})));
  EXPECT_THAT(error_of([&] {
                FusedGATConv::to_graph_format(edge_index, Size({3, 4}));
              }).what(),
              HasSubstr("the node 3; its row 0 must lie in [0, 3)"));
}

TEST(FusedGATConv, IsGraphAttentionFromColumnsToRows) {
  at::manual_seed(4);
  const TestGraph graph = random_graph(7, 18, 4);
  const GATConvOptions options{.in_channels = 4, .out_channels = 3, .heads = 2, .add_self_loops = false};
  FusedGATConv fused(options);
  GATConv plain(options);
  fused.to(at::kDouble);
  plain.to(at::kDouble);
  plain.load_state_dict(fused.state_dict());
  const auto [csr, csc, perm] = FusedGATConv::to_graph_format(graph.edge_index, Size({7, 7}));
  for (int repeat = 0; repeat < 2; ++repeat) {
    EXPECT_TRUE(at::allclose(fused.forward(graph.x, csr, csc, perm), plain.forward(graph.x, graph.edge_index.flip(0))));
  }
  const at::Tensor wrong = perm.flip(0).contiguous();
  EXPECT_THAT(error_of([&] { fused.forward(graph.x, csr, csc, wrong); }).what(), HasSubstr("csr2csc"));
  EXPECT_THAT(error_of([&] { fused.forward(graph.x.narrow(0, 0, 5), csr, csc, perm); }).what(),
              HasSubstr("FusedGATConv: csr has 7 rows"));
}

TEST(PANConv, WeighsPathsOfEachLength) {
  at::manual_seed(5);
  const TestGraph graph = random_graph(6, 12, 4);
  PANConv conv({.in_channels = 4, .out_channels = 3, .filter_size = 2});
  conv.to(at::kDouble);
  at::Tensor weight, linear, bias;
  for (const auto& [key, tensor] : conv.state_dict()) {
    (key == "weight" ? weight : key == "lin.weight" ? linear : bias) = tensor;
  }
  EXPECT_TRUE(at::equal(weight, at::full({3}, 0.5, at::kDouble)));
  const at::NoGradGuard no_grad;
  weight.copy_(at::tensor({0.3, 0.7, 1.1}, at::kDouble));
  const at::Tensor A =
      at::zeros({6, 6}, at::kDouble).index_put({graph.edge_index[1], graph.edge_index[0]}, at::ones({}, at::kDouble));
  const at::Tensor sum = 0.3 * at::eye(6, at::kDouble) + 0.3 * 0.7 * A + 0.3 * 0.7 * 1.1 * A.matmul(A);
  const at::Tensor z = (sum != 0).sum(1).to(at::kDouble).rsqrt();
  const at::Tensor M = z.unsqueeze(1) * sum * z;
  const auto [out, found] = conv.forward(graph.x, graph.edge_index);
  EXPECT_TRUE(at::allclose(found.to_dense(), M));
  EXPECT_TRUE(at::allclose(out, at::linear(M.matmul(graph.x), linear, bias)));
  // Another list of edges is another M, though the layer is the same.
  EXPECT_FALSE(at::allclose(conv.forward(graph.x, graph.edge_index.flip(0)).second.to_dense(), M));
}

}  // namespace
}  // namespace spinel::nn
