// The reverse Cuthill-McKee order against SciPy's numbers and a naive implementation.
#include "spinel/kernels/cpu/reverse_cuthill_mckee.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <deque>
#include <numeric>
#include <random>

#include "tests/kernels/graph_testing.h"
#include "tests/support/errors.h"

namespace spinel::kernels {
namespace {

using testing::ElementsAreArray;
using testing::HasSubstr;

template <typename Index>
std::vector<Index> order_of(const TestGraph<Index>& graph) {
  std::vector<Index> order(static_cast<size_t>(graph.num_nodes()), -1);
  reverse_cuthill_mckee(graph.view("reverse_cuthill_mckee"), order.data());
  return order;
}

/// By the words of the definition.
std::vector<int64_t> naive_order(const TestGraph<int64_t>& graph) {
  const auto n = static_cast<size_t>(graph.num_nodes());
  std::vector<size_t> degree(n), seeds(n);
  for (size_t v = 0; v < n; ++v) {
    const auto row = graph.row(static_cast<int64_t>(v));
    degree[v] = row.size() + (graph.has_edge(static_cast<int64_t>(v), static_cast<int64_t>(v)) ? 1 : 0);
  }
  const auto by_degree = [&](auto a, auto b) {
    return degree[static_cast<size_t>(a)] < degree[static_cast<size_t>(b)];
  };
  std::iota(seeds.begin(), seeds.end(), 0);
  std::stable_sort(seeds.begin(), seeds.end(), by_degree);
  std::vector<int64_t> order;
  std::set<int64_t> visited;
  for (const size_t seed : seeds) {
    if (!visited.insert(static_cast<int64_t>(seed)).second) continue;
    std::deque<int64_t> queue = {static_cast<int64_t>(seed)};
    while (!queue.empty()) {
      const int64_t v = queue.front();
      queue.pop_front();
      order.push_back(v);
      std::vector<int64_t> added;
      for (const int64_t w : graph.row(v)) {
        if (visited.insert(w).second) added.push_back(w);
      }
      std::stable_sort(added.begin(), added.end(), by_degree);
      queue.insert(queue.end(), added.begin(), added.end());
    }
  }
  return {order.rbegin(), order.rend()};
}

int64_t bandwidth(const TestGraph<int64_t>& graph, const std::vector<int64_t>& order) {
  std::vector<int64_t> place(order.size());
  for (size_t i = 0; i < order.size(); ++i) place[static_cast<size_t>(order[i])] = static_cast<int64_t>(i);
  int64_t most = 0;
  for (int64_t v = 0; v < graph.num_nodes(); ++v) {
    for (const int64_t w : graph.row(v)) {
      most = std::max(most, std::abs(place[static_cast<size_t>(v)] - place[static_cast<size_t>(w)]));
    }
  }
  return most;
}

/// scipy.sparse.csgraph.reverse_cuthill_mckee(A, symmetric_mode=True) of SciPy 1.17.1.
TEST(ReverseCuthillMcKee, IsScipys) {
  struct Case {
    int nodes;
    std::vector<std::pair<int, int>> edges;
    std::vector<int> order;
  };
  const Case cases[] = {
      {7, {{0, 3}, {2, 4}}, {4, 2, 3, 0, 6, 5, 1}},
      {10, {{0, 2}, {1, 7}, {2, 2}, {2, 7}, {3, 9}, {4, 4}, {6, 7}, {8, 9}}, {4, 8, 9, 3, 6, 1, 7, 2, 0, 5}},
      {14,
       {{0, 6},
        {1, 11},
        {1, 13},
        {2, 4},
        {2, 6},
        {2, 10},
        {2, 11},
        {3, 4},
        {4, 5},
        {4, 11},
        {6, 10},
        {6, 11},
        {6, 13},
        {7, 12},
        {7, 13},
        {9, 10},
        {11, 12},
        {12, 13}},
       {5, 3, 12, 7, 1, 4, 9, 11, 13, 2, 10, 6, 0, 8}},
      {16,
       {{0, 0},
        {0, 11},
        {0, 12},
        {0, 14},
        {1, 5},
        {1, 7},
        {1, 9},
        {3, 11},
        {5, 6},
        {6, 12},
        {7, 8},
        {7, 11},
        {9, 11},
        {10, 13},
        {10, 15},
        {12, 13},
        {15, 15}},
       {15, 10, 13, 6, 5, 12, 14, 8, 1, 0, 7, 9, 11, 3, 4, 2}},
  };
  for (const Case& c : cases) {
    EXPECT_THAT(order_of(undirected<int64_t>(c.nodes, c.edges)), ElementsAreArray(c.order));
    EXPECT_THAT(order_of(undirected<int32_t>(c.nodes, c.edges)), ElementsAreArray(c.order));
  }
}

TEST(ReverseCuthillMcKee, IsTheDefinitions) {
  std::mt19937 random(12);
  for (int round = 0; round < 60; ++round) {
    const int n = 1 + static_cast<int>(random() % 120);
    std::vector<std::pair<int, int>> edges;
    for (size_t k = random() % (static_cast<size_t>(n) * 3); k > 0; --k) {
      edges.emplace_back(random() % static_cast<unsigned>(n), random() % static_cast<unsigned>(n));
    }
    // A node with many neighbours, whose order is found by another sort.
    if (round % 3 == 0) {
      for (int w = 0; w < n; w += 2) edges.emplace_back(n / 2, w);
    }
    const auto graph = undirected<int64_t>(n, edges);
    EXPECT_EQ(order_of(graph), naive_order(graph));
  }
}

TEST(ReverseCuthillMcKee, BringsAShuffledBandTogether) {
  std::mt19937 random(2);
  std::vector<int> name(500);
  std::iota(name.begin(), name.end(), 0);
  std::shuffle(name.begin(), name.end(), random);
  std::vector<std::pair<int, int>> edges;
  for (size_t v = 0; v + 1 < name.size(); ++v) edges.emplace_back(name[v], name[v + 1]);
  EXPECT_EQ(bandwidth(undirected<int64_t>(500, edges), order_of(undirected<int64_t>(500, edges))), 1);
}

TEST(ReverseCuthillMcKee, TakesGraphsWithoutNodesOrEdges) {
  EXPECT_TRUE(order_of(TestGraph<int64_t>{}).empty());
  EXPECT_THAT(order_of(graph_of<int64_t>({{}, {}, {}})), testing::ElementsAre(2, 1, 0));
  EXPECT_THAT(order_of(graph_of<int64_t>({{0}})), testing::ElementsAre(0));
}

TEST(ReverseCuthillMcKee, OfADirectedGraphIsAPermutationStill) {
  // Not asked for, but no reason to leave the arrays.
  std::vector<int64_t> order = order_of(graph_of<int64_t>({{1, 1, 1}, {}, {0, 1}}));
  std::sort(order.begin(), order.end());
  EXPECT_THAT(order, testing::ElementsAre(0, 1, 2));
}

TEST(ReverseCuthillMcKee, RefusesWhatLeadsOutOfTheGraph) {
  EXPECT_THAT(error_of([] {
                order_of(graph_of<int32_t>({{1}, {4}}));
              }).what(),
              HasSubstr("reverse_cuthill_mckee: col[1] is 4 but there are 2 nodes"));
  TestGraph<int32_t> falling = graph_of<int32_t>({{1}, {0}});
  falling.rowptr = {0, 2, 1};
  EXPECT_THAT(error_of([&] { order_of(falling); }).what(), HasSubstr("rowptr gives row 1 the entries [2, 1)"));
}

}  // namespace
}  // namespace spinel::kernels
