#include "spinel/nn/norm/norm.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "spinel/nn/norm/batch_norm.h"
#include "spinel/nn/norm/diff_group_norm.h"
#include "spinel/nn/norm/layer_norm.h"
#include "tests/support/errors.h"

namespace spinel::nn {
namespace {

using testing::HasSubstr;

at::Tensor batch() { return at::tensor({0, 0, 0, 2, 2, 2, 2}, at::kLong); }
at::Tensor rows() {
  at::manual_seed(1);
  return at::randn({7, 4}, at::kDouble) * 2 + 1;
}

std::unique_ptr<Norm> make(const std::string& name) {
  const Config kwargs = name == "DiffGroupNorm" ? Config::map({{"groups", 3}}) : Config();
  auto made = make_norm(name, 4, kwargs);
  made->to(at::kDouble);
  return made;
}

TEST(EveryNorm, KeepsShapesAndHasDerivatives) {
  for (const std::string& name : norm_list().names()) {
    const auto norm = make(name);
    EXPECT_EQ(norm->name(), name);
    for (const at::Tensor& groups : {at::Tensor(), batch()}) {
      const at::Tensor x = rows().set_requires_grad(true), weights = at::randn_like(x);
      const auto value = [&](const at::Tensor& at) { return (norm->forward(at, groups, {}) * weights).sum(); };
      const at::Tensor slope = torch::autograd::grad({value(x)}, {x})[0], step = at::randn_like(x) * 1e-6;
      EXPECT_NEAR((slope * step).sum().item<double>(), ((value(x + step) - value(x - step)) / 2).item<double>(), 1e-9)
          << name;
    }
    EXPECT_EQ(norm->forward(rows(), batch(), 5).sizes(), rows().sizes());
  }
}

TEST(EveryNorm, OfABatchIsThatOfItsGraphs) {
  for (const std::string& name : norm_list().names()) {
    const auto norm = make(name);
    // The two forms of LayerNorm differ with and without a batch.
    if (!norm->takes_batch() || name == "LayerNorm") continue;
    const at::Tensor all = norm->forward(rows(), batch(), {});
    EXPECT_TRUE(at::allclose(all.narrow(0, 0, 3), norm->forward(rows().narrow(0, 0, 3)))) << name;
    EXPECT_TRUE(at::allclose(all.narrow(0, 3, 4), norm->forward(rows().narrow(0, 3, 4)))) << name;
  }
}

TEST(EveryNorm, RefusesAnotherLengthOfTheBatch) {
  for (const std::string& name : norm_list().names()) {
    const auto norm = make(name);
    if (!norm->takes_batch()) continue;
    EXPECT_THAT(error_of([&] { norm->forward(rows(), at::zeros({3}, at::kLong), {}); }).what(),
                HasSubstr("batch has 3 nodes but x has 7 rows"));
  }
}

TEST(BatchNorm, FollowsTheStatisticsOfTraining) {
  BatchNorm norm({.in_channels = 4});
  norm.to(at::kDouble);
  const at::Tensor x = rows(), out = norm.forward(x);
  EXPECT_TRUE(at::allclose(out.mean(0), at::zeros({4}, at::kDouble), 0, 1e-9));
  const NamedTensors state = norm.state_dict();
  EXPECT_TRUE(at::allclose(state.at("module.running_mean"), 0.1 * x.mean(0)));
  EXPECT_TRUE(at::allclose(state.at("module.running_var"), 0.9 + 0.1 * x.var(0)));
  EXPECT_EQ(state.at("module.num_batches_tracked").item<int64_t>(), 1);
  norm.eval();
  EXPECT_TRUE(at::allclose(norm.forward(x),
                           (x - state.at("module.running_mean")) / (state.at("module.running_var") + 1e-5).sqrt()));
  norm.train();
  EXPECT_THAT(error_of([&] { norm.forward(x.narrow(0, 0, 1)); }).what(), HasSubstr("one value a channel"));
  BatchNorm single({.in_channels = 4, .allow_single_element = true});
  EXPECT_EQ(single.forward(at::randn({1, 4})).sizes(), at::IntArrayRef({1, 4}));
  EXPECT_THAT(error_of([] {
                BatchNorm({.in_channels = 4, .track_running_stats = false, .allow_single_element = true});
              }).what(),
              HasSubstr("both are needed"));
}

TEST(LayerNorm, InStepsIsTheSame) {
  LayerNorm node({.in_channels = 4, .mode = "node"});
  const at::Tensor x = at::arange(12).to(at::kFloat).view({3, 4}).sin();
  node.state_dict().at("weight").detach().uniform_(0.5, 2);
  node.state_dict().at("bias").detach().uniform_(-1, 1);
  EXPECT_TRUE(at::allclose(node.forward_in_steps(x), node.forward(x, {}, {}), 1e-5, 1e-6));
}

TEST(LayerNorm, HasItsThreeForms) {
  const at::Tensor x = rows();
  LayerNorm graph({.in_channels = 4}), node({.in_channels = 4, .mode = "node"});
  graph.to(at::kDouble);
  node.to(at::kDouble);
  EXPECT_TRUE(at::allclose(graph.Norm::forward(x), (x - x.mean()) / (x.std(false) + 1e-5)));
  EXPECT_TRUE(
      at::allclose(graph.forward(x, at::zeros({7}, at::kLong), {}), (x - x.mean()) / (x.var(false) + 1e-5).sqrt()));
  EXPECT_TRUE(at::allclose(node.Norm::forward(x), at::layer_norm(x, {4})));
  EXPECT_THAT(error_of([] { LayerNorm({.in_channels = 4, .mode = "nodes"}); }).what(),
              HasSubstr("did you mean 'node'"));
}

TEST(MessageNorm, GivesMessagesTheLengthOfTheRows) {
  MessageNorm norm(true);
  norm.to(at::kDouble);
  const at::Tensor x = rows(), out = norm.forward(x, at::randn({7, 4}, at::kDouble));
  EXPECT_TRUE(at::allclose(out.norm(2, {1}), x.norm(2, {1})));
  EXPECT_EQ(norm.to_string(), "MessageNorm(learn_scale=True)");
  EXPECT_TRUE(norm.forward(x, at::zeros({7, 4}, at::kDouble)).eq(0).all().item<bool>());
}

TEST(MakeNorm, TakesTheFieldsNames) {
  for (const char* name : {"batch_norm", "BatchNorm", "batch", "batchnorm"})
    EXPECT_EQ(make_norm(name, 4)->name(), "BatchNorm");
  EXPECT_EQ(make_norm("graph_size_norm", 4)->name(), "GraphSizeNorm");
  EXPECT_EQ(make_norm(Config(), 4), nullptr);
  EXPECT_EQ(*make_norm("layer_norm", 6, Config::map({{"mode", "node"}}))->in_channels(), 6);
  EXPECT_THAT(error_of([] { make_norm("bach_norm", 4); }).what(), HasSubstr("no norm has this name"));
}

}  // namespace
}  // namespace spinel::nn
