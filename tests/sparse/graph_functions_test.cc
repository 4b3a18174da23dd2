// Walks, samples, subgraphs, orders and partitions of SparseTensor: torch_sparse's tests, and gradients.
#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include "spinel/kernels/cpu/partition.h"
#include "spinel/sparse/hetero_sample.h"
#include "spinel/sparse/partition.h"
#include "spinel/sparse/random_walk.h"
#include "spinel/sparse/rcm.h"
#include "spinel/sparse/saint.h"
#include "spinel/sparse/sample.h"
#include "tests/support/errors.h"

namespace spinel::sparse {
namespace {

using at::Tensor;
using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::HasSubstr;

Tensor longs(const std::vector<int64_t>& values) { return at::tensor(values, at::kLong); }

std::vector<int64_t> list(const Tensor& tensor) {
  const Tensor flat = tensor.contiguous().view(-1);
  return {flat.data_ptr<int64_t>(), flat.data_ptr<int64_t>() + flat.numel()};
}

SparseTensor matrix(const std::vector<int64_t>& row, const std::vector<int64_t>& col, int64_t rows, int64_t cols,
                    const Tensor& value = {}) {
  return SparseTensor({.row = longs(row), .col = longs(col), .value = value, .sparse_sizes = {rows, cols}});
}

const std::vector<int64_t> row = {0, 0, 0, 1, 1, 2, 2, 2, 2, 3, 4, 4, 5, 5};
const std::vector<int64_t> col = {1, 2, 3, 0, 2, 0, 1, 4, 5, 0, 2, 5, 2, 4};
SparseTensor example(const Tensor& value = {}) { return matrix(row, col, 6, 6, value); }

TEST(RandomWalkOfSparseTensor, FollowsTheGeneratorOfTorch) {
  const Tensor start = longs({0, 3, 5});
  at::manual_seed(8);
  const Tensor walked = random_walk(example(), start, 4);
  at::manual_seed(8);
  const Tensor uniform = at::rand({3, 4});
  const std::vector<int64_t> rowptr = {0, 3, 5, 9, 10, 12, 14};
  for (int64_t i = 0; i < 3; ++i) {
    int64_t at = list(start)[static_cast<size_t>(i)];
    for (int64_t l = 0; l < 4; ++l) {
      const auto first = rowptr[static_cast<size_t>(at)], degree = rowptr[static_cast<size_t>(at) + 1] - first;
      at = col[static_cast<size_t>(first +
                                   static_cast<int64_t>(uniform[i][l].item<float>() * static_cast<float>(degree)))];
      EXPECT_EQ(walked[i][l + 1].item<int64_t>(), at);
    }
  }
}

TEST(RandomWalkOfSparseTensor, GivesTheEdgesToo) {
  const Walks walks = node2vec_walk(example(), longs({0, 2}), 6, 0.5, 2);
  for (int64_t i = 0; i < 2; ++i) {
    for (int64_t l = 0; l < 6; ++l) {
      const auto edge = static_cast<size_t>(walks.edges[i][l].item<int64_t>());
      EXPECT_EQ(walks.nodes[i][l].item<int64_t>(), row[edge]);
      EXPECT_EQ(walks.nodes[i][l + 1].item<int64_t>(), col[edge]);
    }
  }
  // torch_cluster's example: two nodes that point to each other, and one alone.
  const Walks small = node2vec_walk(matrix({0, 1}, {1, 0}, 3, 3), longs({0, 1, 2}), 4);
  EXPECT_THAT(list(small.nodes), ElementsAre(0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 2, 2, 2, 2, 2));
  EXPECT_THAT(list(small.edges), ElementsAre(0, 1, 0, 1, 1, 0, 1, 0, -1, -1, -1, -1));
}

// Long rows are searched by halves only where they are in order.
TEST(RandomWalkOfSparseTensor, FindsTheWayBackInRowsOutOfOrder) {
  std::vector<int64_t> rows = {0, 1, 1}, cols = {1, 2, 3};
  for (const int64_t from : {2, 3}) {
    for (int64_t to = 23; to >= 4; --to) rows.push_back(from), cols.push_back(to);
    if (from == 2) rows.push_back(2), cols.push_back(0);
  }
  const SparseTensor adj(
      {.row = longs(rows), .col = longs(cols), .sparse_sizes = {24, 24}, .is_sorted = true, .trust_data = true});
  // Node 2 has an edge to where the walk came from, node 3 has none and next to no weight.
  const Walks walks = node2vec_walk(adj, at::zeros({50}, at::kLong), 2, 1e100, 1e100);
  EXPECT_THAT(list(walks.nodes.select(1, 2)), testing::Each(2));
}

TEST(RandomWalkOfSparseTensor, RefusesBadInput) {
  EXPECT_THAT(error_of([] { random_walk(matrix({0}, {1}, 1, 2), longs({0}), 1); }).what(),
              HasSubstr("random_walk: the matrix has sizes [1, 2]; it must be square"));
  EXPECT_THAT(error_of([] { random_walk(example(), longs({6}), 1); }).what(), HasSubstr("start[0] is 6"));
  EXPECT_THAT(error_of([] { random_walk(example(), at::zeros({1}), 1); }).what(), HasSubstr("start is float32"));
}

TEST(SampleOfSparseTensor, IsTorchSparses) {
  // test_sample
  const Tensor out = sample(matrix({0, 0, 2, 2}, {1, 2, 0, 1}, 3, 3), 1, longs({0, 2}));
  EXPECT_GE(out.min().item<int64_t>(), 0);
  EXPECT_LE(out.max().item<int64_t>(), 2);
  // test_sample_adj
  const SparseTensor adj = example(at::arange(14));
  const SampledAdj all = sample_adj(adj, at::arange(2, 6), -1);
  EXPECT_THAT(list(all.n_id), ElementsAre(2, 3, 4, 5, 0, 1));
  EXPECT_THAT(list(all.adj.storage().row()), ElementsAre(0, 0, 0, 0, 1, 2, 2, 3, 3));
  EXPECT_THAT(list(all.adj.storage().col()), ElementsAre(2, 3, 4, 5, 4, 0, 3, 0, 2));
  EXPECT_THAT(list(all.adj.storage().value()), ElementsAre(7, 8, 5, 6, 9, 10, 11, 12, 13));
  EXPECT_EQ(all.adj.sparse_sizes(), (SparseSizes{4, 6}));
  EXPECT_EQ(sample_adj(adj, at::arange(2, 6), 2, true).adj.nnz(), 8);
  EXPECT_EQ(sample_adj(adj, at::arange(2, 6), 2, false).adj.nnz(), 7);
}

TEST(SampleOfSparseTensor, GradientsFlowIntoValues) {
  const Tensor value = at::arange(14, at::kDouble).requires_grad_(true);
  sample_adj(example(value), longs({2}), -1).adj.storage().value().sum().backward();
  EXPECT_EQ(value.grad().sum().item<double>(), 4);
  EXPECT_EQ(value.grad().slice(0, 5, 9).sum().item<double>(), 4);
}

TEST(NeighborSampleOfSparseTensor, GoesAgainstTheEdges) {
  const SparseTensor adj = matrix({0}, {1}, 2, 2);
  const NeighborSample found = neighbor_sample(adj, longs({1}), {1, 1}, false, false);
  EXPECT_THAT(list(found.nodes), ElementsAre(1, 0));
  EXPECT_THAT(list(found.row), ElementsAre(1));
  EXPECT_THAT(list(found.col), ElementsAre(0));
  EXPECT_EQ(neighbor_sample(adj, longs({0}), {1}, false, false).nodes.numel(), 1);
  EXPECT_THAT(error_of([] { neighbor_sample(matrix({0}, {1}, 1, 2), longs({0}), {1}); }).what(),
              HasSubstr("neighbor_sample: the matrix has sizes [1, 2]; it must be square"));
}

TEST(EgoSampleOfSparseTensor, IsOneBlockARoot) {
  const EgoSample ego = ego_k_hop_sample_adj(example(at::arange(14)), longs({0, 1}), 1, 3);
  EXPECT_THAT(list(ego.n_id), ElementsAre(0, 1, 2, 3, 0, 1, 2));
  EXPECT_THAT(list(ego.ptr), ElementsAre(0, 4, 7));
  EXPECT_THAT(list(ego.root_n_id), ElementsAre(0, 5));
  EXPECT_THAT(list(ego.adj.storage().value()), ElementsAre(0, 1, 2, 3, 4, 5, 6, 9, 0, 1, 3, 4, 5, 6));
  EXPECT_EQ(ego.adj.sparse_sizes(), (SparseSizes{7, 7}));
}

TEST(SaintSubgraphOfSparseTensor, KeepsTheOrderOfEntries) {
  const Tensor value = at::arange(14, at::kDouble).requires_grad_(true);
  const SaintSubgraph sub = saint_subgraph(example(value), longs({2, 0, 1}));
  EXPECT_THAT(list(sub.adj.storage().row()), ElementsAre(0, 0, 1, 1, 2, 2));
  EXPECT_THAT(list(sub.adj.storage().col()), ElementsAre(1, 2, 2, 0, 1, 0));
  EXPECT_THAT(list(sub.edge_index), ElementsAre(5, 6, 0, 1, 3, 4));
  sub.adj.storage().value().sum().backward();
  EXPECT_EQ(value.grad().sum().item<double>(), 6);
  // What is converted later copes with columns in no order.
  const auto [colptr, rows, values] = sub.adj.csc();
  EXPECT_THAT(list(colptr), ElementsAre(0, 2, 4, 6));
  EXPECT_THAT(list(rows), ElementsAre(1, 2, 0, 2, 0, 1));
  EXPECT_THAT(error_of([] { saint_subgraph(example(), longs({6})); }).what(), HasSubstr("node_idx[0] is 6"));
  EXPECT_THAT(error_of([] { saint_subgraph(matrix({0}, {1}, 1, 2), longs({0})); }).what(), HasSubstr("must be square"));
}

TEST(SaintSubgraphOfSparseTensor, OfRepeatedNodesTheLastHasTheColumn) {
  const SaintSubgraph sub = saint_subgraph(example(), longs({0, 1, 0}));
  // Rows 0 and 2 are node 0, whose edge leads to node 1; the edge back leads to the last place of node 0.
  EXPECT_THAT(list(sub.adj.storage().row()), ElementsAre(0, 1, 2));
  EXPECT_THAT(list(sub.adj.storage().col()), ElementsAre(1, 2, 1));
  EXPECT_THAT(list(sub.edge_index), ElementsAre(0, 3, 0));
  EXPECT_EQ(saint_subgraph(example(), longs({})).adj.nnz(), 0);
}

// Of 4 neighbours 2, many times: without replacement each pair about as often, with it each neighbour.
TEST(SampleOfSparseTensor, DrawsEvenly) {
  at::manual_seed(12);
  const int64_t draws = 3000;
  const Tensor nodes = at::full({draws}, 2, at::kLong);
  Tensor pairs = at::zeros({6, 6}, at::kLong), single = at::zeros({6}, at::kLong);
  const SampledAdj without = sample_adj(example(), nodes, 2);
  const std::vector<int64_t> drawn = list(without.n_id.index_select(0, without.adj.storage().col()));
  ASSERT_EQ(drawn.size(), 2u * draws);
  for (size_t i = 0; i < drawn.size(); i += 2) pairs[drawn[i]][drawn[i + 1]] += 1;
  for (const auto& [a, b] : {std::pair{0, 1}, {0, 4}, {0, 5}, {1, 4}, {1, 5}, {4, 5}}) {
    EXPECT_NEAR((pairs[a][b] + pairs[b][a]).item<double>(), draws / 6., 100) << a << " and " << b;
  }
  for (const int64_t to : list(sample(example(), 2, nodes))) single[to] += 1;
  for (const int64_t to : {0, 1, 4, 5}) EXPECT_NEAR(single[to].item<double>(), draws / 2., 150) << to;
  EXPECT_EQ(sample(example(), 3).sizes(), at::IntArrayRef({6, 3}));
  EXPECT_THAT(error_of([] { sample(matrix({0}, {1}, 2, 2), 1); }).what(), HasSubstr("node 1 has no neighbours"));
}

TEST(ReverseCuthillMcKeeOfSparseTensor, BringsEntriesNearTheDiagonal) {
  // The path 0 − 4 − 2 − 3 − 1, in one direction and in both.
  const SparseTensor directed = matrix({0, 4, 2, 3}, {4, 2, 3, 1}, 5, 5, at::ones({4}));
  const ReverseCuthillMcKee ordered = reverse_cuthill_mckee(directed);
  EXPECT_THAT(list(ordered.perm), ElementsAre(1, 3, 2, 4, 0));
  EXPECT_EQ(ordered.adj.bandwidth(), 1);
  EXPECT_EQ(ordered.adj.nnz(), 8);
  EXPECT_EQ(list(reverse_cuthill_mckee(directed.to_symmetric()).perm), list(ordered.perm));
  EXPECT_EQ(list(reverse_cuthill_mckee(directed.to_symmetric(), true).perm), list(ordered.perm));
  EXPECT_THAT(error_of([] { reverse_cuthill_mckee(matrix({0}, {1}, 1, 2)); }).what(), HasSubstr("must be square"));
}

/// Two triangles that one edge joins.
SparseTensor triangles(const Tensor& value = {}) {
  return matrix({0, 0, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 5, 5}, {1, 2, 0, 2, 0, 1, 3, 2, 4, 5, 3, 5, 3, 4}, 6, 6, value);
}

class PartitionOfSparseTensor : public testing::Test {
 protected:
  void SetUp() override {
    if (!kernels::has_metis()) GTEST_SKIP() << "this build has no METIS";
  }
};

TEST_F(PartitionOfSparseTensor, OrdersNodesByPart) {
  const Tensor floats = at::rand({6});
  for (const bool recursive : {false, true}) {
    for (const Tensor& node_weight : {Tensor(), floats, at::ones({6}, at::kLong)}) {
      for (const Tensor& value : {Tensor(), at::ones({14}), at::ones({14}, at::kLong)}) {
        const Partition parts = partition(triangles(value), 2, {recursive, true, node_weight});
        const std::vector<int64_t> ptr = list(parts.partptr), perm = list(parts.perm);
        ASSERT_EQ(ptr.size(), 3u);
        EXPECT_EQ(ptr.front(), 0);
        EXPECT_EQ(ptr.back(), 6);
        EXPECT_THAT(perm, testing::UnorderedElementsAre(0, 1, 2, 3, 4, 5));
        EXPECT_TRUE(std::is_sorted(perm.begin(), perm.begin() + ptr[1]));
        EXPECT_TRUE(parts.adj == triangles(value).permute(parts.perm));
      }
    }
  }
  EXPECT_THAT(list(partition(triangles(), 2).partptr), ElementsAre(0, 3, 6));
  EXPECT_THAT(list(partition(triangles(), 2, {.balance_edge = true}).partptr), ElementsAre(0, 3, 6));
}

// Weights move the cut: the edges between the triangles weigh more than those of node 0, or node 5 more than all
// others.
TEST_F(PartitionOfSparseTensor, FollowsWeights) {
  at::Tensor value = at::ones({14});
  for (const int64_t e : {6, 7}) value[e] = 100;
  const Partition heavy = partition(triangles(value), 2, {.weighted = true});
  const std::vector<int64_t> perm = list(heavy.perm), ptr = list(heavy.partptr);
  const auto part_of = [&](int64_t node) { return std::find(perm.begin(), perm.end(), node) - perm.begin() < ptr[1]; };
  EXPECT_EQ(part_of(2), part_of(3));
}

// A clique of 8 nodes at the end of a path of 24: half of the nodes, or half of the entries.
TEST_F(PartitionOfSparseTensor, BalancesEdges) {
  std::vector<int64_t> rows, cols;
  const auto join = [&](int64_t a, int64_t b) {
    rows.insert(rows.end(), {a, b});
    cols.insert(cols.end(), {b, a});
  };
  for (int64_t a = 0; a < 8; ++a) {
    for (int64_t b = 0; b < a; ++b) join(a, b);
  }
  for (int64_t a = 7; a < 31; ++a) join(a, a + 1);
  const SparseTensor graph = matrix(rows, cols, 32, 32);
  const auto smaller_part = [&](bool balance_edge) {
    const int64_t first = list(partition(graph, 2, {.balance_edge = balance_edge}).partptr)[1];
    return std::min(first, 32 - first);
  };
  EXPECT_NEAR(smaller_part(false), 16, 2);
  EXPECT_NEAR(smaller_part(true), 8, 2);
}

TEST_F(PartitionOfSparseTensor, HasHalos) {
  const Partition parts = partition(triangles(), 2);
  const Halo halo = partition_halo(parts);
  EXPECT_THAT(list(halo.ptr), ElementsAre(0, 1, 2));
  // Each holds the end of the joining edge on the other side: nodes 2 and 3 of the old numbers.
  const Tensor old = parts.perm.index_select(0, halo.nodes);
  EXPECT_THAT(list(old), testing::UnorderedElementsAre(2, 3));
  EXPECT_GE(list(halo.nodes)[0], 3);
  EXPECT_LT(list(halo.nodes)[1], 3);
  EXPECT_THAT(list(partition_halo(parts, 2).ptr), ElementsAre(0, 3, 6));
}

TEST_F(PartitionOfSparseTensor, RefusesGraphsThatMetisCrashesOn) {
  EXPECT_THAT(error_of([] { partition(matrix({0, 1}, {0, 0}, 2, 2), 2); }).what(), HasSubstr("an edge to itself"));
  EXPECT_THAT(error_of([] { partition(matrix({0}, {1}, 2, 2), 2); }).what(), HasSubstr("one is missing"));
}

TEST(PartitionFunction, OfOnePartIsTheMatrixItself) {
  const Partition whole = partition(example(), 1);
  EXPECT_THAT(list(whole.partptr), ElementsAre(0, 6));
  EXPECT_THAT(list(whole.perm), ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_TRUE(whole.adj == example());
  EXPECT_EQ(partition_halo(whole).nodes.numel(), 0);
}

TEST(PartitionFunction, RefusesBadInput) {
  const auto refused = [](const SparseTensor& src, int64_t parts, const PartitionOptions& options) {
    return std::string(error_of([&] { partition(src, parts, options); }).what());
  };
  EXPECT_THAT(refused(triangles(), 0, {}), HasSubstr("num_parts is 0; it must be positive"));
  EXPECT_THAT(refused(triangles(), 2, {.node_weight = at::ones({6}), .balance_edge = true}),
              HasSubstr("balance_edge and node_weight are both given"));
  EXPECT_THAT(refused(triangles(), 2, {.node_weight = at::ones({5})}), HasSubstr("node_weight has 5 elements"));
  EXPECT_THAT(refused(triangles(at::ones({14, 2})), 2, {.weighted = true}), HasSubstr("the value has 28 elements"));
  EXPECT_THAT(refused(matrix({0}, {1}, 1, 2), 1, {}), HasSubstr("must be square"));
}

TEST(HeteroSampleFunctions, SampleByTypeAndRelation) {
  // Authors write papers: of paper 0 author 0, of paper 1 both.
  const std::string writes = "author__writes__paper";
  const HeteroGraph graph{{{writes, longs({0, 1, 3})}}, {{writes, longs({0, 0, 1})}}, {{"paper", longs({1})}}};
  const auto found =
      hetero_neighbor_sample({"author", "paper"}, {{"author", "writes", "paper"}}, graph, {{writes, {-1}}}, 1);
  EXPECT_THAT(list(found.nodes.at("paper")), ElementsAre(1));
  EXPECT_THAT(list(found.nodes.at("author")), ElementsAre(0, 1));
  EXPECT_THAT(list(found.row.at(writes)), ElementsAre(0, 1));
  EXPECT_THAT(list(found.col.at(writes)), ElementsAre(0, 0));
  EXPECT_THAT(list(found.edges.at(writes)), ElementsAre(1, 2));
  const auto by_budget = hgt_sample(graph, {{"author", {5}}, {"paper", {5}}}, 1);
  EXPECT_THAT(list(by_budget.nodes.at("author")), testing::UnorderedElementsAre(0, 1));
  EXPECT_EQ(by_budget.edges.at(writes).numel(), 2);
}

// Two relations to papers, indices of 32 bits: each hop draws for what the one before found.
TEST(HeteroSampleFunctions, FollowSeveralRelationsAndHops) {
  const auto narrow = [](const std::vector<int64_t>& values) { return longs(values).to(at::kInt); };
  const std::string writes = "author__writes__paper", cites = "paper__cites__paper";
  const HeteroGraph graph{{{writes, narrow({0, 1, 3, 3})}, {cites, narrow({0, 2, 2, 3})}},
                          {{writes, narrow({0, 0, 1})}, {cites, narrow({1, 2, 0})}},
                          {{"paper", narrow({0})}}};
  const std::vector<EdgeType> types = {{"author", "writes", "paper"}, {"paper", "cites", "paper"}};
  const auto sample = [&](std::vector<int64_t> counts, bool replace, bool directed) {
    return hetero_neighbor_sample({"author", "paper"}, types, graph, {{writes, counts}, {cites, counts}}, 2, replace,
                                  directed);
  };
  const HeteroSample all = sample({-1, -1}, false, true);
  EXPECT_EQ(all.nodes.at("paper").scalar_type(), at::kInt);
  EXPECT_THAT(list(all.nodes.at("paper").to(at::kLong)), ElementsAre(0, 1, 2));
  EXPECT_THAT(list(all.nodes.at("author").to(at::kLong)), ElementsAre(0, 1));
  // Of paper 0 one author and two papers, of paper 1 two authors, of paper 2 one paper.
  EXPECT_EQ(all.edges.at(writes).numel(), 3);
  EXPECT_EQ(all.edges.at(cites).numel(), 3);
  EXPECT_EQ(sample({1, 0}, false, true).edges.at(cites).numel(), 1);
  EXPECT_EQ(sample({5, 0}, true, true).edges.at(cites).numel(), 5);
  // Not directed: the edges among all that was found, so that of paper 2 to paper 0 too.
  EXPECT_THAT(list(sample({-1, 0}, false, false).edges.at(cites).to(at::kLong)), ElementsAre(0, 1, 2));
  HeteroGraph other = graph;
  other.colptr[cites] = narrow({0, 2, 2});
  EXPECT_THAT(error_of([&] {
                hetero_neighbor_sample({"author", "paper"}, types, other, {{writes, {1}}, {cites, {1}}}, 1);
              }).what(),
              HasSubstr("leads to 2 nodes, another one with this type of target to 3"));
  other = graph;
  other.row[cites] = longs({1, 2, 0});
  EXPECT_THAT(error_of([&] {
                hetero_neighbor_sample({"author", "paper"}, types, other, {{writes, {1}}, {cites, {1}}}, 1);
              }).what(),
              HasSubstr("row is int64 but colptr is int32"));
}

TEST(HeteroSampleFunctions, SampleInTime) {
  const std::string cites = "paper__cites__paper";
  const HeteroGraph graph{{{cites, longs({0, 0, 1, 3})}}, {{cites, longs({0, 0, 1})}}, {{"paper", longs({2, 2})}}};
  const auto found = hetero_temporal_neighbor_sample({"paper"}, {{"paper", "cites", "paper"}}, graph, {{cites, {-1}}},
                                                     {{"paper", longs({5, 9, 7})}}, 1);
  EXPECT_THAT(list(found.nodes.at("paper")), ElementsAre(2, 2, 0, 0));
  EXPECT_THAT(list(found.edges.at(cites)), ElementsAre(1, 1));
}

TEST(HeteroSampleFunctions, RefuseBadInput) {
  const std::string writes = "author__writes__paper";
  const HeteroGraph graph{{{writes, longs({0, 1, 3})}}, {{writes, longs({0, 0, 1})}}, {{"paper", longs({1})}}};
  const auto refused = [&](const std::vector<std::string>& types, const HeteroGraph& g, const CountDict& counts) {
    return std::string(error_of([&] {
                         hetero_neighbor_sample(types, {{"author", "writes", "paper"}}, g, counts, 1);
                       }).what());
  };
  EXPECT_THAT(refused({"author"}, graph, {{writes, {1}}}), HasSubstr("names nodes of type 'paper'"));
  EXPECT_THAT(refused({"author", "paper"}, graph, {}), HasSubstr("num_neighbors_dict has no 'author__writes__paper'"));
  EXPECT_THAT(refused({"author", "paper"}, graph, {{writes, {}}}), HasSubstr("has 0 numbers for"));
  HeteroGraph broken = graph;
  broken.row.clear();
  EXPECT_THAT(refused({"author", "paper"}, broken, {{writes, {1}}}), HasSubstr("row_dict has no"));
  broken = graph;
  broken.input_node["paper"] = longs({2});
  EXPECT_THAT(refused({"author", "paper"}, broken, {{writes, {1}}}), HasSubstr("input_node[0] is 2"));
  broken = graph;
  broken.row[writes] = longs({0, -1, 1});
  EXPECT_THAT(refused({"author", "paper"}, broken, {{writes, {-1}}}), HasSubstr("row[1] is -1"));
  EXPECT_THAT(error_of([&] {
                hgt_sample({{{"a__b", longs({0})}}, {}, {}}, {{"a", {1}}}, 1);
              }).what(),
              HasSubstr("'a__b' is no relation; it must be 'source__name__target'"));
}

}  // namespace
}  // namespace spinel::sparse
