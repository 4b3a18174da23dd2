#include "spinel/nn/conv/paired_product.h"

#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "spinel/nn/conv/message_edges.h"

namespace spinel::nn {
namespace {

using torch::autograd::grad;

/// Five edges in no order among three targets and four sources.
const std::vector<int64_t> sources = {3, 0, 1, 3, 0}, targets = {2, 0, 0, 0, 2};

at::Tensor edge_index() { return at::stack({at::tensor(sources), at::tensor(targets)}); }
at::Tensor weights() { return at::tensor({0.5, 2.0, -1.0, 3.0, 0.25}, at::kDouble); }

/// [3, 4] what the edges sum up to, or with `mean` divided by their number.
at::Tensor dense(const at::Tensor& weight, bool mean) {
  at::Tensor a = at::zeros({3, 4}, at::kDouble), count = at::zeros({3, 1}, at::kDouble);
  for (size_t k = 0; k < sources.size(); ++k) {
    const auto e = static_cast<int64_t>(k);
    a[targets[k]][sources[k]] += weight.defined() ? weight[e] : at::ones({}, at::kDouble);
    count[targets[k]] += 1;
  }
  return mean ? a / count.clamp_min(1) : a;
}

// The product, its derivative and that one's derivative, twice: the second time with what is remembered.
TEST(PairedProduct, IsThatOfTheDenseMatrix) {
  const at::Tensor index = edge_index(), weight = weights();
  const at::Tensor x = at::randn({4, 3}, at::kDouble).set_requires_grad(true);
  const at::Tensor cotangent = at::randn({3, 3}, at::kDouble).set_requires_grad(true);
  const MessageEdges edges(index, Flow::source_to_target, 3, 4, "test");
  for (const bool mean : {false, true}) {
    for (const at::Tensor& w : {at::Tensor(), weight, weight}) {
      const at::Tensor a = dense(w, mean);
      const at::Tensor y = edges.product(x, w, mean ? sparse::Reduce::mean : sparse::Reduce::sum);
      EXPECT_TRUE(y.allclose(a.mm(x)));
      const at::Tensor back = grad({y}, {x}, {cotangent}, std::nullopt, true)[0];
      EXPECT_TRUE(back.allclose(a.t().mm(cotangent)));
      const at::Tensor twice = grad({back}, {cotangent}, {x.detach()})[0];
      EXPECT_TRUE(twice.allclose(a.mm(x.detach())));
    }
  }
}

// What is remembered belongs to the numbers that the weight had.
TEST(PairedProduct, SeesThatAWeightWasWritten) {
  const at::Tensor index = edge_index(), weight = weights();
  const at::Tensor x = at::randn({4, 2}, at::kDouble).set_requires_grad(true);
  const MessageEdges edges(index, Flow::source_to_target, 3, 4, "test");
  const auto both = [&] {
    const at::Tensor y = edges.product(x, weight, sparse::Reduce::sum);
    return std::pair(y.detach(), grad({y.sum()}, {x})[0]);
  };
  const auto [before, back_before] = both();
  weight.mul_(2);
  const auto [after, back_after] = both();
  EXPECT_TRUE(after.allclose(2 * before));
  EXPECT_TRUE(back_after.allclose(2 * back_before));
}

// One weight on two graphs, whose patterns differ.
TEST(PairedProduct, TellsGraphsApart) {
  const at::Tensor weight = weights(), one = edge_index(), other = edge_index().flip(1).contiguous();
  const at::Tensor x = at::randn({4, 2}, at::kDouble).set_requires_grad(true);
  for (const at::Tensor& index : {one, other, one}) {
    const MessageEdges edges(index, Flow::source_to_target, 3, 4, "test");
    const at::Tensor y = edges.product(x, weight, sparse::Reduce::sum);
    const at::Tensor a = dense(index.equal(one) ? weight : weight.flip(0), false);
    EXPECT_TRUE(y.allclose(a.mm(x)));
    EXPECT_TRUE(grad({y.sum()}, {x})[0].allclose(a.sum(0).unsqueeze(1).expand({4, 2})));
  }
}

TEST(PairedProduct, HasNoEdges) {
  const MessageEdges edges(at::zeros({2, 0}, at::kLong), Flow::source_to_target, 3, 4, "test");
  const at::Tensor x = at::randn({4, 2}).set_requires_grad(true);
  const at::Tensor y = edges.product(x, {}, sparse::Reduce::mean);
  EXPECT_TRUE(y.equal(at::zeros({3, 2})));
  EXPECT_TRUE(grad({y.sum()}, {x})[0].equal(at::zeros({4, 2})));
}

}  // namespace
}  // namespace spinel::nn
