// Sampling over several types of nodes: hops, budgets, edges among what was found.
#include "spinel/kernels/cpu/hetero_sample.h"

#include <gmock/gmock.h>

#include <cmath>
#include <numeric>

#include "tests/kernels/graph_testing.h"
#include "tests/support/errors.h"

namespace spinel::kernels {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Authors (0) write papers (1), papers cite papers: columns of targets.
struct Library {
  TestGraph<int64_t> writes = graph_of<int64_t>({{0}, {0, 1}, {1, 2}});  // of paper: authors
  TestGraph<int64_t> cites = graph_of<int64_t>({{}, {0}, {1}});          // of paper: papers that cite it
  std::vector<int64_t> papers = {2}, authors;

  HeteroProblem<int64_t> problem(int64_t hops, int64_t count) const {
    CsrGraph<int64_t> by_author = writes.view("hetero");
    by_author.num_cols = 3;
    return {.relations = {{by_author, 0, 1, std::vector<int64_t>(static_cast<size_t>(hops), count)},
                          {cites.view("hetero"), 1, 1, std::vector<int64_t>(static_cast<size_t>(hops), count)}},
            .inputs = {authors, papers},
            .num_hops = hops,
            .seed = 5};
  }
};

TEST(HeteroNeighborSample, GoesOnFromWhatTheHopBeforeFound) {
  const Library library;
  const auto one = hetero_neighbor_sample(library.problem(1, -1), false, true, serial());
  EXPECT_THAT(one.nodes[0], ElementsAre(1, 2));
  EXPECT_THAT(one.nodes[1], ElementsAre(2, 1));
  EXPECT_THAT(one.edges[0].rows, ElementsAre(0, 1));
  EXPECT_THAT(one.edges[0].cols, ElementsAre(0, 0));
  EXPECT_THAT(one.edges[0].edges, ElementsAre(3, 4));
  EXPECT_THAT(one.edges[1].rows, ElementsAre(1));
  const auto two = hetero_neighbor_sample(library.problem(2, -1), false, true, serial());
  EXPECT_THAT(two.nodes[0], ElementsAre(1, 2, 0));
  EXPECT_THAT(two.nodes[1], ElementsAre(2, 1, 0));
  EXPECT_THAT(two.edges[0].edges, ElementsAre(3, 4, 1, 2));
}

TEST(HeteroNeighborSample, TakesAllEdgesAmongItsNodes) {
  const Library library;
  const auto sample = hetero_neighbor_sample(library.problem(1, -1), false, false, serial());
  EXPECT_THAT(sample.nodes[0], ElementsAre(1, 2));
  // Author 1 of papers 2 and 1, author 2 of paper 2: the first edge of paper 1 leads to author 0, who is not there.
  EXPECT_THAT(sample.edges[0].edges, ElementsAre(3, 4, 2));
  EXPECT_THAT(sample.edges[0].rows, ElementsAre(0, 1, 0));
  EXPECT_THAT(sample.edges[0].cols, ElementsAre(0, 0, 1));
}

TEST(HeteroNeighborSample, DrawsSoManyAndRefusesNodesOutside) {
  Library library;
  const auto sample = hetero_neighbor_sample(library.problem(2, 1), false, true, serial());
  EXPECT_EQ(sample.edges[0].edges.size(), 2u);
  EXPECT_EQ(hetero_neighbor_sample(library.problem(1, 4), true, true, serial()).edges[0].edges.size(), 4u);
  library.papers = {0, 3};
  EXPECT_THAT(error_of([&] { hetero_neighbor_sample(library.problem(1, 1), false, true, serial()); }).what(),
              HasSubstr("hetero: input_node[1] is 3 but there are 3 nodes"));
}

/// Posts (1) that users (0) like, at times; users have none.
struct Feed {
  TestGraph<int64_t> likes = graph_of<int64_t>({{0, 1}, {1}, {0, 1, 2}});                // of post: users
  TestGraph<int64_t> links = graph_of<int64_t>({{1, 2}, {0, 2}, {0, 1, 3}, {0, 1, 2}});  // of post: posts
  std::vector<int64_t> posts = {2, 1}, users, times = {10, 20, 30, 40};

  HeteroProblem<int64_t> problem(int64_t hops, int64_t count, uint64_t seed = 1) const {
    return {.relations = {{links.view("temporal"), 1, 1, std::vector<int64_t>(static_cast<size_t>(hops), count)}},
            .inputs = {users, posts},
            .num_hops = hops,
            .seed = seed};
  }
  NodeTimes node_times() const { return {std::nullopt, times}; }
};

TEST(HeteroTemporalNeighborSample, KeepsTreesApartAndInTime) {
  const Feed feed;
  const auto sample = hetero_temporal_neighbor_sample(feed.problem(2, -1), feed.node_times(), false);
  // Tree of post 2 (time 30): posts 0 and 1, of which hop 2 finds no new ones but 2 itself; of post 1 (20): 0.
  EXPECT_THAT(sample.nodes[1], ElementsAre(2, 1, 0, 1, 0));
  EXPECT_THAT(sample.edges[0].rows, ElementsAre(2, 3, 4, 3, 0, 2, 0, 1));
  EXPECT_THAT(sample.edges[0].cols, ElementsAre(0, 0, 1, 2, 2, 3, 3, 4));
  EXPECT_THAT(sample.edges[0].edges, ElementsAre(4, 5, 2, 0, 1, 2, 3, 0));
}

TEST(HeteroTemporalNeighborSample, DrawsAmongThoseInTime) {
  Feed feed;
  feed.posts = {3, 1};
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const auto some = hetero_temporal_neighbor_sample(feed.problem(1, 2, seed), feed.node_times(), false);
    // Two of the three of post 3, and the one that post 1 may have.
    ASSERT_EQ(some.edges[0].cols, (std::vector<int64_t>{0, 0, 1}));
    ASSERT_NE(some.edges[0].edges[0], some.edges[0].edges[1]);
    ASSERT_EQ(some.edges[0].edges[2], 2);
    const auto again = hetero_temporal_neighbor_sample(feed.problem(1, 4, seed), feed.node_times(), true);
    ASSERT_EQ(again.edges[0].cols, (std::vector<int64_t>{0, 0, 0, 0, 1, 1, 1, 1}));
    ASSERT_THAT(std::vector<int64_t>(again.edges[0].edges.begin() + 4, again.edges[0].edges.end()),
                ElementsAre(2, 2, 2, 2));
  }
  feed.times = {50, 50, 50, 5};
  EXPECT_THAT(hetero_temporal_neighbor_sample(feed.problem(1, 2), feed.node_times(), true).edges[0].cols,
              ElementsAre(1, 1));
}

