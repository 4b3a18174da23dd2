#include "spinel/train/cross_entropy.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/autograd.h>

#include "spinel/base/error.h"
#include "tests/train/expect_error.h"

namespace spinel::train {
namespace {

struct EntropyCase {
  int64_t rows, classes;
};

/// Classes beside vectors, more rows than one thread takes.
const EntropyCase cases[] = {{1, 1}, {5, 3}, {40, 16}, {700, 40}, {3, 1000}};

at::Tensor by_libtorch(const at::Tensor& logits, const at::Tensor& target, const char* reduction) {
  const auto kind = std::string(reduction) == "sum" ? at::Reduction::Sum : at::Reduction::Mean;
  return at::cross_entropy_loss(logits, target, {}, kind, 1);
}

TEST(CrossEntropy, IsLibtorchsWithItsGradient) {
  for (const auto& [rows, classes] : cases) {
    for (const char* reduction : {"mean", "sum"}) {
      SCOPED_TRACE(std::to_string(rows) + " rows of " + std::to_string(classes) + ", " + reduction);
      at::manual_seed(rows);
      const at::Tensor logits = (5 * at::randn({rows, classes})).set_requires_grad(true);
      at::Tensor target = at::randint(classes, {rows}, at::kLong);
      target[0] = 0;  // class 1 does not count, one row at least does
      const at::Tensor found = cross_entropy(logits, target, {reduction, 1});
      const at::Tensor precise = logits.detach().to(at::kDouble).set_requires_grad(true);
      const at::Tensor wanted = by_libtorch(precise, target, reduction);
      EXPECT_EQ(found.scalar_type(), at::kFloat);
      EXPECT_TRUE(at::allclose(found.to(at::kDouble), wanted, 1e-6, 1e-6));
      const at::Tensor gradient = torch::autograd::grad({found * 3}, {logits})[0];
      const at::Tensor wanted_gradient = torch::autograd::grad({wanted * 3}, {precise})[0];
      // As precise as a probability near 1 less 1 is in float32.
      EXPECT_TRUE(at::allclose(gradient.to(at::kDouble), wanted_gradient, 1e-5, 5e-6));
    }
  }
}

TEST(CrossEntropy, IsDifferentiatedTwice) {
  at::manual_seed(1);
  const at::Tensor logits = at::randn({6, 4}).set_requires_grad(true);
  const at::Tensor target = at::randint(4, {6}, at::kLong), direction = at::randn({6, 4});
  const auto second = [&](const at::Tensor& loss) {
    const at::Tensor first = torch::autograd::grad({loss}, {logits}, {}, true, true)[0];
    return torch::autograd::grad({(first * direction).sum()}, {logits})[0];
  };
  const at::Tensor wanted = second(at::cross_entropy_loss(logits, target));
  EXPECT_TRUE(at::allclose(second(cross_entropy(logits, target, {})), wanted, 1e-5, 1e-7));
}

TEST(CrossEntropy, LargeInfiniteAndAbsentNumbers) {
  const at::Tensor target = at::tensor({0, 1}, at::kLong);
  const at::Tensor large = at::tensor({1e30f, 0.f, -1e30f, 1e30f}).view({2, 2});
  EXPECT_EQ(cross_entropy(large, target, {}).item<double>(), 0);
  at::Tensor absent = at::zeros({2, 2});
  absent[1][0] = NAN;
  EXPECT_TRUE(std::isnan(cross_entropy(absent, target, {}).item<double>()));
  // Masked classes have the probability 0.
  const at::Tensor masked = at::tensor({0.f, -INFINITY, -INFINITY, 0.f}).view({2, 2}).set_requires_grad(true);
  const at::Tensor loss = cross_entropy(masked, target, {});
  EXPECT_EQ(loss.item<double>(), 0);
  EXPECT_TRUE(at::equal(torch::autograd::grad({loss}, {masked})[0], at::zeros({2, 2})));
  EXPECT_TRUE(std::isnan(cross_entropy(large, at::full({2}, -100, at::kLong), {}).item<double>()));
  EXPECT_EQ(cross_entropy(large, at::full({2}, -100, at::kLong), {"sum"}).item<double>(), 0);
}

TEST(CrossEntropy, AClassOutOfRange) {
  for (const int64_t bad : {-1, 3}) {
    EXPECT_ERROR(cross_entropy(at::zeros({2, 3}), at::tensor(std::vector<int64_t>{0, bad}), {}),
                 ErrorKind::invalid_argument, "the target of row 1 is " + std::to_string(bad));
  }
}

TEST(CrossEntropy, WhatTheKernelDoesNotTakeIsLibtorchs) {
  at::manual_seed(2);
  const at::Tensor target = at::randint(3, {4}, at::kLong);
  const at::Tensor doubles = at::randn({4, 3}, at::kDouble), share = doubles.softmax(1);
  EXPECT_TRUE(at::equal(cross_entropy(doubles, target, {}), at::cross_entropy_loss(doubles, target)));
  EXPECT_TRUE(at::equal(cross_entropy(doubles, share, {}), at::cross_entropy_loss(doubles, share)));
  const at::Tensor floats = doubles.to(at::kFloat);
  const at::Tensor smooth = at::cross_entropy_loss(floats, target, {}, at::Reduction::Mean, -100, 0.1);
  EXPECT_TRUE(at::equal(cross_entropy(floats, target, {.label_smoothing = 0.1}), smooth));
}

}  // namespace
}  // namespace spinel::train
