// Convolutions with types of edges, layers of a neighbour and splines against their formulas edge by edge.
#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "spinel/nn/conv/dna_conv.h"
#include "spinel/nn/conv/heat_conv.h"
#include "spinel/nn/conv/relation_pairs.h"
#include "spinel/nn/conv/rgat_conv.h"
#include "spinel/nn/conv/spline_basis.h"
#include "spinel/nn/conv/spline_conv.h"
#include "tests/nn/conv/conformance.h"
#include "tests/support/errors.h"

namespace spinel::nn {
namespace {

using testing::HasSubstr;

at::Tensor state_of(const Module& module, const std::string& wanted) {
  for (const auto& [key, tensor] : module.state_dict()) {
    if (key == wanted) return tensor;
  }
  return {};
}

/// Rows of `score` [E, H] through a softmax over edges with the same number.
at::Tensor softmax_by(const at::Tensor& score, const at::Tensor& group) {
  const at::Tensor shares = score.exp();
  const at::Tensor same = group.unsqueeze(0).eq(group.unsqueeze(1)).to(score.scalar_type());
  return shares / at::matmul(same, shares);
}

TEST(RelationPairs, AreThoseThatEdgesHaveEachOnce) {
  const at::Tensor node = at::tensor({3, 1, 3, 0, 1}, at::kLong), relation = at::tensor({1, 0, 1, 1, 2}, at::kLong);
  const RelationPairs pairs = relation_pairs(node, relation, 4, 5);
  EXPECT_TRUE(at::equal(pairs.node, at::tensor({1, 0, 3, 1}, at::kLong)));
  EXPECT_THAT(pairs.first, testing::ElementsAre(0, 1, 3, 4, 4));
  EXPECT_TRUE(at::equal(pairs.place, at::tensor({2, 0, 2, 1, 3}, at::kLong)));
  const at::Tensor x = at::randn({5, 3}, at::kDouble), weight = at::randn({4, 3, 2}, at::kDouble);
  const at::Tensor found = pairs.multiply(x, weight).index_select(0, pairs.place);
  for (int64_t e = 0; e < 5; ++e) {
    const at::Tensor wanted = at::matmul(x[node[e].item<int64_t>()], weight[relation[e].item<int64_t>()]);
    EXPECT_TRUE(at::allclose(found[e], wanted));
  }
}

struct Attended {
  at::Tensor alpha, h;  ///< [E, H · D], [E, H, C]
};

/// Of RGATConv, with a weight gathered for each edge as the reference does it.
Attended attended(const RGATConv& conv, const RGATConvOptions& options, const TestGraph& graph) {
  const at::Tensor weight = state_of(conv, "weight").index_select(0, graph.edge_type);
  const auto of = [&](int64_t row) {
    const at::Tensor x = graph.x.index_select(0, graph.edge_index[row]).unsqueeze(1);
    return at::bmm(x, weight).squeeze(1);
  };
  const at::Tensor h_i = of(1), h_j = of(0);
  const at::Tensor q = at::matmul(h_i, state_of(conv, "q")), k = at::matmul(h_j, state_of(conv, "k"));
  const bool added = options.attention_mode == "additive-self-attention";
  at::Tensor score = added ? q + k : q * k;
  if (options.edge_dim) {
    const at::Tensor e =
        at::matmul(at::matmul(graph.edge_attr, state_of(conv, "lin_edge.weight").t()), state_of(conv, "e"));
    score = added ? score + e : score * e;
  }
  if (added) score = at::leaky_relu(score, options.negative_slope);
  const bool within = options.attention_mechanism == "within-relation";
  const at::Tensor group = within ? graph.edge_index[1] * 3 + graph.edge_type : graph.edge_index[1];
  return {softmax_by(score, group), h_j.view({-1, options.heads, options.out_channels})};
}

TEST(RGATConv, FollowsItsFormulaInEveryModeAndMod) {
  at::manual_seed(1);
  const TestGraph graph = random_graph(6, 18, 5);
  const at::Tensor target = graph.edge_index[1];
  const at::Tensor degree = at::bincount(target, {}, 6).to(at::kDouble).index_select(0, target);
  for (const char* mod : {"", "additive", "scaled", "f-additive", "f-scaled"}) {
    for (const bool multiplied : {false, true}) {
      for (const bool within : {false, true}) {
        // Extremes and hooks go edge by edge; sums do not.
        for (const char* aggr : {"add", "mean", "max"}) {
          SCOPED_TRACE(std::string(mod) + " " + std::to_string(multiplied) + std::to_string(within) + " " + aggr);
          RGATConvOptions options{.in_channels = 5, .out_channels = 3, .num_relations = 3, .heads = 2};
          if (*mod) options.mod = mod;
          if (multiplied) options.attention_mode = "multiplicative-self-attention", options.dim = 2;
          if (within) options.attention_mechanism = "within-relation";
          if (multiplied == within) options.edge_dim = 3;
          options.kwargs.aggr = aggr;
          RGATConv conv(options);
          conv.to(at::kDouble);
          for (const char* name : {"w", "l1", "b1", "l2", "b2"}) {
            const at::NoGradGuard no_grad;
            state_of(conv, name).normal_();
          }
          auto [alpha, h] = attended(conv, options, graph);
          const at::Tensor attr = options.edge_dim ? graph.edge_attr : at::Tensor();
          const AttentionResult found = conv.forward_with_attention(graph.x, graph.edge_index, graph.edge_type, attr);
          EXPECT_TRUE(at::allclose(found.alpha, alpha));
          const std::string name = mod;
          if (name == "f-additive") alpha = alpha + 1;
          if (name == "f-scaled") alpha = alpha * degree.unsqueeze(1);
          const at::Tensor each = h.unsqueeze(2);
          at::Tensor message = alpha.view({-1, 2, options.dim, 1}) * each;
          if (name == "additive") message = message + state_of(conv, "w") * each;
          if (name == "scaled") {
            const at::Tensor inner = at::matmul(degree.unsqueeze(1), state_of(conv, "l1")) + state_of(conv, "b1");
            const at::Tensor scale = at::matmul(inner.relu(), state_of(conv, "l2")) + state_of(conv, "b2");
            message = message * scale.view({-1, 1, 1, 3});
          }
          const at::Tensor rows = message.flatten(1);
          at::Tensor wanted = at::zeros({6, rows.size(1)}, at::kDouble);
          const std::string reduce = std::string(aggr) == "max" ? "amax" : std::string(aggr) == "mean" ? "mean" : "sum";
          wanted = wanted.scatter_reduce(0, target.unsqueeze(1).expand_as(rows), rows, reduce, false);
          EXPECT_TRUE(at::allclose(found.out, wanted));
        }
      }
    }
  }
}

TEST(RGATConv, TheOtherFlowTurnsTheEdgesRound) {
  at::manual_seed(2);
  const TestGraph graph = random_graph(6, 15, 4);
  const RGATConvOptions options{.in_channels = 4, .out_channels = 3, .num_relations = 3, .mod = "scaled", .heads = 2};
  RGATConv forwards(options);
  RGATConvOptions reversed = options;
  reversed.kwargs.flow = "target_to_source";
  RGATConv backwards(reversed);
  backwards.load_state_dict(forwards.state_dict());
  for (RGATConv* conv : {&forwards, &backwards}) conv->to(at::kDouble);
  EXPECT_TRUE(at::allclose(backwards.forward(graph.x, graph.edge_index.flip(0), graph.edge_type),
                           forwards.forward(graph.x, graph.edge_index, graph.edge_type)));
}

TEST(RGATConv, BlocksAreMatricesOnTheDiagonal) {
  at::manual_seed(3);
  const TestGraph graph = random_graph(6, 15, 6);
  RGATConvOptions options{.in_channels = 6, .out_channels = 2, .num_relations = 3, .heads = 2};
  RGATConv full(options);
  options.num_blocks = 2;
  RGATConv blocks(options);
  for (RGATConv* conv : {&full, &blocks}) conv->to(at::kDouble);
  NamedTensors state = blocks.state_dict();
  const at::Tensor weight = state_of(blocks, "weight");
  std::vector<at::Tensor> dense;
  for (int64_t r = 0; r < 3; ++r) dense.push_back(at::block_diag({weight[r][0], weight[r][1]}));
  state.set("weight", at::stack(dense));
  full.load_state_dict(state);
  EXPECT_TRUE(at::allclose(blocks.forward(graph.x, graph.edge_index, graph.edge_type),
                           full.forward(graph.x, graph.edge_index, graph.edge_type)));
}

TEST(RGATConv, DropoutLeavesTheWeightsThatAreReturned) {
  at::manual_seed(4);
  const TestGraph graph = random_graph(6, 18, 4);
  RGATConv conv({.in_channels = 4, .out_channels = 3, .num_relations = 3, .dropout = 1});
  conv.to(at::kDouble);
  const AttentionResult found = conv.forward_with_attention(graph.x, graph.edge_index, graph.edge_type);
  EXPECT_TRUE(at::equal(found.out, at::zeros_like(found.out)));
  EXPECT_GT(found.alpha.sum().item<double>(), 1);
  conv.eval();
  EXPECT_GT(conv.forward(graph.x, graph.edge_index, graph.edge_type).abs().sum().item<double>(), 0);
}

TEST(DNAConv, AttendsToAllLayersAndToNothing) {
  at::manual_seed(5);
  const TestGraph graph = random_graph(6, 16, 4);
  const at::Tensor x = at::randn({6, 3, 8}, at::kDouble);
  for (const char* aggr : {"add", "max"}) {
    DNAConvOptions options{.channels = 8, .heads = 4, .groups = 2, .normalize = false};
    options.kwargs.aggr = aggr;
    DNAConv conv(options);
    conv.to(at::kDouble);
    const auto map = [&](const char* name, const at::Tensor& rows) {
      const std::string key = std::string("multi_head.") + name;
      const at::Tensor weight = state_of(conv, key + ".weight");
      return at::matmul(rows, at::block_diag({weight[0], weight[1]})) + state_of(conv, key + ".bias");
    };
    const at::Tensor x_i = x.index_select(0, graph.edge_index[1]), x_j = x.index_select(0, graph.edge_index[0]);
    const at::Tensor q = map("lin_q", x_i.select(1, 2)).view({-1, 1, 4, 2});
    const at::Tensor k = map("lin_k", x_j).view({-1, 3, 4, 2}), v = map("lin_v", x_j).view({-1, 3, 4, 2});
    const at::Tensor shares = ((q * k).sum(-1) / std::sqrt(2.0)).exp();
    const at::Tensor alpha = shares / (shares.sum(1, true) + 1);
    const at::Tensor rows = (alpha.unsqueeze(-1) * v).sum(1).flatten(1) * graph.edge_weight.unsqueeze(1);
    const at::Tensor wanted = at::zeros({6, 8}, at::kDouble)
                                  .scatter_reduce(0, graph.edge_index[1].unsqueeze(1).expand_as(rows), rows,
                                                  *aggr == 'a' ? "sum" : "amax", false);
    EXPECT_TRUE(at::allclose(conv.forward(x, graph.edge_index, graph.edge_weight), wanted)) << aggr;
  }
}

TEST(DNAConv, LargeScoresDoNotOverflow) {
  DNAConv conv({.channels = 2});
  conv.to(at::kDouble);
  const at::Tensor edges = at::tensor({0, 1}, at::kLong).view({2, 1});
  EXPECT_TRUE(conv.forward(at::full({2, 2, 2}, 1e4, at::kDouble), edges).isfinite().all().item<bool>());
}

TEST(DNAConv, KeepsItsFirstEdgesWhereCached) {
  at::manual_seed(6);
  const TestGraph graph = random_graph(5, 9, 4), other = random_graph(5, 9, 4);
  const at::Tensor x = at::randn({5, 2, 4});
  DNAConv conv({.channels = 4, .cached = true});
  const at::Tensor out = conv.forward(x, graph.edge_index);
  EXPECT_TRUE(at::equal(conv.forward(x, other.edge_index), out));
  conv.reset_parameters();
  EXPECT_FALSE(at::allclose(conv.forward(x, other.edge_index), out));
}

TEST(HEATConv, FollowsItsFormulaForSumsAndExtremes) {
  at::manual_seed(7);
  const TestGraph graph = random_graph(6, 18, 5);
  const at::Tensor target = graph.edge_index[1];
  for (const char* aggr : {"add", "mean", "max"}) {
    HEATConvOptions options{.in_channels = 5,
                            .out_channels = 4,
                            .num_node_types = 2,
                            .num_edge_types = 3,
                            .edge_type_emb_dim = 3,
                            .edge_dim = 3,
                            .edge_attr_emb_dim = 2,
                            .heads = 2};
    options.kwargs.aggr = aggr;
    HEATConv conv(options);
    conv.to(at::kDouble);
    const at::Tensor weight = state_of(conv, "hetero_lin.weight").index_select(0, graph.node_type);
    const at::Tensor h = at::bmm(graph.x.unsqueeze(1), weight).squeeze(1) +
                         state_of(conv, "hetero_lin.bias").index_select(0, graph.node_type);
    const at::Tensor h_i = h.index_select(0, target), h_j = h.index_select(0, graph.edge_index[0]);
    const at::Tensor type =
        at::leaky_relu(state_of(conv, "edge_type_emb.weight"), 0.2).index_select(0, graph.edge_type);
    const at::Tensor edge =
        at::leaky_relu(at::matmul(graph.edge_attr, state_of(conv, "edge_attr_emb.weight").t()), 0.2);
    const at::Tensor score = at::matmul(at::cat({h_i, h_j, type, edge}, 1), state_of(conv, "att.weight").t());
    const at::Tensor alpha = softmax_by(at::leaky_relu(score, 0.2), target);
    const at::Tensor value =
        at::linear(at::cat({h_j, edge}, 1), state_of(conv, "lin.weight"), state_of(conv, "lin.bias"));
    const at::Tensor rows = (alpha.unsqueeze(-1) * value.unsqueeze(1)).flatten(1);
    const std::string reduce = std::string(aggr) == "max" ? "amax" : std::string(aggr) == "mean" ? "mean" : "sum";
    const at::Tensor sums =
        at::zeros({6, 8}, at::kDouble).scatter_reduce(0, target.unsqueeze(1).expand_as(rows), rows, reduce, false);
    const at::Tensor wanted = sums + at::cat({h, h}, 1);
    const auto run = [&] {
      return conv.forward(graph.x, graph.edge_index, graph.node_type, graph.edge_type, graph.edge_attr);
    };
    EXPECT_TRUE(at::allclose(run(), wanted)) << aggr;
    // Observed messages are made one by one.
    conv.hooks().message.after.add([](MessagePassingBase&, const MessageArguments&, at::Tensor&) {});
    EXPECT_TRUE(at::allclose(run(), wanted)) << aggr;
  }
}

TEST(SplineBasis, SumsToOneAndIsSmooth) {
  for (const int64_t degree : {1, 2, 3}) {
    for (const bool open : {true, false}) {
      const at::Tensor u = at::linspace(0, 1, 201, at::kDouble).unsqueeze(1);
      const SplineBasis found = spline_basis(at::cat({u, 1 - u}, 1), {5, 6}, {open, open}, degree);
      EXPECT_TRUE(at::allclose(found.basis.sum(1), at::ones({201}, at::kDouble)));
      EXPECT_GE(found.basis.min().item<double>(), -1e-12);
      EXPECT_TRUE(found.weight_index.ge(0).logical_and(found.weight_index.lt(30)).all().item<bool>());
      // A function on the knots changes little from one place to the next, also where another knot begins.
      const at::Tensor value = (found.basis * at::arange(30, at::kDouble).sin().index({found.weight_index})).sum(1);
      EXPECT_LT(value.diff().abs().max().item<double>(), 0.15);
      if (!open) EXPECT_NEAR(value[0].item<double>(), value[200].item<double>(), 1e-9);
    }
  }
}

TEST(SplineConv, FollowsItsFormulaForSumsAndExtremes) {
  at::manual_seed(8);
  const TestGraph graph = random_graph(6, 18, 5);
  const at::Tensor target = graph.edge_index[1];
  for (const char* aggr : {"add", "mean", "max"}) {
    SplineConv conv({.in_channels = 5,
                     .out_channels = 4,
                     .dim = 3,
                     .kernel_size = Config(Config::List{3, 4, 5}),
                     .degree = 2,
                     .aggr = aggr});
    conv.to(at::kDouble);
    const SplineBasis splines = spline_basis(graph.edge_attr, {3, 4, 5}, {true, true, true}, 2);
    const at::Tensor weight = state_of(conv, "weight").index({splines.weight_index});
    const at::Tensor kernel = (splines.basis.unsqueeze(-1).unsqueeze(-1) * weight).sum(1);
    const at::Tensor rows = at::bmm(graph.x.index_select(0, graph.edge_index[0]).unsqueeze(1), kernel).squeeze(1);
    const std::string reduce = std::string(aggr) == "max" ? "amax" : std::string(aggr) == "mean" ? "mean" : "sum";
    const at::Tensor wanted =
        at::zeros({6, 4}, at::kDouble).scatter_reduce(0, target.unsqueeze(1).expand_as(rows), rows, reduce, false) +
        at::matmul(graph.x, state_of(conv, "lin.weight").t());
    EXPECT_TRUE(at::allclose(conv.forward(graph.x, graph.edge_index, graph.edge_attr), wanted)) << aggr;
    conv.hooks().message.after.add([](MessagePassingBase&, const MessageArguments&, at::Tensor&) {});
    EXPECT_TRUE(at::allclose(conv.forward(graph.x, graph.edge_index, graph.edge_attr), wanted)) << aggr;
  }
}

TEST(SplineConv, WidthsMayComeFromTheFirstInputAndKernelsFromTheState) {
  at::manual_seed(9);
  const TestGraph graph = random_graph(6, 18, 5);
  const at::Tensor attr = graph.edge_attr.narrow(1, 0, 2);
  const auto made = [](int64_t first, int64_t second) {
    return SplineConvOptions{.in_channels = -1,
                             .out_channels = 4,
                             .dim = 2,
                             .kernel_size = Config(Config::List{Config(first), Config(second)})};
  };
  SplineConv one(made(3, 4)), other(made(4, 3));
  for (SplineConv* conv : {&one, &other}) conv->to(at::kDouble);
  const at::Tensor out = one.forward(graph.x, graph.edge_index, attr);
  EXPECT_EQ(state_of(one, "weight").sizes(), (at::IntArrayRef{12, 5, 4}));
  other.load_state_dict(one.state_dict());
  EXPECT_TRUE(at::equal(other.forward(graph.x, graph.edge_index, attr), out));
}

TEST(SplineConv, CoordinatesOutsideOfTheIntervalAreErrors) {
  const TestGraph graph = random_graph(6, 18, 5);
  SplineConv conv({.in_channels = 5, .out_channels = 4, .dim = 3, .kernel_size = 3});
  conv.to(at::kDouble);
  for (const double bad : {-0.1, 1.5, std::nan("")}) {
    const at::Tensor attr = graph.edge_attr.clone();
    attr[4][1] = bad;
    EXPECT_THAT(error_of([&] { conv.forward(graph.x, graph.edge_index, attr); }).what(),
                HasSubstr("SplineConv: edge_attr holds"));
  }
}

}  // namespace
}  // namespace spinel::nn
