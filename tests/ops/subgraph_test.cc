#include "spinel/ops/subgraph.h"

#include <gmock/gmock.h>

#include "tests/ops/graph_call.h"

namespace spinel::ops {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// torch_sparse's example: a path of triangles' nodes, rows sorted.
const std::vector<int64_t> row = {0, 0, 1, 1, 2, 2, 2, 3, 3, 4};
const std::vector<int64_t> rowptr = {0, 2, 4, 7, 9, 10};
const std::vector<int64_t> col = {1, 2, 0, 2, 0, 1, 3, 2, 4, 3};

TEST(SaintSubgraphOperator, HasTheEdgesAmongItsNodes) {
  const auto out = call_op("saint_subgraph", {vector_of({0, 1, 2}), vector_of(rowptr), vector_of(row), vector_of(col)});
  EXPECT_THAT(values_of(out[0]), ElementsAre(0, 0, 1, 1, 2, 2));
  EXPECT_THAT(values_of(out[1]), ElementsAre(1, 2, 0, 2, 0, 1));
  EXPECT_THAT(values_of(out[2]), ElementsAre(0, 1, 2, 3, 4, 5));
  const auto narrow = call_op("saint_subgraph", {narrow_of({4, 3}), narrow_of(rowptr), narrow_of(row), narrow_of(col)});
  EXPECT_EQ(narrow[2].scalar_type(), ScalarType::int32);
  EXPECT_THAT(values_of(narrow[0]), ElementsAre(0, 1));
  EXPECT_THAT(values_of(narrow[1]), ElementsAre(1, 0));
  EXPECT_THAT(values_of(narrow[2]), ElementsAre(9, 8));
}

TEST(SaintSubgraphOperator, RefusesBadInput) {
  const auto refused = [](const Tensor& idx) {
    return refusal("saint_subgraph", {idx, vector_of(rowptr), vector_of(row), vector_of(col)});
  };
  EXPECT_THAT(refused(vector_of({5})), HasSubstr("saint_subgraph: node_idx[0] is 5"));
  EXPECT_THAT(refused(narrow_of({1})), HasSubstr("node_idx is int32 but rowptr is int64"));
  EXPECT_THAT(refused(plain::zeros({2, 1}, ScalarType::int64)), HasSubstr("node_idx has 2 dimensions"));
  EXPECT_THAT(refused(plain::zeros({2}, ScalarType::boolean)), HasSubstr("indices are int32 or int64"));
}

TEST(RelabelOperator, NumbersNodes) {
  const Tensor given = vector_of({7, 3, 7, 5});
  const auto out = call_op("relabel", {given, vector_of({5, 3})});
  EXPECT_THAT(values_of(out[0]), ElementsAre(2, 1, 2, 0));
  EXPECT_THAT(values_of(out[1]), ElementsAre(5, 3, 7));
  EXPECT_THAT(values_of(given), ElementsAre(7, 3, 7, 5));  // not written to
  EXPECT_THAT(refusal("relabel", {vector_of({-1}), vector_of({0})}), HasSubstr("relabel: col[0] is -1"));
  EXPECT_THAT(refusal("relabel", {vector_of({1}), narrow_of({0})}), HasSubstr("relabel: idx is int32"));
}

TEST(RelabelOneHopOperator, TakesRowsWithTheirValues) {
  const Tensor value = plain::empty({10}, ScalarType::float64);
  for (int k = 0; k < 10; ++k) static_cast<double*>(value.data())[k] = k / 2.0;
  const auto call = [&](const Value& values, bool bipartite) {
    return call_op("relabel_one_hop", {vector_of(rowptr), vector_of(col), values, vector_of({3, 0}), bipartite});
  };
  const auto out = call(value, true);
  EXPECT_THAT(values_of(out[0]), ElementsAre(0, 2, 4));
  EXPECT_THAT(values_of(out[1]), ElementsAre(2, 3, 4, 2));
  EXPECT_THAT(values_of(out[3]), ElementsAre(3, 0, 2, 4, 1));
  const auto* taken = static_cast<const double*>(out[2].data());
  EXPECT_THAT(std::vector<double>(taken, taken + 4), ElementsAre(3.5, 4, 0, 0.5));
  const auto square = call(Value(), false);
  EXPECT_THAT(values_of(square[0]), ElementsAre(0, 2, 4, 4, 4, 4));
  EXPECT_FALSE(square[2].defined());
  EXPECT_THAT(refusal("relabel_one_hop", {vector_of(rowptr), vector_of(col), plain::zeros({9}), vector_of({3}), true}),
              HasSubstr("the values have 9 elements in 1 dimensions; there must be 10 in one"));
  EXPECT_THAT(refusal("relabel_one_hop", {vector_of(rowptr), vector_of(col), Value(), vector_of({5}), true}),
              HasSubstr("relabel_one_hop: idx[0] is 5"));
}

}  // namespace
}  // namespace spinel::ops
