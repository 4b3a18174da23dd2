#include "spinel/nn/conv/message_passing.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "tests/nn/conv/conformance.h"
#include "tests/support/errors.h"

namespace spinel::nn {
namespace {

using testing::HasSubstr;

/// The default message, under any aggregation.
class Copy : public MessagePassing<Copy> {
 public:
  explicit Copy(const Config& aggr = "sum", const MessagePassingOptions& options = {})
      : MessagePassing("Copy", aggr, options) {}
  std::string name() const override { return "Copy"; }
  at::Tensor forward(const Features& x, const Adjacency& edges, const Size& size = {}) {
    return propagate(edges, size, arg<"x">(x));
  }
  ValueList call(const CallArguments& arguments) override {
    return call_forward(*this, &Copy::forward, {{"x"}, {"edge_index"}, {"size", Config()}}, arguments);
  }
};

/// weight · x_j, and the same made as a tensor.
class Weighted : public MessagePassing<Weighted> {
 public:
  explicit Weighted(const Config& aggr, bool fuse, int64_t node_dim = -2)
      : MessagePassing("Weighted", aggr, {.node_dim = node_dim}), fuse_(fuse) {}
  std::string name() const override { return "Weighted"; }
  at::Tensor forward(const Features& x, const Adjacency& edges, const at::Tensor& w) {
    return propagate(edges, {}, arg<"x">(x), arg<"w">(w));
  }
  ValueList call(const CallArguments&) override { return {}; }
  Message message(Arg<"x_j"> x_j, Arg<"w"> w) {
    if (fuse_) return w * x_j;
    return w * x_j.tensor();
  }

