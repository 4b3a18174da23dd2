#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "spinel/graph/utils/coalesce.h"
#include "spinel/graph/utils/gcn_norm.h"
#include "spinel/graph/utils/nodes.h"
#include "spinel/graph/utils/sort.h"
#include "tests/sparse/derivatives.h"
#include "tests/support/errors.h"

namespace spinel::graph {
namespace {

using testing::HasSubstr;

at::Tensor longs(std::vector<int64_t> values) { return at::tensor(values, at::kLong); }
at::Tensor edges_of(std::vector<int64_t> row, std::vector<int64_t> col) { return at::stack({longs(row), longs(col)}); }
at::Tensor doubles(std::vector<double> values) { return at::tensor(values, at::kDouble); }

TEST(Coalesce, SortsAndReducesEqualEdges) {
  const at::Tensor edges = edges_of({2, 1, 1, 0, 2}, {1, 2, 0, 1, 1}), attr = doubles({1, 2, 3, 4, 5});
  const at::Tensor expected = edges_of({0, 1, 1, 2}, {1, 0, 2, 1});
  const std::vector<std::pair<const char*, double>> reductions{
      {"add", 6}, {"mean", 3}, {"min", 1}, {"max", 5}, {"mul", 5}};
  for (const auto& [reduce, last] : reductions) {
    const Edges result = coalesce(edges, attr, {}, reduce);
    EXPECT_TRUE(result.edge_index.equal(expected));
    EXPECT_TRUE(result.edge_attr.equal(doubles({4, 3, 2, last}))) << reduce;
  }
  EXPECT_TRUE(coalesce(edges, at::Tensor(), {}, "sum", false, /*sort_by_row=*/false)
                  .edge_index.equal(edges_of({1, 0, 2, 1}, {0, 1, 1, 2})));
  const auto [index, attrs] = coalesce(edges, std::vector<at::Tensor>{attr, at::Tensor(), attr * 2});
  EXPECT_TRUE(index.equal(expected));
  EXPECT_FALSE(attrs[1].defined());
  EXPECT_TRUE(attrs[2].equal(attrs[0] * 2));
  EXPECT_EQ(coalesce(edges_of({}, {})).edge_index.size(1), 0);
  EXPECT_THAT(error_of([&] { coalesce(edges, attr, int64_t{1} << 40); }).what(),
              HasSubstr("its square must be an int64"));
}

TEST(ToUndirected, AddsReversedEdgesAndIsRecognised) {
  const at::Tensor edges = edges_of({0, 1, 1}, {1, 0, 2}), weight = doubles({1, 1, 1});
  const Edges result = to_undirected(edges, weight);
  EXPECT_TRUE(result.edge_index.equal(edges_of({0, 1, 1, 2}, {1, 0, 2, 1})));
  EXPECT_TRUE(result.edge_attr.equal(doubles({2, 2, 1, 1})));
  EXPECT_TRUE(to_undirected(edges, weight, {}, "mean").edge_attr.equal(doubles({1, 1, 1, 1})));
  EXPECT_TRUE(is_undirected(result.edge_index, {result.edge_attr}));
  EXPECT_FALSE(is_undirected(edges));
  EXPECT_FALSE(is_undirected(edges_of({0, 1}, {1, 0}), {doubles({1, 2})}));
  EXPECT_TRUE(is_undirected(edges_of({0, 1}, {1, 0}), {doubles({2, 2})}));
}

TEST(SortEdgeIndex, SortsByRowOrColumn) {
  const at::Tensor edges = edges_of({2, 1, 1, 0}, {1, 2, 0, 1}), attr = doubles({1, 2, 3, 4});
  EXPECT_TRUE(sort_edge_index(edges, attr).edge_attr.equal(doubles({4, 3, 2, 1})));
  EXPECT_TRUE(sort_edge_index(edges, attr, {}, false).edge_index.equal(edges_of({1, 0, 2, 1}, {0, 1, 1, 2})));
  EXPECT_THAT(error_of([&] { sort_edge_index(edges, doubles({1})); }).what(), HasSubstr("1 rows but edge_index has 4"));
}

TEST(IndexSort, IsStableWithAndWithoutALargest) {
  const at::Tensor index = longs({3, 1, 3, 0, 1});
  for (const std::optional<int64_t> largest : {std::optional<int64_t>(), std::optional<int64_t>(7)}) {
    const auto [values, perm] = index_sort(index, largest);
    EXPECT_TRUE(values.equal(longs({0, 1, 1, 3, 3})));
    EXPECT_TRUE(perm.equal(longs({3, 1, 4, 0, 2})));
  }
  EXPECT_TRUE(lexsort({longs({1, 0, 1, 0}), longs({2, 2, 1, 1})}).equal(longs({3, 2, 1, 0})));
  EXPECT_THAT(error_of([] { lexsort({}); }).what(), HasSubstr("there is no key"));
}

TEST(GcnNorm, IsTheSymmetricNormalisationOfBothForms) {
  const at::Tensor edges = edges_of({0, 1, 1, 2}, {1, 0, 2, 1});
  const Edges list = gcn_norm(edges);
  EXPECT_EQ(list.edge_index.size(1), 7);
  // Node 1 has degree 3 with its loop, nodes 0 and 2 have 2.
  EXPECT_TRUE(at::allclose(list.edge_attr, at::tensor({1 / std::sqrt(6.0), 1 / std::sqrt(6.0), 1 / std::sqrt(6.0),
                                                       1 / std::sqrt(6.0), 0.5, 1.0 / 3, 0.5})
                                               .to(at::kFloat)));
  const auto adj = sparse::SparseTensor::from_edge_index(edges.flip(0), {}, {3, 3});
  const at::Tensor dense = gcn_norm(adj).to_dense();
  const at::Tensor expected = at::zeros({3, 3}).index_put_({list.edge_index[1], list.edge_index[0]}, list.edge_attr);
  EXPECT_TRUE(at::allclose(dense, expected));
}

TEST(GcnNorm, IsolatedNodesWeighNothingAndNegativeDegreesAreNaN) {
  const Edges result = gcn_norm(edges_of({0, 2}, {1, 1}), doubles({1, -3}), {.add_self_loops = false, .num_nodes = 4});
  EXPECT_TRUE(result.edge_attr.isnan().all().item<bool>() || result.edge_attr[0].item<double>() == 0);
  const Edges zero = gcn_norm(edges_of({0}, {1}), doubles({1}), {.add_self_loops = false});
  EXPECT_EQ(zero.edge_attr[0].item<double>(), 0);
  const Edges reversed =
      gcn_norm(edges_of({0, 0}, {1, 2}), {}, {.add_self_loops = false, .flow = Flow::target_to_source, .num_nodes = 3});
  EXPECT_TRUE(reversed.edge_attr.equal(at::zeros({2})));
  EXPECT_THAT(error_of([] { parse_flow("target", "MessagePassing"); }).what(), HasSubstr("there is no flow 'target'"));
}

TEST(GcnNorm, HasDerivativesByTheWeights) {
  at::manual_seed(1);
  const at::Tensor edges = edges_of({0, 1, 1, 2, 2}, {1, 0, 2, 1, 2});
  const at::Tensor weight = at::rand({5}, at::kDouble) + 0.5;
  sparse::expect_derivatives(
      "list", [&](const at::Tensor& at) { return gcn_norm(edges, at).edge_attr; }, weight);
  sparse::expect_derivatives(
      "laplacian",
      [&](const at::Tensor& at) { return get_laplacian(edges, at, LaplacianNormalization::sym).edge_attr; }, weight);
  const auto adj = sparse::SparseTensor::from_edge_index(edges, {}, {3, 3});
  sparse::expect_derivatives(
      "sparse",
      [&](const at::Tensor& at) { return gcn_norm(adj.set_value(at, sparse::Layout::coo)).storage().value(); }, weight);
}

TEST(GcnNorm, RefusesWeightsAndMatricesThatDoNotFit) {
  const at::Tensor edges = edges_of({0, 1}, {1, 0});
  EXPECT_THAT(error_of([&] { gcn_norm(edges, doubles({1})); }).what(), HasSubstr("edge_weight has the sizes [1]"));
  const auto adj = sparse::SparseTensor::from_edge_index(edges, {}, {2, 3});
  EXPECT_THAT(error_of([&] { gcn_norm(adj); }).what(), HasSubstr("2 rows and 3 columns"));
  const auto square = sparse::SparseTensor::from_edge_index(edges, {}, {2, 2});
  EXPECT_THAT(error_of([&] { gcn_norm(square, {.flow = Flow::target_to_source}); }).what(),
              HasSubstr("the flow is target_to_source"));
}

TEST(Laplacian, OfAPathHasTheKnownValues) {
  const at::Tensor edges = edges_of({0, 1, 1, 2}, {1, 0, 2, 1}), weight = doubles({1, 2, 2, 4});
  const Edges plain = get_laplacian(edges, weight);
  EXPECT_TRUE(plain.edge_index.equal(edges_of({0, 1, 1, 2, 0, 1, 2}, {1, 0, 2, 1, 0, 1, 2})));
  EXPECT_TRUE(plain.edge_attr.equal(doubles({-1, -2, -2, -4, 1, 4, 4})));
  EXPECT_TRUE(at::allclose(get_laplacian(edges, weight, LaplacianNormalization::sym).edge_attr,
                           doubles({-0.5, -1, -0.5, -1, 1, 1, 1})));
  EXPECT_TRUE(at::allclose(get_laplacian(edges, weight, LaplacianNormalization::rw).edge_attr,
                           doubles({-1, -0.5, -0.5, -1, 1, 1, 1})));
  EXPECT_THAT(error_of([] { parse_laplacian("symm", "ChebConv"); }).what(), HasSubstr("no normalization 'symm'"));
}

TEST(Nodes, SmallFunctions) {
  EXPECT_TRUE(degree(longs({0, 1, 1}), 3).equal(at::tensor({1.0F, 2.0F, 0.0F})));
  EXPECT_EQ(degree(longs({0}), {}, at::kLong).scalar_type(), at::kLong);
  EXPECT_TRUE(cumsum(longs({2, 4, 1})).equal(longs({0, 2, 6, 7})));
  EXPECT_TRUE(graph::one_hot(longs({1, 0}), 3).equal(at::tensor({0.0F, 1.0F, 0.0F, 1.0F, 0.0F, 0.0F}).view({2, 3})));
  EXPECT_TRUE(mask_to_index(index_to_mask(longs({3, 1}), 5)).equal(longs({1, 3})));
  EXPECT_TRUE(select(longs({5, 6, 7}), longs({2, 0}), 0).equal(longs({7, 5})));
  EXPECT_TRUE(select(longs({5, 6, 7}), index_to_mask(longs({1}), 3), 0).equal(longs({6})));
  EXPECT_EQ(num_nodes_of(edges_of({}, {})), 0);
  const auto parts = unbatch(longs({5, 6, 7}), longs({0, 0, 1}));
  ASSERT_EQ(parts.size(), 2U);
  EXPECT_TRUE(parts[0].equal(longs({5, 6})));
  const auto graphs = unbatch_edge_index(edges_of({0, 1, 3}, {1, 0, 2}), longs({0, 0, 1, 1}));
  ASSERT_EQ(graphs.size(), 2U);
  EXPECT_TRUE(graphs[1].equal(edges_of({1}, {0})));
  EXPECT_THAT(error_of([] { graph::one_hot(longs({4}), 3); }).what(), HasSubstr("it holds 4 but dim_size is 3"));
  EXPECT_THAT(error_of([] { unbatch(longs({1, 2}), longs({1, 0})); }).what(), HasSubstr("batch does not rise"));
}

}  // namespace
}  // namespace spinel::graph
