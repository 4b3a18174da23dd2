// Graphs of points: nearest neighbours, neighbours within a radius, samples of points far from each other.
#pragma once

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>

#include "spinel/graph/utils/edges.h"

namespace spinel::graph {

// The functions of torch_geometric.nn.pool under their names. Points are rows x [N, D] (or numbers [N]) of any real
// type; batch [N] the example of each, rising (undefined: one example), which hides examples from each other. Distances
// are compared in float64, neighbours come nearest first and of equal ones the smaller index first, so that results do
// not depend on threads. No gradient passes through. Widths that differ, a batch of another length or that falls,
// numbers that are not finite: invalid_argument that names the function.

struct KnnOptions {
  bool cosine = false;  ///< by the angle between rows; rows of zeros are as far from all as right angles are
};

/// Of each point of y [M, D] the k nearest of x: [2, ≤ M k], row 0 numbers of y in order, row 1 of x. All points of an
/// example that has fewer. k < 1: invalid_argument.
at::Tensor knn(const at::Tensor& x, const at::Tensor& y, int64_t k, const at::Tensor& batch_x = {},
               const at::Tensor& batch_y = {}, const KnnOptions& options = {});

struct PointGraphOptions {
  bool loop = false;  ///< whether a point may be its own neighbour
  Flow flow = Flow::source_to_target;
  bool cosine = false;  ///< of knn_graph alone
};

/// The k nearest other points (or, with loops, k with itself) as edges [2, E] from neighbours to points in order of
/// points; the other flow exchanges the rows.
at::Tensor knn_graph(const at::Tensor& x, int64_t k, const at::Tensor& batch = {},
                     const PointGraphOptions& options = {});

/// Of each point of y the points of x nearer than r, of more than max_num_neighbors (absent: all) the nearest: as
/// knn(). Another r than a number ≥ 0: invalid_argument.
at::Tensor radius(const at::Tensor& x, const at::Tensor& y, double r, const at::Tensor& batch_x = {},
                  const at::Tensor& batch_y = {}, std::optional<int64_t> max_num_neighbors = 32);
/// The points nearer than r to each other as edges, at most max_num_neighbors into each beside its loop: as
/// knn_graph().
at::Tensor radius_graph(const at::Tensor& x, double r, const at::Tensor& batch = {},
                        std::optional<int64_t> max_num_neighbors = 32, const PointGraphOptions& options = {});

struct FpsOptions {
  double ratio = 0.5;
  bool random_start = true;  ///< else the first point of each example
  std::optional<at::Generator> generator;
};
/// Farthest point sampling (Qi et al., arXiv:1706.02413): of each example ⌈ratio · n⌉ points, each next one farthest
/// from those before, in this order → [n'] int64. A ratio outside (0, 1]: invalid_argument.
at::Tensor fps(const at::Tensor& x, const at::Tensor& batch = {}, const FpsOptions& options = {});

}  // namespace spinel::graph
