#include "spinel/graph/reduce.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "spinel/graph/utils/softmax.h"
#include "tests/sparse/derivatives.h"
#include "tests/support/errors.h"

namespace spinel::graph {
namespace {

using sparse::expect_derivatives;
using testing::HasSubstr;

const at::Tensor& unsorted_index() {
  static const at::Tensor index = at::tensor({3, 0, 3, 1, 0, 3, 5, 1, 3, 0}, at::kLong);
  return index;
}
constexpr int64_t num_groups = 7;  // 2, 4 and 6 are empty

/// A group at a time, with torch's own reductions.
at::Tensor by_group(const at::Tensor& x, const Groups& groups, GroupReduce reduce) {
  std::vector<at::Tensor> rows;
  for (int64_t g = 0; g < groups.size(); ++g) {
    const at::Tensor part = x.index_select(0, groups.index().eq(g).nonzero().view({-1}));
    std::vector<int64_t> sizes(x.sizes().begin() + 1, x.sizes().end());
    if (part.size(0) == 0) rows.push_back(at::full(sizes, reduce == GroupReduce::mul ? 1 : 0, x.options()));
    else if (reduce == GroupReduce::sum) rows.push_back(part.sum(0));
    else if (reduce == GroupReduce::mean) rows.push_back(part.mean(0));
    else if (reduce == GroupReduce::min) rows.push_back(part.amin(0));
    else if (reduce == GroupReduce::max) rows.push_back(part.amax(0));
    else rows.push_back(part.prod(0));
  }
  return at::stack(rows);
}

constexpr GroupReduce real_reductions[] = {GroupReduce::sum, GroupReduce::mean, GroupReduce::min, GroupReduce::max,
                                           GroupReduce::mul};

TEST(ReduceGroups, AgreesWithAGroupAtATime) {
  at::manual_seed(1);
  const Groups unsorted = Groups::from_index(unsorted_index(), num_groups);
  const Groups sorted = Groups::from_index(std::get<0>(unsorted_index().sort()), num_groups);
  for (const GroupReduce reduce : real_reductions) {
    for (const Groups& groups : {unsorted, sorted}) {
      for (const at::Tensor& x :
           {at::randn({10}, at::kDouble), at::randn({10, 3}), at::randn({10, 70, 2}, at::kDouble)}) {
        EXPECT_TRUE(at::allclose(reduce_groups(x, groups, reduce), by_group(x, groups, reduce), 1e-5, 1e-6))
            << static_cast<int>(reduce);
      }
      const at::Tensor x = at::randn({2, 3, 10}, at::kDouble);
      EXPECT_TRUE(
          at::allclose(reduce_groups(x, groups, reduce, -1), by_group(x.movedim(2, 0), groups, reduce).movedim(0, 2)));
    }
  }
}

TEST(ReduceGroups, HasFirstAndSecondDerivatives) {
  at::manual_seed(2);
  const Groups groups = Groups::from_index(unsorted_index(), num_groups);
  const at::Tensor x = at::randn({10, 3}, at::kDouble) + 0.1;
  for (const GroupReduce reduce : real_reductions) {
    expect_derivatives(
        "reduction", [&](const at::Tensor& at) { return reduce_groups(at, groups, reduce); }, x);
  }
  expect_derivatives(
      "spread", [&](const at::Tensor& at) { return spread_groups(at, groups); },
      at::randn({num_groups, 2}, at::kDouble));
}

TEST(ReduceGroups, GradientOfAProductIsThatOfTheOthersAtZeroToo) {
  const Groups groups = Groups::from_index(at::tensor({0, 0, 0, 1, 1, 1}, at::kLong));
  const at::Tensor x = at::tensor({0.0, 2.0, 3.0, 0.0, 0.0, 5.0}, at::kDouble).set_requires_grad(true);
  const at::Tensor out = reduce_groups(x, groups, GroupReduce::mul);
  const at::Tensor slope = torch::autograd::grad({out.sum()}, {x}, {}, true, true)[0];
  EXPECT_TRUE(slope.equal(at::tensor({6.0, 0.0, 0.0, 0.0, 0.0, 0.0}, at::kDouble)));
  // d²/dx₀dx₁ = 3 and d²/dx₃dx₄ = 5.
  const at::Tensor bend = torch::autograd::grad({slope[0] + slope[3]}, {x})[0];
  EXPECT_TRUE(bend.equal(at::tensor({0.0, 3.0, 2.0, 0.0, 5.0, 0.0}, at::kDouble)));
}

TEST(ReduceGroups, TiesShareTheGradient) {
  const Groups groups = Groups::from_index(at::tensor({0, 1, 0, 0, 1}, at::kLong));
  for (const bool max : {true, false}) {
    const at::Tensor x = (at::tensor({4.0, 1.0, 4.0, 2.0, 7.0}, at::kDouble) * (max ? 1 : -1)).set_requires_grad(true);
    const at::Tensor out = reduce_groups(x, groups, max ? GroupReduce::max : GroupReduce::min);
    const at::Tensor slope = torch::autograd::grad({(out * at::tensor({3.0, 5.0}, at::kDouble)).sum()}, {x})[0];
    EXPECT_TRUE(slope.equal(at::tensor({1.5, 0.0, 1.5, 0.0, 5.0}, at::kDouble)));
  }
}

TEST(ReduceGroups, NaNIsTheExtremeAndTakesTheGradient) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Groups groups = Groups::from_index(at::tensor({0, 0, 0}, at::kLong));
  const at::Tensor x = at::tensor({1.0, nan, 2.0}, at::kDouble).set_requires_grad(true);
  const at::Tensor out = reduce_groups(x, groups, GroupReduce::max);
  EXPECT_TRUE(out.isnan().all().item<bool>());
  EXPECT_TRUE(torch::autograd::grad({out}, {x}, {at::ones({1}, at::kDouble)})[0].equal(
      at::tensor({0.0, 1.0, 0.0}, at::kDouble)));
}

TEST(ReduceGroups, OfIntegersAndBooleans) {
  const Groups groups = Groups::from_index(at::tensor({0, 2, 0, 2}, at::kLong), 3);
  const at::Tensor x = at::tensor({1, 4, 2, 5}, at::kLong);
  EXPECT_TRUE(reduce_groups(x, groups, GroupReduce::sum).equal(at::tensor({3, 0, 9}, at::kLong)));
  EXPECT_TRUE(reduce_groups(x, groups, GroupReduce::max).equal(at::tensor({2, 0, 5}, at::kLong)));
  EXPECT_TRUE(reduce_groups(x, groups, GroupReduce::mul).equal(at::tensor({2, 1, 20}, at::kLong)));
  EXPECT_TRUE(reduce_groups(x, groups, GroupReduce::mean).equal(at::tensor({1.5, 0.0, 4.5}, at::kFloat)));
  const at::Tensor flags = at::tensor({0, 0, 0, 1}, at::kLong).to(at::kBool);
  EXPECT_TRUE(reduce_groups(flags, groups, GroupReduce::any).equal(at::tensor({0, 0, 1}, at::kLong).to(at::kBool)));
}

TEST(ReduceGroups, WithoutElementsGivesTheEmptyValues) {
  const Groups none = Groups::from_index(at::empty({0}, at::kLong), 2);
  const at::Tensor x = at::empty({0, 3}, at::kDouble).set_requires_grad(true);
  for (const GroupReduce reduce : real_reductions) {
    const at::Tensor out = reduce_groups(x, none, reduce);
    EXPECT_TRUE(out.equal(at::full({2, 3}, reduce == GroupReduce::mul ? 1 : 0, at::kDouble)));
  }
  EXPECT_EQ(softmax(x, none).numel(), 0);
}

TEST(ReduceGroups, RefusesOtherLengthsAndNames) {
  const Groups groups = Groups::from_index(unsorted_index());
  EXPECT_THAT(error_of([&] {
                reduce_groups(at::ones({4, 2}), groups, GroupReduce::sum);
              }).what(),
              HasSubstr("4 elements are given along dim 0 but 10 have a group"));
  EXPECT_THAT(error_of([&] { spread_groups(at::ones({4, 2}), groups); }).what(), HasSubstr("there are 6 groups"));
  EXPECT_THAT(error_of([] { parse_group_reduce("men", "scatter"); }).what(),
              HasSubstr("scatter: there is no reduction 'men'; did you mean"));
}

TEST(Softmax, SumsToOneInEachGroupAndAgreesWithTorch) {
  at::manual_seed(3);
  const Groups groups = Groups::from_index(unsorted_index(), num_groups);
  for (const at::Tensor& x : {at::randn({10, 4}, at::kDouble), at::randn({10, 4}) * 30}) {
    const at::Tensor out = softmax(x, groups);
    for (int64_t g = 0; g < num_groups; ++g) {
      const at::Tensor rows = groups.index().eq(g).nonzero().view({-1});
      EXPECT_TRUE(at::allclose(out.index_select(0, rows), x.index_select(0, rows).softmax(0), 1e-5, 1e-7));
    }
  }
  const at::Tensor half = at::randn({10, 2}).to(at::kHalf);
  EXPECT_TRUE(at::allclose(softmax(half, groups).to(at::kFloat), softmax(half.to(at::kFloat), groups), 2e-3, 1e-3));
}

TEST(Softmax, HasFirstAndSecondDerivativesAlongAnyDimension) {
  at::manual_seed(4);
  const Groups groups = Groups::from_index(unsorted_index(), num_groups);
  const at::Tensor ptr = at::tensor({0, 4, 4, 10}, at::kLong);
  expect_derivatives(
      "rows", [&](const at::Tensor& at) { return softmax(at, groups); }, at::randn({10, 3}, at::kDouble));
  expect_derivatives(
      "columns", [&](const at::Tensor& at) { return softmax(at, {}, ptr, {}, -1); }, at::randn({2, 10}, at::kDouble));
}

TEST(Softmax, ThirdDerivativeIsThatOfTheSecond) {
  at::manual_seed(5);
  const Groups groups = Groups::from_index(at::tensor({0, 1, 0, 0, 1}, at::kLong));
  const at::Tensor x = at::randn({5}, at::kDouble), a = at::randn({5}, at::kDouble), b = at::randn({5}, at::kDouble),
                   c = at::randn({5}, at::kDouble);
  const auto second = [&](const at::Tensor& leaf) {
    const at::Tensor first = torch::autograd::grad({(softmax(leaf, groups) * a).sum()}, {leaf}, {}, true, true)[0];
    return torch::autograd::grad({(first * b).sum()}, {leaf}, {}, true, true)[0];
  };
  const at::Tensor leaf = x.clone().set_requires_grad(true);
  const at::Tensor third = torch::autograd::grad({(second(leaf) * c).sum()}, {leaf})[0];
  const double h = 1e-5;
  const at::Tensor step = at::randn({5}, at::kDouble);
  const at::Tensor up = (second((x + h * step).set_requires_grad(true)) * c).sum();
  const at::Tensor down = (second((x - h * step).set_requires_grad(true)) * c).sum();
  EXPECT_NEAR((third * step).sum().item<double>(), ((up - down) / (2 * h)).item<double>(), 1e-7);
}

TEST(Softmax, KeepsExtremesFinite) {
  const at::Tensor index = at::tensor({0, 0, 1, 1}, at::kLong);
  const at::Tensor out = softmax(at::tensor({1e4, -1e4, 3e38, 3e38}, at::kFloat), index);
  EXPECT_TRUE(at::allclose(out, at::tensor({1.0, 0.0, 0.5, 0.5}, at::kFloat)));
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const at::Tensor with_nan = softmax(at::tensor({nan, 1.0, 2.0, 2.0}, at::kDouble), index);
  EXPECT_TRUE(with_nan.narrow(0, 0, 2).isnan().all().item<bool>());
  EXPECT_TRUE(at::allclose(with_nan.narrow(0, 2, 2), at::full({2}, 0.5, at::kDouble)));
}

TEST(Softmax, NeedsGroupsAndFloats) {
  EXPECT_THAT(error_of([] { softmax(at::ones({3}), at::Tensor()); }).what(),
              HasSubstr("softmax: neither index nor ptr is given"));
  EXPECT_THAT(error_of([] { softmax(at::ones({3}, at::kLong), at::zeros({3}, at::kLong)); }).what(),
              HasSubstr("floating numbers are needed"));
}

}  // namespace
}  // namespace spinel::graph
