// Arguments that many convolutions have by the same name do the same in each of them. Over all cases of the list.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "spinel/nn/conv/list.h"
#include "spinel/nn/conv/message_passing_base.h"
#include "tests/nn/conv/conformance.h"

namespace spinel::nn {
namespace {

class ConvOptions : public ConvTest {
 protected:
  Config with(const std::string& option, Config value) const {
    Config arguments = arguments_of_case();
    arguments.set(option, std::move(value));
    return arguments;
  }
  /// The convolution of these arguments with the state of another.
  std::unique_ptr<CallableModule> made_like(const CallableModule& other, const Config& arguments) const {
    auto conv = made(arguments);
    conv->load_state_dict(other.state_dict());
    return conv;
  }
  static int64_t biases(const CallableModule& conv) {
    int64_t count = 0;
    for (const auto& [key, tensor] : conv.state_dict()) count += key.find("bias") != std::string::npos;
    return count;
  }
};

TEST_P(ConvOptions, WithoutBiasThereAreFewerBiases) {
  if (!has_option("bias")) return;
  const auto with_bias = made(with("bias", Config(true))), without = made(with("bias", Config(false)));
  EXPECT_LT(biases(*without), biases(*with_bias));
  EXPECT_TRUE(run(*without, graph()).isfinite().all().item<bool>());
}

TEST_P(ConvOptions, DropsInTrainingAlone) {
  const Config given = arguments_of_case();
  // Where degrees or nothing but sums weigh edges there is nothing to drop.
  const bool drops_nothing = given.contains("mod") || (has_option("use_attention") && !given.contains("use_attention"));
  if (!has_option("dropout") || drops_nothing) return;
  const auto conv = made(with("dropout", Config(0.5)));
  const TestGraph one = graph();
  const at::Tensor out = run(*conv, one);
  EXPECT_TRUE(at::equal(run(*conv, one), out));
  EXPECT_TRUE(at::allclose(run(*made_like(*conv, with("dropout", Config(0.0))), one), out));
  conv->train();
  const at::Tensor first = run(*conv, one), second = run(*conv, one);
  EXPECT_FALSE(at::allclose(first, second));
  EXPECT_FALSE(at::allclose(first, out));
}

TEST_P(ConvOptions, CachedOnesKeepTheirFirstGraphUntilTheyAreReset) {
  const Config given = arguments_of_case();
  const Config* normalize = has_option("normalize") ? given.find("normalize") : nullptr;
  if (!has_option("cached") || (normalize && !normalize->as_bool())) return;  // normalised edges are what is kept
  const auto plain = made(with("cached", Config(false)));
  const auto cached = made_like(*plain, with("cached", Config(true)));
  const TestGraph one = graph();
  TestGraph other = graph();
  other.x = one.x, other.x_0 = one.x_0;
  const at::Tensor out = run(*plain, one), out_of_other = run(*plain, other);
  EXPECT_FALSE(at::allclose(out_of_other, out));
  EXPECT_TRUE(at::allclose(run(*cached, one), out));
  EXPECT_TRUE(at::allclose(run(*cached, other), out));
  cached->reset_parameters();
  cached->load_state_dict(plain->state_dict());
  EXPECT_TRUE(at::allclose(run(*cached, other), out_of_other));
}

TEST_P(ConvOptions, CachedOnesHaveGradientsOnEveryCall) {
  const Config given = arguments_of_case();
  const Config* normalize = has_option("normalize") ? given.find("normalize") : nullptr;
  if (!has_option("cached") || (normalize && !normalize->as_bool())) return;
  const auto conv = made(with("cached", Config(true)));
  TestGraph one = graph();
  one.x.set_requires_grad(true);
  for (int call = 0; call < 2; ++call) {
    const at::Tensor out = run(*conv, one);
    if (out.requires_grad()) EXPECT_NO_THROW(out.sum().backward()) << call;
  }
}

TEST_P(ConvOptions, LoopsThatItAddsAreEdgesFromEachNodeToItself) {
  if (!has_option("add_self_loops") || GetParam().no_loops) return;
  const auto plain = made(with("add_self_loops", Config(false)));
  const auto looped = made_like(*plain, with("add_self_loops", Config(true)));
  const TestGraph one = graph();
  TestGraph more = one;
  more.edge_index = at::cat({one.edge_index, at::arange(7).expand({2, 7})}, 1);
  more.edge_weight = at::cat({one.edge_weight, at::ones({7}, at::kDouble)});
  EXPECT_TRUE(at::allclose(run(*looped, one), run(*plain, more)));
  EXPECT_FALSE(at::allclose(run(*looped, one), run(*plain, one)));
  auto* passing = dynamic_cast<MessagePassingBase*>(plain.get());
  ASSERT_NE(passing, nullptr);
  EXPECT_TRUE(passing->set_add_self_loops(true));
  EXPECT_TRUE(at::allclose(run(*plain, one), run(*looped, one)));
}

TEST_P(ConvOptions, WithoutRootNodesWithoutEdgesAreAllEqual) {
  if (!has_option("root_weight")) return;
  const auto conv = made(with("root_weight", Config(true)));
  const TestGraph none = graph(5, 0);
  const auto rows_differ = [&](CallableModule& one) {
    const at::Tensor out = run(one, none);
    return !at::allclose(out, out[0].expand_as(out));
  };
  EXPECT_TRUE(rows_differ(*conv));
  EXPECT_FALSE(rows_differ(*made(with("root_weight", Config(false)))));
  auto* passing = dynamic_cast<MessagePassingBase*>(conv.get());
  if (passing && passing->set_root_weight(false)) EXPECT_FALSE(rows_differ(*conv));
}

TEST_P(ConvOptions, TheOtherFlowIsThatOverTurnedEdges) {
  if (!has_option("flow")) return;
  const auto conv = made();
  const TestGraph one = graph();
  TestGraph turned = one;
  turned.edge_index = one.edge_index.flip(0);
  const auto other = made_like(*conv, with("flow", Config("target_to_source")));
  if (!GetParam().no_flow) EXPECT_TRUE(at::allclose(run(*other, turned), run(*conv, one)));
  if (!GetParam().no_matrix) {
    const CallArguments call = arguments(one, one.x, matrix(one, 7, 7));
    EXPECT_THAT(refusal([&] { run(*other, call); }), testing::HasSubstr("target_to_source"));
  }
}

TEST_P(ConvOptions, AWidthOfMinusOneIsThatOfTheInputOrOfTheState) {
  const auto conv = made();
  const TestGraph one = graph();
  const at::Tensor out = run(*conv, one);
  if (!has_option("in_channels")) return;
  std::unique_ptr<CallableModule> lazy;
  try {
    lazy = made(with("in_channels", Config(-1)));
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr(GetParam().name));
    return;
  }
  EXPECT_EQ(run(*lazy, one).sizes(), out.sizes());
  // GeneralConv and GENConv have a map more where they do not know that the widths are equal.
  if (lazy->state_dict().size() != conv->state_dict().size()) return;
  lazy->load_state_dict(conv->state_dict());
  EXPECT_TRUE(at::equal(run(*lazy, one), out));
  EXPECT_TRUE(at::equal(run(*made_like(*conv, with("in_channels", Config(-1))), one), out));
}

TEST_P(ConvOptions, ResettingDrawsEveryParameterAnew) {
  const auto conv = made();
  run(*conv, graph());
  for (const at::Tensor& parameter : conv->parameters()) {
    const at::NoGradGuard no_grad;
    parameter.fill_(7);
  }
  conv->reset_parameters();
  for (const auto& [name, parameter] : conv->named_parameters()) {
    EXPECT_FALSE(parameter.eq(7).any().item<bool>()) << name;
    EXPECT_LT(parameter.abs().max().item<double>(), 6) << name;
  }
}

TEST_P(ConvOptions, DecomposedLayersAreAtLeastOne) {
  if (!has_option("decomposed_layers")) return;
  const Config arguments = with("decomposed_layers", Config(0));
  EXPECT_THAT(refusal([&] { made(arguments); }),
              testing::AllOf(testing::HasSubstr(GetParam().name), testing::HasSubstr("0")));
}

INSTANTIATE_TEST_SUITE_P(All, ConvOptions, testing::ValuesIn(conv_cases()), conv_case_name);

}  // namespace
}  // namespace spinel::nn
