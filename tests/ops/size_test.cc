#include "spinel/ops/size.h"

#include <gtest/gtest.h>

#include "spinel/kernels/max_pool_shape.h"

namespace spinel::ops {
namespace {

TEST(Size, CalculatesWithNumbers) {
  EXPECT_EQ((Size(7) + 2).value(), 9);
  EXPECT_EQ((Size(7) - 9).value(), -2);
  EXPECT_EQ((Size(7) * 3).value(), 21);
  EXPECT_TRUE(Size(2) < 3);
  EXPECT_TRUE(Size(3) >= 3);
}

TEST(Size, DividesDownAsTracersDo) {
  EXPECT_EQ((Size(7) / 2).value(), 3);
  EXPECT_EQ((Size(-7) / 2).value(), -4);
  EXPECT_EQ((Size(-8) / 2).value(), -4);
}

TEST(Size, NothingIsKnownOfAnUnknownLength) {
  const Size unknown = Size::unknown();
  EXPECT_TRUE((unknown + 1).is_unknown());
  EXPECT_TRUE((5 - unknown * 2).is_unknown());
  EXPECT_FALSE(unknown < 1);
  EXPECT_FALSE(unknown >= 1);
  const kernels::PoolAxis axis{.kernel = 3, .stride = 2, .dilation = 2, .pad_before = 1, .pad_after = 1};
  EXPECT_TRUE(kernels::pooled_length(unknown, axis, true).is_unknown());
  EXPECT_EQ(kernels::pooled_length(Size(13), axis, false).value(), kernels::pooled_length(int64_t{13}, axis, false));
}

}  // namespace
}  // namespace spinel::ops
