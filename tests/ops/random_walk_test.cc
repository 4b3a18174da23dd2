#include "spinel/ops/random_walk.h"

#include <gmock/gmock.h>

#include <cmath>

#include "tests/ops/graph_call.h"

namespace spinel::ops {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

const std::vector<int64_t> rowptr = {0, 2, 3, 3, 4};
const std::vector<int64_t> col = {1, 3, 0, 2};

TEST(RandomWalkOperator, WalksByTheHostsGenerator) {
  const std::vector<Value> values = {vector_of(rowptr), vector_of(col), vector_of({0, 0, 0, 0, 2}), 30};
  plain::manual_seed(3);
  const Tensor first = call_op("random_walk", values)[0];
  EXPECT_EQ(first.size(0), 5);
  EXPECT_EQ(first.size(1), 31);
  const Tensor second = call_op("random_walk", values)[0];
  EXPECT_NE(values_of(first), values_of(second));
  plain::manual_seed(3);
  EXPECT_EQ(values_of(call_op("random_walk", values)[0]), values_of(first));
}

TEST(RandomWalkOperator, WalksByGivenDraws) {
  const Tensor uniform = plain::empty({2, 2});
  const float draws[] = {0.6f, 0.0f, 0.2f, 0.9f};
  std::copy(draws, draws + 4, static_cast<float*>(uniform.data()));
  for (const bool is_narrow : {false, true}) {
    const auto index = [&](const std::vector<int64_t>& v) { return is_narrow ? narrow_of(v) : vector_of(v); };
    const auto results = call_op("_random_walk", {index(rowptr), index(col), index({0, 1}), uniform});
    EXPECT_EQ(results[0].scalar_type(), is_narrow ? ScalarType::int32 : ScalarType::int64);
    EXPECT_THAT(values_of(results[0]), ElementsAre(0, 3, 2, 1, 0, 3));
    EXPECT_THAT(values_of(results[1]), ElementsAre(1, 3, 2, 1));
  }
}

TEST(RandomWalkOperator, WalksWithWeights) {
  const std::vector<Value> values = {vector_of(rowptr), vector_of(col), vector_of({0, 1, 3}), 4, 0.5, 2.0, true};
  plain::manual_seed(1);
  const auto first = call_op("node2vec_walk", values);
  EXPECT_EQ(first[0].size(1), 5);
  EXPECT_EQ(first[1].size(1), 4);
  plain::manual_seed(1);
  EXPECT_EQ(values_of(call_op("node2vec_walk", values)[0]), values_of(first[0]));
}

TEST(RandomWalkOperator, TakesNoWalksAndNoSteps) {
  const auto none = call_op("random_walk", {vector_of(rowptr), vector_of(col), vector_of({}), 3});
  EXPECT_EQ(none[0].size(0), 0);
  EXPECT_EQ(none[0].size(1), 4);
  EXPECT_THAT(values_of(call_op("random_walk", {vector_of(rowptr), vector_of(col), vector_of({2, 1}), 0})[0]),
              ElementsAre(2, 1));
  EXPECT_THAT(refusal("random_walk", {vector_of({0}), vector_of({}), vector_of({0}), 1}),
              HasSubstr("start[0] is 0 but there are 0 nodes"));
}

TEST(RandomWalkOperator, TakesTensorsWithGaps) {
  std::vector<int64_t> wide = {0, -9, 2, -9, 3, -9, 3, -9, 4};
  const Tensor strided = plain::from_blob(wide.data(), {5}, {.strides = {2}, .dtype = ScalarType::int64});
  plain::manual_seed(2);
  const auto expected = values_of(call_op("random_walk", {vector_of(rowptr), vector_of(col), vector_of({0, 3}), 5})[0]);
  plain::manual_seed(2);
  EXPECT_EQ(values_of(call_op("random_walk", {strided, vector_of(col), vector_of({0, 3}), 5})[0]), expected);
}

TEST(RandomWalkOperator, RefusesBadInput) {
  const Tensor start = vector_of({0});
  EXPECT_EQ(refusal("random_walk", {vector_of(rowptr), vector_of(col), start, -1}),
            "random_walk: walk_length is -1; it must not be negative");
  EXPECT_EQ(refusal("random_walk", {plain::empty({5}), vector_of(col), start, 1}),
            "random_walk: rowptr is float32; indices are int32 or int64");
  EXPECT_EQ(refusal("random_walk", {vector_of(rowptr), narrow_of(col), start, 1}),
            "random_walk: col is int32 but rowptr is int64; all indices must have one type");
  EXPECT_THAT(refusal("random_walk", {vector_of(rowptr), vector_of(col), narrow_of({0}), 1}),
              StartsWith("random_walk: start is int32"));
  EXPECT_THAT(refusal("random_walk", {vector_of({}), vector_of(col), start, 1}),
              StartsWith("random_walk: rowptr is empty"));
  EXPECT_THAT(refusal("random_walk", {plain::zeros({2, 2}, ScalarType::int64), vector_of(col), start, 1}),
              HasSubstr("rowptr has 2 dimensions; 1 is needed"));
  EXPECT_THAT(refusal("random_walk", {vector_of(rowptr), vector_of(col), plain::zeros({}, ScalarType::int64), 1}),
              HasSubstr("start has 0 dimensions"));
  EXPECT_THAT(refusal("_random_walk", {vector_of(rowptr), vector_of(col), start, plain::zeros({2, 3})}),
              HasSubstr("uniform has 2 rows but there are 1 walks"));
  EXPECT_THAT(refusal("_random_walk", {vector_of(rowptr), vector_of(col), start, plain::zeros({3})}),
              HasSubstr("uniform has 1 dimensions"));
  const Tensor wide = plain::zeros({1, 3}, ScalarType::float64);
  EXPECT_THAT(refusal("_random_walk", {vector_of(rowptr), vector_of(col), start, wide}),
              HasSubstr("it must be float32"));
  for (const double p : {0.0, -1.0, 1e-200, 1e200, static_cast<double>(NAN)}) {
    EXPECT_THAT(refusal("node2vec_walk", {vector_of(rowptr), vector_of(col), start, 1, p, 1.0, false}),
                HasSubstr("it must lie in [1e-100, 1e100]"));
    EXPECT_THAT(refusal("node2vec_walk", {vector_of(rowptr), vector_of(col), start, 1, 1.0, p, false}),
                StartsWith("random_walk: q is "));
  }
}

TEST(Uniform, OfAHostIsInRangeAndSeeded) {
  const auto draw = [] {
    const Tensor made = plain::host().uniform({7, 1001}, {});
    const auto* data = static_cast<const float*>(made.data());
    return std::vector<float>(data, data + made.numel());
  };
  plain::manual_seed(9);
  const std::vector<float> numbers = draw();
  EXPECT_NE(draw(), numbers);
  plain::manual_seed(9);
  EXPECT_EQ(draw(), numbers);
  double sum = 0;
  for (const float number : numbers) {
    ASSERT_GE(number, 0);
    ASSERT_LT(number, 1);
    sum += number;
  }
  EXPECT_NEAR(sum / 7007, 0.5, 4 * 0.2887 / std::sqrt(7007));
}

}  // namespace
}  // namespace spinel::ops
