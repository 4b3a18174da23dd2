#include "spinel/nn/conv/constant_product.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "spinel/nn/conv/gcn_conv.h"
#include "spinel/nn/conv/remembered.h"
#include "spinel/nn/conv/sage_conv.h"

namespace spinel::nn {
namespace {

class ConstantProductTest : public ::testing::Test {
 protected:
  ConstantProductTest() { at::manual_seed(3); }
  ~ConstantProductTest() override { forget_graphs(); }

  MessageEdges edges(Flow flow = Flow::source_to_target) const { return {list, flow, nodes, nodes, "Test"}; }
  at::Tensor product(const at::Tensor& weight = {}, Flow flow = Flow::source_to_target) const {
    return constant_product(x, weight, edges(flow), sparse::Reduce::sum);
  }

  int64_t nodes = 30;
  at::Tensor x = at::randn({nodes, 8});
  at::Tensor list = at::randint(nodes, {2, 100}, at::kLong);
};

TEST_F(ConstantProductTest, IsMadeOnceFromTheSecondCallOn) {
  const at::Tensor first = product(), second = product(), third = product();
  EXPECT_FALSE(first.is_same(second));
  EXPECT_TRUE(second.is_same(third));
  EXPECT_TRUE(at::equal(first, third));
}

TEST_F(ConstantProductTest, WrittenInputsAreReducedAnew) {
  product(), product();
  x.mul_(2);
  EXPECT_TRUE(at::equal(product(), edges().product(x, {}, sparse::Reduce::sum)));
  product(), product();
  list.select(0, 0).fill_(3);
  EXPECT_TRUE(at::equal(product(), edges().product(x, {}, sparse::Reduce::sum)));
}

TEST_F(ConstantProductTest, WeightsFlowsAndReductionsAreToldApart) {
  const at::Tensor one = at::rand({100}), other = at::rand({100});
  for (int call = 0; call < 3; ++call) {
    for (const at::Tensor& weight : {at::Tensor(), one, other}) {
      for (const Flow flow : {Flow::source_to_target, Flow::target_to_source}) {
        for (const auto reduce : {sparse::Reduce::sum, sparse::Reduce::mean}) {
          EXPECT_TRUE(
              at::allclose(constant_product(x, weight, edges(flow), reduce), edges(flow).product(x, weight, reduce)));
        }
      }
    }
  }
}

TEST_F(ConstantProductTest, WhatIsTrainedIsNotKept) {
  x.requires_grad_();
  for (int call = 0; call < 3; ++call) EXPECT_TRUE(product().requires_grad());
  const at::NoGradGuard evaluation;
  EXPECT_FALSE(product().is_same(product()));
}

TEST_F(ConstantProductTest, KeptProductsGoWithTheirInput) {
  product(), product();
  const c10::weak_intrusive_ptr<c10::TensorImpl> weak(product().getIntrusivePtr());
  ASSERT_FALSE(weak.expired());
  x = at::randn({nodes, 8});
  product();  // the next call drops what is gone
  EXPECT_TRUE(weak.expired());
}

/// Losses and gradients of steps in which the input stays the same object or is a new one each time.
template <typename Conv>
void expect_same_steps(Conv& conv, const at::Tensor& x, const at::Tensor& list) {
  for (int step = 0; step < 5; ++step) {
    const auto gradients = [&](const at::Tensor& input) {
      for (const auto& [name, parameter] : conv.named_parameters()) parameter.mutable_grad().reset();
      const at::Tensor out = conv.forward(input, list);
      out.square().sum().backward();
      std::vector<at::Tensor> all{out.detach()};
      for (const auto& [name, parameter] : conv.named_parameters()) all.push_back(parameter.grad().clone());
      return all;
    };
    const auto kept = gradients(x), fresh = gradients(x.clone());
    for (size_t k = 0; k < kept.size(); ++k) {
      EXPECT_TRUE(at::allclose(kept[k], fresh[k], 1e-4, 1e-4 * (1 + fresh[k].abs().max().template item<double>())))
          << "step " << step << ", result " << k;
    }
  }
}

TEST_F(ConstantProductTest, TrainingStepsAreTheSame) {
  for (const int64_t width : {4, 8, 20}) {
    GCNConv gcn({.in_channels = 8, .out_channels = width});
    expect_same_steps(gcn, x, list);
    for (const char* aggr : {"mean", "sum", "max"}) {
      SAGEConv sage({.in_channels = 8, .out_channels = width, .aggr = Config(aggr)});
      expect_same_steps(sage, x, list);
    }
  }
}

}  // namespace
}  // namespace spinel::nn
