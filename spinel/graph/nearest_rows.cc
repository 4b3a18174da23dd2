#include "spinel/graph/nearest_rows.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "spinel/hosts/torch/parallel.h"
#include "spinel/kernels/cpu/point_tree.h"

namespace spinel::graph {
namespace {

using kernels::NearestHeap;
using kernels::NearestProblem;
using kernels::NearestResult;

/// Entries of a block of products: 4 MiB, which stay in the cache while they are looked through.
constexpr int64_t block_entries = int64_t{1} << 20;

/// Rows of an example, centred and scaled so that little is lost when their products are subtracted, in float32.
struct Rows {
  at::Tensor values, square;  ///< [n, D], [n]
  Rows(const at::Tensor& centred, double scale)
      : values((centred / scale).to(at::kFloat)), square(values.square().sum(1)) {}
};

double distance(const double* a, const double* b, int64_t dim) {
  double sum = 0;
  for (int64_t d = 0; d < dim; ++d) sum += (a[d] - b[d]) * (a[d] - b[d]);
  return sum;
}

/// One query against the n points of its example: squares and products are `unit` times smaller than distances.
void look_through(const float* product, const float* square, int64_t n, double unit, double rest, const double* query,
                  const double* points, int64_t dim, int64_t skip, NearestHeap& heap) {
  // product holds −2 x·y: with ‖x‖² it is the distance but for ‖y‖² and rounding, which are in `rest`.
  double bound = heap.bound() / unit + rest;
  for (int64_t p = 0; p < n; ++p) {
    if (static_cast<double>(product[p]) + static_cast<double>(square[p]) > bound || p == skip) continue;
    const double exact = distance(query, points + p * dim, dim);
    if (exact > heap.bound()) continue;
    heap.offer(exact, p);
    bound = heap.bound() / unit + rest;
  }
}

}  // namespace

NearestResult nearest_rows(const at::Tensor& x, const at::Tensor& y, const NearestProblem& problem) {
  NearestResult result;
  result.first.push_back(0);
  const int64_t dim = problem.dim;
  for (int64_t g = 0; g < problem.examples; ++g) {
    const int64_t first = problem.first_point[g], points = problem.first_point[g + 1] - first;
    const int64_t start = problem.first_query[g], queries = problem.first_query[g + 1] - start;
    if (points == 0 || queries == 0) {
      result.first.insert(result.first.end(), static_cast<size_t>(queries), result.first.back());
      continue;
    }
    const at::Tensor of_example = x.narrow(0, first, points), center = of_example.mean(0, true);
    const at::Tensor centred = of_example - center, queried = y.narrow(0, start, queries) - center;
    const double widest = std::max(centred.abs().max().item<double>(), queried.abs().max().item<double>());
    const double scale = widest > 0 ? widest : 1;
    const Rows rows(centred, scale), own(queried, scale);
    const at::Tensor turned = rows.values.t().contiguous();
    const double longest = rows.square.max().item<double>();
    const int64_t block = std::clamp<int64_t>(block_entries / points, 1, 256);
    for (int64_t begin = 0; begin < queries; begin += block) {
      const int64_t some = std::min(block, queries - begin);
      const at::Tensor product = at::mm(own.values.narrow(0, begin, some) * -2, turned);
      const float* const products = product.const_data_ptr<float>();
      const float* const lengths = own.square.const_data_ptr<float>();
      std::vector<std::vector<int64_t>> found(static_cast<size_t>(some));
      torch_parallel().run(some, 1, [&](int64_t from, int64_t to) {
        NearestHeap heap(problem.max_neighbors, problem.limit);
        for (int64_t k = from; k < to; ++k) {
          const int64_t q = begin + k;
          const auto length = static_cast<double>(lengths[q]);
          // Rounding of the coordinates and of a sum of D products, with room.
          const double error = static_cast<double>(4 * dim + 64) * 6e-8 * (length + longest);
          heap.clear();
          look_through(products + k * points, rows.square.const_data_ptr<float>(), points, scale * scale,
                       error - length, problem.queries + (start + q) * dim, problem.points + first * dim, dim,
                       problem.skip_same ? q : -1, heap);
          for (const auto& [square, p] : heap.sorted()) found[static_cast<size_t>(k)].push_back(first + p);
        }
      });
      for (const std::vector<int64_t>& neighbors : found) {
        result.neighbor.insert(result.neighbor.end(), neighbors.begin(), neighbors.end());
        result.first.push_back(static_cast<int64_t>(result.neighbor.size()));
      }
    }
  }
  return result;
}

}  // namespace spinel::graph
