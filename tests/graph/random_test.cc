#include "spinel/graph/utils/random.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/support/errors.h"

namespace spinel::graph {
namespace {

using testing::HasSubstr;
using Pairs = std::set<std::pair<int64_t, int64_t>>;

at::Tensor edges_of(std::vector<int64_t> row, std::vector<int64_t> col) {
  return at::stack({at::tensor(row, at::kLong), at::tensor(col, at::kLong)});
}

/// The pairs of an edge_index; no pair may be there twice.
Pairs pairs_of(const at::Tensor& edges) {
  Pairs pairs;
  for (int64_t e = 0; e < edges.size(1); ++e) {
    EXPECT_TRUE(pairs.emplace(edges[0][e].item<int64_t>(), edges[1][e].item<int64_t>()).second) << "twice";
  }
  return pairs;
}

const at::Tensor& some_edges() {
  static const at::Tensor edges = edges_of({0, 1, 2, 3, 4, 5, 5}, {1, 2, 3, 4, 5, 0, 2});
  return edges;
}

TEST(NegativeSampling, AvoidsEdgesLoopsAndDuplicates) {
  const Pairs taken = pairs_of(some_edges());
  for (const bool dense : {false, true}) {
    for (const int64_t count : {0, 1, 7, 20, 23, 1000}) {
      const at::Tensor found = negative_sampling(some_edges(), {.num_neg_samples = count, .dense = dense});
      const Pairs pairs = pairs_of(found);
      EXPECT_EQ(static_cast<int64_t>(pairs.size()), std::min<int64_t>(count, 6 * 5 - 7)) << dense;
      for (const auto& [i, j] : pairs) {
        EXPECT_FALSE(taken.contains({i, j}));
        EXPECT_TRUE(i != j && i >= 0 && i < 6 && j >= 0 && j < 6);
      }
    }
  }
  EXPECT_EQ(negative_sampling(some_edges()).size(1), 7);
}

TEST(NegativeSampling, UndirectedHasBothDirections) {
  const at::Tensor both = at::cat({some_edges(), some_edges().flip(0)}, 1);
  const Pairs taken = pairs_of(both), pairs = pairs_of(negative_sampling(both, {.force_undirected = true}));
  EXPECT_FALSE(pairs.empty());
  for (const auto& [i, j] : pairs) {
    EXPECT_TRUE(pairs.contains({j, i}) && i != j);
    EXPECT_FALSE(taken.contains({i, j}));
  }
  // Every free pair can be drawn, the first and the last too: 15 pairs less 7.
  EXPECT_EQ(pairs_of(negative_sampling(both, {.num_neg_samples = 100, .force_undirected = true})).size(), 16U);
}

TEST(NegativeSampling, OfTwoKindsOfNodesHasLoops) {
  const at::Tensor edges = edges_of({0, 1}, {1, 2});
  const NegativeSamplingOptions all{.num_nodes = {{2, 3}}, .is_bipartite = true, .num_neg_samples = 10};
  EXPECT_EQ(pairs_of(negative_sampling(edges, all)), (Pairs{{0, 0}, {0, 2}, {1, 0}, {1, 1}}));
}

TEST(NegativeSampling, OfAFullGraphIsEmptyAndOfALargeOneIsQuick) {
  EXPECT_EQ(negative_sampling(edges_of({0, 1}, {1, 0})).size(1), 0);
  EXPECT_EQ(negative_sampling(edges_of({}, {})).size(1), 0);
  const at::Tensor found =
      negative_sampling(some_edges(), {.num_nodes = {{1 << 20, 1 << 20}}, .num_neg_samples = 1000});
  EXPECT_EQ(pairs_of(found).size(), 1000U);
  EXPECT_THAT(error_of([] {
                negative_sampling(some_edges(), {.num_nodes = {{int64_t{1} << 40, int64_t{1} << 40}}});
              }).what(),
              HasSubstr("pairs are more than an int64 counts"));
  EXPECT_THAT(error_of([] {
                negative_sampling(some_edges(), {.num_nodes = {{3, 3}}});
              }).what(),
              HasSubstr("needs 6 nodes but num_nodes is 3"));
}

TEST(NegativeSampling, OfABatchStaysInsideItsGraphs) {
  const at::Tensor edges = at::cat({edges_of({0, 1, 2}, {1, 2, 3}), edges_of({0, 1, 3}, {1, 2, 0}) + 4}, 1);
  const at::Tensor batch = at::tensor({0, 0, 0, 0, 1, 1, 1, 1}, at::kLong);
  const Pairs taken = pairs_of(edges), pairs = pairs_of(batched_negative_sampling(edges, {batch, batch}));
  EXPECT_EQ(pairs.size(), 6U);
  for (const auto& [i, j] : pairs) {
    EXPECT_EQ(i / 4, j / 4);
    EXPECT_FALSE(taken.contains({i, j}));
  }
  EXPECT_THAT(error_of([&] {
                batched_negative_sampling(edges_of({5}, {0}), {batch, batch});
              }).what(),
              HasSubstr("an edge joins two graphs"));
}

TEST(DropoutEdge, KeepsWhatItSaysAndFollowsTheGenerator) {
  const at::Tensor edges = at::randint(0, 50, {2, 2000}, at::kLong);
  const auto generator = [] {
    at::Generator made = at::detail::createCPUGenerator(7);
    return std::optional<at::Generator>(made);
  };
  const DroppedEdges a = dropout_edge(edges, 0.3, false, true, generator());
  const DroppedEdges b = dropout_edge(edges, 0.3, false, true, generator());
  EXPECT_TRUE(a.edge_index.equal(b.edge_index));
  EXPECT_TRUE(a.edge_index.equal(edges.index_select(1, a.edge_id)));
  EXPECT_NEAR(static_cast<double>(a.edge_id.numel()), 1400, 120);
  EXPECT_TRUE(dropout_edge(edges, 0.3, false, false).edge_index.equal(edges));
  EXPECT_EQ(dropout_edge(edges, 1).edge_index.size(1), 0);
  const DroppedEdges both = dropout_edge(edges, 0.5, true);
  const int64_t half = both.edge_id.numel() / 2;
  EXPECT_TRUE(both.edge_index.narrow(1, 0, half).equal(both.edge_index.narrow(1, half, half).flip(0)));
  EXPECT_THAT(error_of([&] { dropout_edge(edges, 1.5); }).what(), HasSubstr("p is 1.5; it must lie in [0, 1]"));
}

}  // namespace
}  // namespace spinel::graph