 private:
  bool fuse_;
};

/// Uses every kind of argument and all functions.
class Everything : public MessagePassing<Everything> {
 public:
  Everything() : MessagePassing("Everything", Config()) {}
  std::string name() const override { return "Everything"; }
  at::Tensor forward(const Features& x, const Adjacency& edges, const at::Tensor& edge_attr) {
    const at::Tensor e = edge_updater(edges, {}, arg<"x">(x), arg<"edge_attr">(edge_attr));
    return propagate(edges, {}, arg<"x">(x), arg<"e">(e), arg<"bias">(at::ones({1}, e.options())));
  }
  ValueList call(const CallArguments&) override { return {}; }
  at::Tensor edge_update(Arg<"x_i"> x_i, Arg<"edge_attr"> edge_attr) { return x_i + edge_attr.sum(-1, true); }
  at::Tensor message(Arg<"x_j"> x_j, Arg<"e"> e, Arg<"size_i"> size_i, Arg<"size_j"> size_j) {
    sizes = {size_i, size_j};
    return x_j.tensor() + e;
  }
  at::Tensor aggregate(const at::Tensor& messages, Arg<"index"> index, Arg<"dim_size"> dim_size) {
    return at::zeros({dim_size, messages.size(1)}, messages.options()).index_add(0, index, messages);
  }
  at::Tensor update(const at::Tensor& aggregated, Arg<"x"> x, Arg<"bias"> bias) { return aggregated + x + bias; }
  std::pair<int64_t, int64_t> sizes;
};

TEST(MessagePassing, CallsEveryFunctionWithTheArgumentsThatItNames) {
  at::manual_seed(1);
  const TestGraph graph = random_graph(5, 8, 3);
  Everything conv;
  const at::Tensor i = graph.edge_index[1], j = graph.edge_index[0];
  const at::Tensor e = graph.x.index_select(0, i) + graph.edge_attr.sum(-1, true);
  const at::Tensor wanted = at::zeros_like(graph.x).index_add(0, i, graph.x.index_select(0, j) + e) + graph.x + 1;
  EXPECT_TRUE(at::allclose(conv.forward(graph.x, graph.edge_index, graph.edge_attr), wanted));
  EXPECT_EQ(conv.sizes, std::pair(int64_t{5}, int64_t{5}));
}

/// Result and gradients of x and w.
std::vector<at::Tensor> with_gradients(Weighted& conv, const TestGraph& graph, const at::Tensor& x,
                                       const at::Tensor& w) {
  const at::Tensor leaf = x.detach().clone().set_requires_grad(true);
  const at::Tensor weight = w.detach().clone().set_requires_grad(true);
  const at::Tensor out = conv.forward(leaf, graph.edge_index, weight);
  const auto gradients = torch::autograd::grad({out.square().sum()}, {leaf, weight});
  return {out, gradients[0], gradients[1]};
}

TEST(MessagePassing, ProductsInOnePassAreTheMessagesReduced) {
  at::manual_seed(2);
  for (const char* aggr : {"sum", "mean", "min", "max"}) {
    for (const int heads : {0, 1, 3}) {
      SCOPED_TRACE(std::string(aggr) + " " + std::to_string(heads));
      const TestGraph graph = random_graph(9, 40, 4);
      const int64_t edges = graph.edge_index.size(1);
      const int64_t node_dim = heads == 0 ? -2 : 0;
      const at::Tensor x = heads == 0 ? graph.x : at::randn({9, heads, 5}, at::kDouble);
      const at::Tensor w = heads == 0 ? graph.edge_weight.unsqueeze(-1) : at::randn({edges, heads, 1}, at::kDouble);
      Weighted fused(aggr, true, node_dim), plain(aggr, false, node_dim);
      const auto a = with_gradients(fused, graph, x, w), b = with_gradients(plain, graph, x, w);
      for (size_t k = 0; k < a.size(); ++k) EXPECT_TRUE(at::allclose(a[k], b[k])) << k;
      const at::NoGradGuard no_grad;
      EXPECT_TRUE(at::allclose(fused.forward(x, graph.edge_index, w), b[0]));
    }
  }
}

TEST(MessagePassing, FollowsChangesOfTheEdgeList) {
  const at::Tensor x = at::arange(3, at::kDouble).view({3, 1});
  at::Tensor edge_index = at::tensor({0, 1, 1, 2}, at::kLong).view({2, 2});
  Copy conv;
  EXPECT_TRUE(at::equal(conv.forward(x, edge_index).flatten(), at::tensor({0.0, 0.0, 1.0})));
  edge_index[0][0] = 2;
  EXPECT_TRUE(at::equal(conv.forward(x, edge_index).flatten(), at::tensor({0.0, 2.0, 1.0})));
  edge_index[1][1] = 0;  // another order of targets
  EXPECT_TRUE(at::equal(conv.forward(x, edge_index).flatten(), at::tensor({1.0, 2.0, 0.0})));
}

TEST(MessagePassing, WhatIsRememberedOfAnEdgeListEndsWithIt) {
  const at::Tensor x = at::randn({4, 2}, at::kDouble);
  at::Tensor edge_index = at::randint(4, {2, 9}, at::kLong);
  const c10::weak_intrusive_ptr<c10::TensorImpl> weak(edge_index.getIntrusivePtr());
  for (const char* aggr : {"sum", "mul"}) Copy(aggr).forward(x, edge_index);
  edge_index.reset();
  EXPECT_TRUE(weak.expired());
}

TEST(MessagePassing, FlowTurnsTheEdgesRound) {
  const TestGraph graph = random_graph(6, 12, 3);
  Copy forwards, backwards("sum", {.flow = "target_to_source"});
  EXPECT_TRUE(
      at::allclose(backwards.forward(graph.x, graph.edge_index), forwards.forward(graph.x, graph.edge_index.flip(0))));
  EXPECT_THAT(error_of([&] { backwards.forward(graph.x, sparse::SparseTensor::eye(6)); }).what(),
              HasSubstr("Copy: the flow"));
}

TEST(MessagePassing, StaticGraphsHaveOneResultForEachSlice) {
  const TestGraph graph = random_graph(6, 12, 3);
  const at::Tensor x = at::randn({2, 6, 3}, at::kDouble);
  for (const char* aggr : {"mean", "mul"}) {
    Copy conv(aggr);
    const at::Tensor out = conv.forward(x, graph.edge_index);
    for (const int64_t b : {0, 1}) EXPECT_TRUE(at::allclose(out[b], conv.forward(x[b], graph.edge_index)));
  }
}

TEST(MessagePassing, DecomposedLayersGiveTheSameResult) {
  const TestGraph graph = random_graph(6, 12, 4);
  Copy whole, parts("sum", {.decomposed_layers = 2});
  EXPECT_TRUE(at::allclose(parts.forward(graph.x, graph.edge_index), whole.forward(graph.x, graph.edge_index)));
  Copy too_many("sum", {.decomposed_layers = 7});
  EXPECT_THAT(error_of([&] { too_many.forward(graph.x, graph.edge_index); }).what(), HasSubstr("4 features"));
}

TEST(MessagePassing, HooksSeeAndChangeWhatPassesThrough) {
  const TestGraph graph = random_graph(5, 10, 3);
  Copy conv;
  const at::Tensor plain = conv.forward(graph.x, graph.edge_index);
  int calls = 0;
  conv.hooks().propagate.before.add([&](MessagePassingBase&, PropagateCall& call) {
    ++calls;
    call.inputs[0].second = call.inputs[0].second.source() * 2;
  });
  EXPECT_TRUE(at::allclose(conv.forward(graph.x, graph.edge_index), 2 * plain));
  conv.hooks().message.before.add([&](MessagePassingBase&, MessageArguments& arguments) {
    ++calls;
    arguments.set("x_j", arguments.tensor("x_j") * 3);
  });
  conv.hooks().message.after.add([&](MessagePassingBase&, const MessageArguments&, at::Tensor& out) {
    ++calls;
    out = out * 5;
  });
  conv.hooks().aggregate.before.add([&](MessagePassingBase&, MessageArguments& arguments) {
    ++calls;
    arguments.set("inputs", arguments.tensor("inputs") * 7);
  });
  const int64_t number =
      conv.hooks().aggregate.after.add([&](MessagePassingBase&, const MessageArguments&, at::Tensor& out) {
        ++calls;
        out = out * 11;
      });
  conv.hooks().propagate.after.add([&](MessagePassingBase&, const PropagateCall&, at::Tensor& out) {
    ++calls;
    out = out * 13;
  });
  calls = 0;
  EXPECT_TRUE(at::allclose(conv.forward(graph.x, graph.edge_index), plain * 2 * 3 * 5 * 7 * 11 * 13));
  EXPECT_EQ(calls, 6);
  conv.hooks().aggregate.after.remove(number);
  EXPECT_TRUE(at::allclose(conv.forward(graph.x, graph.edge_index), plain * 2 * 3 * 5 * 7 * 13));
}

TEST(MessagePassing, HooksOfProductsOverAMatrixAreCalled) {
  const TestGraph graph = random_graph(5, 10, 3);
  const sparse::SparseTensor adj_t(
      sparse::StorageArguments{.row = graph.edge_index[1], .col = graph.edge_index[0], .sparse_sizes = {5, 5}});
  Copy conv;
  const at::Tensor plain = conv.forward(graph.x, adj_t);
  EXPECT_TRUE(at::allclose(plain, conv.forward(graph.x, graph.edge_index)));
  conv.hooks().message_and_aggregate.after.add(
      [](MessagePassingBase&, const MessageArguments& arguments, at::Tensor& out) {
        EXPECT_TRUE(arguments.adjacency.is_sparse());
        out = out * 2;
      });
  EXPECT_TRUE(at::allclose(conv.forward(graph.x, adj_t), 2 * plain));
}

TEST(MessagePassing, ExplanationsMultiplyMessagesByTheMaskOfTheirEdge) {
  const TestGraph graph = random_graph(5, 10, 3);
  Weighted weighted("sum", true);
  Copy conv;
  conv.set_explain(true);
  EXPECT_THAT(error_of([&] { conv.forward(graph.x, graph.edge_index); }).what(),
              HasSubstr("Copy: there is no edge_mask"));
  const at::Tensor mask = at::randn({graph.edge_index.size(1)}, at::kDouble);
  conv.set_edge_mask(mask);
  EXPECT_TRUE(at::allclose(conv.forward(graph.x, graph.edge_index),
                           weighted.forward(graph.x, graph.edge_index, mask.sigmoid().unsqueeze(-1))));
  EXPECT_THAT(error_of([&] { conv.set_decomposed_layers(2); }).what(), HasSubstr("explained"));
  // Five loops stand behind the edges that the mask covers: their messages count as they are.
  const at::Tensor loops = at::arange(5).expand({2, 5});
  const at::Tensor looped = at::cat({graph.edge_index, loops}, 1);
  EXPECT_TRUE(at::allclose(conv.forward(graph.x, looped), conv.forward(graph.x, graph.edge_index) + graph.x));
}

TEST(MessagePassing, SizesThatDisagreeAreErrors) {
  const TestGraph graph = random_graph(5, 10, 3);
  Copy conv;
  EXPECT_THAT(error_of([&] {
                conv.forward(graph.x, graph.edge_index, Size({6, 5}));
              }).what(),
              HasSubstr("x has 5 nodes"));
  EXPECT_THAT(error_of([&] { conv.forward(graph.x, sparse::SparseTensor::eye(6)); }).what(),
              HasSubstr("5 nodes in dimension -2 but 6"));
  EXPECT_THAT(error_of([&] { conv.forward(at::ones({5}), graph.edge_index); }).what(), HasSubstr("1 dimensions"));
  const at::Tensor out = conv.forward(Features(graph.x, at::Tensor()), graph.edge_index, Size({5, 8}));
  EXPECT_EQ(out.size(0), 8);
}

TEST(MessagePassing, UnknownFlowsAndAggregationsAreErrors) {
  EXPECT_THAT(error_of([&] { Copy("sum", {.flow = "sideways"}); }).what(), HasSubstr("Copy"));
  EXPECT_THAT(error_of([&] { Copy("summ"); }).what(), HasSubstr("summ"));
}

}  // namespace
}  // namespace spinel::nn
