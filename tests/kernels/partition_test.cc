// Partition by METIS, what is refused before it is asked, weights, and halos.
#include "spinel/kernels/cpu/partition.h"

#include <gmock/gmock.h>

#include <limits>
#include <numeric>
#include <random>

#include "tests/kernels/graph_testing.h"
#include "tests/support/errors.h"

namespace spinel::kernels {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// A grid of w × h nodes, each with its neighbours.
template <typename Index>
TestGraph<Index> grid(int w, int h) {
  std::vector<std::pair<int, int>> edges;
  for (int y = 0; y < h; ++y) {
    for (int x = 0; x < w; ++x) {
      if (x + 1 < w) edges.emplace_back(y * w + x, y * w + x + 1);
      if (y + 1 < h) edges.emplace_back(y * w + x, (y + 1) * w + x);
    }
  }
  return undirected<Index>(w * h, edges);
}

template <typename Index>
std::vector<Index> parts(const TestGraph<Index>& graph, const PartitionOptions& options) {
  std::vector<Index> part(static_cast<size_t>(graph.num_nodes()), -1);
  partition(graph.view("partition"), options, part.data());
  return part;
}

template <typename Index>
int64_t edge_cut(const TestGraph<Index>& graph, const std::vector<Index>& part) {
  int64_t cut = 0;
  for (int64_t v = 0; v < graph.num_nodes(); ++v) {
    for (const Index w : graph.row(v)) cut += part[static_cast<size_t>(v)] != part[static_cast<size_t>(w)];
  }
  return cut / 2;
}

template <typename Index>
class Partition : public testing::Test {
  void SetUp() override {
    if (!has_metis()) GTEST_SKIP() << "this build has no METIS";
  }
};
using Indices = testing::Types<int32_t, int64_t>;
TYPED_TEST_SUITE(Partition, Indices);

TYPED_TEST(Partition, IsBalancedAndCutsFewEdges) {
  const auto graph = grid<TypeParam>(16, 16);
  for (const bool recursive : {false, true}) {
    for (const int64_t num_parts : {2, 4, 7}) {
      const auto part = parts(graph, {.num_parts = num_parts, .recursive = recursive});
      std::vector<int64_t> sizes(static_cast<size_t>(num_parts));
      for (const auto k : part) ++sizes.at(static_cast<size_t>(k));
      const double mean = 256.0 / static_cast<double>(num_parts);
      for (const int64_t size : sizes) EXPECT_LE(static_cast<double>(size), 1.1 * mean + 1);
      // Straight cuts are 16 long; a random partition would cut half of 480 edges for two parts.
      EXPECT_LE(edge_cut(graph, part), 16 * num_parts);
    }
  }
}

TYPED_TEST(Partition, WeighsNodesAndEdges) {
  // A path of eight nodes, of which the first weighs as much as all others.
  const auto path = undirected<TypeParam>(8, {{0, 1}, {1, 2}, {2, 3}, {3, 4}, {4, 5}, {5, 6}, {6, 7}});
  const std::vector<int32_t> nodes = {7, 1, 1, 1, 1, 1, 1, 1};
  const auto by_node = parts(path, {.num_parts = 2, .node_weight = nodes});
  EXPECT_EQ(edge_cut(path, by_node), 1);
  EXPECT_NE(by_node[0], by_node[1]);
  // A cycle of eight: halves are cut at opposite edges, of which METIS takes heavy ones without the weights.
  const auto cycle = undirected<TypeParam>(8, {{0, 1}, {1, 2}, {2, 3}, {3, 4}, {4, 5}, {5, 6}, {6, 7}, {7, 0}});
  const std::vector<int32_t> edges = {1, 100, 1, 1, 1, 100, 100, 100, 100, 1, 1, 1, 1, 100, 100, 100};
  const auto by_edge = parts(cycle, {.num_parts = 2, .recursive = true, .edge_weight = edges});
  for (const auto& [v, w] : {std::pair(2, 3), std::pair(3, 4), std::pair(6, 7), std::pair(7, 0)}) {
    EXPECT_EQ(by_edge[static_cast<size_t>(v)], by_edge[static_cast<size_t>(w)]);
  }
}

TYPED_TEST(Partition, TakesGraphsThatAreHardlyOnes) {
  // No edge at all, as many parts as nodes, several components: METIS must come back, with parts in range.
  const TestGraph<TypeParam> graphs[] = {graph_of<TypeParam>(std::vector<std::vector<TypeParam>>(5)),
                                         undirected<TypeParam>(3, {{0, 1}, {1, 2}}),
                                         undirected<TypeParam>(6, {{0, 1}, {2, 3}}), grid<TypeParam>(1, 2)};
  for (const auto& graph : graphs) {
    for (const bool recursive : {false, true}) {
      for (int64_t num_parts = 2; num_parts <= graph.num_nodes(); ++num_parts) {
        for (const TypeParam k : parts(graph, {.num_parts = num_parts, .recursive = recursive})) {
          EXPECT_GE(k, 0);
          EXPECT_LT(k, num_parts);
        }
      }
    }
  }
}

TYPED_TEST(Partition, TakesRowsInAnyOrder) {
  const auto graph = graph_of<TypeParam>({{2, 1}, {0, 3}, {3, 0}, {1, 2}});
  EXPECT_EQ(edge_cut(graph, parts(graph, {.num_parts = 2})), 2);
}

TEST(CheckPartition, RefusesWhatMetisTakesForGranted) {
  const auto refused = [](const TestGraph<int64_t>& graph, const PartitionOptions& options = {}) {
    const Error error = error_of([&] { check_partition(graph.view("partition"), options); });
    EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
    return std::string(error.what());
  };
  EXPECT_THAT(refused(graph_of<int64_t>({{1}, {0, 1}})),
              HasSubstr("partition: node 1 has an edge to itself; take self loops out with remove_diag()"));
  EXPECT_THAT(refused(graph_of<int64_t>({{1}, {}})),
              HasSubstr("of the edges between 0 and 1 one is missing; add it with to_symmetric()"));
  EXPECT_THAT(refused(graph_of<int64_t>({{2}, {2}, {1}})), HasSubstr("between 0 and 2"));
  EXPECT_THAT(refused(graph_of<int64_t>({{}, {0, 2}, {1}})), HasSubstr("between 1 and 0"));
  EXPECT_THAT(refused(graph_of<int64_t>({{1, 1}, {0, 0}})), HasSubstr("the edge from 0 to 1 is there twice"));
  EXPECT_THAT(refused(graph_of<int64_t>({{1}, {3}})), HasSubstr("col[1] is 3 but there are 2 nodes"));
  const auto edge = graph_of<int64_t>({{1}, {0}});
  EXPECT_THAT(refused(edge, {.num_parts = 3}), HasSubstr("3 parts of a graph of 2 nodes"));
  EXPECT_THAT(refused(edge, {.num_parts = 1}), HasSubstr("1 parts"));
  EXPECT_THAT(refused(TestGraph<int64_t>{}), HasSubstr("2 parts of a graph of 0 nodes"));
  TestGraph<int64_t> falling = edge;
  falling.rowptr = {0, 2, 1};
  EXPECT_THAT(refused(falling), HasSubstr("rowptr gives row 1 the entries [2, 1)"));
  falling.rowptr = {1, 1, 2};
  EXPECT_THAT(refused(falling), HasSubstr("rowptr goes from 1 to 2; it must rise from 0 to 2"));
  falling.rowptr = {0, 1, 1};
  EXPECT_THAT(refused(falling), HasSubstr("rowptr goes from 0 to 1; it must rise from 0 to 2"));
  const std::vector<int32_t> weights = {1, 2};
  EXPECT_THAT(refused(edge, {.edge_weight = weights}), HasSubstr("the edges between 0 and 1 weigh 1 and 2"));
}

TEST(CheckPartition, CountsIn32Bits) {
  // Sizes are refused before anything is read.
  const CsrGraph<int64_t> graph{nullptr, nullptr, int64_t{1} << 31, 5, int64_t{1} << 31, {.op = "partition"}};
  EXPECT_THAT(error_of([&] { check_partition(graph, {}); }).what(), HasSubstr("METIS counts both in 32 bits"));
}

TEST(IntegerWeights, AreTakenAsTheyAre) {
  EXPECT_THAT(integer_weights(std::vector<int64_t>{3, 0, 5}, "value"), ElementsAre(3, 0, 5));
  EXPECT_THAT(error_of([] {
                integer_weights(std::vector<int64_t>{3, -1}, "value");
              }).what(),
              HasSubstr("partition: value[1] is -1; weights are not negative"));
  EXPECT_THAT(error_of([] {
                integer_weights(std::vector<int64_t>{1 << 30, 1 << 30}, "node_weight");
              }).what(),
              HasSubstr("node_weight adds up to more than 2147483647"));
  EXPECT_THROW(integer_weights(std::vector<int64_t>{1, std::numeric_limits<int64_t>::max()}, "value"), Error);
}

TEST(ScaledWeights, AreFractionsOfTheRange) {
  const auto scaled = [](std::vector<double> weights) { return scaled_weights<double>(weights, "value"); };
  // Smallest gap 1 of a range of 4: p/q = 1/4, so w → (w − 2)/4 · 4 + 1.
  EXPECT_THAT(scaled({2, 6, 3, 5}), ElementsAre(1, 5, 2, 4));
  // Gap 2 of 8 is 1/4 too.
  EXPECT_THAT(scaled({-4, 4, -2}), ElementsAre(1, 5, 2));
  // Equal weights have the gap 0 = 0/1: all but the largest become 0.
  EXPECT_THAT(scaled({1, 1, 3, 2.5, 3}), ElementsAre(0, 0, 1, 0, 1));
  EXPECT_THAT(scaled({2, 2, 2}), IsEmpty());
  EXPECT_THAT(scaled({}), IsEmpty());
  EXPECT_THAT(scaled_weights<float>(std::vector<float>{0.5f, 0.75f, 1.5f}, "value"), ElementsAre(1, 2, 5));
}

TEST(ScaledWeights, GetCoarserWhereTheirSumWouldNotFit) {
  std::mt19937 random(6);
  std::vector<float> weights(100);
  for (float& w : weights) w = std::uniform_real_distribution<float>(0, 1)(random);
  const auto [least, most] = std::minmax_element(weights.begin(), weights.end());
  const std::vector<int32_t> scaled = scaled_weights<float>(weights, "value");
  const int64_t sum = std::accumulate(scaled.begin(), scaled.end(), int64_t{0});
  EXPECT_LE(sum, std::numeric_limits<int32_t>::max());
  EXPECT_GT(sum, std::numeric_limits<int32_t>::max() / 4);
  const auto largest = static_cast<double>(*std::max_element(scaled.begin(), scaled.end()));
  for (size_t k = 0; k < weights.size(); ++k) {
    EXPECT_NEAR(scaled[k] / largest, (weights[k] - *least) / (*most - *least), 1e-3);
  }
  EXPECT_THAT(error_of([] {
                scaled_weights<float>(std::vector<float>{1, NAN}, "value");
              }).what(),
              HasSubstr("value[1] is nan; weights are finite"));
  EXPECT_THROW(scaled_weights<double>(std::vector<double>{-1e308, 1e308}, "value"), Error);
  // A range that is the smallest number there is, and one of 2¹⁰⁷⁴ of it.
  EXPECT_THAT(scaled_weights<double>(std::vector<double>{0, 5e-324}, "value"), ElementsAre(1, 2));
  EXPECT_EQ(scaled_weights<double>(std::vector<double>{0, 5e-324, 1}, "value")[0], 0);
}

TEST(PartitionHalo, IsWhatIsReachedFromThePart) {
  // A path of six nodes in parts 0 0 1 1 2 2.
  const auto path = undirected<int64_t>(6, {{0, 1}, {1, 2}, {2, 3}, {3, 4}, {4, 5}});
  const std::vector<int64_t> part = {0, 0, 1, 1, 2, 2};
  std::vector<int64_t> ptr(4);
  const auto halo = [&](int64_t hops) {
    return partition_halo(path.view(), part.data(), 3, hops, ptr.data(), serial());
  };
  EXPECT_THAT(halo(1), ElementsAre(2, 1, 4, 3));
  EXPECT_THAT(ptr, ElementsAre(0, 1, 3, 4));
  EXPECT_THAT(halo(2), ElementsAre(2, 3, 0, 1, 4, 5, 2, 3));
  EXPECT_THAT(ptr, ElementsAre(0, 2, 6, 8));
  EXPECT_THAT(halo(0), IsEmpty());
  EXPECT_THAT(halo(1000), ElementsAre(2, 3, 4, 5, 0, 1, 4, 5, 0, 1, 2, 3));
}

TEST(PartitionHalo, IsTheDefinitionsOnAnyNumberOfThreads) {
  std::mt19937 random(9);
  set_thread_pool_size(3);
  for (int round = 0; round < 20; ++round) {
    const auto graph = random_graph<int32_t>(random, 50);
    std::vector<int32_t> part(50), ptr(6);
    for (int32_t& k : part) k = static_cast<int32_t>(random() % 5);
    const auto found = partition_halo(graph.view(), part.data(), 5, 2, ptr.data(), thread_pool());
    for (int32_t k = 0; k < 5; ++k) {
      std::set<int32_t> reached, expected;
      for (int32_t v = 0; v < 50; ++v) {
        if (part[static_cast<size_t>(v)] == k) reached.insert(v);
      }
      for (int hop = 0; hop < 2; ++hop) {
        for (const int32_t v : std::set<int32_t>(reached)) {
          for (const int32_t w : graph.row(v)) reached.insert(w);
        }
      }
      for (const int32_t v : reached) {
        if (part[static_cast<size_t>(v)] != k) expected.insert(v);
      }
      const std::vector<int32_t> own(found.begin() + ptr[static_cast<size_t>(k)],
                                     found.begin() + ptr[static_cast<size_t>(k) + 1]);
      EXPECT_EQ(own, std::vector<int32_t>(expected.begin(), expected.end()));
    }
  }
  set_thread_pool_size(0);
  const auto edge = graph_of<int32_t>({{1}, {0}});
  std::vector<int32_t> ptr(3);
  EXPECT_THAT(
      error_of([&] {
        partition_halo(edge.view("partition_halo"), std::vector<int32_t>{0, 2}.data(), 2, 1, ptr.data(), serial());
      }).what(),
      HasSubstr("partition_halo: node 1 is in part 2; it must lie in [0, 2)"));
}

}  // namespace
}  // namespace spinel::kernels
