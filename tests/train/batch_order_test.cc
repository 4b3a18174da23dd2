#include "spinel/train/batch_order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

namespace spinel::train {
namespace {

std::vector<int64_t> all_of(const BatchOrder& order, int size = 1) {
  std::vector<int64_t> result;
  for (int64_t b = 0; b < order.batches(); ++b) {
    for (int rank = 0; rank < size; ++rank) {
      for (const int64_t k : order.samples(b, rank)) result.push_back(k);
    }
  }
  return result;
}

TEST(BatchOrder, EachSampleOnceInAnOrderOfSeedAndEpoch) {
  const BatchOrderOptions options{.samples = 103, .batch_size = 10, .shuffle = true, .seed = 7};
  const std::vector<int64_t> first = all_of(BatchOrder(options, 0));
  std::vector<int64_t> sorted = first;
  std::sort(sorted.begin(), sorted.end());
  std::vector<int64_t> expected(103);
  std::iota(expected.begin(), expected.end(), 0);
  EXPECT_EQ(sorted, expected);
  EXPECT_EQ(all_of(BatchOrder(options, 0)), first);
  EXPECT_NE(all_of(BatchOrder(options, 1)), first);
  BatchOrderOptions other = options;
  other.seed = 8;
  EXPECT_NE(all_of(BatchOrder(other, 0)), first);
}

TEST(BatchOrder, WithoutShufflingInOrderAndWithAShortLastBatch) {
  const BatchOrder order({.samples = 7, .batch_size = 3}, 4);
  EXPECT_EQ(order.batches(), 3);
  EXPECT_EQ(order.samples(1), (std::vector<int64_t>{3, 4, 5}));
  EXPECT_EQ(order.samples(2), std::vector<int64_t>{6});
  EXPECT_EQ(order.joint_size(2), 1);
  EXPECT_EQ(BatchOrder({.samples = 7, .batch_size = 3, .drop_last = true}, 0).batches(), 2);
}

TEST(BatchOrder, ProcessesTogetherSeeTheJointBatch) {
  const BatchOrderOptions three{.samples = 50, .batch_size = 4, .shuffle = true, .seed = 3, .size = 3};
  const BatchOrderOptions one{.samples = 50, .batch_size = 12, .shuffle = true, .seed = 3};
  EXPECT_EQ(all_of(BatchOrder(three, 2), 3), all_of(BatchOrder(one, 2)));
}

TEST(BatchOrder, AProcessMayGetNothingOfAShortBatch) {
  const BatchOrder order({.samples = 7, .batch_size = 2, .size = 3}, 0);
  ASSERT_EQ(order.batches(), 2);
  EXPECT_TRUE(order.samples(1, 0).empty());
  EXPECT_TRUE(order.samples(1, 1).empty());
  EXPECT_EQ(order.samples(1, 2), std::vector<int64_t>{6});
}

}  // namespace
}  // namespace spinel::train
