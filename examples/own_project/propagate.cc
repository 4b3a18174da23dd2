// A step of a graph convolution on a sparse matrix: A with self-loops, symmetrically normalised, times features; its
// gradient is compared with a central difference.
#include <ATen/ATen.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>
#include <cstdio>

#include "spinel/base/error.h"
#include "spinel/sparse/arithmetic.h"
#include "spinel/sparse/matmul.h"

using spinel::sparse::SparseTensor;

/// D^-½ (A + I) D^-½ · x
static at::Tensor propagate(const SparseTensor& adjacency, const at::Tensor& x) {
  const SparseTensor with_loops = adjacency.fill_diag(1);
  const at::Tensor scale = with_loops.sum(1).pow(-0.5);
  return matmul(with_loops * scale.view({-1, 1}) * scale.view({1, -1}), x);
}

int main() try {
  const at::Tensor edge_index = at::tensor({0, 1, 2, 3, 3, 1, 2, 0, 0, 1}, at::kLong).view({2, 5});
  const at::Tensor weight = at::tensor({0.5, 1.0, 2.0, 1.5, 0.7}, at::kDouble);
  const at::Tensor x = at::arange(8, at::kDouble).view({4, 2});
  const auto loss = [&](const at::Tensor& weights) {
    const SparseTensor graph = SparseTensor::from_edge_index(edge_index, weights, {4, 4}).to_symmetric();
    return propagate(graph, x).square().sum();
  };
  const at::Tensor leaf = weight.clone().set_requires_grad(true);
  const at::Tensor gradient = torch::autograd::grad({loss(leaf)}, {leaf})[0];
  const double step = 1e-6;
  at::Tensor shift = at::zeros_like(weight);
  shift[1] = step;
  const double slope = (loss(weight + shift) - loss(weight - shift)).item<double>() / (2 * step);
  std::printf("gradient by the second edge %.6f, from differences %.6f\n", gradient[1].item<double>(), slope);
  return std::abs(gradient[1].item<double>() - slope) < 1e-5 ? 0 : 1;
} catch (const spinel::Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 2;
}
