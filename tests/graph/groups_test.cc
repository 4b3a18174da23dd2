#include "spinel/graph/groups.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/errors.h"

namespace spinel::graph {
namespace {

using testing::HasSubstr;

at::Tensor longs(std::vector<int64_t> values) { return at::tensor(values, at::kLong); }

TEST(Groups, OfAnIndexInAnyOrderHavePointersAndAStablePermutation) {
  const Groups groups = Groups::from_index(longs({2, 0, 2, 0, 3}), 5);
  EXPECT_EQ(groups.size(), 5);
  EXPECT_EQ(groups.num_elements(), 5);
  EXPECT_FALSE(groups.is_sorted());
  EXPECT_TRUE(groups.ptr().equal(longs({0, 2, 2, 4, 5, 5})));
  EXPECT_TRUE(groups.perm().equal(longs({1, 3, 0, 2, 4})));
  EXPECT_TRUE(groups.count().equal(longs({2, 0, 2, 1, 0})));
  EXPECT_EQ(groups.max_count(), 2);
}

TEST(Groups, InOrderNeedNoPermutation) {
  const Groups groups = Groups::from_index(longs({0, 0, 1, 3}));
  EXPECT_TRUE(groups.is_sorted());
  EXPECT_FALSE(groups.perm().defined());
  EXPECT_EQ(groups.size(), 4);
  EXPECT_TRUE(groups.ptr().equal(longs({0, 2, 3, 3, 4})));
}

TEST(Groups, OfPointersHaveTheIndex) {
  const Groups groups = Groups::from_ptr(longs({0, 2, 2, 3}));
  EXPECT_EQ(groups.size(), 3);
  EXPECT_EQ(groups.num_elements(), 3);
  EXPECT_TRUE(groups.index().equal(longs({0, 0, 2})));
}

TEST(Groups, TakeInt32AndNoElements) {
  EXPECT_TRUE(Groups::from_index(longs({1, 0}).to(at::kInt)).ptr().equal(longs({0, 1, 2})));
  const Groups none = Groups::from_index(longs({}), 3);
  EXPECT_EQ(none.size(), 3);
  EXPECT_EQ(none.max_count(), 0);
  EXPECT_TRUE(none.ptr().equal(longs({0, 0, 0, 0})));
  EXPECT_EQ(Groups::from_index(longs({})).size(), 0);
  EXPECT_EQ(Groups().size(), 0);
  EXPECT_EQ(Groups::single(4, at::kCPU).size(), 1);
}

TEST(Groups, RefuseWhatIsOutOfPlace) {
  const auto message = [](auto action) { return std::string(error_of(action).what()); };
  EXPECT_THAT(message([] {
                Groups::from_index(longs({0, -2}), {}, "GATConv: index");
              }),
              HasSubstr("GATConv: index: it holds -2; numbers of groups begin at 0"));
  EXPECT_THAT(message([] {
                Groups::from_index(longs({0, 5}), 3);
              }),
              HasSubstr("it holds 5 but dim_size is 3; that must be at least 6"));
  EXPECT_THAT(message([] { Groups::from_index(at::ones({2})); }), HasSubstr("integers are needed"));
  EXPECT_THAT(message([] { Groups::from_index(at::zeros({2, 2}, at::kLong)); }), HasSubstr("2 dimensions"));
  EXPECT_THAT(message([] { Groups::from_ptr(longs({})); }), HasSubstr("it is empty"));
}

}  // namespace
}  // namespace spinel::graph
