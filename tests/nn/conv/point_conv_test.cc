// Convolutions whose graph is made of the nearest neighbours of their points.
#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>

#include "spinel/base/config.h"
#include "spinel/graph/nearest.h"
#include "spinel/nn/conv/dynamic_edge_conv.h"
#include "spinel/nn/conv/edge_conv.h"
#include "spinel/nn/conv/gravnet_conv.h"
#include "spinel/nn/conv/list.h"
#include "spinel/nn/conv/x_conv.h"
#include "tests/support/errors.h"

namespace spinel::nn {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

at::Tensor state_of(const Module& module, const std::string& wanted) {
  for (const auto& [key, tensor] : module.state_dict()) {
    if (key == wanted) return tensor;
  }
  return {};
}

struct PointCase {
  const char *name, *arguments;
  bool has_positions;
};
std::ostream& operator<<(std::ostream& out, const PointCase& one) { return out << one.name; }

/// What holds for each of them; conformance.h does not, as they take no edges.
class PointConv : public testing::TestWithParam<PointCase> {
 protected:
  PointConv() {
    at::manual_seed(3);
    conv_ = conv_list().at(GetParam().name).make(parse_json(GetParam().arguments, "test"));
    conv_->to(at::kDouble);
    conv_->eval();
  }
  at::Tensor run(const at::Tensor& x, const at::Tensor& pos, const at::Tensor& batch = {}) const {
    CallArguments call{{x}, {}};
    if (GetParam().has_positions) call.positional.emplace_back(pos);
    call.named.emplace_back("batch", batch);
    return *conv_->call(call).at(0).tensor();
  }
  std::unique_ptr<CallableModule> conv_;
  at::Tensor x_ = at::randn({12, 4}, at::kDouble), pos_ = at::randn({12, 3}, at::kDouble);
};

TEST_P(PointConv, PointsMayComeInAnyOrder) {
  const at::Tensor order = at::randperm(12);
  EXPECT_TRUE(
      at::allclose(run(x_.index_select(0, order), pos_.index_select(0, order)), run(x_, pos_).index_select(0, order)));
}

TEST_P(PointConv, ExamplesOfABatchDoNotSeeEachOther) {
  const at::Tensor batch = at::arange(12).ge(7).to(at::kLong);
  const auto part = [&](int64_t begin, int64_t count) {
    return run(x_.narrow(0, begin, count), pos_.narrow(0, begin, count));
  };
  EXPECT_TRUE(at::allclose(run(x_, pos_, batch), at::cat({part(0, 7), part(7, 5)})));
}

TEST_P(PointConv, GradientsAreThoseOfDifferences) {
  const at::Tensor x = x_.clone().set_requires_grad(true), pos = pos_.clone().set_requires_grad(true);
  const at::Tensor dx = at::randn_like(x_), dpos = at::randn_like(pos_);
  const auto found = torch::autograd::grad({run(x, pos).square().sum()}, {x, pos}, {}, {}, false, true);
  double along = (found[0] * dx).sum().item<double>();
  if (found[1].defined()) along += (found[1] * dpos).sum().item<double>();
  const auto moved = [&](double h) { return run(x_ + h * dx, pos_ + h * dpos).square().sum().item<double>(); };
  EXPECT_NEAR(along, (moved(1e-6) - moved(-1e-6)) / 2e-6, 1e-5 * std::max(1.0, std::abs(along)));
  for (const at::Tensor& parameter : torch::autograd::grad({run(x, pos).square().sum()}, conv_->parameters())) {
    EXPECT_TRUE(parameter.isfinite().all().item<bool>());
  }
}

TEST_P(PointConv, SavedStateGivesTheSameResult) {
  auto other = conv_list().at(GetParam().name).make(parse_json(GetParam().arguments, "test"));
  other->to(at::kDouble);
  other->eval();
  const at::Tensor out = run(x_, pos_);
  other->load_state_dict(conv_->state_dict());
  conv_.swap(other);
  EXPECT_TRUE(at::equal(run(x_, pos_), out));
  EXPECT_TRUE(conv_->to_string().starts_with(GetParam().name));
}

TEST_P(PointConv, NoPointsGiveNoRows) { EXPECT_EQ(run(x_.narrow(0, 0, 0), pos_.narrow(0, 0, 0)).size(0), 0); }

TEST_P(PointConv, BadInputIsAnErrorThatNamesTheConvolution) {
  const auto message = [&](const at::Tensor& x, const at::Tensor& pos, const at::Tensor& batch) {
    return std::string(error_of([&] { run(x, pos, batch); }).what());
  };
  const auto named = StartsWith(std::string(GetParam().name) + ": ");
  EXPECT_THAT(message(x_.narrow(1, 0, 3), pos_, {}), AllOf(named, HasSubstr("3 features")));
  EXPECT_THAT(message(x_, pos_, at::zeros({5}, at::kLong)), AllOf(named, HasSubstr("[5]"), HasSubstr("12 points")));
  EXPECT_THAT(message(x_, pos_, at::arange(11, -1, -1)), AllOf(named, HasSubstr("falls")));
  EXPECT_THAT(message(at::full_like(x_, NAN), at::full_like(pos_, NAN), {}), AllOf(named, HasSubstr("not finite")));
}

INSTANTIATE_TEST_SUITE_P(All, PointConv,
                         testing::Values(PointCase{"DynamicEdgeConv",
                                                   R"({"k": 3, "nn": {"Sequential": {"layers": [
                                  {"Linear": {"in_features": 8, "out_features": 5}}, "Tanh"]}}})",
                                                   false},
                                         PointCase{"GravNetConv",
                                                   R"({"in_channels": 4, "out_channels": 3, "space_dimensions": 2,
                                  "propagate_dimensions": 3, "k": 3})",
                                                   false},
                                         PointCase{"XConv",
                                                   R"({"in_channels": 4, "out_channels": 3, "dim": 3, "kernel_size": 2,
                                           "hidden_channels": 3, "dilation": 2})",
                                                   true}),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(DynamicEdgeConv, IsTheEdgeConvOverItsNearestNeighbours) {
  at::manual_seed(4);
  const auto nn = [] {
    return LayerArgument(parse_json(R"({"Linear": {"in_features": 6, "out_features": 5}})", "nn"));
  };
  const at::Tensor x = at::randn({9, 3}), y = at::randn({4, 3});
  DynamicEdgeConv dynamic({.nn = nn(), .k = 2, .aggr = "mean"});
  EdgeConv edges({.nn = nn(), .aggr = "mean"});
  edges.load_state_dict(dynamic.state_dict());
  EXPECT_TRUE(at::allclose(dynamic.forward(x), edges.forward(x, graph::knn_graph(x, 2, {}, {.loop = true}))));
  EXPECT_TRUE(
      at::allclose(dynamic.forward(Features(x, y)), edges.forward(Features(x, y), graph::knn(x, y, 2).flip(0))));
  const at::Tensor batch_x = at::arange(9).ge(5).to(at::kLong), batch_y = at::tensor({0, 0, 1, 1}, at::kLong);
  EXPECT_TRUE(at::allclose(dynamic.forward(Features(x, y), Features(batch_x, batch_y)),
                           edges.forward(Features(x, y), graph::knn(x, y, 2, batch_x, batch_y).flip(0))));
}

