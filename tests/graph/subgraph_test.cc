#include "spinel/graph/utils/subgraph.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "spinel/graph/utils/dense.h"
#include "spinel/graph/utils/measures.h"
#include "tests/support/errors.h"

namespace spinel::graph {
namespace {

using testing::HasSubstr;

at::Tensor longs(std::vector<int64_t> values) { return at::tensor(values, at::kLong); }
at::Tensor edges_of(std::vector<int64_t> row, std::vector<int64_t> col) { return at::stack({longs(row), longs(col)}); }
at::Tensor doubles(std::vector<double> values) { return at::tensor(values, at::kDouble); }
at::Tensor mask_of(std::vector<int64_t> values) { return longs(values).to(at::kBool); }

/// A path of seven nodes, both ways.
const at::Tensor& path() {
  static const at::Tensor edges = edges_of({0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6}, {1, 0, 2, 1, 3, 2, 4, 3, 5, 4, 6, 5});
  return edges;
}

TEST(Subgraph, KeepsEdgesBetweenNodesOfTheSubset) {
  const at::Tensor attr = at::arange(12, at::kDouble);
  for (const at::Tensor& subset : {longs({5, 3, 4}), mask_of({0, 0, 0, 1, 1, 1, 0})}) {
    const Subgraph plain = subgraph(subset, path(), attr);
    EXPECT_TRUE(plain.edges.edge_index.equal(edges_of({3, 4, 4, 5}, {4, 3, 5, 4})));
    EXPECT_TRUE(plain.edges.edge_attr.equal(doubles({6, 7, 8, 9})));
    EXPECT_EQ(plain.edge_mask.sum().item<int64_t>(), 4);
  }
  // Numbered in the order of the positions, or of the mask.
  EXPECT_TRUE(
      subgraph(longs({5, 3, 4}), path(), {}, true).edges.edge_index.equal(edges_of({1, 2, 2, 0}, {2, 1, 0, 2})));
  EXPECT_TRUE(subgraph(mask_of({0, 0, 0, 1, 1, 1, 0}), path(), {}, true)
                  .edges.edge_index.equal(edges_of({0, 1, 1, 2}, {1, 0, 2, 1})));
  EXPECT_THAT(error_of([] {
                subgraph(mask_of({1, 1}), path());
              }).what(),
              HasSubstr("subgraph: edge_index holds node 6; nodes are in [0, 2)"));
}

TEST(Subgraph, OfTwoKindsOfNodes) {
  const at::Tensor edges = edges_of({0, 1, 2, 3}, {0, 0, 1, 1});
  const Subgraph result =
      bipartite_subgraph({longs({3, 1}), longs({0, 1})}, edges, {}, true, std::array<int64_t, 2>{4, 2});
  EXPECT_TRUE(result.edges.edge_index.equal(edges_of({1, 0}, {0, 1})));
}

TEST(KHopSubgraph, FollowsTheFlow) {
  const at::Tensor edges = edges_of({0, 1, 2, 3, 4, 5}, {2, 2, 4, 4, 6, 6});
  const HopSubgraph two = k_hop_subgraph(longs({6}), 2, edges, true);
  EXPECT_TRUE(two.subset.equal(longs({2, 3, 4, 5, 6})));
  EXPECT_TRUE(two.edge_index.equal(edges_of({0, 1, 2, 3}, {2, 2, 4, 4})));
  EXPECT_TRUE(two.mapping.equal(longs({4})));
  EXPECT_TRUE(two.edge_mask.equal(mask_of({0, 0, 1, 1, 1, 1})));
  EXPECT_TRUE(k_hop_subgraph(longs({6}), 2, edges, false, {}, Flow::source_to_target, true)
                  .edge_mask.equal(mask_of({0, 0, 1, 1, 0, 0})));
  EXPECT_TRUE(k_hop_subgraph(longs({0}), 2, edges, false, {}, Flow::target_to_source).subset.equal(longs({0, 2, 4})));
  // Isolated nodes are met at the start alone, in any order and twice.
  const HopSubgraph isolated = k_hop_subgraph(longs({9, 6, 9}), 1, edges, true, 10);
  EXPECT_TRUE(isolated.subset.equal(longs({4, 5, 6, 9})));
  EXPECT_TRUE(isolated.mapping.equal(longs({3, 2, 3})));
  EXPECT_THAT(error_of([&] { k_hop_subgraph(longs({0}), -1, edges); }).what(), HasSubstr("num_hops is -1"));
}

TEST(IsolatedNodes, HaveNoEdgesToOthers) {
  const at::Tensor edges = edges_of({0, 1, 2, 4}, {1, 0, 2, 4});
  EXPECT_TRUE(contains_isolated_nodes(edges));
  EXPECT_FALSE(contains_isolated_nodes(edges_of({0, 1}, {1, 0})));
  EXPECT_TRUE(contains_isolated_nodes(edges_of({0, 1}, {1, 0}), 3));
  const WithoutIsolated rest =
      remove_isolated_nodes(edges_of({0, 1, 2, 1, 4}, {1, 0, 2, 1, 0}), doubles({1, 2, 3, 4, 5}));
  EXPECT_TRUE(rest.mask.equal(mask_of({1, 1, 0, 0, 1})));
  EXPECT_TRUE(rest.edges.edge_index.equal(edges_of({0, 1, 1, 2}, {1, 0, 1, 0})));
  EXPECT_TRUE(rest.edges.edge_attr.equal(doubles({1, 2, 4, 5})));
}

TEST(DenseBatch, PadsCutsAndMasks) {
  const at::Tensor x = doubles({1, 2, 3, 4, 5, 6}).view({3, 2}), batch = longs({0, 0, 2});
  const DenseBatch plain = to_dense_batch(x, batch, -1);
  EXPECT_TRUE(plain.x.equal(doubles({1, 2, 3, 4, -1, -1, -1, -1, 5, 6, -1, -1}).view({3, 2, 2})));
  EXPECT_TRUE(plain.mask.equal(mask_of({1, 1, 0, 0, 1, 0}).view({3, 2})));
  const DenseBatch cut = to_dense_batch(x, batch, 0, 1, 4);
  EXPECT_TRUE(cut.x.equal(doubles({1, 2, 0, 0, 5, 6, 0, 0}).view({4, 1, 2})));
  EXPECT_TRUE(cut.mask.flatten().equal(mask_of({1, 0, 1, 0})));
  EXPECT_EQ(to_dense_batch(x).x.sizes(), at::IntArrayRef({1, 3, 2}));
  EXPECT_EQ(to_dense_batch(at::empty({0, 2}), longs({}), 0, {}, 2).x.sizes(), at::IntArrayRef({2, 0, 2}));
  EXPECT_THAT(error_of([&] { to_dense_batch(x, longs({2, 0, 0})); }).what(), HasSubstr("batch does not rise"));
  EXPECT_THAT(error_of([&] {
                to_dense_batch(x, longs({0, 0}));
              }).what(),
              HasSubstr("batch has 2 nodes but there are 3"));
  EXPECT_THAT(error_of([&] { to_dense_batch(x, batch, 0, -2); }).what(), HasSubstr("max_num_nodes is -2"));
}

TEST(DenseAdj, SumsDuplicatesAndComesBack) {
  const at::Tensor edges = edges_of({0, 0, 0, 1, 2, 3}, {0, 1, 1, 0, 3, 2}), batch = longs({0, 0, 1, 1});
  const at::Tensor adj = to_dense_adj(edges, batch);
  EXPECT_TRUE(adj.equal(at::tensor({1.0F, 2.0F, 1.0F, 0.0F, 0.0F, 1.0F, 1.0F, 0.0F}).view({2, 2, 2})));
  EXPECT_EQ(to_dense_adj(edges, batch, {}, 3, 4).sizes(), at::IntArrayRef({4, 3, 3}));
  EXPECT_EQ(to_dense_adj(edges, batch, {}, 1).sum().item<float>(), 1);
  EXPECT_EQ(to_dense_adj(edges_of({}, {}), {}, {}, 2).sizes(), at::IntArrayRef({1, 2, 2}));
  const Edges back = dense_to_sparse(adj);
  EXPECT_TRUE(back.edge_index.equal(edges_of({0, 0, 1, 2, 3}, {0, 1, 0, 3, 2})));
  EXPECT_TRUE(back.edge_attr.equal(at::tensor({1.0F, 2.0F, 1.0F, 1.0F, 1.0F})));
  const Edges masked = dense_to_sparse(adj, mask_of({1, 0, 1, 1}).view({2, 2}));
  EXPECT_TRUE(masked.edge_index.equal(edges_of({0, 0, 1, 2}, {0, 1, 2, 1})));
  EXPECT_TRUE(dense_to_sparse(adj[0]).edge_index.equal(edges_of({0, 0, 1}, {0, 1, 0})));
  EXPECT_THAT(error_of([&] { to_dense_adj(edges_of({0}, {3}), batch); }).what(), HasSubstr("an edge joins two graphs"));
  EXPECT_THAT(error_of([&] { to_dense_adj(edges_of({0}, {9}), batch); }).what(), HasSubstr("holds node 9"));
  EXPECT_THAT(error_of([] { dense_to_sparse(at::ones({2})); }).what(), HasSubstr("adj has 1 dimensions"));
}

TEST(Measures, OfSmallGraphsHaveTheKnownValues) {
  const at::Tensor edges = edges_of({0, 1, 2, 3}, {1, 2, 0, 4}), y = longs({0, 0, 0, 0, 1});
  EXPECT_DOUBLE_EQ(homophily(edges, y).item<double>(), 0.75);
  EXPECT_DOUBLE_EQ(homophily(edges, y, {}, "node").item<double>(), 0.6);
  EXPECT_NEAR(homophily(edges, y, {}, "edge_insensitive").item<double>(), 0.2, 1e-12);
  const at::Tensor star = edges_of({0, 1, 2, 3, 2, 0}, {1, 2, 0, 0, 0, 2});
  EXPECT_TRUE(std::isfinite(assortativity(star).item<double>()));
  EXPECT_TRUE(
      normalized_cut(edges_of({1, 1, 2, 3}, {3, 3, 1, 2}), at::ones({4})).equal(at::tensor({1.5F, 1.5F, 2.0F, 1.5F})));
  EXPECT_THAT(error_of([&] { homophily(edges, y, {}, "edges"); }).what(),
              HasSubstr("no method 'edges'; did you mean 'edge'"));
  EXPECT_THAT(error_of([&] { homophily(edges, longs({0, 1})); }).what(), HasSubstr("needs 5 nodes but y has 2"));
}

}  // namespace
}  // namespace spinel::graph
