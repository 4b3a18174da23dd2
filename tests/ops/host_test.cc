#include "spinel/ops/host.h"

#include <gmock/gmock.h>

#include <numeric>

#include "spinel/hosts/plain/plain_tensor.h"

namespace spinel::ops {
namespace {

using registry::MemoryFormat;
using registry::Tensor;
using testing::ElementsAre;

MemoryFormat format(std::vector<int64_t> sizes, std::vector<int64_t> strides) { return format_of(sizes, strides); }

TEST(CompactStrides, FollowTheOrder) {
  EXPECT_THAT(compact_strides({2, 3, 4, 5}, MemoryFormat::contiguous), ElementsAre(60, 20, 5, 1));
  EXPECT_THAT(compact_strides({2, 3, 4, 5}, MemoryFormat::channels_last), ElementsAre(60, 1, 15, 3));
  EXPECT_THAT(compact_strides({2, 3, 4, 5, 6}, MemoryFormat::channels_last_3d), ElementsAre(360, 1, 90, 18, 3));
  EXPECT_THAT(compact_strides({0, 3}, MemoryFormat::contiguous), ElementsAre(3, 1));
  // Three dimensions have one order only.
  EXPECT_THAT(compact_strides({2, 3, 4}, MemoryFormat::channels_last), ElementsAre(12, 4, 1));
}

TEST(FormatOf, TellsChannelsLast) {
  EXPECT_EQ(format({2, 3, 4, 5}, {60, 20, 5, 1}), MemoryFormat::contiguous);
  EXPECT_EQ(format({2, 3, 4, 5}, {60, 1, 15, 3}), MemoryFormat::channels_last);
  EXPECT_EQ(format({2, 3, 4, 5, 6}, {360, 1, 90, 18, 3}), MemoryFormat::channels_last_3d);
  EXPECT_EQ(format({2, 3, 4}, {12, 1, 3}), MemoryFormat::contiguous);
}

TEST(FormatOf, CountsAsContiguousWhereBothOrdersAreTheSame) {
  EXPECT_EQ(format({2, 1, 1, 1}, {1, 1, 1, 1}), MemoryFormat::contiguous);
  EXPECT_EQ(format({2, 3, 1, 1}, {3, 1, 1, 1}), MemoryFormat::contiguous);
  EXPECT_EQ(format({1, 3, 4, 4}, {0, 0, 4, 1}), MemoryFormat::contiguous);
  EXPECT_EQ(format({2, 3, 0, 5}, {0, 1, 15, 3}), MemoryFormat::contiguous);
}

TEST(CopyElements, TakesAnyStrides) {
  std::vector<float> data(12);
  std::iota(data.begin(), data.end(), 0.0f);
  const Tensor x = plain::from_blob(data.data(), {4, 3}, {.strides = {1, 4}});
  EXPECT_FALSE(is_compact(x, MemoryFormat::contiguous));
  const Tensor y = plain::empty({4, 3});
  copy_elements(x, y);
  EXPECT_TRUE(is_compact(y, MemoryFormat::contiguous));
  const auto* copied = static_cast<const float*>(y.data());
  EXPECT_THAT((std::vector<float>{copied, copied + 6}), ElementsAre(0, 4, 8, 1, 5, 9));
}

}  // namespace
}  // namespace spinel::ops
