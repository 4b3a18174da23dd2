// The subgraph among nodes against its definition.
#include "spinel/kernels/cpu/saint_subgraph.h"

#include <gmock/gmock.h>

#include <random>

#include "tests/kernels/graph_testing.h"
#include "tests/support/errors.h"

namespace spinel::kernels {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

template <typename Index>
struct Subgraph {
  std::vector<Index> rows, cols, edges;
};

template <typename Index>
Subgraph<Index> subgraph(const TestGraph<Index>& graph, const std::vector<Index>& nodes,
                         const ParallelFor& parallel = serial()) {
  Subgraph<Index> result;
  const auto allocate = [&](int64_t entries) {
    for (auto* list : {&result.rows, &result.cols, &result.edges}) list->resize(static_cast<size_t>(entries));
    return SubgraphArrays<Index>{result.rows.data(), result.cols.data(), result.edges.data()};
  };
  saint_subgraph<Index>(graph.view("saint_subgraph"), nodes, allocate, parallel);
  return result;
}

template <typename Index>
void compare_with_definition(const TestGraph<Index>& graph, const std::vector<Index>& nodes) {
  Subgraph<Index> expected;
  for (size_t i = 0; i < nodes.size(); ++i) {
    for (Index e = graph.rowptr[static_cast<size_t>(nodes[i])]; e < graph.rowptr[static_cast<size_t>(nodes[i]) + 1];
         ++e) {
      const auto last = std::find(nodes.rbegin(), nodes.rend(), graph.col[static_cast<size_t>(e)]);
      if (last == nodes.rend()) continue;
      expected.rows.push_back(static_cast<Index>(i));
      expected.cols.push_back(static_cast<Index>(nodes.rend() - last - 1));
      expected.edges.push_back(e);
    }
  }
  for (const ParallelFor* parallel : {&serial(), &thread_pool()}) {
    const Subgraph<Index> found = subgraph(graph, nodes, *parallel);
    EXPECT_EQ(found.rows, expected.rows);
    EXPECT_EQ(found.cols, expected.cols);
    EXPECT_EQ(found.edges, expected.edges);
  }
}

TEST(SaintSubgraph, IsTheDefinitions) {
  std::mt19937 random(4);
  set_thread_pool_size(3);
  for (int round = 0; round < 20; ++round) {
    const int64_t n = round < 10 ? 60 : 3000;
    const auto narrow = random_graph<int32_t>(random, n, false);
    const TestGraph<int64_t> wide{{narrow.rowptr.begin(), narrow.rowptr.end()}, {narrow.col.begin(), narrow.col.end()}};
    // Some nodes several times; few of many nodes (a hash table) or many (a table).
    std::vector<int64_t> nodes(random() % (round % 2 == 0 ? 40 : 600));
    for (int64_t& v : nodes) v = static_cast<int64_t>(random() % static_cast<uint64_t>(n));
    compare_with_definition<int64_t>(wide, nodes);
    compare_with_definition<int32_t>(narrow, {nodes.begin(), nodes.end()});
  }
  set_thread_pool_size(0);
}

TEST(SaintSubgraph, KeepsSelfLoopsAndTheOrderOfEntries) {
  const auto graph = graph_of<int64_t>({{2, 0, 1}, {2}, {1, 0}});
  const Subgraph<int64_t> found = subgraph<int64_t>(graph, {2, 0});
  EXPECT_THAT(found.rows, ElementsAre(0, 1, 1));
  EXPECT_THAT(found.cols, ElementsAre(1, 0, 1));
  EXPECT_THAT(found.edges, ElementsAre(5, 0, 1));
}

TEST(SaintSubgraph, OfNoNodesIsEmpty) {
  EXPECT_TRUE(subgraph<int32_t>(graph_of<int32_t>({{0}}), {}).rows.empty());
  EXPECT_TRUE(subgraph<int32_t>(TestGraph<int32_t>{}, {}).rows.empty());
  EXPECT_TRUE(subgraph<int32_t>(graph_of<int32_t>({{}, {}}), {0, 1}).rows.empty());
}

TEST(SaintSubgraph, RefusesWhatLeadsOutOfTheGraph) {
  const auto refused = [](const TestGraph<int64_t>& graph, const std::vector<int64_t>& nodes) {
    return std::string(error_of([&] { subgraph(graph, nodes, serial()); }).what());
  };
  const auto graph = graph_of<int64_t>({{1}, {0}});
  EXPECT_EQ(refused(graph, {0, 2}), "saint_subgraph: node_idx[1] is 2 but there are 2 nodes; it must lie in [0, 2)");
  EXPECT_THAT(refused(graph, {-1}), HasSubstr("node_idx[0] is -1"));
  EXPECT_THAT(refused(graph_of<int64_t>({{1}, {2}}), {0, 1}), HasSubstr("col[1] is 2"));
  TestGraph<int64_t> falling = graph;
  falling.rowptr = {0, 5, 2};
  // Rows ahead are fetched before they are looked at.
  EXPECT_THAT(refused(falling, std::vector<int64_t>(20, 1)), HasSubstr("rowptr gives row 1 the entries [5, 2)"));
}

}  // namespace
}  // namespace spinel::kernels
