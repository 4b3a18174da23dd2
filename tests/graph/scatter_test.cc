#include "spinel/graph/utils/scatter.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/errors.h"

namespace spinel::graph {
namespace {

using testing::HasSubstr;

at::Tensor longs(std::vector<int64_t> values) { return at::tensor(values, at::kLong); }

TEST(Scatter, ReducesAlongAnyDimension) {
  const at::Tensor src = at::arange(6, at::kDouble).view({2, 3});
  EXPECT_TRUE(scatter(src, longs({1, 0, 1}), 1).equal(at::tensor({1.0, 2.0, 4.0, 8.0}, at::kDouble).view({2, 2})));
  EXPECT_TRUE(scatter(src, longs({1, 0, 1}), -1, 3, "max")
                  .equal(at::tensor({1.0, 2.0, 0.0, 4.0, 5.0, 0.0}, at::kDouble).view({2, 3})));
  EXPECT_TRUE(scatter(src, longs({2, 2}), 0, {}, "amin").select(0, 2).equal(src[0]));
}

TEST(Scatter, RefusesWhatTheReferenceRefuses) {
  const auto message = [](auto action) { return std::string(error_of(action).what()); };
  const at::Tensor src = at::ones({4, 2});
  EXPECT_THAT(message([&] { scatter(src, at::zeros({4, 2}, at::kLong)); }), HasSubstr("scatter: index: it has 2 dim"));
  EXPECT_THAT(message([&] { scatter(src, longs({0, 0, 0, 0}), 2); }), HasSubstr("dim is 2 but src has 2 dimensions"));
  EXPECT_THAT(message([&] {
                scatter(src, longs({0, 0, 0, 0}), 0, {}, "std");
              }),
              HasSubstr("scatter: there is no reduction 'std'"));
  EXPECT_THAT(message([&] {
                scatter(src, longs({0, 0}));
              }),
              HasSubstr("src has 4 elements along dim 0 but index has 2"));
  EXPECT_THAT(message([&] { scatter(src, longs({0, 0, 7, 0}), 0, 3); }), HasSubstr("it holds 7 but dim_size is 3"));
}

TEST(Segment, AgreesWithScatterAndChecksItsPointers) {
  const at::Tensor src = at::randn({5, 3}, at::kDouble), ptr = longs({0, 2, 2, 5}), index = longs({0, 0, 2, 2, 2});
  for (const char* reduce : {"sum", "mean", "min", "max"}) {
    EXPECT_TRUE(segment(src, ptr, reduce).equal(scatter(src, index, 0, 3, reduce))) << reduce;
  }
  EXPECT_THAT(error_of([&] { segment(src, longs({0, 4})); }).what(), HasSubstr("src has 5 rows but ptr ends with 4"));
  EXPECT_THAT(error_of([&] { segment(src, longs({0, 4, 2, 5})); }).what(), HasSubstr("ptr"));
  EXPECT_THAT(error_of([&] { segment(src, longs({1, 5})); }).what(), HasSubstr("ptr"));
}

TEST(ScatterArgmax, IsTheFirstLargestAndTheCountForNone) {
  EXPECT_TRUE(
      scatter_argmax(at::tensor({1.0, 3.0, 3.0, -1.0, -5.0}), longs({0, 0, 0, 2, 2}), 4).equal(longs({1, 5, 3, 5})));
}

TEST(GroupArgsort, RanksInsideGroups) {
  const at::Tensor src = longs({0, 1, 5, 4, 3, 2, 6, 7, 8}), index = longs({0, 0, 1, 1, 1, 1, 2, 2, 2});
  EXPECT_TRUE(group_argsort(src, index).equal(longs({0, 1, 3, 2, 1, 0, 0, 1, 2})));
  EXPECT_TRUE(group_argsort(src, index, 4, /*descending=*/true).equal(longs({1, 0, 0, 1, 2, 3, 2, 1, 0})));
  EXPECT_TRUE(
      group_argsort(src, index, {}, false, /*return_consecutive=*/true).equal(longs({0, 1, 5, 4, 3, 2, 6, 7, 8})));
  // Values that differ by less than an offset between groups would leave over.
  EXPECT_TRUE(
      group_argsort(at::tensor({1e300, 1.0, 1.0 + 1e-15}, at::kDouble), longs({1, 0, 0})).equal(longs({0, 0, 1})));
  EXPECT_EQ(group_argsort(at::empty({0}), longs({})).numel(), 0);
}

TEST(GroupCat, JoinsByGroupAndKeepsTheOrder) {
  const at::Tensor a = at::tensor({1.0, 2.0, 3.0}).unsqueeze(1), b = at::tensor({4.0, 5.0}).unsqueeze(1);
  const GroupCat result = group_cat({a, b}, {longs({0, 0, 2}), longs({0, 1})});
  EXPECT_TRUE(result.out.flatten().equal(at::tensor({1.0, 2.0, 4.0, 5.0, 3.0})));
  EXPECT_TRUE(result.index.equal(longs({0, 0, 0, 1, 2})));
  EXPECT_THAT(error_of([&] { group_cat({a}, {}); }).what(), HasSubstr("1 tensors and 0 indices"));
}

}  // namespace
}  // namespace spinel::graph
