// Random walks: they follow edges, take them with the right probabilities, and never leave the arrays.
#include "spinel/kernels/cpu/random_walk.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <random>

#include "spinel/kernels/cpu/random_stream.h"
#include "tests/kernels/graph_testing.h"
#include "tests/support/errors.h"

namespace spinel::kernels {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

template <typename Index>
struct Walked {
  std::vector<Index> nodes, edges;
};

template <typename Index>
WalkProblem<Index> problem_of(const TestGraph<Index>& graph, const std::vector<Index>& start, int64_t length,
                              Walked<Index>& walked) {
  walked.nodes.assign(start.size() * static_cast<size_t>(length + 1), -7);
  walked.edges.assign(start.size() * static_cast<size_t>(length), -7);
  return {graph.view("random_walk"), start.data(),       static_cast<int64_t>(start.size()), length,
          walked.nodes.data(),       walked.edges.data()};
}

template <typename Index>
Walked<Index> walk(const TestGraph<Index>& graph, const std::vector<Index>& start, int64_t length,
                   const std::vector<float>& uniform, const ParallelFor& parallel = serial()) {
  Walked<Index> walked;
  random_walk(problem_of(graph, start, length, walked), uniform.data(), parallel);
  return walked;
}

template <typename Index>
Walked<Index> node2vec(const TestGraph<Index>& graph, const std::vector<Index>& start, int64_t length,
                       const Node2VecOptions& options, const ParallelFor& parallel = serial()) {
  Walked<Index> walked;
  node2vec_walk(problem_of(graph, start, length, walked), options, parallel);
  return walked;
}

template <typename Index>
void expect_along_edges(const TestGraph<Index>& graph, const Walked<Index>& walked, int64_t length) {
  for (size_t k = 0; k < walked.edges.size(); ++k) {
    const size_t place =
        k / static_cast<size_t>(length) * static_cast<size_t>(length + 1) + k % static_cast<size_t>(length);
    const Index from = walked.nodes[place], to = walked.nodes[place + 1], edge = walked.edges[k];
    if (edge < 0) {
      EXPECT_EQ(from, to);
      EXPECT_TRUE(graph.row(from).empty());
      continue;
    }
    EXPECT_GE(edge, graph.rowptr[static_cast<size_t>(from)]);
    EXPECT_LT(edge, graph.rowptr[static_cast<size_t>(from) + 1]);
    EXPECT_EQ(to, graph.col[static_cast<size_t>(edge)]);
  }
}

TEST(ChosenPlace, StaysBelowTheCount) {
  EXPECT_EQ(chosen_place(0.0f, 5), 0);
  EXPECT_EQ(chosen_place(0.2f, 5), 1);
  EXPECT_EQ(chosen_place(0.99999994f, 5), 4);
  // Counts that float32 does not hold exactly.
  EXPECT_EQ(chosen_place(0.99999994f, 1 << 25), (1 << 25) - 2);
  EXPECT_EQ(chosen_place(0.99999994f, (1 << 24) + 1), (1 << 24) - 1);
  EXPECT_EQ(chosen_place(1.0f, (1 << 24) + 3), (1 << 24) + 2);
  for (const float draw : {-1.0f, 1.0f, 2.0f, std::numeric_limits<float>::quiet_NaN(),
                           std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity()}) {
    EXPECT_GE(chosen_place(draw, 3), 0);
    EXPECT_LT(chosen_place(draw, 3), 3);
  }
}

TEST(RandomStream, DrawsAllNumbersEquallyOften) {
  const Philox generator(11);
  for (const int64_t n : {1, 2, 3, 7, 10}) {
    RandomStream stream(generator, static_cast<uint64_t>(n));
    std::vector<int64_t> counts(static_cast<size_t>(n));
    for (int k = 0; k < 7000; ++k) ++counts[static_cast<size_t>(stream.below(n))];
    const std::vector<double> expected(static_cast<size_t>(n), 7000.0 / static_cast<double>(n));
    EXPECT_LT(chi_square(counts, expected), 28) << n;  // 9 degrees of freedom, 0.1 %
  }
}

TEST(RandomStream, DrawsFromRangesBeyond32Bits) {
  const Philox generator(1);
  RandomStream stream(generator, 0);
  for (const int64_t n :
       {(int64_t{1} << 32), (int64_t{1} << 32) + 1, int64_t{3} << 40, std::numeric_limits<int64_t>::max()}) {
    int64_t most = 0;
    for (int k = 0; k < 200; ++k) {
      const int64_t number = stream.below(n);
      ASSERT_GE(number, 0);
      ASSERT_LT(number, n);
      most = std::max(most, number);
    }
    EXPECT_GT(most, n / 2);
  }
}

TEST(RandomStream, IsItsItemsOwn) {
  const Philox generator(3);
  RandomStream a(generator, 1), b(generator, 2), again(generator, 1);
  const uint32_t first = a.next();
  EXPECT_EQ(again.next(), first);
  EXPECT_NE(b.next(), first);
  for (int k = 0; k < 100; ++k) {
    const double draw = a.uniform();
    EXPECT_GE(draw, 0);
    EXPECT_LT(draw, 1);
  }
}

template <typename Index>
class RandomWalk : public testing::Test {};
using Indices = testing::Types<int32_t, int64_t>;
TYPED_TEST_SUITE(RandomWalk, Indices);

TYPED_TEST(RandomWalk, TakesTheEdgeThatTheDrawSays) {
  using Index = TypeParam;
  const auto graph = graph_of<Index>({{1, 2, 3}, {0, 2}, {3}, {0}});
  const Walked<Index> walked = walk<Index>(graph, {0, 1}, 3, {0.4f, 0.0f, 0.9f, 0.6f, 0.99f, 0.1f});
  EXPECT_THAT(walked.nodes, ElementsAre(0, 2, 3, 0, 1, 2, 3, 0));
  EXPECT_THAT(walked.edges, ElementsAre(1, 5, 6, 4, 5, 6));
}

TYPED_TEST(RandomWalk, StaysWhereNothingLeadsOut) {
  using Index = TypeParam;
  // The last node has an empty row too: a reader that goes on leaves the array.
  const auto graph = graph_of<Index>({{1}, {}, {0}, {}});
  const Walked<Index> walked = walk<Index>(graph, {2, 3}, 3, std::vector<float>(6, 0.5f));
  EXPECT_THAT(walked.nodes, ElementsAre(2, 0, 1, 1, 3, 3, 3, 3));
  EXPECT_THAT(walked.edges, ElementsAre(1, 0, -1, -1, -1, -1));
  const Walked<Index> chosen = node2vec<Index>(graph, {2, 3}, 3, {.p = 2, .q = 3});
  EXPECT_EQ(chosen.nodes, walked.nodes);
  EXPECT_EQ(chosen.edges, walked.edges);
}

TYPED_TEST(RandomWalk, FollowsEdgesOnAnyNumberOfThreads) {
  using Index = TypeParam;
  std::mt19937 random(5);
  set_thread_pool_size(3);
  for (int round = 0; round < 20; ++round) {
    const auto graph = random_graph<Index>(random, 2 + static_cast<int64_t>(random() % 60), round % 2 == 0);
    const int64_t length = static_cast<int64_t>(random() % 9);
    std::vector<Index> start(random() % 1500);
    for (Index& v : start) v = static_cast<Index>(random() % static_cast<uint64_t>(graph.num_nodes()));
    std::vector<float> uniform(start.size() * static_cast<size_t>(length));
    for (float& u : uniform) u = std::uniform_real_distribution<float>(0, 1)(random);
    const Walked<Index> walked = walk<Index>(graph, start, length, uniform);
    expect_along_edges(graph, walked, length);
    EXPECT_EQ(walk<Index>(graph, start, length, uniform, thread_pool()).nodes, walked.nodes);
    const Node2VecOptions options{.p = 0.3, .q = 4, .is_sorted = round % 2 == 0, .seed = random()};
    const Walked<Index> chosen = node2vec<Index>(graph, start, length, options);
    expect_along_edges(graph, chosen, length);
    EXPECT_EQ(node2vec<Index>(graph, start, length, options, thread_pool()).nodes, chosen.nodes);
  }
  set_thread_pool_size(0);
}

TYPED_TEST(RandomWalk, RefusesWhatLeadsOutOfTheGraph) {
  using Index = TypeParam;
  const auto refused = [](const TestGraph<Index>& graph, const std::vector<Index>& start) {
    const std::vector<float> uniform(start.size() * 4, 0.5f);
    const Error error = error_of([&] { walk<Index>(graph, start, 4, uniform); });
    EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
    EXPECT_STREQ(error_of([&] { node2vec<Index>(graph, start, 4, {.p = 2}); }).what(), error.what());
    return std::string(error.what());
  };
  const auto cycle = graph_of<Index>({{1}, {2}, {0}});
  EXPECT_EQ(refused(cycle, {0, 3}), "random_walk: start[1] is 3 but there are 3 nodes; it must lie in [0, 3)");
  EXPECT_THAT(refused(cycle, {-1}), HasSubstr("start[0] is -1"));
  EXPECT_THAT(refused(graph_of<Index>({{1}, {5}, {0}}), {0}), HasSubstr("col[1] is 5 but there are 3 nodes"));
  EXPECT_THAT(refused(graph_of<Index>({{1}, {-2}, {0}}), {0}), HasSubstr("col[1] is -2"));
  TestGraph<Index> falling = cycle;
  falling.rowptr = {0, 2, 1, 3};
  EXPECT_THAT(refused(falling, {1}), HasSubstr("rowptr gives row 1 the entries [2, 1)"));
  falling.rowptr = {0, 1, 2, 9};
  EXPECT_THAT(refused(falling, {2}), HasSubstr("row 2 the entries [2, 9); it must rise from 0 to 3"));
  falling.rowptr = {-4, 1, 2, 3};
  EXPECT_THAT(refused(falling, {0}), HasSubstr("row 0 the entries [-4, 1)"));
}

TEST(Node2Vec, HasTheTransitionProbabilitiesOfItsWeights) {
  // From 0 to 1, then: back to 0 (1/p); to 2, which has an edge to 0 (1); to 3 and 4, which have none (1/q each).
  const auto graph = undirected<int64_t>(5, {{0, 1}, {0, 2}, {1, 2}, {1, 3}, {1, 4}, {3, 4}});
  constexpr int64_t walks = 40000;
  const std::vector<int64_t> start(walks, 0);
  for (const auto& [p, q] : {std::pair(0.25, 4.0), std::pair(4.0, 0.5), std::pair(1.0, 2.0), std::pair(3.0, 1.0)}) {
    const auto walked = node2vec<int64_t>(graph, start, 2, {.p = p, .q = q, .seed = 17});
    std::vector<int64_t> counts(4);
    double visits = 0;
    for (size_t k = 0; k < walks; ++k) {
      if (walked.nodes[3 * k + 1] != 1) continue;
      const int64_t last = walked.nodes[3 * k + 2];
      ++counts[last == 0 ? 0 : static_cast<size_t>(last) - 1];
      ++visits;
    }
    const double sum = 1 / p + 1 + 2 / q;
    const std::vector<double> expected = {visits / p / sum, visits / sum, visits / q / sum, visits / q / sum};
    EXPECT_LT(chi_square(counts, expected), 16.3) << p << ' ' << q;  // 3 degrees of freedom, 0.1 %
    EXPECT_NEAR(visits, walks / 2.0, 4 * std::sqrt(walks / 4.0));    // the first step is uniform
  }
}

TEST(Node2Vec, IsExactAndEndsWhereNearlyAllDrawsAreRejected) {
  // From 0 through the hub 1: 2 and 3 weigh 10⁻⁶ each, and of nothing else is there an edge but back, 10⁻⁹.
  const auto graph = graph_of<int32_t>({{1}, {0, 0, 2, 3}, {0}, {0}});
  constexpr int64_t walks = 6000;
  const std::vector<int32_t> start(walks, 0);
  const auto walked = node2vec<int32_t>(graph, start, 2, {.p = 1e9, .q = 1e-6, .seed = 5});
  std::vector<int64_t> counts(4);
  for (size_t k = 0; k < walks; ++k) ++counts[static_cast<size_t>(walked.nodes[3 * k + 2])];
  EXPECT_EQ(counts[0], 0);
  EXPECT_LT(chi_square(std::span(counts).subspan(2), std::vector<double>{walks / 2.0, walks / 2.0}), 10.8);
  // Only the way back is there.
  const auto pair = graph_of<int32_t>({{1, 1}, {0, 0, 0}});
  const auto back = node2vec<int32_t>(pair, {0}, 50, {.p = 1e100, .q = 1e-100});
  for (size_t k = 0; k < 51; ++k) EXPECT_EQ(back.nodes[k], static_cast<int32_t>(k % 2));
}

TEST(Node2Vec, LooksEdgesUpInRowsOfAnyOrder) {
  // 1 has a hub of neighbours; of them only number 40 has an edge back to 0, far into an unsorted row.
  std::vector<std::vector<int64_t>> rows(60);
  rows[0] = {1};
  for (int64_t v = 2; v < 60; ++v) rows[1].push_back(v);
  for (int64_t v = 59; v >= 20; --v) rows[40].push_back(v);
  rows[40].push_back(0);
  auto graph = graph_of<int64_t>(rows);
  const std::vector<int64_t> start(400, 0);
  for (const bool is_sorted : {false, true}) {
    const auto walked = node2vec<int64_t>(graph, start, 2, {.q = 1e9, .is_sorted = is_sorted, .seed = 9});
    for (size_t k = 0; k < start.size(); ++k) EXPECT_EQ(walked.nodes[3 * k + 2], 40) << k;
    std::sort(rows[40].begin(), rows[40].end());
    graph = graph_of<int64_t>(rows);
  }
}

}  // namespace
}  // namespace spinel::kernels
