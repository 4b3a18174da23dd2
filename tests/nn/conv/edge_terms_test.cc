#include "spinel/nn/conv/edge_terms.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "tests/nn/conv/conformance.h"
#include "tests/support/errors.h"

namespace spinel::nn {
namespace {

using testing::HasSubstr;

constexpr int64_t nodes = 9, edges = 30, width = 6;

/// Operands of every kind over a list of edges in no order.
struct Operands {
  bool modulated = false;
  TestGraph graph = random_graph(nodes, edges, width);
  MessageEdges list{graph.edge_index, Flow::source_to_target, nodes, nodes, "test"};
  at::Tensor target = leaf({nodes, modulated ? 2 * width : width}), source = leaf({nodes, width}),
             edge = leaf({edges, width});
  at::Tensor attr = leaf({edges, 3}), weight = leaf({width, 3}), coefficient = leaf({edges, 2});
  at::Tensor vector = leaf({nodes, 2, width / 2}), scale = leaf({1});

  static at::Tensor leaf(at::IntArrayRef sizes) { return at::randn(sizes, at::kDouble).set_requires_grad(true); }
  EdgeTerms terms(EdgeActivation activation) const {
    EdgeTerms terms{.target = Lifted(target, list, End::i, 0), .source = Lifted(source, list, End::j, 0)};
    terms.edge = edge, terms.attr = attr, terms.weight = weight;
    terms.modulated = modulated;
    terms.activation = activation;
    terms.slope = 0.1;
    return terms;
  }
  /// What has gradients with this reduction; of a gate, whose messages are narrower, neither heads nor vectors.
  std::vector<at::Tensor> inputs(EdgeReduction kind) const {
    std::vector<at::Tensor> all{target, source, edge, attr, weight};
    if (kind == EdgeReduction::weighted || kind == EdgeReduction::mixed) all.push_back(coefficient);
    if (kind == EdgeReduction::dot) all.push_back(vector);
    if (kind == EdgeReduction::softmax || kind == EdgeReduction::attended) all.push_back(scale);
    return all;
  }
  TermReduction reduction(EdgeReduction kind) const {
    TermReduction reduction{.kind = kind};
    if (kind == EdgeReduction::weighted || kind == EdgeReduction::mixed) reduction.coefficient = coefficient;
    if (kind == EdgeReduction::dot) reduction.vector = vector;
    if (kind == EdgeReduction::softmax || kind == EdgeReduction::attended) reduction.scale = scale;
    return reduction;
  }
};

/// What reduce_terms() says it does, of messages as tensors.
at::Tensor by_definition(const Operands& x, EdgeActivation activation, EdgeReduction kind) {
  const at::Tensor messages = x.terms(activation).tensor();
  const at::Tensor i = x.graph.edge_index[1];
  const auto sum = [&](const at::Tensor& m) {
    std::vector<int64_t> sizes = m.sizes().vec();
    sizes[0] = nodes;
    return at::zeros(sizes, m.options()).index_add(0, i, m);
  };
  switch (kind) {
    case EdgeReduction::sum: return sum(messages);
    case EdgeReduction::mean: return sum(messages) / sum(at::ones_like(messages)).clamp_min(1);
    case EdgeReduction::softmax:
    case EdgeReduction::attended: {
      const std::vector<at::Tensor> parts =
          kind == EdgeReduction::attended ? messages.chunk(2, 1) : std::vector{messages};
      const at::Tensor weights = (parts[0] * x.scale).exp();
      const at::Tensor total = sum(weights);
      return sum(parts.back() * weights) / at::where(total == 0, at::ones_like(total), total);
    }
    case EdgeReduction::weighted: return sum((messages.unflatten(1, {2, -1}) * x.coefficient.unsqueeze(-1)).flatten(1));
    case EdgeReduction::mixed: return sum((messages.unsqueeze(1) * x.coefficient.unsqueeze(-1)).flatten(1));
    case EdgeReduction::dot: return (messages.unflatten(1, {2, -1}) * x.vector.index_select(0, i)).sum(-1);
    case EdgeReduction::min:
    case EdgeReduction::max: break;
  }
  const at::Tensor index = i.unsqueeze(1).expand_as(messages);
  return at::zeros({nodes, messages.size(1)}, messages.options())
      .scatter_reduce(0, index, messages, kind == EdgeReduction::max ? "amax" : "amin", false);
}

void expect_same(const std::vector<at::Tensor>& a, const std::vector<at::Tensor>& b) {
  for (size_t k = 0; k < a.size(); ++k) EXPECT_TRUE(at::allclose(a[k], b[k], 1e-9, 1e-11)) << "operand " << k;
}

using Kind = std::tuple<EdgeActivation, EdgeReduction, bool>;
class ReduceTerms : public testing::TestWithParam<Kind> {};

INSTANTIATE_TEST_SUITE_P(
    All, ReduceTerms,
    testing::Combine(testing::Values(EdgeActivation::identity, EdgeActivation::leaky_relu),
                     testing::Values(EdgeReduction::sum, EdgeReduction::mean, EdgeReduction::softmax,
                                     EdgeReduction::attended, EdgeReduction::min, EdgeReduction::max,
                                     EdgeReduction::weighted, EdgeReduction::mixed, EdgeReduction::dot),
                     testing::Bool()));
INSTANTIATE_TEST_SUITE_P(Gates, ReduceTerms,
                         testing::Combine(testing::Values(EdgeActivation::gate),
                                          testing::Values(EdgeReduction::sum, EdgeReduction::softmax),
                                          testing::Values(false)));

TEST_P(ReduceTerms, IsThatOfStoredMessagesWithItsDerivatives) {
  at::manual_seed(4);
  const auto [activation, kind, modulated] = GetParam();
  const Operands x{modulated};
  const at::Tensor found = reduce_terms(x.terms(activation), x.list, x.reduction(kind));
  const at::Tensor wanted = by_definition(x, activation, kind);
  EXPECT_TRUE(at::allclose(found, wanted, 1e-10));
  const std::vector<at::Tensor> inputs = x.inputs(kind);
  const at::Tensor grad = at::randn_like(found).set_requires_grad(true);
  const auto first = [&](const at::Tensor& out, bool again) {
    return torch::autograd::grad({out}, inputs, {grad}, true, again);
  };
  expect_same(first(found, false), first(wanted, false));
  // Differentiated once more, by the gradient too.
  std::vector<at::Tensor> all = inputs;
  all.push_back(grad);
  const auto second = [&](const at::Tensor& out) {
    at::Tensor sum = at::zeros({}, out.options());
    for (const at::Tensor& one : first(out, true)) sum = sum + (one * one.detach().cos()).sum();
    std::vector<at::Tensor> found = torch::autograd::grad({sum}, all, {}, true, false, true);
    for (size_t k = 0; k < all.size(); ++k) {
      if (!found[k].defined()) found[k] = at::zeros_like(all[k]);
    }
    return found;
  };
  expect_same(second(found), second(wanted));
}

TEST(EdgeTerms, ModulateTheSources) {
  at::manual_seed(8);
  const Operands x{true};
  const EdgeTerms terms{
      .target = Lifted(x.target, x.list, End::i, 0), .source = Lifted(x.source, x.list, End::j, 0), .modulated = true};
  const at::Tensor of_target = x.target.index_select(0, x.graph.edge_index[1]);
  const at::Tensor of_source = x.source.index_select(0, x.graph.edge_index[0]);
  EXPECT_TRUE(
      at::allclose(terms.tensor(), of_target.narrow(1, 0, width) + of_target.narrow(1, width, width) * of_source));
  EdgeTerms without = terms;
  without.source = {};
  EXPECT_THAT(std::string(error_of([&] { reduce_terms(without, x.list, {}); }).what()),
              HasSubstr("messages: the sources are modulated but a term is missing"));
}

TEST(EdgeTerms, MayBeOfOneTensorAtBothEnds) {
  at::manual_seed(5);
  const Operands x;
  EdgeTerms terms{.target = Lifted(x.source, x.list, End::i, 0), .source = Lifted(x.source.sin(), x.list, End::j, 0)};
  terms.activation = EdgeActivation::relu;
  const auto twice = [&](const at::Tensor& out) {
    const at::Tensor once = torch::autograd::grad({out.square().sum()}, {x.source}, {}, true, true)[0];
    return std::vector<at::Tensor>{once, torch::autograd::grad({once.square().sum()}, {x.source}, {}, true)[0]};
  };
  const at::Tensor stored = at::zeros({nodes, width}, at::kDouble).index_add(0, x.graph.edge_index[1], terms.tensor());
  expect_same(twice(reduce_terms(terms, x.list, {})), twice(stored));
}

TEST(EdgeTerms, WithManyAttributesAreMappedFirst) {
  at::manual_seed(6);
  Operands x;
  x.attr = Operands::leaf({edges, 70});
  x.weight = Operands::leaf({width, 70});
  const at::Tensor found = reduce_terms(x.terms(EdgeActivation::relu), x.list, {});
  const at::Tensor wanted = by_definition(x, EdgeActivation::relu, EdgeReduction::sum);
  EXPECT_TRUE(at::allclose(found, wanted));
  const std::vector<at::Tensor> inputs = x.inputs(EdgeReduction::sum);
  expect_same(torch::autograd::grad({found.sum()}, inputs), torch::autograd::grad({wanted.sum()}, inputs));
}

TEST(EdgeTerms, OfOtherTypesAreStored) {
  const Operands x;
  EdgeTerms terms{.source = Lifted(x.source.detach().to(at::kBFloat16), x.list, End::j, 0)};
  EXPECT_FALSE(is_one_pass(terms));
  const at::Tensor wanted = reduce_terms(terms, x.list, {}).to(at::kDouble);
  terms.source = Lifted(x.source.detach(), x.list, End::j, 0);
  EXPECT_TRUE(is_one_pass(terms));
  EXPECT_TRUE(at::allclose(reduce_terms(terms, x.list, {}), wanted, 0.1, 0.1));
}

TEST(EdgeTerms, OfSizesThatDoNotMeetAreErrors) {
  const Operands x;
  const auto message = [&](const EdgeTerms& terms, const TermReduction& reduction) {
    return std::string(error_of([&] { reduce_terms(terms, x.list, reduction); }).what());
  };
  EdgeTerms terms = x.terms(EdgeActivation::relu);
  EXPECT_THAT(message(terms, {.kind = EdgeReduction::weighted, .coefficient = x.coefficient.narrow(0, 0, 4)}),
              HasSubstr("messages: coefficients have the sizes [4, 2] for 30 edges"));
  EXPECT_THAT(message(terms, {.kind = EdgeReduction::dot, .vector = x.vector.narrow(0, 0, 4)}),
              HasSubstr("messages: the vector has the sizes [4, 2, 3] for messages of 6 features"));
  terms.edge = x.edge.narrow(1, 0, 5);
  EXPECT_THAT(message(terms, {}), HasSubstr("the term of edges has the sizes [30, 5]; [30, 6] are needed"));
}

TEST(EdgeTerms, AreAddedByALinearLayer) {
  at::manual_seed(7);
  const Operands x;
  Linear lin(3, width);
  const Lifted x_j(x.source.detach().to(at::kFloat), x.list, End::j, 0);
  const at::Tensor attr = x.attr.detach().to(at::kFloat);
  EXPECT_TRUE(
      at::allclose(with_attributes(x_j, attr, &lin, "test").tensor(), x_j.tensor() + lin.forward(attr), 1e-5, 1e-6));
  EXPECT_THAT(std::string(error_of([&] { with_attributes(x_j, attr, nullptr, "test"); }).what()),
              HasSubstr("test: edge_attr has 3 features but the nodes have 6"));
}

}  // namespace
}  // namespace spinel::nn
