// Convolutions that keep to one pass, or remember what they made of an edge list, give what they give without. Over all
// cases of the list.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "spinel/nn/conv/message_passing_base.h"
#include "tests/nn/conv/conformance.h"

namespace spinel::nn {
namespace {

class ConvPaths : public ConvTest {
 protected:
  std::unique_ptr<CallableModule> made_like(const CallableModule& other, const Config& arguments) const {
    auto conv = made(arguments);
    conv->load_state_dict(other.state_dict());
    return conv;
  }
  /// The result and its gradient by x.
  std::vector<at::Tensor> with_gradient(CallableModule& conv, TestGraph graph) const {
    graph.x = graph.x.detach().clone().set_requires_grad(true);
    const at::Tensor out = run(conv, graph);
    return {out, torch::autograd::grad({out.square().sum()}, {graph.x})[0]};
  }
  void expect_equal(const std::vector<at::Tensor>& a, const std::vector<at::Tensor>& b) const {
    for (size_t k = 0; k < a.size(); ++k) EXPECT_TRUE(at::allclose(a[k], b[k], 1e-8, 1e-9)) << k;
  }
};

TEST_P(ConvPaths, MessagesThatAHookSeesGiveTheSameResult) {
  const auto conv = made();
  auto* passing = dynamic_cast<MessagePassingBase*>(conv.get());
  if (!passing) return;
  for (const int64_t edges : {16, 5}) {  // more and fewer than nodes
    const TestGraph one = graph(7, edges);
    const auto plain = with_gradient(*conv, one);
    int calls = 0;
    const int64_t number =
        passing->hooks().message.after.add([&](MessagePassingBase&, const MessageArguments&, at::Tensor&) { ++calls; });
    expect_equal(with_gradient(*conv, one), plain);
    EXPECT_GT(calls, 0);
    passing->hooks().message.after.remove(number);
  }
}

TEST_P(ConvPaths, HooksSeeMessagesInTheOrderOfTheEdges) {
  const auto conv = made();
  auto* passing = dynamic_cast<MessagePassingBase*>(conv.get());
  if (!passing || GetParam().name == "PANConv") return;  // its messages go along paths
  const TestGraph one = graph();
  const int64_t edges = one.edge_index.size(1);
  const auto seen = [&](const TestGraph& graph) {
    std::vector<at::Tensor> messages;
    const int64_t number =
        passing->hooks().message.after.add([&](MessagePassingBase& base, const MessageArguments&, at::Tensor& out) {
          messages.push_back(out.movedim(base.node_dim(), 0).detach().clone());
        });
    run(*conv, graph);
    passing->hooks().message.after.remove(number);
    return messages;
  };
  const at::Tensor order = at::randperm(edges);
  const auto first = seen(one), second = seen(permuted(one, at::arange(7), order));
  ASSERT_EQ(first.size(), second.size());
  for (size_t k = 0; k < first.size(); ++k) {
    if (first[k].size(0) < edges) continue;  // those of one relation
    EXPECT_TRUE(at::allclose(first[k].narrow(0, 0, edges).index_select(0, order), second[k].narrow(0, 0, edges)));
  }
}

TEST_P(ConvPaths, AnEdgeListServesCallsOfOtherSizesAndOptions) {
  const auto conv = made();
  const TestGraph one = graph();
  run(*conv, one);
  TestGraph larger = graph(9, 16);
  larger.edge_index = one.edge_index;
  TestGraph own = larger;
  own.edge_index = one.edge_index.clone();
  EXPECT_TRUE(at::equal(run(*conv, larger), run(*conv, own)));
  TestGraph copy = one;
  for (const char* option : {"add_self_loops", "improved", "root_weight", "is_undirected"}) {
    if (!has_option(option)) continue;
    for (const bool on : {false, true}) {
      Config arguments = arguments_of_case();
      arguments.set(option, Config(on));
      std::unique_ptr<CallableModule> other;
      try {
        other = made(arguments);
      } catch (const Error&) {
        continue;  // what normalize false refuses
      }
      copy.edge_index = one.edge_index.clone();
      EXPECT_TRUE(at::equal(run(*other, one), run(*other, copy))) << option;
    }
  }
  if (has_option("flow")) {
    Config arguments = arguments_of_case();
    arguments.set("flow", Config("target_to_source"));
    const auto other = made(arguments);
    copy.edge_index = one.edge_index.clone();
    if (GetParam().name != "PANConv") EXPECT_TRUE(at::equal(run(*other, one), run(*other, copy)));
  }
}

TEST_P(ConvPaths, AnEdgeListServesCallsOfOtherTypes) {
  const auto conv = made();
  TestGraph one = graph();
  conv->to(at::kFloat);
  const auto in = [](TestGraph graph, at::ScalarType type) {
    for (at::Tensor* part : {&graph.x, &graph.pos, &graph.normal, &graph.x_0, &graph.edge_weight, &graph.edge_attr,
                             &graph.hyperedge_weight}) {
      *part = part->to(type);
    }
    return graph;
  };
  const at::Tensor rough = run(*conv, in(one, at::kFloat));
  EXPECT_EQ(rough.scalar_type(), at::kFloat);
  conv->to(at::kDouble);
  const at::Tensor out = run(*conv, one);
  one.edge_index = one.edge_index.clone();
  EXPECT_TRUE(at::equal(run(*conv, one), out));
  EXPECT_TRUE(at::allclose(rough.to(at::kDouble), out, 1e-2, 1e-3));
}

TEST_P(ConvPaths, FeaturesOfZerosHaveFiniteResultsAndGradients) {
  const auto conv = made();
  TestGraph one = graph();
  one.x = at::zeros_like(one.x);
  for (const at::Tensor& tensor : with_gradient(*conv, one)) EXPECT_TRUE(tensor.isfinite().all().item<bool>());
}

TEST_P(ConvPaths, DroppingAllIsCertain) {
  const Config given = arguments_of_case();
  const bool drops_nothing = given.contains("mod") || (has_option("use_attention") && !given.contains("use_attention"));
  if (!has_option("dropout") || drops_nothing) return;
  Config arguments = given;
  arguments.set("dropout", Config(1.0));
  const auto conv = made(arguments);
  const TestGraph one = graph();
  const at::Tensor whole = run(*conv, one);
  conv->train();
  const at::Tensor out = run(*conv, one);
  EXPECT_TRUE(out.isfinite().all().item<bool>());
  EXPECT_TRUE(at::equal(run(*conv, one), out));
  EXPECT_FALSE(at::allclose(out, whole));
}

INSTANTIATE_TEST_SUITE_P(All, ConvPaths, testing::ValuesIn(conv_cases()), conv_case_name);

}  // namespace
}  // namespace spinel::nn
