#include "spinel/nn/dense/grouped_product.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "tests/support/errors.h"

namespace spinel::nn {
namespace {

using testing::HasSubstr;

struct Example {
  at::Tensor x = at::randn({9, 3}, at::kDouble).requires_grad_();
  at::Tensor ptr = at::tensor({0, 2, 2, 8, 9}, at::kLong);  // the second group is empty
  at::Tensor matrices = at::randn({4, 3, 5}, at::kDouble).requires_grad_();
  at::Tensor group = at::tensor({0, 0, 2, 2, 2, 2, 2, 2, 3}, at::kLong);

  at::Tensor expected() const { return x.unsqueeze(1).bmm(matrices.index_select(0, group)).squeeze(1); }
};

TEST(GroupedProduct, IsTheProductOfEachRowWithTheMatrixOfItsGroup) {
  const Example e;
  EXPECT_TRUE(at::allclose(grouped_product(e.x, e.ptr, e.matrices), e.expected()));
  const at::Tensor turned = e.matrices.detach().transpose(1, 2).contiguous().transpose(1, 2);
  EXPECT_TRUE(at::allclose(grouped_product(e.x, e.ptr, turned), e.expected()));
  EXPECT_EQ(grouped_product(at::randn({0, 3}), at::zeros({3}, at::kLong), at::randn({2, 3, 5})).sizes(),
            at::IntArrayRef({0, 5}));
  EXPECT_EQ(grouped_product(at::randn({0, 3}), at::zeros({1}, at::kLong), at::randn({0, 3, 5})).sizes(),
            at::IntArrayRef({0, 5}));
}

TEST(GroupedProduct, HasDerivativesOfTheFirstAndSecondOrder) {
  const Example e;
  const at::Tensor cotangent = at::randn({9, 5}, at::kDouble).requires_grad_();
  const std::vector<at::Tensor> leaves{e.x, e.matrices}, all{e.x, e.matrices, cotangent};
  const auto derivatives = [&](const at::Tensor& out) {
    const auto first = torch::autograd::grad({out}, leaves, {cotangent}, true, /*create_graph=*/true);
    const at::Tensor second = first[0].pow(2).sum() + first[1].sin().sum();
    std::vector<at::Tensor> found = torch::autograd::grad({second}, all);
    found.insert(found.end(), first.begin(), first.end());
    return found;
  };
  const auto ours = derivatives(grouped_product(e.x, e.ptr, e.matrices)), expected = derivatives(e.expected());
  for (size_t k = 0; k < ours.size(); ++k) EXPECT_TRUE(at::allclose(ours[k], expected[k])) << k;
}

TEST(GroupedProduct, SaysWhatDoesNotFit) {
  const Example e;
  const auto message = [&](const at::Tensor& ptr, const at::Tensor& matrices) {
    return std::string(error_of([&] { grouped_product(e.x, ptr, matrices); }).what());
  };
  EXPECT_THAT(message(e.ptr, at::randn({4, 2, 5})), HasSubstr("x has the sizes [9, 3] and the matrices [4, 2, 5]"));
  EXPECT_THAT(message(at::tensor({0, 9}, at::kLong), e.matrices), HasSubstr("ptr has the sizes [2]"));
  EXPECT_THAT(message(e.ptr.to(at::kInt), e.matrices), HasSubstr("of Int"));
  EXPECT_THAT(message(at::tensor({0, 3, 2, 8, 9}, at::kLong), e.matrices), HasSubstr("does not rise"));
  EXPECT_THAT(message(at::tensor({0, 3, 4, 8, 10}, at::kLong), e.matrices), HasSubstr("the 9 rows"));
}

}  // namespace
}  // namespace spinel::nn
