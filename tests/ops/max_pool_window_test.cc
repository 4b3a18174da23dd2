#include "spinel/ops/max_pool_window.h"

#include <gmock/gmock.h>

#include "spinel/base/error.h"
#include "spinel/hosts/plain/plain_tensor.h"
#include "spinel/ops/max_pool.h"
#include "tests/support/errors.h"

namespace spinel::ops {
namespace {

using kernels::PoolIndex;
using kernels::PoolWindow;
using testing::ElementsAre;
using testing::HasSubstr;

PoolWindow unpack(const std::vector<int64_t>& packed) { return unpack_window(packed); }

std::vector<int64_t> numbers(const std::vector<Size>& sizes) {
  std::vector<int64_t> values;
  for (const Size& size : sizes) values.push_back(size.is_unknown() ? -99 : size.value());
  return values;
}

TEST(PackedWindow, GoesThereAndBack) {
  const std::vector<int64_t> packed = {1, 3, 2, 4, 1, 0, 5, 1, 1, 2, 2};
  const PoolWindow window = unpack(packed);
  EXPECT_EQ(window.dims, 2);
  EXPECT_TRUE(window.ceil_mode);
  EXPECT_EQ(window.axis[0].dilation, 4);
  EXPECT_EQ(window.axis[1].pad_after, 2);
  EXPECT_EQ(pack_window(window), packed);
}

// Whoever calls the operator by its name may give any list of numbers.
TEST(PackedWindow, RefusesWhatIsNone) {
  for (const std::vector<int64_t>& packed : std::vector<std::vector<int64_t>>{
           {}, {0}, {0, 2, 2, 1, 0}, {0, 2, 2, 1, 0, 0, 0}, std::vector<int64_t>(21, 1)}) {
    EXPECT_THAT(error_of([&] { unpack(packed); }).what(), HasSubstr("6, 11 or 16 are needed")) << packed.size();
  }
  const int64_t huge = int64_t{1} << 31;
  for (const std::vector<int64_t>& figures : std::vector<std::vector<int64_t>>{{0, 1, 1, 0, 0},
                                                                               {-2, 1, 1, 0, 0},
                                                                               {2, 0, 1, 0, 0},
                                                                               {2, 1, 0, 0, 0},
                                                                               {huge, 1, 1, 0, 0},
                                                                               {2, huge, 1, 0, 0},
                                                                               {2, 1, huge, 0, 0},
                                                                               {2, 1, 1, 2, 0},
                                                                               {2, 1, 1, 0, 2},
                                                                               {2, 1, 1, -1, 0},
                                                                               {2, 1, 1, -2, -2}}) {
    std::vector<int64_t> packed = {0};
    packed.insert(packed.end(), figures.begin(), figures.end());
    const Error error = error_of([&] { unpack(packed); });
    EXPECT_EQ(error.kind(), ErrorKind::invalid_argument) << figures[0] << " " << figures[1] << " " << figures[2];
    EXPECT_THAT(error.what(), HasSubstr("must be positive, and padding less than the window's extent"));
  }
  EXPECT_EQ(unpack({0, 2, 1, 3, 3, 3}).axis[0].pad_after, 3);  // the extent is 4
}

TEST(SameWindow, IsResolvedByTheLengths) {
  const PoolWindow same = unpack({0, 3, 2, 1, -1, -1});
  const std::vector<int64_t> odd = {1, 1, 5}, even = {1, 1, 6}, empty = {1, 1, 0};
  EXPECT_EQ(resolve_window(same, odd).axis[0].pad_before, 1);
  EXPECT_EQ(resolve_window(same, odd).axis[0].pad_after, 1);
  EXPECT_EQ(resolve_window(same, even).axis[0].pad_before + resolve_window(same, even).axis[0].pad_after, 1);
  EXPECT_GE(resolve_window(same, empty).axis[0].pad_before, 0);
  const PoolWindow other = unpack({0, 3, 2, 1, 1, 0});
  EXPECT_EQ(pack_window(resolve_window(other, odd)), pack_window(other));
  const std::vector<int64_t> flat = {5};
  EXPECT_THAT(error_of([&] { resolve_window(same, flat); }).what(), HasSubstr("has 1 dimensions; 2 or 3 are needed"));
}

TEST(PooledSizes, OfNumbersAndOfUnknownLengths) {
  const PoolWindow window = unpack({0, 2, 2, 1, 0, 0, 3, 1, 1, 1, 1});
  EXPECT_THAT(numbers(pooled_sizes(window, {1, 3, 8, 9}, false)), ElementsAre(1, 3, 4, 9));
  EXPECT_THAT(numbers(pooled_sizes(window, {3, 8, 9}, false)), ElementsAre(3, 4, 9));
  EXPECT_THAT(numbers(pooled_sizes(window, {1, 8, 9, 3}, true)), ElementsAre(1, 4, 9, 3));
  const Size unknown = Size::unknown();
  EXPECT_THAT(numbers(pooled_sizes(window, {unknown, 3, 8, 9}, false)), ElementsAre(-99, 3, 4, 9));
  EXPECT_THAT(numbers(pooled_sizes(window, {1, unknown, 9, 3}, true)), ElementsAre(1, -99, 9, 3));
  const PoolWindow same = unpack({0, 3, 2, 1, -1, -1});
  EXPECT_THAT(numbers(pooled_sizes(same, {unknown, 2, 7}, false)), ElementsAre(-99, 2, 4));
  EXPECT_THAT(error_of([&] {
                pooled_sizes(window, {unknown, 3, 1, 9}, false);
              }).what(),
              HasSubstr("no window fits into dimension 0"));
  EXPECT_THAT(error_of([&] { pooled_sizes(window, {3, 9}, false); }).what(), HasSubstr("has 2 dimensions"));
  EXPECT_THAT(error_of([&] { pooled_sizes(window, {3, 8, 9}, true); }).what(), HasSubstr("has 3 dimensions"));
}

TEST(ChannelsFirst, MovesTheLastDimension) {
  const std::vector<int64_t> sizes = {2, 4, 5, 3}, flat = {2, 3};
  EXPECT_THAT(channels_first(sizes, true), ElementsAre(2, 3, 4, 5));
  EXPECT_THAT(channels_first(sizes, false), ElementsAre(2, 4, 5, 3));
  EXPECT_THAT(channels_first(flat, true), ElementsAre(2, 3));
}

TEST(IndexForGradient, IsAByteWhereTheTapsFit) {
  EXPECT_EQ(index_for_gradient(unpack({0, 16, 1, 1, 0, 0, 16, 1, 1, 0, 0})), PoolIndex::tap8);
  EXPECT_EQ(index_for_gradient(unpack({0, 16, 1, 1, 0, 0, 17, 1, 1, 0, 0})), PoolIndex::flat64);
  EXPECT_EQ(index_for_gradient(unpack({0, 257, 1, 1, 0, 0})), PoolIndex::flat64);
  EXPECT_EQ(index_scalar_type(PoolIndex::tap8), ScalarType::uint8);
  EXPECT_EQ(index_scalar_type(PoolIndex::flat32), ScalarType::int32);
  EXPECT_EQ(index_scalar_type(PoolIndex::flat64), ScalarType::int64);
  EXPECT_EQ(index_scalar_type(PoolIndex::none), ScalarType::int64);
}

}  // namespace
}  // namespace spinel::ops
