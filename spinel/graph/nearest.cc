#include "spinel/graph/nearest.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <limits>

#include "spinel/base/error.h"
#include "spinel/graph/nearest_rows.h"
#include "spinel/hosts/torch/parallel.h"
#include "spinel/kernels/cpu/nearest_points.h"

namespace spinel::graph {
namespace {

using kernels::NearestProblem;
using kernels::NearestResult;

/// Coordinates above which a tree looks at nearly all points.
constexpr int64_t most_tree_coordinates = 8;

at::Tensor points_of(const at::Tensor& x, const char* name, const char* owner) {
  require(x.defined(), "{}: {} is None; points [points, coordinates] are needed", owner, name);
  require(x.dim() == 1 || x.dim() == 2, "{}: {} has {} dimensions; points and coordinates are needed", owner, name,
          x.dim());
  require(!x.is_complex() && x.scalar_type() != at::kBool, "{}: {} holds {}; real numbers are needed", owner, name,
          at::toString(x.scalar_type()));
  const at::Tensor columns = x.dim() == 1 ? x.unsqueeze(-1) : x;
  require(columns.size(0) < std::numeric_limits<int32_t>::max(), "{}: {} has {} points; it may have {} at most", owner,
          name, columns.size(0), std::numeric_limits<int32_t>::max() - 1);
  const at::Tensor points = columns.detach().to(at::kCPU, at::kDouble).contiguous();
  require(points.isfinite().all().item<bool>(), "{}: {} holds a number that is not finite; all must be", owner, name);
  return points;
}

/// batch [N] on the CPU, checked; undefined stays so.
at::Tensor batch_of(const at::Tensor& batch, int64_t points, const char* name, const char* owner) {
  if (!batch.defined()) return {};
  require(at::isIntegralType(batch.scalar_type(), false) && batch.dim() == 1 && batch.size(0) == points,
          "{}: {} has the sizes [{}] but there are {} points; one integer for each is needed", owner, name,
          join_text(batch.sizes(), ", "), points);
  const at::Tensor numbers = batch.to(at::kCPU, at::kLong).contiguous();
  if (points == 0) return numbers;
  require(numbers[0].item<int64_t>() >= 0, "{}: {} holds {}; examples are numbered from 0", owner, name,
          numbers[0].item<int64_t>());
  require(numbers.slice(0, 1).ge(numbers.slice(0, 0, -1)).all().item<bool>(),
          "{}: {} falls; the points of an example must follow each other", owner, name);
  return numbers;
}

int64_t examples_of(const at::Tensor& batch) {
  if (!batch.defined()) return 1;
  return batch.numel() == 0 ? 0 : batch[-1].item<int64_t>() + 1;
}

/// [examples + 1] where the points of each example begin.
at::Tensor starts_of(const at::Tensor& batch, int64_t points, int64_t examples) {
  if (batch.defined()) return at::searchsorted(batch, at::arange(examples + 1, at::kLong));
  at::Tensor starts = at::full({examples + 1}, points, at::kLong);
  starts[0] = 0;
  return starts;
}

/// Rows of length 1, and a last coordinate that keeps rows of zeros at a right angle to all others: then a smaller
/// angle is a smaller distance.
at::Tensor directions(const at::Tensor& points, bool is_query) {
  const at::Tensor length = points.norm(2, 1, true);
  const at::Tensor last = is_query ? at::zeros_like(length) : length.eq(0).to(at::kDouble);
  return at::cat({points / at::where(length > 0, length, 1), last}, 1);
}

struct Points {
  at::Tensor x, y, batch_x, batch_y;  ///< y is undefined where the points are their own queries
};

/// [2, E] queries and their neighbours, in order.
at::Tensor search(const Points& points, int64_t max_neighbors, double limit, bool skip_same) {
  const at::Tensor& queries = points.y.defined() ? points.y : points.x;
  const at::Tensor& batch = points.y.defined() ? points.batch_y : points.batch_x;
  // An example that one side lacks has no pairs.
  const int64_t examples = std::max(examples_of(points.batch_x), examples_of(batch));
  const at::Tensor first_point = starts_of(points.batch_x, points.x.size(0), examples);
  const at::Tensor first_query = starts_of(batch, queries.size(0), examples);
  const int64_t dim = points.x.size(1);
  NearestProblem problem{.points = points.x.const_data_ptr<double>(),
                         .queries = queries.const_data_ptr<double>(),
                         .first_point = first_point.const_data_ptr<int64_t>(),
                         .first_query = first_query.const_data_ptr<int64_t>(),
                         .examples = examples,
                         .dim = dim,
                         .max_neighbors = max_neighbors,
                         .limit = limit,
                         .skip_same = skip_same};
  const NearestResult found = dim > most_tree_coordinates ? nearest_rows(points.x, queries, problem)
                                                          : kernels::nearest_points(problem, torch_parallel());
  const auto pairs = static_cast<int64_t>(found.neighbor.size());
  at::Tensor result = at::empty({2, pairs}, at::kLong);
  int64_t* const query = result.mutable_data_ptr<int64_t>();
  for (int64_t q = 0; q < queries.size(0); ++q) {
    std::fill(query + found.first[static_cast<size_t>(q)], query + found.first[static_cast<size_t>(q) + 1], q);
  }
  std::copy(found.neighbor.begin(), found.neighbor.end(), query + pairs);
  return result;
}

Points checked(const at::Tensor& x, const at::Tensor& y, const at::Tensor& batch_x, const at::Tensor& batch_y,
               bool cosine, const char* owner) {
  Points points{points_of(x, "x", owner), points_of(y, "y", owner), {}, {}};
  require(points.x.size(1) == points.y.size(1), "{}: x has {} coordinates but y has {}; they must have as many", owner,
          points.x.size(1), points.y.size(1));
  points.batch_x = batch_of(batch_x, points.x.size(0), "batch_x", owner);
  points.batch_y = batch_of(batch_y, points.y.size(0), "batch_y", owner);
  if (cosine) points.x = directions(points.x, false), points.y = directions(points.y, true);
  return points;
}

void check_k(int64_t k, const char* owner) { require(k >= 1, "{}: k is {}; at least one is needed", owner, k); }

double squared_radius(double r, const char* owner) {
  require(r >= 0, "{}: r is {}; a number that is not negative is needed", owner, r);
  return r * r;
}

int64_t most(std::optional<int64_t> max_num_neighbors, const char* owner) {
  require(!max_num_neighbors || *max_num_neighbors >= 0, "{}: max_num_neighbors is {}; it must not be negative", owner,
          max_num_neighbors.value_or(0));
  return max_num_neighbors.value_or(std::numeric_limits<int64_t>::max() - 1);
}

at::Tensor as_edges(const at::Tensor& pairs, Flow flow, at::Device device) {
  return (flow == Flow::source_to_target ? pairs.flip(0) : pairs).to(device);
}

}  // namespace

at::Tensor knn(const at::Tensor& x, const at::Tensor& y, int64_t k, const at::Tensor& batch_x,
               const at::Tensor& batch_y, const KnnOptions& options) {
  check_k(k, "knn");
  const Points points = checked(x, y, batch_x, batch_y, options.cosine, "knn");
  return search(points, k, std::numeric_limits<double>::infinity(), false).to(x.device());
}

at::Tensor knn_graph(const at::Tensor& x, int64_t k, const at::Tensor& batch, const PointGraphOptions& options) {
  check_k(k, "knn_graph");
  constexpr double everywhere = std::numeric_limits<double>::infinity();
  Points points{points_of(x, "x", "knn_graph"), {}, {}, {}};
  points.batch_x = batch_of(batch, points.x.size(0), "batch", "knn_graph");
  if (options.cosine) {
    // Queries and points differ in their last coordinate, and so are two sets.
    points.y = directions(points.x, true), points.batch_y = points.batch_x;
    points.x = directions(points.x, false);
  }
  return as_edges(search(points, k, everywhere, !options.loop), options.flow, x.device());
}

at::Tensor radius(const at::Tensor& x, const at::Tensor& y, double r, const at::Tensor& batch_x,
                  const at::Tensor& batch_y, std::optional<int64_t> max_num_neighbors) {
  const double limit = squared_radius(r, "radius");
  const Points points = checked(x, y, batch_x, batch_y, false, "radius");
  return search(points, most(max_num_neighbors, "radius"), limit, false).to(x.device());
}

at::Tensor radius_graph(const at::Tensor& x, double r, const at::Tensor& batch,
                        std::optional<int64_t> max_num_neighbors, const PointGraphOptions& options) {
  const double limit = squared_radius(r, "radius_graph");
  Points points{points_of(x, "x", "radius_graph"), {}, {}, {}};
  points.batch_x = batch_of(batch, points.x.size(0), "batch", "radius_graph");
  const int64_t neighbors = most(max_num_neighbors, "radius_graph");
  return as_edges(search(points, neighbors, limit, !options.loop), options.flow, x.device());
}

at::Tensor fps(const at::Tensor& x, const at::Tensor& batch, const FpsOptions& options) {
  require(options.ratio > 0 && options.ratio <= 1, "fps: ratio is {}; it must lie in (0, 1]", options.ratio);
  const at::Tensor points = points_of(x, "x", "fps"), numbers = batch_of(batch, points.size(0), "batch", "fps");
  const int64_t examples = examples_of(numbers);
  const at::Tensor starts = starts_of(numbers, points.size(0), examples);
  const at::Tensor sizes = starts.slice(0, 1) - starts.slice(0, 0, -1);
  // Rounded as the type of the points has it, so that as many are taken as by the reference.
  const at::ScalarType type = x.is_floating_point() ? x.scalar_type() : at::kFloat;
  const at::Tensor count = (sizes.to(type) * options.ratio).ceil().to(at::kLong).minimum(sizes).contiguous();
  at::Tensor start = at::zeros_like(sizes);
  if (options.random_start) {
    const at::Tensor share = at::empty({examples}, at::kDouble).uniform_(0, 1, options.generator);
    start = (share * sizes).to(at::kLong).minimum((sizes - 1).clamp_min(0)).contiguous();
  }
  at::Tensor sample = at::empty({count.sum().item<int64_t>()}, at::kLong);
  kernels::farthest_points(points.const_data_ptr<double>(), starts.const_data_ptr<int64_t>(), examples, points.size(1),
                           start.const_data_ptr<int64_t>(), count.const_data_ptr<int64_t>(),
                           sample.mutable_data_ptr<int64_t>(), torch_parallel());
  return sample.to(x.device());
}

}  // namespace spinel::graph
