// Nearest points of one set to those of another, example by example, and samples of points far from each other.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "spinel/base/parallel.h"

namespace spinel::kernels {

/// Points and queries of several examples that do not see each other; those of example g are first_point[g] to
/// first_point[g + 1] - 1.
struct NearestProblem {
  const double* points = nullptr;        ///< [n, dim], finite
  const double* queries = nullptr;       ///< [m, dim], finite
  const int64_t* first_point = nullptr;  ///< [examples + 1], rising from 0 to n < 2^31
  const int64_t* first_query = nullptr;  ///< [examples + 1], rising from 0 to m
  int64_t examples = 0;
  int64_t dim = 0;  ///< ≥ 1
  int64_t max_neighbors = 0;
  double limit = std::numeric_limits<double>::infinity();  ///< squared distances below it
  bool skip_same = false;                                  ///< queries are the points, and none is its own neighbour
};

/// The neighbours of query q are neighbor[first[q]] to neighbor[first[q + 1] - 1], nearest first, of equal ones the
/// smaller index first.
struct NearestResult {
  std::vector<int64_t> first;  ///< [m + 1]
  std::vector<int64_t> neighbor;
};
NearestResult nearest_points(const NearestProblem& problem, const ParallelFor& parallel);

/// From the points of each example `count[g]` ones (at most as many as there are), the first start[g], counted in the
/// example, each next one the point whose distance to those before is greatest, of equal ones the first (Eldar et al.,
/// 1997). Writes Σ count indices.
void farthest_points(const double* points, const int64_t* first_point, int64_t examples, int64_t dim,
                     const int64_t* start, const int64_t* count, int64_t* sample, const ParallelFor& parallel);

}  // namespace spinel::kernels
