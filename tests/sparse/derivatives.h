// First and second derivatives against central differences.
#pragma once

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <functional>

namespace spinel::sparse {

using Function = std::function<at::Tensor(const at::Tensor&)>;

inline at::Tensor gradient(const Function& f, const at::Tensor& x, const at::Tensor& weights, bool create_graph) {
  const at::Tensor leaf = x.requires_grad() ? x : x.detach().clone().set_requires_grad(true);
  const auto found = torch::autograd::grad({f(leaf).mul(weights).sum()}, {leaf}, {}, create_graph, create_graph, true);
  return found[0].defined() ? found[0] : at::zeros_like(leaf);
}

/// Central differences of ⟨f(x), weights⟩ along a direction beside the gradient's, and of the gradient beside the
/// second derivative's. `x` has no two equal entries, so that min and max have one.
inline void expect_derivatives(const char* name, const Function& f, const at::Tensor& x) {
  SCOPED_TRACE(name);
  const double h = 1e-5;
  const at::Tensor weights = at::randn_like(f(x)), direction = at::randn_like(x);
  const auto value = [&](const at::Tensor& at) { return f(at).mul(weights).sum(); };
  const at::Tensor first = gradient(f, x, weights, false);
  const at::Tensor difference = (value(x + h * direction) - value(x - h * direction)) / (2 * h);
  EXPECT_NEAR(first.mul(direction).sum().item<double>(), difference.item<double>(), 1e-6);

  // Squared, so that there is a second derivative.
  const Function square = [&](const at::Tensor& at) { return f(at).square(); };
  const at::Tensor leaf = x.detach().clone().set_requires_grad(true);
  const at::Tensor slope = gradient(square, leaf, weights, true).mul(direction).sum();
  const at::Tensor second = torch::autograd::grad({slope}, {leaf}, {}, false, false, true)[0];
  const at::Tensor change =
      (gradient(square, x + h * direction, weights, false) - gradient(square, x - h * direction, weights, false)) /
      (2 * h);
  EXPECT_TRUE(at::allclose(second, change, 1e-5, 1e-6));
}

}  // namespace spinel::sparse
