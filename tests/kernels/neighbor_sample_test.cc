// Sampling of neighbours: subsets without repeats, uniform, the same on any number of threads.
#include "spinel/kernels/cpu/neighbor_sample.h"

#include <gmock/gmock.h>

#include <limits>
#include <map>
#include <random>

#include "tests/kernels/graph_testing.h"
#include "tests/support/errors.h"

namespace spinel::kernels {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

template <typename Index>
struct Sampled {
  std::vector<Index> rowptr, edges, cols;
  std::vector<Index> row(size_t i) const { return {edges.begin() + rowptr[i], edges.begin() + rowptr[i + 1]}; }
};

template <typename Index>
Sampled<Index> sample(const RowSampling<Index>& sampling, const ParallelFor& parallel = serial()) {
  Sampled<Index> s;
  s.rowptr.resize(sampling.nodes.size() + 1);
  const auto total = static_cast<size_t>(count_sampled(sampling, s.rowptr.data(), parallel));
  s.edges.resize(total);
  s.cols.resize(total);
  draw_sampled(sampling, s.rowptr.data(), s.edges.data(), s.cols.data(), parallel);
  return s;
}

template <typename Index>
class NeighborSample : public testing::Test {};
using Indices = testing::Types<int32_t, int64_t>;
TYPED_TEST_SUITE(NeighborSample, Indices);

TYPED_TEST(NeighborSample, DrawsSubsetsOfRowsOnAnyNumberOfThreads) {
  using Index = TypeParam;
  std::mt19937 random(3);
  set_thread_pool_size(3);
  for (int round = 0; round < 30; ++round) {
    const auto graph = random_graph<Index>(random, 1 + static_cast<int64_t>(random() % 150));
    std::vector<Index> nodes(random() % 900);
    for (Index& v : nodes) v = static_cast<Index>(random() % static_cast<uint64_t>(graph.num_nodes()));
    // Above 32 of a row another way of remembering them is taken.
    const int64_t count = static_cast<int64_t>(random() % (round % 2 == 0 ? 6 : 120)) - 1;
    const RowSampling<Index> sampling{
        .graph = graph.view(), .nodes = nodes, .count = count, .replace = round % 3 == 0, .seed = random()};
    const Sampled<Index> s = sample(sampling);
    for (size_t i = 0; i < nodes.size(); ++i) {
      const auto degree = static_cast<int64_t>(graph.row(nodes[i]).size());
      const std::vector<Index> drawn = s.row(i);
      const std::set<Index> distinct(drawn.begin(), drawn.end());
      int64_t expected = count < 0 ? degree : std::min(degree, count);
      if (sampling.replace && count >= 0) expected = degree > 0 ? count : 0;
      ASSERT_EQ(static_cast<int64_t>(drawn.size()), expected);
      if (!sampling.replace) ASSERT_EQ(distinct.size(), drawn.size());
      for (const Index edge : drawn) {
        ASSERT_GE(edge, graph.rowptr[static_cast<size_t>(nodes[i])]);
        ASSERT_LT(edge, graph.rowptr[static_cast<size_t>(nodes[i]) + 1]);
      }
    }
    for (size_t e = 0; e < s.edges.size(); ++e) ASSERT_EQ(s.cols[e], graph.col[static_cast<size_t>(s.edges[e])]);
    EXPECT_EQ(sample(sampling, thread_pool()).edges, s.edges);
  }
  set_thread_pool_size(0);
}

TEST(NeighborSample, IsUniformOverSubsets) {
  const auto graph = graph_of<int64_t>({{0, 0, 0, 0, 0}});
  const std::vector<int64_t> nodes(20000, 0);
  for (const bool replace : {false, true}) {
    const RowSampling<int64_t> sampling{
        .graph = graph.view(), .nodes = nodes, .count = 2, .replace = replace, .seed = 21};
    const Sampled<int64_t> s = sample(sampling);
    std::map<std::pair<int64_t, int64_t>, int64_t> counts;
    for (size_t i = 0; i < nodes.size(); ++i) {
      const auto drawn = s.row(i);
      ++counts[std::minmax(drawn[0], drawn[1])];
    }
    // Without replacement 10 pairs, with it two equal ones half as often as two different ones.
    ASSERT_EQ(counts.size(), replace ? 15u : 10u);
    std::vector<int64_t> found;
    std::vector<double> expected;
    for (const auto& [pair, count] : counts) {
      found.push_back(count);
      expected.push_back(!replace ? 2000 : pair.first == pair.second ? 800 : 1600);
    }
    EXPECT_LT(chi_square(found, expected), replace ? 36.1 : 27.9);  // 14 and 9 degrees of freedom, 0.1 %
  }
}

TEST(NeighborSample, IsUniformOverSubsetsOfManyToo) {
  // 40 of 60, where drawn ones are marked: each is in two thirds of the samples.
  const auto graph = graph_of<int32_t>({std::vector<int32_t>(60, 0)});
  const std::vector<int32_t> nodes(3000, 0);
  const Sampled<int32_t> s = sample<int32_t>({.graph = graph.view(), .nodes = nodes, .count = 40, .seed = 2});
  std::vector<int64_t> counts(60);
  for (const int32_t edge : s.edges) ++counts[static_cast<size_t>(edge)];
  // The counts of one sample exclude each other, so they scatter by a third of what independent ones would.
  EXPECT_LT(chi_square(counts, std::vector<double>(60, 2000)) * 3, 98.3);  // 59 degrees of freedom, 0.1 %
}

TEST(NeighborSample, OtherSeedsDrawOthers) {
  std::mt19937 random(1);
  const auto graph = random_graph<int64_t>(random, 100);
  std::vector<int64_t> nodes(100);
  for (size_t i = 0; i < 100; ++i) nodes[i] = static_cast<int64_t>(i);
  RowSampling<int64_t> sampling{.graph = graph.view(), .nodes = nodes, .count = 2, .seed = 1};
  const std::vector<int64_t> first = sample(sampling).edges;
  EXPECT_EQ(sample(sampling).edges, first);
  sampling.seed = 2;
  EXPECT_NE(sample(sampling).edges, first);
}

TEST(NeighborSample, RefusesWhatDoesNotFit) {
  const auto graph = graph_of<int32_t>({{1, 0}, {0}});
  const std::vector<int32_t> both = {0, 1};
  const auto refused = [&](const RowSampling<int32_t>& sampling) {
    return std::string(error_of([&] { sample(sampling); }).what());
  };
  const std::vector<int32_t> outside = {0, 2}, negative = {-1};
  EXPECT_THAT(refused({.graph = graph.view(), .nodes = outside}), HasSubstr("idx[1] is 2 but there are 2 nodes"));
  EXPECT_THAT(refused({.graph = graph.view(), .nodes = negative}), HasSubstr("idx[0] is -1"));
  RowSampling<int32_t> many{.graph = graph.view(), .nodes = both, .count = 1'500'000'000, .replace = true};
  EXPECT_THAT(refused(many), HasSubstr("1500000000 draws for each of 2 nodes; an index of 32 bits counts fewer"));
  many.count = std::numeric_limits<int64_t>::max();
  EXPECT_THAT(refused(many), HasSubstr("an index of 32 bits counts fewer"));
  TestGraph<int32_t> broken = graph;
  broken.rowptr = {0, 3, 1};
  EXPECT_THAT(refused({.graph = broken.view(), .nodes = both}), HasSubstr("rowptr gives row 1 the entries [3, 1)"));
  broken = graph;
  broken.col[0] = 7;
  EXPECT_THAT(refused({.graph = broken.view(), .nodes = both}), HasSubstr("col[0] is 7"));
}

TEST(Relabel, NumbersByFirstAppearanceAfterTheGivenNodes) {
  const std::vector<int64_t> idx = {5, 2};
  std::vector<int64_t> col = {2, 9, 5, 1000000, 9, 0};
  EXPECT_THAT(relabel<int64_t>(idx, col, {}), ElementsAre(5, 2, 9, 1000000, 0));
  EXPECT_THAT(col, ElementsAre(1, 2, 0, 3, 2, 4));
}

TEST(Relabel, OfARepeatedNodeTakesTheLastPlace) {
  const std::vector<int32_t> idx = {3, 4, 3};
  std::vector<int32_t> col = {3, 7, 4};
  EXPECT_THAT(relabel<int32_t>(idx, col, {}), ElementsAre(3, 4, 3, 7));
  EXPECT_THAT(col, ElementsAre(2, 3, 1));
}

TEST(Relabel, RefusesNegativeNodes) {
  const std::vector<int64_t> idx = {0, -4}, none;
  std::vector<int64_t> col = {1, -2}, no_col;
  EXPECT_STREQ(error_of([&] { relabel<int64_t>(idx, no_col, {.op = "relabel"}); }).what(),
               "relabel: idx[1] is -4; nodes are not negative");
  EXPECT_STREQ(error_of([&] { relabel<int64_t>(none, col, {.op = "relabel"}); }).what(),
               "relabel: col[1] is -2; nodes are not negative");
  EXPECT_TRUE(relabel<int64_t>(none, no_col, {}).empty());
}

TEST(SortRows, PutsEdgesWithTheirColumns) {
  const std::vector<int64_t> rowptr = {0, 3, 3, 5};
  std::vector<int64_t> col = {4, 0, 4, 1, 0}, edges = {9, 8, 7, 6, 5};
  sort_rows(rowptr.data(), 3, col.data(), edges.data(), serial());
  EXPECT_THAT(col, ElementsAre(0, 4, 4, 0, 1));
  EXPECT_THAT(edges, ElementsAre(8, 7, 9, 5, 6));
}

TEST(EgoSample, KeepsToItsDepth) {
  // A path 0 − 1 − 2 − 3 − 4: one hop from 1, two hops from 4, none from 2.
  const auto path = undirected<int64_t>(5, {{0, 1}, {1, 2}, {2, 3}, {3, 4}});
  const auto nodes_of = [&](std::vector<int64_t> roots, int64_t depth) {
    return ego_sample<int64_t>({.graph = path.view(), .nodes = roots, .count = 10}, depth, serial()).nodes;
  };
  EXPECT_THAT(nodes_of({1}, 1), ElementsAre(0, 1, 2));
  EXPECT_THAT(nodes_of({4}, 2), ElementsAre(2, 3, 4));
  EXPECT_THAT(nodes_of({2}, 0), ElementsAre(2));
  EXPECT_THAT(nodes_of({1}, 100), ElementsAre(0, 1, 2, 3, 4));
  EXPECT_TRUE(nodes_of({}, 2).empty());
}

TEST(EgoSample, HasAllEdgesAmongItsNodes) {
  std::mt19937 random(8);
  for (int round = 0; round < 10; ++round) {
    const auto graph = random_graph<int32_t>(random, 40);
    std::vector<int32_t> roots(5);
    for (int32_t& v : roots) v = static_cast<int32_t>(random() % 40);
    const RowSampling<int32_t> sampling{
        .graph = graph.view(), .nodes = roots, .count = 3, .replace = round % 2 == 0, .seed = random()};
    const EgoSample<int32_t> s = ego_sample(sampling, 2, serial());
    ASSERT_EQ(s.ptr.size(), roots.size() + 1);
    ASSERT_EQ(s.rowptr.size(), s.nodes.size() + 1);
    for (size_t g = 0; g < roots.size(); ++g) {
      EXPECT_EQ(s.nodes[static_cast<size_t>(s.root[g])], roots[g]);
      const std::set<int32_t> own(s.nodes.begin() + s.ptr[g], s.nodes.begin() + s.ptr[g + 1]);
      EXPECT_TRUE(std::is_sorted(s.nodes.begin() + s.ptr[g], s.nodes.begin() + s.ptr[g + 1]));
      EXPECT_EQ(static_cast<int32_t>(own.size()), s.ptr[g + 1] - s.ptr[g]);
      for (int32_t i = s.ptr[g]; i < s.ptr[g + 1]; ++i) {
        const int32_t v = s.nodes[static_cast<size_t>(i)];
        std::vector<int32_t> expected, found;
        for (const int32_t w : graph.row(v)) {
          if (own.contains(w)) expected.push_back(w);
        }
        for (int32_t e = s.rowptr[static_cast<size_t>(i)]; e < s.rowptr[static_cast<size_t>(i) + 1]; ++e) {
          found.push_back(s.nodes[static_cast<size_t>(s.col[static_cast<size_t>(e)])]);
          EXPECT_EQ(graph.col[static_cast<size_t>(s.edges[static_cast<size_t>(e)])], found.back());
        }
        EXPECT_EQ(found, expected);
      }
    }
  }
}

}  // namespace
}  // namespace spinel::kernels
