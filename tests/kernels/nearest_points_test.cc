#include "spinel/kernels/cpu/nearest_points.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "spinel/kernels/cpu/point_tree.h"

namespace spinel::kernels {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

TEST(NearestHeap, KeepsTheNearestBelowItsLimit) {
  NearestHeap heap(3, 10);
  for (const auto& [distance, index] : {std::pair{4.0, 7}, {12.0, 1}, {10.0, 2}, {4.0, 3}, {1.0, 9}}) {
    heap.offer(distance, index);
  }
  EXPECT_EQ(heap.bound(), 4);
  // Farther; equal to the farthest with a larger index, then with a smaller one.
  heap.offer(5, 0);
  heap.offer(4, 8);
  heap.offer(4, 5);
  EXPECT_THAT(heap.sorted(), ElementsAre(Pair(1, 9), Pair(4, 3), Pair(4, 5)));
  heap.clear();
  EXPECT_THAT(heap.sorted(), IsEmpty());
  NearestHeap none(0, 10);
  none.offer(1, 1);
  EXPECT_THAT(none.sorted(), IsEmpty());
}

std::vector<double> random_points(int64_t numbers, unsigned seed, int steps = 0) {
  std::mt19937 random(seed);
  std::vector<double> points(static_cast<size_t>(numbers));
  for (double& value : points) {
    value = steps > 0 ? static_cast<double>(random() % static_cast<unsigned>(steps))
                      : std::normal_distribution<double>()(random);
  }
  return points;
}

TEST(PointTree, FindsTheSameAsAllPairsWhereverPointsLie) {
  for (const int64_t n : {1, 16, 17, 300}) {
    for (const int64_t dim : {1, 3, 6}) {
      // On few places, so that many points lie on each other and cuts go through equal coordinates.
      for (const int steps : {0, 1, 2, 5}) {
        const std::vector<double> points = random_points(n * dim, 5, steps);
        const PointTree tree(points.data(), n, dim);
        for (int64_t q = 0; q < n; q += 7) {
          const double* const query = points.data() + q * dim;
          NearestHeap found(5, 6), wanted(5, 6);
          tree.search(query, q, found);
          for (int64_t p = 0; p < n; ++p) {
            double distance = 0;
            for (int64_t d = 0; d < dim; ++d) {
              distance += (points[static_cast<size_t>(p * dim + d)] - query[d]) *
                          (points[static_cast<size_t>(p * dim + d)] - query[d]);
            }
            if (p != q) wanted.offer(distance, p);
          }
          EXPECT_EQ(found.sorted(), wanted.sorted()) << n << " points, dim " << dim << ", steps " << steps;
        }
      }
    }
  }
}

TEST(PointTree, OfNoPointsFindsNone) {
  const PointTree tree(nullptr, 0, 3);
  const double query[3] = {};
  NearestHeap heap(5, 1);
  tree.search(query, -1, heap);
  EXPECT_THAT(heap.sorted(), IsEmpty());
}

TEST(NearestPoints, DoNotDependOnThreads) {
  const std::vector<double> points = random_points(3 * 1000, 1), queries = random_points(3 * 333, 2);
  const int64_t first_point[] = {0, 600, 600, 1000}, first_query[] = {0, 100, 233, 333};
  const NearestProblem problem{.points = points.data(),
                               .queries = queries.data(),
                               .first_point = first_point,
                               .first_query = first_query,
                               .examples = 3,
                               .dim = 3,
                               .max_neighbors = 4};
  const NearestResult one = nearest_points(problem, serial());
  ASSERT_EQ(one.first.size(), 334U);
  EXPECT_EQ(one.first[100], 400);
  EXPECT_EQ(one.first[233], 400);  // the second example has no points
  EXPECT_EQ(one.neighbor.size(), 800U);
  EXPECT_TRUE(std::all_of(one.neighbor.begin() + 400, one.neighbor.end(), [](int64_t p) { return p >= 600; }));
  set_thread_pool_size(3);
  const NearestResult many = nearest_points(problem, thread_pool());
  EXPECT_EQ(many.first, one.first);
  EXPECT_EQ(many.neighbor, one.neighbor);
}

TEST(FarthestPoints, AreTakenInOrderWithinTheirExample) {
  const double points[] = {0, 1, 10, 4, 100, 103, 104};
  const int64_t first[] = {0, 4, 4, 7}, start[] = {1, 0, 2}, count[] = {4, 0, 2};
  int64_t sample[6];
  farthest_points(points, first, 3, 1, start, count, sample, serial());
  EXPECT_THAT(sample, ElementsAre(1, 2, 3, 0, 6, 4));
}

}  // namespace
}  // namespace spinel::kernels
