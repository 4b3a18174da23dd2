#include "spinel/ops/partition.h"

#include <gmock/gmock.h>

#include <limits>

#include "spinel/kernels/cpu/partition.h"
#include "tests/ops/graph_call.h"

namespace spinel::ops {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Two triangles 0 1 2 and 3 4 5 that the edge 2 − 3 joins.
const std::vector<int64_t> rowptr = {0, 2, 4, 7, 10, 12, 14};
const std::vector<int64_t> col = {1, 2, 0, 2, 0, 1, 3, 2, 4, 5, 3, 5, 3, 4};

class PartitionOperator : public testing::Test {
 protected:
  void SetUp() override {
    if (!kernels::has_metis()) GTEST_SKIP() << "this build has no METIS";
  }
  static void expect_triangles(const Tensor& part) {
    const std::vector<int64_t> k = values_of(part);
    EXPECT_TRUE(k[0] == k[1] && k[1] == k[2] && k[3] == k[4] && k[4] == k[5] && k[0] != k[5]);
  }
};

TEST_F(PartitionOperator, CutsTheWeakestEdge) {
  for (const bool recursive : {false, true}) {
    expect_triangles(call_op("partition", {vector_of(rowptr), vector_of(col), Value(), 2, recursive})[0]);
    const Tensor narrow = call_op("partition", {narrow_of(rowptr), narrow_of(col), Value(), 2, recursive})[0];
    EXPECT_EQ(narrow.scalar_type(), ScalarType::int32);
    expect_triangles(narrow);
  }
}

TEST_F(PartitionOperator, TakesWeightsOfEveryType) {
  const Tensor ones = vector_of(std::vector<int64_t>(14, 1)), nodes = vector_of({1, 2, 1, 2, 1, 1});
  const Tensor floats = plain::zeros({14}), doubles = plain::empty({6}, ScalarType::float64);
  for (int v = 0; v < 6; ++v) static_cast<double*>(doubles.data())[v] = 1 + v / 8.0;
  for (const Value& edge_weight : {Value(), Value(ones), Value(floats)}) {
    for (const Value& node_weight : {Value(), Value(nodes), Value(doubles)}) {
      const auto part =
          call_op("partition2", {vector_of(rowptr), vector_of(col), edge_weight, node_weight, 2, false})[0];
      EXPECT_THAT(values_of(part), Each(testing::AnyOf(0, 1)));
    }
  }
  expect_triangles(call_op(
      "partition2", {narrow_of(rowptr), narrow_of(col), narrow_of(std::vector<int64_t>(14, 3)), Value(), 2, true})[0]);
}

TEST(PartitionOperators, OnePartNeedsNoMetis) {
  EXPECT_THAT(values_of(call_op("partition", {vector_of(rowptr), vector_of(col), Value(), 1, false})[0]), Each(0));
  EXPECT_THAT(values_of(call_op("partition", {vector_of({0}), vector_of({}), Value(), 1, false})[0]), IsEmpty());
}

TEST(PartitionOperators, RefuseBadInput) {
  const auto refused = [](const Value& value, const Value& node_weight, int64_t parts = 2) {
    return refusal("partition2", {vector_of(rowptr), vector_of(col), value, node_weight, parts, false});
  };
  EXPECT_THAT(refused(vector_of({1, 2}), Value()), HasSubstr("partition: value has 2 elements in 1 dimensions"));
  EXPECT_THAT(refused(Value(), plain::zeros({6, 1})), HasSubstr("node_weight has 6 elements in 2 dimensions"));
  EXPECT_THAT(refused(Value(), plain::zeros({6}, ScalarType::boolean)), HasSubstr("node_weight is bool"));
  EXPECT_THAT(refused(Value(), vector_of({1, 1, 1, 1, 1, -1})), HasSubstr("node_weight[5] is -1"));
  EXPECT_THAT(refused(Value(), Value(), 0), HasSubstr("0 parts of a graph of 6 nodes"));
  EXPECT_THAT(refused(Value(), Value(), std::numeric_limits<int64_t>::max()), HasSubstr("parts of a graph of 6 nodes"));
  EXPECT_THAT(refusal("partition", {vector_of({0, 1}), vector_of({0}), Value(), 2, false}), HasSubstr("2 parts"));
  EXPECT_THAT(refusal("partition", {vector_of({}), vector_of({}), Value(), 2, false}),
              HasSubstr("partition: rowptr is empty"));
}

TEST(PartitionHaloOperator, FindsTheOtherSideOfCutEdges) {
  const auto out = call_op("partition_halo", {vector_of(rowptr), vector_of(col), vector_of({0, 0, 0, 1, 1, 1}), 2, 1});
  EXPECT_THAT(values_of(out[0]), ElementsAre(0, 1, 2));
  EXPECT_THAT(values_of(out[1]), ElementsAre(3, 2));
  const auto refused = [](const Tensor& cluster, int64_t parts, int64_t hops) {
    return refusal("partition_halo", {vector_of(rowptr), vector_of(col), cluster, parts, hops});
  };
  EXPECT_THAT(refused(vector_of({0, 0, 0, 1, 1, 2}), 2, 1), HasSubstr("node 5 is in part 2"));
  EXPECT_THAT(refused(vector_of({0, 0}), 2, 1), HasSubstr("cluster has 2 entries but there are 6 nodes"));
  EXPECT_THAT(refused(vector_of({0, 0, 0, 0, 0, 0}), 0, 1), HasSubstr("0 parts of 6 nodes"));
  EXPECT_THAT(refused(vector_of({0, 0, 0, 0, 0, 0}), 7, 1), HasSubstr("7 parts of 6 nodes"));
  EXPECT_THAT(refused(vector_of({0, 0, 0, 0, 0, 0}), 1, -1), HasSubstr("hops is -1"));
}

TEST(ReverseCuthillMcKeeOperator, OrdersNodes) {
  // The path 0 − 3 − 1 − 2: from an end to the other.
  const auto call = [](auto index) {
    return values_of(call_op("reverse_cuthill_mckee", {index({0, 1, 3, 4, 6}), index({3, 2, 3, 1, 0, 1})})[0]);
  };
  EXPECT_THAT(call([](std::vector<int64_t> v) { return vector_of(v); }), ElementsAre(2, 1, 3, 0));
  EXPECT_THAT(call([](std::vector<int64_t> v) { return narrow_of(v); }), ElementsAre(2, 1, 3, 0));
  EXPECT_THAT(refusal("reverse_cuthill_mckee", {vector_of({0, 1}), vector_of({1})}), HasSubstr("col[0] is 1"));
}

}  // namespace
}  // namespace spinel::ops
