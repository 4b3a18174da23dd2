#include "spinel/nn/module.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/errors.h"

namespace spinel::nn {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct Leaf : Module {
  Leaf() {
    add_parameter("weight", weight = at::ones({2, 3}));
    add_parameter("bias", bias);
    add_buffer("scale", scale = at::full({1}, 2.0));
    add_buffer("count", count = at::zeros({1}, at::kLong), false);
  }
  void reset_parameters() override {
    at::NoGradGuard no_grad;
    weight.fill_(7);
  }
  at::Tensor weight, bias, scale, count;
};

/// Two names for one leaf, and a second leaf.
struct Tree : Module {
  Tree() {
    add_child("first", shared);
    add_child("again", shared);
    add_child("second", own);
    add_parameter("top", top = at::zeros({4}));
  }
  Leaf shared, own;
  at::Tensor top;
};

NamedTensors copy_of(const NamedTensors& state) {
  NamedTensors copy;
  for (const auto& [key, tensor] : state) copy.set(key, tensor.detach().clone());
  return copy;
}

TEST(Module, NamesParametersOnceAndStateUnderAllNames) {
  const Tree tree;
  EXPECT_THAT(tree.named_parameters().names(), ElementsAre("top", "first.weight", "second.weight"));
  EXPECT_THAT(tree.state_dict().names(), ElementsAre("top", "first.weight", "first.scale", "again.weight",
                                                     "again.scale", "second.weight", "second.scale"));
  EXPECT_EQ(tree.parameters().size(), 3u);
  EXPECT_EQ(tree.num_parameters(), 4 + 6 + 6);
  EXPECT_TRUE(tree.named_buffers().contains("second.count")) << "follows the device, though it is not saved";
}

TEST(Module, StateAliasesTheTensors) {
  Tree tree;
  tree.state_dict().at("again.weight").detach().fill_(5);
  EXPECT_EQ(tree.shared.weight[0][0].item<float>(), 5);
}

TEST(Module, ResetReachesTheChildren) {
  Tree tree;
  tree.reset_parameters();
  EXPECT_EQ(tree.own.weight.sum().item<float>(), 42);
}

TEST(Module, ConversionKeepsTheIdentityOfTensors) {
  Tree tree;
  const std::vector<at::Tensor> before = tree.parameters();
  tree.to(at::kDouble);
  for (const at::Tensor& tensor : before) EXPECT_EQ(tensor.scalar_type(), at::kDouble);
  EXPECT_EQ(tree.own.scale.scalar_type(), at::kDouble);
  EXPECT_EQ(tree.own.count.scalar_type(), at::kLong) << "integers stay";
  EXPECT_TRUE(tree.own.weight.requires_grad());
}

TEST(Module, ModeAndGradientsAreSetForAll) {
  Tree tree;
  EXPECT_TRUE(tree.own.is_training());
  tree.eval();
  EXPECT_FALSE(tree.own.is_training());
  EXPECT_FALSE(tree.is_training());
  tree.train();
  EXPECT_TRUE(tree.shared.is_training());
  tree.requires_grad(false);
  EXPECT_FALSE(tree.top.requires_grad());
  EXPECT_FALSE(tree.own.weight.requires_grad());
  tree.requires_grad(true);
  EXPECT_TRUE(tree.own.weight.requires_grad());
}

TEST(Module, LoadsAStateInItsOwnDtype) {
  Tree from, to;
  from.reset_parameters();
  to.to(at::kDouble);
  const at::Tensor weight = to.own.weight;
  const LoadReport report = to.load_state_dict(copy_of(from.state_dict()));
  EXPECT_TRUE(report.missing.empty() && report.unexpected.empty());
  EXPECT_EQ(weight[1][2].item<double>(), 7) << "copied into the tensor that optimisers hold";
  EXPECT_EQ(weight.scalar_type(), at::kDouble);
}

TEST(Module, NamesWhatDoesNotFitAndCopiesNothingThen) {
  Tree tree;
  const NamedTensors whole = copy_of(tree.state_dict());
  const auto error_with = [&](const std::string& left_out, const std::string& key, const at::Tensor& tensor,
                              KeyMatch match = KeyMatch::exact) {
    NamedTensors state;
    for (const auto& [name, value] : whole) {
      if (name != left_out) state.set(name, at::full_like(value, 9));
    }
    if (tensor.defined()) state.set(key, tensor);
    const Error error = error_of([&] { tree.load_state_dict(state, match); });
    EXPECT_EQ(tree.top.sum().item<float>(), 0) << "nothing is copied";
    return std::string(error.what());
  };
  EXPECT_THAT(error_with("top", "", {}), HasSubstr("1 keys are missing: top"));
  EXPECT_THAT(error_with("", "topp", at::zeros({4})), HasSubstr("1 keys are unknown: topp; did you mean 'top'?"));
  EXPECT_THAT(error_with("top", "tops", at::zeros({4})), HasSubstr("did you mean 'tops'?"));
  EXPECT_THAT(error_with("", "top", at::zeros({5})), HasSubstr("top is [5], here [4]"));
  EXPECT_THAT(error_with("top", "more", at::zeros({1}), KeyMatch::allow_unexpected), HasSubstr("top"));
  EXPECT_THAT(error_with("", "top", at::zeros({5}), KeyMatch::allow_all), HasSubstr("top is [5], here [4]"));
}

TEST(Module, ReportsTheKeysThatItWasAllowedToMiss) {
  Tree tree;
  NamedTensors state;
  state.set("top", at::ones({4}));
  state.set("other", at::ones({4}));
  const LoadReport report = tree.load_state_dict(state, KeyMatch::allow_all);
  EXPECT_THAT(report.missing, ElementsAre("first.weight", "first.scale", "again.weight", "again.scale", "second.weight",
                                          "second.scale"));
  EXPECT_THAT(report.unexpected, ElementsAre("other"));
  EXPECT_EQ(tree.top.sum().item<float>(), 4);
}

TEST(Module, AnErrorShowsFiveKeysOfMany) {
  Tree tree;
  const Error error = error_of([&] { tree.load_state_dict({}); });
  EXPECT_THAT(error.what(), HasSubstr("7 keys are missing: top, first.weight, first.scale, again.weight, again.scale "
                                      "and 2 more"));
}

TEST(NamedTensors, KeepTheirOrderAndNameTheNearest) {
  NamedTensors tensors = {{"energy", at::zeros({1})}, {"forces", at::zeros({2, 3})}};
  tensors.set("energy", at::ones({1}));
  EXPECT_THAT(tensors.names(), ElementsAre("energy", "forces"));
  EXPECT_EQ(tensors.at("energy").item<float>(), 1);
  EXPECT_FALSE(tensors.get("stress").defined());
  EXPECT_EQ(tensors.find("stress"), nullptr);
  const Error error = error_of([&] { tensors.at("force", "outputs"); });
  EXPECT_THAT(error.what(), testing::AllOf(HasSubstr("outputs"), HasSubstr("'forces'")));
}

}  // namespace
}  // namespace spinel::nn
