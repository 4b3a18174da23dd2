// Convolutions around another one: both directions of the edges, steps of an equation, beside attention.
#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "spinel/nn/conv/antisymmetric_conv.h"
#include "spinel/nn/conv/dir_gnn_conv.h"
#include "spinel/nn/conv/gcn_conv.h"
#include "spinel/nn/conv/gps_conv.h"
#include "spinel/nn/conv/graph_conv.h"
#include "spinel/nn/conv/sage_conv.h"
#include "tests/nn/conv/conformance.h"
#include "tests/support/errors.h"

namespace spinel::nn {
namespace {

using testing::HasSubstr;

std::vector<std::string> keys_of(const Module& module) {
  std::vector<std::string> keys;
  for (const auto& [key, tensor] : module.state_dict()) keys.push_back(key);
  return keys;
}

at::Tensor state_of(const Module& module, const std::string& wanted) {
  for (const auto& [key, tensor] : module.state_dict()) {
    if (key == wanted) return tensor;
  }
  return {};
}

/// A SAGEConv or GCNConv by the function that makes its copies.
template <class Conv, typename Options>
ConvArgument made_by(Options options) {
  return ConvArgument(
      std::function<std::unique_ptr<CallableModule>()>([options] { return std::make_unique<Conv>(options); }));
}

TEST(DirGNNConv, MixesBothDirectionsWithoutRootsOfTheirOwn) {
  at::manual_seed(1);
  const TestGraph graph = random_graph(6, 14, 4);
  const SAGEConvOptions sage{.in_channels = 4, .out_channels = 3};
  DirGNNConv conv({.conv = made_by<SAGEConv>(sage), .alpha = 0.25, .in_channels = 4, .out_channels = 3});
  conv.to(at::kDouble);
  const auto direction = [&](const std::string& prefix, const at::Tensor& edges) {
    const at::Tensor mean = at::zeros({6, 4}, at::kDouble).index_add(0, edges[1], graph.x.index_select(0, edges[0]));
    const at::Tensor count = at::bincount(edges[1], {}, 6).clamp_min(1).unsqueeze(1);
    return at::linear(mean / count, state_of(conv, prefix + ".lin_l.weight"), state_of(conv, prefix + ".lin_l.bias"));
  };
  const at::Tensor wanted = 0.25 * direction("conv_out", graph.edge_index.flip(0)) +
                            0.75 * direction("conv_in", graph.edge_index) +
                            at::linear(graph.x, state_of(conv, "lin.weight"), state_of(conv, "lin.bias"));
  EXPECT_TRUE(at::allclose(conv.forward(graph.x, graph.edge_index), wanted));
  // The roots of the copies stay in the state, as published checkpoints have them.
  EXPECT_THAT(keys_of(conv), testing::Contains("conv_in.lin_r.weight"));
}

TEST(DirGNNConv, AddsNoLoopsAndTakesWidthsFromAConfig) {
  at::manual_seed(2);
  const TestGraph graph = random_graph(6, 14, 4);
  const Config gcn = parse_json(R"({"GCNConv": {"in_channels": 4, "out_channels": 3}})", "test");
  DirGNNConv conv({.conv = gcn, .alpha = 0, .root_weight = false});
  GCNConv plain({.in_channels = 4, .out_channels = 3, .add_self_loops = false});
  conv.to(at::kDouble);
  plain.to(at::kDouble);
  plain.load_state_dict(
      {{"lin.weight", state_of(conv, "conv_in.lin.weight")}, {"bias", state_of(conv, "conv_in.bias")}});
  EXPECT_TRUE(at::allclose(conv.forward(graph.x, graph.edge_index), plain.forward(graph.x, graph.edge_index)));
  EXPECT_EQ(state_of(DirGNNConv({.conv = gcn}), "lin.weight").sizes(), (at::IntArrayRef{3, 4}));
}

TEST(DirGNNConv, AnObjectCannotBeCopied) {
  const auto one = [] { return std::unique_ptr<CallableModule>(std::make_unique<GCNConv>(GCNConvOptions{4, 3})); };
  EXPECT_THAT(error_of([&] { DirGNNConv({.conv = one()}); }).what(), HasSubstr("DirGNNConv: it needs several copies"));
}

TEST(AntiSymmetricConv, TakesStepsOfTheEquation) {
  at::manual_seed(3);
  const TestGraph graph = random_graph(6, 14, 4);
  AntiSymmetricConv conv({.in_channels = 4, .num_iters = 3, .epsilon = 0.2, .gamma = 0.3});
  conv.to(at::kDouble);
  const at::Tensor W = state_of(conv, "W"), bias = state_of(conv, "bias");
  GCNConv phi({.in_channels = 4, .out_channels = 4, .bias = false});
  phi.to(at::kDouble);
  phi.load_state_dict({{"lin.weight", state_of(conv, "phi.lin.weight")}});
  const at::Tensor A = W - W.t() - 0.3 * at::eye(4, at::kDouble);
  at::Tensor x = graph.x;
  for (int k = 0; k < 3; ++k) x = x + 0.2 * (x.matmul(A.t()) + phi.forward(x, graph.edge_index) + bias).tanh();
  EXPECT_TRUE(at::allclose(conv.forward(graph.x, graph.edge_index), x));
  EXPECT_TRUE(at::equal(state_of(conv, "eye"), at::eye(4, at::kDouble)));
}

TEST(AntiSymmetricConv, PassesFurtherArgumentsOn) {
  at::manual_seed(4);
  const TestGraph graph = random_graph(6, 14, 4);
  AntiSymmetricConv conv({.in_channels = 4,
                          .phi = std::unique_ptr<CallableModule>(std::make_unique<GraphConv>(GraphConvOptions{4, 4})),
                          .act = Config()});
  conv.to(at::kDouble);
  const at::Tensor plain = conv.forward(graph.x, graph.edge_index);
  const CallArguments by_name{{graph.x}, {{"edge_index", graph.edge_index}, {"edge_weight", graph.edge_weight}}};
  const CallArguments by_place{{graph.x, graph.edge_index, graph.edge_weight}, {}};
  const at::Tensor weighted = *conv.call(by_name).at(0).tensor();
  EXPECT_FALSE(at::allclose(weighted, plain));
  EXPECT_TRUE(at::equal(*conv.call(by_place).at(0).tensor(), weighted));
  const CallArguments unknown{{graph.x, graph.edge_index}, {{"edge_wieght", graph.edge_weight}}};
  EXPECT_THAT(error_of([&] { conv.call(unknown); }).what(), HasSubstr("GraphConv: it takes no argument 'edge_wieght'"));
}

TEST(GPSConv, GraphsOfABatchDoNotSeeEachOther) {
  for (const char* attention : {"multihead", "performer"}) {
    SCOPED_TRACE(attention);
    at::manual_seed(5);
    const TestGraph a = random_graph(5, 9, 8), b = random_graph(7, 15, 8);
    GPSConv conv({.channels = 8,
                  .conv = made_by<SAGEConv>(SAGEConvOptions{.in_channels = 8, .out_channels = 8}),
                  .heads = 2,
                  .norm = "layer_norm",
                  .attn_type = attention});
    conv.to(at::kDouble);
    // The performer's denominator counts masked keys, so that a graph is alone among its like: in batches.
    const auto alone = [&](const TestGraph& graph, int64_t places) {
      const at::Tensor batch = at::zeros({graph.nodes()}, at::kLong);
      if (std::string(attention) == "multihead") return conv.forward(graph.x, graph.edge_index, batch);
      const at::Tensor padding = at::randn({places, 8}, at::kDouble);
      const at::Tensor more = at::cat({batch, at::ones({places}, at::kLong)});
      return conv.forward(at::cat({graph.x, padding}), graph.edge_index, more).narrow(0, 0, graph.nodes());
    };
    const at::Tensor batch = at::cat({at::zeros({5}, at::kLong), at::ones({7}, at::kLong)});
    const at::Tensor edges = at::cat({a.edge_index, b.edge_index + 5}, 1);
    const at::Tensor out = conv.forward(at::cat({a.x, b.x}), edges, batch);
    EXPECT_TRUE(at::allclose(out, at::cat({alone(a, 7), alone(b, 7)})));
  }
}

TEST(GPSConv, AttendsToNodesThatNoEdgeReaches) {
  at::manual_seed(6);
  const TestGraph graph = random_graph(6, 0, 8);
  GPSConv conv({.channels = 8, .conv = ConvArgument(), .heads = 2, .norm = Config()});
  conv.to(at::kDouble);
  const at::Tensor out = conv.forward(graph.x, graph.edge_index);
  at::Tensor moved = graph.x.clone();
  moved[5] += 1;
  EXPECT_FALSE(at::allclose(conv.forward(moved, graph.edge_index)[0], out[0]));
  EXPECT_THAT(keys_of(conv), testing::Not(testing::Contains("norm1.weight")));
}

TEST(GPSConv, BatchesOfAnotherLengthAreErrors) {
  const TestGraph graph = random_graph(6, 8, 8);
  GPSConv conv({.channels = 8, .conv = ConvArgument()});
  conv.to(at::kDouble);
  EXPECT_THAT(error_of([&] { conv.forward(graph.x, graph.edge_index, at::zeros({5}, at::kLong)); }).what(),
              HasSubstr("GPSConv: batch has the sizes [5] but x has 6 nodes"));
}

TEST(PerformerAttention, RandomFeaturesAreOrthogonalAndDrawnAnew) {
  at::manual_seed(7);
  PerformerAttention attention(8, 2, {.head_channels = 4});
  const at::Tensor before = state_of(attention, "fast_attn.projection_matrix").clone();
  EXPECT_EQ(before.sizes(), (at::IntArrayRef{5, 4}));
  const at::Tensor block = before.narrow(0, 0, 4);
  EXPECT_TRUE(at::allclose(block.matmul(block.t()), at::eye(4), 1e-5, 1e-5));
  attention.redraw_projection_matrix();
  EXPECT_FALSE(at::allclose(state_of(attention, "fast_attn.projection_matrix"), before));
  EXPECT_THAT(error_of([] { PerformerAttention(8, 3); }).what(), HasSubstr("8 channels are to be cut into 3 heads"));
}

}  // namespace
}  // namespace spinel::nn