TEST(HeteroTemporalNeighborSample, NodesWithoutTimesAreThereAlways) {
  const Feed feed;
  HeteroProblem<int64_t> problem = feed.problem(1, -1);
  CsrGraph<int64_t> likes = feed.likes.view("temporal");
  problem.relations = {{likes, 0, 1, {-1}}};
  EXPECT_THAT(hetero_temporal_neighbor_sample(problem, feed.node_times(), false).nodes[0], ElementsAre(0, 1, 2, 1));
}

TEST(HeteroTemporalNeighborSample, RefusesNodesWithoutTimes) {
  Feed feed;
  const auto refused = [&] {
    return std::string(
        error_of([&] { hetero_temporal_neighbor_sample(feed.problem(1, -1), feed.node_times(), false); }).what());
  };
  feed.times = {1, 2};
  EXPECT_THAT(refused(), HasSubstr("temporal: node_time has 2 times of a type that has the node 2"));
  feed.times = {1, 2, 3, 4, 5};
  feed.posts = {4};
  EXPECT_THAT(refused(), HasSubstr("an input node is 4 but there are 4 nodes"));
  feed.posts = {-1};
  EXPECT_THAT(refused(), HasSubstr("an input node is -1"));
  feed.posts = {};
  feed.users = {0};
  EXPECT_THAT(refused(), HasSubstr("an input node of a type without times"));
}

TEST(HgtSample, DrawsByTheSquaresOfBudgets) {
  // Of the target 0 the sources 0 and 1 weigh 1/2 each, of target 1 source 0 alone weighs 1: budgets 3/2 and 1/2.
  const auto graph = graph_of<int32_t>({{0, 1}, {0}});
  const std::vector<int32_t> sources, targets = {0, 1};
  CsrGraph<int32_t> view = graph.view("hgt_sample");
  int64_t first = 0;
  constexpr int rounds = 4000;
  for (uint64_t seed = 0; seed < rounds; ++seed) {
    const HeteroProblem<int32_t> problem{
        .relations = {{view, 0, 1, {}}}, .inputs = {sources, targets}, .num_hops = 1, .seed = seed};
    const auto sample = hgt_sample(problem, {{1}, {0}});
    ASSERT_EQ(sample.nodes[0].size(), 1u);
    first += sample.nodes[0][0] == 0;
    ASSERT_EQ(sample.edges[0].rows.size(), sample.nodes[0][0] == 0 ? 2u : 1u);
  }
  // 9/4 to 1/4.
  EXPECT_NEAR(static_cast<double>(first), 0.9 * rounds, 4 * std::sqrt(rounds * 0.9 * 0.1));
}

TEST(HgtSample, TakesAllCandidatesWhereThereAreNoMore) {
  const Library library;
  const auto sample = hgt_sample(library.problem(2, 0), {{10, 10}, {10, 10}});
  EXPECT_THAT(sample.nodes[0], testing::UnorderedElementsAre(0, 1, 2));
  EXPECT_THAT(sample.nodes[1], testing::UnorderedElementsAre(0, 1, 2));
  EXPECT_EQ(sample.edges[0].edges.size(), 5u);
  const auto none = hgt_sample(library.problem(2, 0), {{0, 0}, {0, -3}});
  EXPECT_THAT(none.nodes[0], IsEmpty());
  EXPECT_THAT(none.nodes[1], ElementsAre(2));
}

TEST(HgtSample, LooksAtFiftyEntriesOfALongColumn) {
  std::vector<int64_t> all(200);
  std::iota(all.begin(), all.end(), 0);
  const auto graph = graph_of<int64_t>({all});
  const std::vector<int64_t> sources, targets = {0};
  CsrGraph<int64_t> view = graph.view("hgt_sample");
  view.num_cols = 200;
  const HeteroProblem<int64_t> problem{
      .relations = {{view, 0, 1, {}}}, .inputs = {sources, targets}, .num_hops = 1, .seed = 1};
  const auto sample = hgt_sample(problem, {{1000}, {0}});
  EXPECT_EQ(sample.nodes[0].size(), static_cast<size_t>(hgt_most_neighbors));
  // The edges are of another fifty; each leads from a node that was drawn, and is where it says.
  EXPECT_LE(sample.edges[0].rows.size(), static_cast<size_t>(hgt_most_neighbors));
  for (size_t e = 0; e < sample.edges[0].rows.size(); ++e) {
    EXPECT_EQ(sample.nodes[0][static_cast<size_t>(sample.edges[0].rows[e])],
              graph.col[static_cast<size_t>(sample.edges[0].edges[e])]);
  }
}

}  // namespace
}  // namespace spinel::kernels
