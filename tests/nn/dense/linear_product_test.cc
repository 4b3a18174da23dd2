#include "spinel/nn/dense/linear_product.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

namespace spinel::nn {
namespace {

struct LinearCase {
  const char* name;
  std::vector<int64_t> sizes;
  int64_t out;
  bool bias;
};

void PrintTo(const LinearCase& one, std::ostream* out) { *out << one.name; }

class LinearProductTest : public ::testing::TestWithParam<LinearCase> {
 protected:
  LinearProductTest() {
    at::manual_seed(1);
    const LinearCase& one = GetParam();
    x = at::randn(one.sizes).requires_grad_();
    weight = at::randn({one.out, one.sizes.back()}).requires_grad_();
    if (one.bias) bias = at::randn({one.out}).requires_grad_();
  }
  std::vector<at::Tensor> inputs() const {
    return bias.defined() ? std::vector<at::Tensor>{x, weight, bias} : std::vector<at::Tensor>{x, weight};
  }
  at::Tensor x, weight, bias;
};

void expect_close(const at::Tensor& a, const at::Tensor& b) {
  ASSERT_EQ(a.sizes(), b.sizes());
  EXPECT_TRUE(at::allclose(a, b, 1e-4, 1e-4 * (1 + b.abs().max().item<double>()))) << (a - b).abs().max();
}

TEST_P(LinearProductTest, IsLibtorchsWithItsGradients) {
  const at::Tensor y = linear_product(x, weight, bias), expected = at::linear(x, weight, bias);
  expect_close(y, expected);
  const at::Tensor seed = at::randn_like(expected);
  const auto ours = torch::autograd::grad({y}, inputs(), {seed});
  const auto theirs = torch::autograd::grad({expected}, inputs(), {seed});
  for (size_t k = 0; k < ours.size(); ++k) expect_close(ours[k], theirs[k]);
}

TEST_P(LinearProductTest, GradientsHaveGradients) {
  const auto second = [&](const at::Tensor& y) {
    const auto first = torch::autograd::grad({y.square().sum()}, {x, weight}, {}, std::nullopt, true);
    return torch::autograd::grad({first[0].square().sum() + first[1].sum()}, inputs(), {}, false, false, true);
  };
  const auto ours = second(linear_product(x, weight, bias)), theirs = second(at::linear(x, weight, bias));
  for (size_t k = 0; k < ours.size(); ++k) {
    ASSERT_EQ(ours[k].defined(), theirs[k].defined());
    if (ours[k].defined()) expect_close(ours[k] / theirs[k].abs().max(), theirs[k] / theirs[k].abs().max());
  }
}

TEST_P(LinearProductTest, AnAddendIsAdded) {
  std::vector<int64_t> shape = x.sizes().vec();
  shape.back() = weight.size(0);
  const at::Tensor whole = at::randn(shape).requires_grad_(), row = at::randn({weight.size(0)}).requires_grad_();
  for (const at::Tensor& addend : {whole, row}) {
    const at::Tensor y = linear_product(x, weight, bias, addend), expected = at::linear(x, weight, bias) + addend;
    expect_close(y, expected);
    std::vector<at::Tensor> all = inputs();
    all.push_back(addend);
    const at::Tensor seed = at::randn_like(expected);
    const auto ours = torch::autograd::grad({y}, all, {seed}), theirs = torch::autograd::grad({expected}, all, {seed});
    for (size_t k = 0; k < ours.size(); ++k) expect_close(ours[k], theirs[k]);
  }
}

TEST(AddBias, IsASumWithItsGradients) {
  at::manual_seed(2);
  for (const std::vector<int64_t>& sizes :
       {std::vector<int64_t>{1000, 21}, std::vector<int64_t>{3, 21}, std::vector<int64_t>{4, 300, 21}}) {
    const at::Tensor x = at::randn(sizes).requires_grad_(), bias = at::randn({21}).requires_grad_();
    const at::Tensor y = add_bias(x, bias), seed = at::randn(sizes);
    EXPECT_TRUE(at::equal(y, x + bias));
    const auto ours = torch::autograd::grad({y}, {x, bias}, {seed});
    EXPECT_TRUE(at::equal(ours[0], seed));
    expect_close(ours[1], seed.reshape({-1, 21}).sum(0));
    const at::Tensor first = torch::autograd::grad({add_bias(x, bias).pow(3).sum()}, {bias}, {}, true, true)[0];
    expect_close(torch::autograd::grad({first.sum()}, {x})[0], 6 * (x + bias));
  }
  const at::Tensor x = at::randn({300, 4});
  EXPECT_TRUE(add_bias(x, {}).is_same(x));
}

TEST_P(LinearProductTest, OnlyWhatIsWantedGetsAGradient) {
  const at::Tensor y = linear_product(x.detach(), weight.detach(), bias);
  EXPECT_EQ(y.requires_grad(), bias.defined());
  if (!bias.defined()) return;
  y.sum().backward();
  expect_close(bias.grad(), at::full_like(bias, static_cast<double>(y.numel() / y.size(-1))));
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, LinearProductTest,
    ::testing::Values(LinearCase{"tall", {1000, 33}, 20, true}, LinearCase{"without_bias", {700, 64}, 64, false},
                      LinearCase{"three_dimensions", {5, 200, 16}, 7, true}, LinearCase{"short", {20, 64}, 64, true},
                      LinearCase{"wide", {600, 700}, 400, true}, LinearCase{"one_column", {5000, 1}, 1, true}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(LinearProduct, TakesStridesOfBoth) {
  const at::Tensor x = at::randn({40, 900}).t(), weight = at::randn({40, 12}).t();
  const at::Tensor bias = at::randn({24}).slice(0, 0, 24, 2);
  EXPECT_TRUE(at::allclose(linear_product(x, weight, bias), at::linear(x, weight, bias), 1e-4, 1e-4));
}

TEST(LinearProduct, OtherTypesAreLibtorchs) {
  const at::Tensor x = at::randn({900, 40}, at::kDouble), weight = at::randn({12, 40}, at::kDouble);
  EXPECT_TRUE(at::equal(linear_product(x, weight), at::linear(x, weight)));
}

TEST(LinearProduct, WidthsThatDisagreeAreLibtorchsError) {
  EXPECT_THROW(linear_product(at::randn({900, 40}), at::randn({12, 41})), c10::Error);
}

}  // namespace
}  // namespace spinel::nn
