// Nearest neighbours and samples of points against what a loop over all pairs finds.
#include "spinel/graph/nearest.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "spinel/graph/edge_type.h"
#include "tests/support/errors.h"

namespace spinel::graph {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

using Pairs = std::vector<std::pair<int64_t, int64_t>>;

Pairs pairs_of(const at::Tensor& edges) {
  Pairs pairs;
  const auto numbers = edges.accessor<int64_t, 2>();
  for (int64_t e = 0; e < edges.size(1); ++e) pairs.emplace_back(numbers[0][e], numbers[1][e]);
  return pairs;
}

/// Points that share an example, nearest first, of equal ones the smaller index first.
Pairs by_all_pairs(const at::Tensor& x, const at::Tensor& y, const at::Tensor& batch_x, const at::Tensor& batch_y,
                   size_t most, double r, bool skip_same = false) {
  const at::Tensor points = x.to(at::kDouble), queries = y.to(at::kDouble);
  const auto point = points.accessor<double, 2>(), query = queries.accessor<double, 2>();
  const auto of_point = batch_x.accessor<int64_t, 1>(), of_query = batch_y.accessor<int64_t, 1>();
  Pairs pairs;
  for (int64_t q = 0; q < y.size(0); ++q) {
    std::vector<std::pair<double, int64_t>> near;
    for (int64_t p = 0; p < x.size(0); ++p) {
      if (of_point[p] != of_query[q] || (skip_same && p == q)) continue;
      double distance = 0;
      for (int64_t d = 0; d < x.size(1); ++d) distance += (point[p][d] - query[q][d]) * (point[p][d] - query[q][d]);
      if (distance < r * r) near.emplace_back(distance, p);
    }
    std::sort(near.begin(), near.end());
    near.resize(std::min(near.size(), most));
    for (const auto& [distance, p] : near) pairs.emplace_back(q, p);
  }
  return pairs;
}

constexpr double everywhere = std::numeric_limits<double>::infinity();

at::Tensor sorted_batch(int64_t points, int64_t examples) {
  return std::get<0>(at::randint(examples, {points}, at::kLong).sort());
}

TEST(Knn, FindsWhatALoopOverAllPairsFinds) {
  at::manual_seed(1);
  // Up to 8 coordinates are searched in a tree, more by products of matrices.
  for (const int64_t dim : {1, 2, 3, 8, 9, 40}) {
    for (const int64_t examples : {1, 4}) {
      for (const at::ScalarType type : {at::kDouble, at::kFloat}) {
        SCOPED_TRACE(std::to_string(dim) + " coordinates, examples " + std::to_string(examples));
        const at::Tensor x = at::randn({70, dim}, type), y = at::randn({30, dim}, type);
        const at::Tensor batch_x = sorted_batch(70, examples), batch_y = sorted_batch(30, examples);
        EXPECT_EQ(pairs_of(knn(x, y, 5, batch_x, batch_y)), by_all_pairs(x, y, batch_x, batch_y, 5, everywhere));
        EXPECT_EQ(pairs_of(radius(x, y, std::sqrt(dim), batch_x, batch_y, 4)),
                  by_all_pairs(x, y, batch_x, batch_y, 4, std::sqrt(dim)));
      }
    }
  }
}

TEST(Knn, OfEqualDistancesTheSmallerIndexIsNearer) {
  // A lattice, where nearly all distances are shared, and points that lie on each other.
  const at::Tensor axis = at::arange(6, at::kDouble);
  const auto grid = at::meshgrid({axis, axis}, "ij");
  for (const int64_t copies : {1, 7}) {
    for (const int64_t more : {0, 10}) {
      const at::Tensor lattice = at::stack({grid[0].flatten(), grid[1].flatten()}, 1).repeat({copies, 1});
      const at::Tensor x = at::cat({lattice, at::zeros({lattice.size(0), more}, at::kDouble)}, 1);
      const at::Tensor one = at::zeros({x.size(0)}, at::kLong);
      EXPECT_EQ(pairs_of(knn(x, x, 6)), by_all_pairs(x, x, one, one, 6, everywhere));
      EXPECT_EQ(pairs_of(knn_graph(x, 4, {}, {.flow = Flow::target_to_source})),
                by_all_pairs(x, x, one, one, 4, everywhere, true));
    }
  }
}

TEST(Knn, ManyCoordinatesOfAnySizeAreSearchedExactly) {
  at::manual_seed(2);
  const at::Tensor one = at::zeros({50}, at::kLong);
  for (const double size : {1e-30, 1e-3, 1e25}) {
    for (const double shift : {0.0, 1e3}) {
      SCOPED_TRACE(std::to_string(size) + " " + std::to_string(shift));
      const at::Tensor x = (at::randn({50, 20}, at::kDouble) + shift) * size;
      EXPECT_EQ(pairs_of(knn(x, x, 7)), by_all_pairs(x, x, one, one, 7, everywhere));
      // Two clouds so far apart that distances inside them are less than what products are rounded by.
      const at::Tensor sides = (at::arange(50).remainder(2) * 2 - 1).to(at::kDouble).unsqueeze(1);
      const at::Tensor clouds = (at::randn({50, 20}, at::kDouble) * 1e-4 + sides * 1e3) * size;
      EXPECT_EQ(pairs_of(knn(clouds, clouds, 7)), by_all_pairs(clouds, clouds, one, one, 7, everywhere));
    }
  }
}

TEST(Knn, AnExampleWithFewPointsGivesAllAndOneWithoutNone) {
  const at::Tensor x = at::tensor({0.0, 1.0, 5.0}), y = at::tensor({0.9, 4.0, 7.0});
  const at::Tensor batch_x = at::tensor({0, 0, 2}, at::kLong), batch_y = at::tensor({0, 1, 2}, at::kLong);
  EXPECT_EQ(pairs_of(knn(x, y, 3, batch_x, batch_y)), (Pairs{{0, 1}, {0, 0}, {2, 2}}));
  EXPECT_EQ(knn(x.narrow(0, 0, 0), y, 3).size(1), 0);
  EXPECT_EQ(knn(x, y.narrow(0, 0, 0), 3).size(1), 0);
}

TEST(Knn, CosineComparesAngles) {
  const at::Tensor x = at::tensor({1.0, 0.1, 100.0, 100.0, 0.0, 0.0, -1.0, 0.0}).view({4, 2});
  const at::Tensor y = at::tensor({2.0, 0.0, 0.0, 3.0}).view({2, 2});
  // Zeros stand at a right angle: behind 45°, before 180°.
  EXPECT_EQ(pairs_of(knn(x, y, 4, {}, {}, {.cosine = true})),
            (Pairs{{0, 0}, {0, 1}, {0, 2}, {0, 3}, {1, 1}, {1, 0}, {1, 2}, {1, 3}}));
  // All are equally far from zeros, but for rounding.
  const Pairs nearest = pairs_of(knn_graph(x, 1, {}, {.flow = Flow::target_to_source, .cosine = true}));
  ASSERT_EQ(nearest.size(), 4U);
  EXPECT_EQ(nearest[0].second, 1);
  EXPECT_EQ(nearest[1].second, 0);
  EXPECT_EQ(nearest[3].second, 2);
}

TEST(KnnGraph, PointsAreNoNeighboursOfThemselvesUnlessAskedFor) {
  at::manual_seed(3);
  const at::Tensor x = at::randn({40, 3}), batch = sorted_batch(40, 3);
  const Pairs wanted = by_all_pairs(x, x, batch, batch, 4, everywhere, true);
  const PointGraphOptions backwards{.flow = Flow::target_to_source};
  EXPECT_EQ(pairs_of(knn_graph(x, 4, batch, backwards)), wanted);
  EXPECT_TRUE(at::equal(knn_graph(x, 4, batch), knn_graph(x, 4, batch, backwards).flip(0)));
  EXPECT_EQ(pairs_of(knn_graph(x, 4, batch, {.loop = true, .flow = Flow::target_to_source})),
            by_all_pairs(x, x, batch, batch, 4, everywhere));
}

TEST(RadiusGraph, TakesThePointsInsideAndOfManyTheNearest) {
  at::manual_seed(4);
  const at::Tensor x = at::rand({60, 3}), batch = sorted_batch(60, 2);
  const PointGraphOptions backwards{.flow = Flow::target_to_source};
  const Pairs all = by_all_pairs(x, x, batch, batch, 100, 0.5, true);
  EXPECT_EQ(pairs_of(radius_graph(x, 0.5, batch, std::nullopt, backwards)), all);
  EXPECT_EQ(pairs_of(radius_graph(x, 0.5, batch, 3, backwards)), by_all_pairs(x, x, batch, batch, 3, 0.5, true));
  // The radius itself is outside.
  const at::Tensor line = at::arange(3, at::kDouble);
  EXPECT_EQ(radius_graph(line, 1.0).size(1), 0);
  EXPECT_EQ(radius_graph(line, 1.001).size(1), 4);
  EXPECT_EQ(radius_graph(line, 1.001, {}, 32, {.loop = true}).size(1), 7);
}

TEST(Fps, TakesTheFarthestPointOfEachExampleNext) {
  const at::Tensor x = at::tensor({0.0, 1.0, 10.0, 4.0, 0.0, 3.0});
  const at::Tensor batch = at::tensor({0, 0, 0, 0, 1, 1}, at::kLong);
  const FpsOptions first{.ratio = 0.75, .random_start = false};
  EXPECT_TRUE(at::equal(fps(x, batch, first), at::tensor({0, 2, 3, 4, 5}, at::kLong)));
  EXPECT_TRUE(at::equal(fps(x, {}, {.ratio = 0.5, .random_start = false}), at::tensor({0, 2, 3}, at::kLong)));
}

TEST(Fps, BeginsAnywhereWithEachPointOnce) {
  at::Generator generator = at::detail::createCPUGenerator(5);
  const at::Tensor x = at::zeros({8, 2});
  bool begins_elsewhere = false;
  for (int k = 0; k < 10; ++k) {
    const at::Tensor all = fps(x, {}, {.ratio = 1, .generator = generator});
    EXPECT_TRUE(at::equal(std::get<0>(all.sort()), at::arange(8)));
    begins_elsewhere = begins_elsewhere || all[0].item<int64_t>() != 0;
  }
  EXPECT_TRUE(begins_elsewhere);
  EXPECT_EQ(fps(x.narrow(0, 0, 0)).numel(), 0);
}

TEST(Nearest, BadInputIsAnErrorThatNamesTheFunctionAndBothValues) {
  const at::Tensor x = at::zeros({4, 3}), y = at::zeros({2, 2}), falls = at::tensor({0, 1, 0, 1}, at::kLong);
  const at::Tensor holed = at::full({4, 3}, NAN);
  const auto message = [](auto&& call) { return std::string(error_of(call).what()); };
  EXPECT_THAT(message([&] { knn(x, y, 1); }), StartsWith("knn: x has 3 coordinates but y has 2"));
  EXPECT_THAT(message([&] { knn(x, x, 0); }), StartsWith("knn: k is 0"));
  EXPECT_THAT(message([&] { knn(x, x, 1, falls, falls); }), AllOf(StartsWith("knn: batch_x"), HasSubstr("falls")));
  EXPECT_THAT(message([&] { knn_graph(x, 1, falls.slice(0, 0, 3)); }),
              AllOf(StartsWith("knn_graph: batch has the sizes [3]"), HasSubstr("4 points")));
  EXPECT_THAT(message([&] { knn_graph(holed, 1); }), StartsWith("knn_graph: x holds a number that is not finite"));
  EXPECT_THAT(message([&] { radius(x, x, -1); }), StartsWith("radius: r is -1"));
  EXPECT_THAT(message([&] { radius_graph(x, NAN); }), StartsWith("radius_graph: r is nan"));
  EXPECT_THAT(message([&] { radius_graph(x, 1, {}, -2); }), HasSubstr("max_num_neighbors is -2"));
  EXPECT_THAT(message([&] { fps(x, {}, {.ratio = 1.5}); }), StartsWith("fps: ratio is 1.5"));
  EXPECT_THAT(message([&] { fps(at::zeros({2, 2, 2})); }), StartsWith("fps: x has 3 dimensions"));
}

TEST(EdgeType, IsReadFromItsKey) {
  const EdgeType type = parse_edge_type("author__writes__paper", "test");
  EXPECT_EQ(type, (EdgeType{"author", "writes", "paper"}));
  EXPECT_EQ(type.key(), "author__writes__paper");
  for (const char* key : {"author", "a__b", "a__b__c__d", "__b__c"}) {
    EXPECT_THAT(error_of([&] { parse_edge_type(key, "test"); }).what(), AllOf(StartsWith("test: "), HasSubstr(key)));
  }
  const EdgeType strange{"a__b", "r", "c"};
  EXPECT_EQ(find_edge_type("a__b__r__c", {strange}, "test"), strange);
}

TEST(EdgeDict, KeepsOrderAndReplaces) {
  const EdgeType writes{"author", "writes", "paper"}, cites{"paper", "cites", "paper"};
  EdgeDict<int> dict{{writes, 1}, {cites, 2}};
  dict.set(writes, 3);
  EXPECT_EQ(dict.size(), 2U);
  EXPECT_EQ(dict.at(writes), 3);
  EXPECT_EQ(dict.types().front(), writes);
  EXPECT_THAT(error_of([&] {
                dict.at({"paper", "cite", "paper"}, "here");
              }).what(),
              AllOf(StartsWith("here: "), HasSubstr("paper__cites__paper")));
}

}  // namespace
}  // namespace spinel::graph
