#include "spinel/ops/segment.h"

#include <gmock/gmock.h>

#include "spinel/registry/value.h"
#include "tests/ops/graph_call.h"

namespace spinel::ops {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Tensor floats(const std::vector<float>& numbers) {
  const Tensor made = plain::empty({static_cast<int64_t>(numbers.size())});
  std::copy(numbers.begin(), numbers.end(), static_cast<float*>(made.data()));
  return made;
}

std::vector<float> numbers_of(const Tensor& tensor) {
  const auto* data = static_cast<const float*>(tensor.data());
  return {data, data + tensor.numel()};
}

class SegmentOperator : public testing::TestWithParam<ScalarType> {
 protected:
  Value index(const std::vector<int64_t>& numbers) const {
    return GetParam() == ScalarType::int32 ? narrow_of(numbers) : vector_of(numbers);
  }
  const Tensor src = floats({1, 5, 2, 4});
};
INSTANTIATE_TEST_SUITE_P(Types, SegmentOperator, testing::Values(ScalarType::int32, ScalarType::int64),
                         [](const auto& info) { return std::string(registry::to_string(info.param)); });

TEST_P(SegmentOperator, Reduces) {
  const Value ptr = index({0, 3, 3, 4}), perm = index({3, 0, 1, 2}), none;
  EXPECT_THAT(numbers_of(call_op("segment_sum_csr", {src, ptr, none})[0]), ElementsAre(8, 0, 4));
  EXPECT_THAT(numbers_of(call_op("segment_sum_csr", {src, ptr, perm})[0]), ElementsAre(10, 0, 2));
  EXPECT_THAT(numbers_of(call_op("segment_mean_csr", {src, ptr, none})[0]),
              ElementsAre(testing::FloatEq(8.f / 3), 0, 4));
  const auto most = call_op("segment_max_csr", {src, ptr, perm});
  EXPECT_THAT(numbers_of(most[0]), ElementsAre(5, 0, 2));
  EXPECT_THAT(values_of(most[1]), ElementsAre(1, 4, 2));
  EXPECT_EQ(most[1].scalar_type(), GetParam());
}

TEST_P(SegmentOperator, SpreadsPicksAndPlaces) {
  const Value ptr = index({0, 3, 3, 4}), perm = index({3, 0, 1, 2}), sizes = registry::make_list_value({4});
  EXPECT_THAT(numbers_of(call_op("gather_csr", {floats({7, 8, 9}), ptr, perm, sizes})[0]), ElementsAre(7, 7, 9, 7));
  EXPECT_THAT(numbers_of(call_op("_gather_mean_csr", {floats({6, 8, 9}), ptr, Value(), sizes})[0]),
              ElementsAre(2, 2, 2, 9));
  EXPECT_THAT(numbers_of(call_op("_segment_place", {floats({7, 8, 9}), index({1, 4, 2}), sizes})[0]),
              ElementsAre(0, 7, 9, 0));
  EXPECT_THAT(numbers_of(call_op("_segment_pick", {src, index({1, 4, 2})})[0]), ElementsAre(5, 0, 2));
}

TEST_P(SegmentOperator, RefusesBadIndices) {
  const Value ptr = index({0, 3, 4}), none, sizes = registry::make_list_value({4});
  const bool is_narrow = GetParam() == ScalarType::int32;
  const Value other = is_narrow ? vector_of({0, 1, 2, 3}) : narrow_of({0, 1, 2, 3});
  EXPECT_THAT(refusal("segment_sum_csr", {src, ptr, other}), HasSubstr("all indices must have one type"));
  EXPECT_EQ(refusal("segment_min_csr", {src, index({0, 5}), none}),
            "segment_min_csr: ptr goes from 0 to 5; it must rise from 0 to 4, the number of entries");
  EXPECT_EQ(refusal("segment_mean_csr", {src, ptr, index({0, 1, 1, 2})}).substr(0, 27), "segment_mean_csr: perm[1] i");
  EXPECT_THAT(refusal("segment_sum_csr", {src, ptr, index({0})}), HasSubstr("perm has 1 numbers but there are 4 rows"));
  EXPECT_EQ(refusal("segment_sum_csr", {src, index({}), none}),
            "segment_csr: ptr is empty; it must have one element more than there are rows");
  EXPECT_THAT(refusal("_segment_pick", {src, index({5})}), HasSubstr("arg holds 5; it must lie in [0, 4]"));
  EXPECT_THAT(refusal("_segment_place", {floats({1, 2}), index({0}), sizes}), HasSubstr("arg has 1 numbers"));
  EXPECT_THAT(refusal("_segment_pick", {src, floats({0})}), HasSubstr("arg is float32; indices are int32 or int64"));
}

}  // namespace
}  // namespace spinel::ops
