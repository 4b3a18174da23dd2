// Options of norms: what each changes, and statistics of training.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "spinel/base/config.h"
#include "spinel/nn/norm/batch_norm.h"
#include "spinel/nn/norm/diff_group_norm.h"
#include "spinel/nn/norm/graph_norm.h"
#include "spinel/nn/norm/instance_norm.h"

namespace spinel::nn {
namespace {

at::Tensor state_of(const Module& module, const std::string& wanted) {
  for (const auto& [key, tensor] : module.state_dict()) {
    if (key == wanted) return tensor;
  }
  return {};
}

TEST(BatchNorm, WithoutMomentumTheRunningMeanIsThatOfAllBatches) {
  at::manual_seed(1);
  BatchNorm1d norm({.in_channels = 3, .momentum = std::nullopt});
  const at::Tensor a = at::randn({5, 3}), b = at::randn({5, 3});
  norm.forward(a), norm.forward(b);
  EXPECT_TRUE(at::allclose(state_of(norm, "running_mean"), (a.mean(0) + b.mean(0)) / 2, 1e-5, 1e-6));
}

TEST(BatchNorm, WithoutRunningStatisticsEvaluationUsesTheBatch) {
  BatchNorm1d norm({.in_channels = 3, .track_running_stats = false});
  norm.eval();
  const at::Tensor x = at::randn({5, 3}) * 3 + 2, out = norm.forward(x);
  EXPECT_TRUE(at::allclose(out.mean(0), at::zeros({3}), 1e-5, 1e-5));
}

TEST(InstanceNorm, FollowsTheStatisticsOfTraining) {
  at::manual_seed(2);
  InstanceNorm norm({.in_channels = 2, .momentum = 0.25, .track_running_stats = true});
  const at::Tensor x = at::randn({7, 2}) * 2 + 1, batch = at::tensor({0, 0, 0, 1, 1, 1, 1}, at::kLong);
  norm.forward(x, batch, {});
  const at::Tensor a = x.narrow(0, 0, 3), b = x.narrow(0, 3, 4);
  const at::Tensor mean = 0.25 * (a.mean(0) + b.mean(0)) / 2;
  const at::Tensor var = 0.75 + 0.25 * (a.var(0) + b.var(0)) / 2;  // of samples, as in the reference
  EXPECT_TRUE(at::allclose(state_of(norm, "running_mean"), mean, 1e-5, 1e-6));
  EXPECT_TRUE(at::allclose(state_of(norm, "running_var"), var, 1e-5, 1e-6));
  norm.forward(x, batch, {});
  EXPECT_TRUE(at::allclose(state_of(norm, "running_mean"), 1.75 * mean, 1e-5, 1e-6));
  norm.eval();
  const at::Tensor wanted = (x - 1.75 * mean) / (state_of(norm, "running_var") + 1e-5).sqrt();
  EXPECT_TRUE(at::allclose(norm.forward(x, batch, {}), wanted, 1e-5, 1e-5));
}

TEST(DiffGroupNorm, AddsItsGroupsTimesLamda) {
  at::manual_seed(3);
  DiffGroupNorm small({.in_channels = 3, .groups = 2, .lamda = 0.5}),
      large({.in_channels = 3, .groups = 2, .lamda = 2});
  large.load_state_dict(small.state_dict());
  const at::Tensor x = at::randn({6, 3});
  EXPECT_TRUE(at::allclose(4 * (small.forward(x, {}, {}) - x), large.forward(x, {}, {}) - x, 1e-4, 1e-5));
}

TEST(MessageNorm, ItsScaleIsLearntWhereAskedFor) {
  EXPECT_TRUE(MessageNorm(true).parameters().at(0).requires_grad());
  EXPECT_FALSE(MessageNorm(false).parameters().at(0).requires_grad());
}

TEST(PairNorm, OfEachRowGivesAllRowsTheSameLength) {
  at::manual_seed(4);
  const at::Tensor x = at::randn({6, 3});
  const at::Tensor lengths = PairNorm({.scale = 2, .scale_individually = true}).forward(x, {}, {}).norm(2, 1);
  EXPECT_TRUE(at::allclose(lengths, at::full({6}, 2.0F), 1e-3, 1e-3));
  EXPECT_FALSE(at::allclose(PairNorm({.scale = 2}).forward(x, {}, {}).norm(2, 1), lengths, 1e-2, 1e-2));
}

}  // namespace
}  // namespace spinel::nn
