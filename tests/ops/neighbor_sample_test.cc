#include "spinel/ops/neighbor_sample.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <set>

#include "spinel/registry/value.h"
#include "tests/ops/graph_call.h"

namespace spinel::ops {
namespace {

using registry::make_list_value;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// The graph of torch_sparse's tests of sample_adj and ego sampling.
const std::vector<int64_t> rowptr = {0, 3, 5, 9, 10, 12, 14};
const std::vector<int64_t> col = {1, 2, 3, 0, 2, 0, 1, 4, 5, 0, 2, 5, 2, 4};

Value counts(std::vector<Value> numbers) { return make_list_value(std::move(numbers)); }

std::vector<std::vector<int64_t>> call_all(const char* name, const std::vector<Value>& values) {
  std::vector<std::vector<int64_t>> lists;
  for (const Tensor& tensor : call_op(name, values)) lists.push_back(values_of(tensor));
  return lists;
}

TEST(SampleAdjOperator, TakesAllNeighbors) {
  for (const bool is_narrow : {false, true}) {
    const auto index = [&](const std::vector<int64_t>& v) { return is_narrow ? narrow_of(v) : vector_of(v); };
    const auto out = call_all("sample_adj", {index(rowptr), index(col), index({2, 3, 4, 5}), -1, false});
    EXPECT_THAT(out[0], ElementsAre(0, 4, 5, 7, 9));
    EXPECT_THAT(out[1], ElementsAre(2, 3, 4, 5, 4, 0, 3, 0, 2));
    EXPECT_THAT(out[2], ElementsAre(2, 3, 4, 5, 0, 1));
    EXPECT_THAT(out[3], ElementsAre(7, 8, 5, 6, 9, 10, 11, 12, 13));
  }
}

TEST(SampleAdjOperator, TakesSomeNeighbors) {
  const auto call = [](int64_t count, bool replace) {
    return call_all("sample_adj", {vector_of(rowptr), vector_of(col), vector_of({2, 3, 4, 5}), count, replace});
  };
  EXPECT_THAT(call(2, true)[0], ElementsAre(0, 2, 4, 6, 8));
  const auto without = call(2, false);
  EXPECT_THAT(without[0], ElementsAre(0, 2, 3, 5, 7));  // node 3 has one neighbour only
  for (size_t e = 0; e < without[1].size(); ++e) {
    EXPECT_EQ(without[2][static_cast<size_t>(without[1][e])], col[static_cast<size_t>(without[3][e])]);
  }
  EXPECT_THAT(call(0, false)[1], IsEmpty());
  EXPECT_THAT(call(0, true)[2], ElementsAre(2, 3, 4, 5));
}

TEST(SampleAdjOperator, TakesColumnsBeyondTheRows) {
  // A bipartite graph of one row: its columns are other nodes.
  const auto out = call_all("sample_adj", {vector_of({0, 2}), vector_of({70, 5}), vector_of({0}), -1, false});
  EXPECT_THAT(out[2], ElementsAre(0, 70, 5));
  EXPECT_THAT(out[1], ElementsAre(1, 2));
}

TEST(SampleAdjOperator, TakesIsolatedAndRepeatedNodes) {
  const auto out =
      call_all("sample_adj", {vector_of({0, 0, 2}), vector_of({0, 1}), vector_of({0, 1, 0, 1}), -1, false});
  EXPECT_THAT(out[0], ElementsAre(0, 0, 2, 2, 4));
  EXPECT_THAT(out[1], ElementsAre(2, 3, 2, 3));  // the last place of a node counts
  EXPECT_THAT(out[2], ElementsAre(0, 1, 0, 1));
  EXPECT_THAT(call_all("sample_adj", {vector_of({0}), vector_of({}), vector_of({}), 4, true})[0], ElementsAre(0));
}

TEST(SampleAdjOperator, RefusesBadInput) {
  EXPECT_THAT(refusal("sample_adj", {vector_of(rowptr), vector_of(col), vector_of({6}), 1, false}),
              HasSubstr("sample_adj: idx[0] is 6 but there are 6 nodes"));
  EXPECT_THAT(refusal("sample_adj", {vector_of({0, 1}), vector_of({-1}), vector_of({0}), 1, false}),
              HasSubstr("col[0] is -1"));
  EXPECT_THAT(refusal("sample_adj", {vector_of({0, 4, 1}), vector_of({0}), vector_of({0}), 1, false}),
              HasSubstr("rowptr gives row 0 the entries [0, 4)"));
  const int64_t many = int64_t{1} << 62;
  EXPECT_THAT(refusal("sample_adj", {vector_of({0, 1, 2}), vector_of({0, 0}), vector_of({0, 1}), many, true}),
              HasSubstr("an index of 64 bits counts fewer"));
}

TEST(SampleOperator, DrawsNeighborsOfEachRow) {
  plain::manual_seed(4);
  const Tensor all = call_op("sample", {vector_of(rowptr), vector_of(col), 3, Value()})[0];
  EXPECT_EQ(all.size(0), 6);
  EXPECT_EQ(all.size(1), 3);
  const std::vector<int64_t> drawn = values_of(all);
  for (size_t k = 0; k < drawn.size(); ++k) {
    const auto begin = col.begin() + rowptr[k / 3], end = col.begin() + rowptr[k / 3 + 1];
    EXPECT_NE(std::find(begin, end, drawn[k]), end);
  }
  EXPECT_THAT(values_of(call_op("sample", {vector_of(rowptr), vector_of(col), 2, vector_of({3, 3})})[0]),
              ElementsAre(0, 0, 0, 0));
  EXPECT_EQ(refusal("sample", {vector_of({0, 1, 1}), vector_of({0}), 2, Value()}),
            "sample: node 1 has no neighbours to draw from; leave it out of subset");
  EXPECT_THAT(call_all("sample", {vector_of({0, 1, 1}), vector_of({0}), 0, Value()})[0], IsEmpty());
  EXPECT_THAT(refusal("sample", {vector_of(rowptr), vector_of(col), -2, Value()}), HasSubstr("num_neighbors is -2"));
  EXPECT_THAT(refusal("sample", {vector_of(rowptr), vector_of(col), 1, vector_of({9})}), HasSubstr("subset[0] is 9"));
}

TEST(NeighborSampleOperator, GoesAgainstTheEdges) {
  // One edge 0 → 1 as compressed columns.
  const auto call = [](int64_t input, Value hops) {
    return call_all("neighbor_sample",
                    {vector_of({0, 0, 1}), vector_of({0}), vector_of({input}), std::move(hops), false, false});
  };
  EXPECT_THAT(call(0, counts({1})), ElementsAre(ElementsAre(0), IsEmpty(), IsEmpty(), IsEmpty()));
  const auto expected = ElementsAre(ElementsAre(1, 0), ElementsAre(1), ElementsAre(0), ElementsAre(0));
  EXPECT_THAT(call(1, counts({1})), expected);
  EXPECT_THAT(call(1, counts({1, 1})), expected);
  EXPECT_THAT(call(1, counts({})), ElementsAre(ElementsAre(1), IsEmpty(), IsEmpty(), IsEmpty()));
}

TEST(NeighborSampleOperator, IsSeeded) {
  const std::vector<Value> values = {
      vector_of({0, 3, 6, 9}), vector_of({0, 1, 2, 0, 1, 2, 0, 1, 2}), vector_of({0, 1}), counts({1, 1}), true, false};
  plain::manual_seed(42);
  const auto first = call_all("neighbor_sample", values);
  plain::manual_seed(42);
  EXPECT_EQ(call_all("neighbor_sample", values), first);
}

// Every node has the same neighbours: what one hop draws says nothing of what the next one does.
TEST(NeighborSampleOperator, HopsDoNotDrawAlike) {
  constexpr int64_t n = 200;
  std::vector<int64_t> pointers{0}, columns;
  for (int64_t v = 0; v < n; ++v) {
    for (int64_t u = 0; u < n; ++u) columns.push_back(u);
    pointers.push_back(static_cast<int64_t>(columns.size()));
  }
  const auto out = call_all("neighbor_sample",
                            {vector_of(pointers), vector_of(columns), vector_of({0}), counts({8, 8}), true, true});
  const auto places = [&](size_t first) {
    std::vector<int64_t> result;
    for (size_t e = first; e < first + 8; ++e) result.push_back(out[3][e] % n);
    return result;
  };
  EXPECT_NE(places(0), places(8));
}

TEST(NeighborSampleOperator, FollowsSampledEdgesOnly) {
  const auto out =
      call_all("neighbor_sample", {vector_of(rowptr), vector_of(col), vector_of({0, 5}), counts({2, 1}), false, true});
  // Two in-edges of each of 0 and 5, then one of each node that was new; those of the last hop have none.
  const auto new_nodes = std::set<int64_t>(out[1].begin(), out[1].begin() + 4).size() -
                         static_cast<size_t>(std::count(out[1].begin(), out[1].begin() + 4, 0) > 0) -
                         static_cast<size_t>(std::count(out[1].begin(), out[1].begin() + 4, 1) > 0);
  EXPECT_THAT(out[1], SizeIs(4 + new_nodes));
  for (size_t e = 0; e < out[1].size(); ++e) {
    const int64_t target = out[0][static_cast<size_t>(out[2][e])];
    EXPECT_GE(out[3][e], rowptr[static_cast<size_t>(target)]);
    EXPECT_LT(out[3][e], rowptr[static_cast<size_t>(target) + 1]);
    EXPECT_EQ(out[0][static_cast<size_t>(out[1][e])], col[static_cast<size_t>(out[3][e])]);
  }
  for (const int64_t target : {0, 1}) EXPECT_EQ(std::count(out[2].begin(), out[2].end(), target), 2);
}

TEST(NeighborSampleOperator, RefusesBadInput) {
  EXPECT_THAT(
      refusal("neighbor_sample", {vector_of(rowptr), vector_of(col), vector_of({0, 6}), counts({1}), false, true}),
      HasSubstr("neighbor_sample: input_node[1] is 6"));
  EXPECT_THAT(
      refusal("neighbor_sample", {vector_of({0, 2}), vector_of({0, 3}), vector_of({0}), counts({-1}), false, true}),
      HasSubstr("neighbor_sample: row[1] is 3 but there are 1 nodes"));
  EXPECT_THAT(refusal("neighbor_sample",
                      {vector_of({0, 2, 1, 2}), vector_of({0, 1}), vector_of({1}), counts({-1}), false, true}),
              HasSubstr("colptr gives row 1 the entries [2, 1)"));
}

TEST(EgoSampleOperator, IsTorchSparsesExample) {
  const auto out =
      call_all("ego_k_hop_sample_adj", {vector_of(rowptr), vector_of(col), vector_of({0, 1}), 1, 3, false});
  EXPECT_THAT(out[2], ElementsAre(0, 1, 2, 3, 0, 1, 2));
  EXPECT_THAT(out[0], ElementsAre(0, 3, 5, 7, 8, 10, 12, 14));
  EXPECT_THAT(out[1], ElementsAre(1, 2, 3, 0, 2, 0, 1, 0, 5, 6, 4, 6, 4, 5));
  EXPECT_THAT(out[3], ElementsAre(0, 1, 2, 3, 4, 5, 6, 9, 0, 1, 3, 4, 5, 6));
  EXPECT_THAT(out[4], ElementsAre(0, 4, 7));
  EXPECT_THAT(out[5], ElementsAre(0, 5));
  EXPECT_THAT(refusal("ego_k_hop_sample_adj", {vector_of(rowptr), vector_of(col), vector_of({0}), -1, 3, false}),
              HasSubstr("depth is -1"));
  EXPECT_THAT(refusal("ego_k_hop_sample_adj", {vector_of(rowptr), vector_of(col), vector_of({6}), 1, 3, false}),
              HasSubstr("ego_k_hop_sample_adj: idx[0] is 6"));
}

}  // namespace
}  // namespace spinel::ops