TEST(GravNetConv, FollowsItsFormula) {
  at::manual_seed(5);
  GravNetConv conv({.in_channels = 4, .out_channels = 3, .space_dimensions = 2, .propagate_dimensions = 2, .k = 3});
  conv.to(at::kDouble);
  const auto map = [&](const std::string& name, const at::Tensor& x) {
    return at::linear(x, state_of(conv, name + ".weight"), state_of(conv, name + ".bias"));
  };
  const at::Tensor x = at::randn({9, 4}, at::kDouble), y = at::randn({4, 4}, at::kDouble);
  const at::Tensor s = map("lin_s", x), h = map("lin_h", x), own = map("lin_s", y);
  std::vector<at::Tensor> rows;
  for (int64_t i = 0; i < 4; ++i) {
    const at::Tensor distance = (s - own[i]).square().sum(1);
    const auto [nearest, j] = distance.topk(3, 0, /*largest=*/false);
    const at::Tensor messages = (nearest * -10).exp().unsqueeze(1) * h.index_select(0, j);
    rows.push_back(at::cat({messages.mean(0), messages.amax(0)}));
  }
  const at::Tensor wanted = at::matmul(y, state_of(conv, "lin_out1.weight").t()) + map("lin_out2", at::stack(rows));
  EXPECT_TRUE(at::allclose(conv.forward(Features(x, y)), wanted));
}

TEST(XConv, TakesPointsWithoutFeaturesAndRefusesSmallExamples) {
  at::manual_seed(6);
  XConv bare({.in_channels = 0, .out_channels = 3, .dim = 1, .kernel_size = 3, .hidden_channels = 2});
  EXPECT_EQ(bare.forward({}, at::randn({7})).sizes(), (at::IntArrayRef{7, 3}));
  const at::Tensor batch = at::tensor({0, 0, 0, 1, 1}, at::kLong);
  EXPECT_THAT(error_of([&] { bare.forward({}, at::randn({5}), batch); }).what(),
              AllOf(StartsWith("XConv: an example has 2 points"), HasSubstr("dilation is 3")));
  EXPECT_THAT(error_of([] { XConv({.in_channels = 3, .out_channels = 3, .dim = 1, .kernel_size = 3}); }).what(),
              StartsWith("XConv: hidden_channels is 0 of 3"));
  XConv conv({.in_channels = 4, .out_channels = 3, .dim = 2, .kernel_size = 3});
  EXPECT_THAT(error_of([&] {
                conv.forward({}, at::randn({7, 2}));
              }).what(),
              StartsWith("XConv: x is None but in_channels is 4"));
}

}  // namespace
}  // namespace spinel::nn
