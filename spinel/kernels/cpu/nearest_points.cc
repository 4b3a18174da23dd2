#include "spinel/kernels/cpu/nearest_points.h"

#include <algorithm>
#include <memory>

#include "spinel/kernels/cpu/point_tree.h"

namespace spinel::kernels {
namespace {

/// Queries that one thread answers before it asks for more.
constexpr int64_t block_size = 64;

struct Block {
  std::vector<int64_t> count, neighbor;
};

/// The example of each query.
std::vector<int64_t> examples_of(const NearestProblem& problem) {
  std::vector<int64_t> example;
  for (int64_t g = 0; g < problem.examples; ++g) {
    example.insert(example.end(), static_cast<size_t>(problem.first_query[g + 1] - problem.first_query[g]), g);
  }
  return example;
}

}  // namespace

NearestResult nearest_points(const NearestProblem& problem, const ParallelFor& parallel) {
  const int64_t queries = problem.examples > 0 ? problem.first_query[problem.examples] : 0;
  std::vector<std::unique_ptr<PointTree>> trees(static_cast<size_t>(problem.examples));
  parallel.run(problem.examples, 1, [&](int64_t begin, int64_t end) {
    for (int64_t g = begin; g < end; ++g) {
      const int64_t first = problem.first_point[g];
      trees[static_cast<size_t>(g)] = std::make_unique<PointTree>(problem.points + first * problem.dim,
                                                                  problem.first_point[g + 1] - first, problem.dim);
    }
  });
  const std::vector<int64_t> example = examples_of(problem);
  const int64_t blocks = (queries + block_size - 1) / block_size;
  std::vector<Block> found(static_cast<size_t>(blocks));
  parallel.run(blocks, 1, [&](int64_t begin, int64_t end) {
    NearestHeap heap(problem.max_neighbors, problem.limit);
    for (int64_t b = begin; b < end; ++b) {
      Block& block = found[static_cast<size_t>(b)];
      for (int64_t q = b * block_size; q < std::min(queries, (b + 1) * block_size); ++q) {
        const int64_t g = example[static_cast<size_t>(q)], first = problem.first_point[g];
        heap.clear();
        trees[static_cast<size_t>(g)]->search(problem.queries + q * problem.dim, problem.skip_same ? q - first : -1,
                                              heap);
        const auto& nearest = heap.sorted();
        block.count.push_back(static_cast<int64_t>(nearest.size()));
        for (const auto& [distance, point] : nearest) block.neighbor.push_back(first + point);
      }
    }
  });
  NearestResult result;
  result.first.reserve(static_cast<size_t>(queries) + 1);
  result.first.push_back(0);
  for (const Block& block : found) {
    for (const int64_t count : block.count) result.first.push_back(result.first.back() + count);
    result.neighbor.insert(result.neighbor.end(), block.neighbor.begin(), block.neighbor.end());
  }
  return result;
}

void farthest_points(const double* points, const int64_t* first_point, int64_t examples, int64_t dim,
                     const int64_t* start, const int64_t* count, int64_t* sample, const ParallelFor& parallel) {
  std::vector<int64_t> first_sample(static_cast<size_t>(examples) + 1, 0);
  for (int64_t g = 0; g < examples; ++g) {
    first_sample[static_cast<size_t>(g) + 1] = first_sample[static_cast<size_t>(g)] + count[g];
  }
  parallel.run(examples, 1, [&](int64_t begin, int64_t end) {
    std::vector<double> distance, own(static_cast<size_t>(dim));
    for (int64_t g = begin; g < end; ++g) {
      const int64_t first = first_point[g], size = first_point[g + 1] - first;
      distance.assign(static_cast<size_t>(size), std::numeric_limits<double>::infinity());
      int64_t last = start[g];
      for (int64_t s = 0; s < count[g]; ++s) {
        if (s > 0) last = std::max_element(distance.begin(), distance.end()) - distance.begin();
        sample[first_sample[static_cast<size_t>(g)] + s] = first + last;
        std::copy_n(points + (first + last) * dim, dim, own.begin());
        for (int64_t p = 0; p < size; ++p) {
          double sum = 0;
          for (int64_t d = 0; d < dim; ++d) {
            const double difference = points[(first + p) * dim + d] - own[static_cast<size_t>(d)];
            sum += difference * difference;
          }
          distance[static_cast<size_t>(p)] = std::min(distance[static_cast<size_t>(p)], sum);
        }
        distance[static_cast<size_t>(last)] = -1;  // never again, even where points lie on each other
      }
    }
  });
}

}  // namespace spinel::kernels
