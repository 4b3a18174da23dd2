#include "spinel/kernels/cpu/random_walk.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "spinel/kernels/cpu/random_stream.h"

namespace spinel::kernels {
namespace {

// Walks that go in step, each waiting for its own memory: a step is two dependent reads at random places, and a core
// has some dozens of misses in flight.
constexpr int64_t lanes = 32;
constexpr int most_rejections = 32;

/// At least so many walks to a thread that starting it pays.
int64_t grain_of(int64_t length) { return std::max<int64_t>(1, 4096 / (length + 1)); }

/// `count` ≤ lanes walks from number `first` on.
template <typename Index>
void walk_together(const WalkProblem<Index>& p, const float* uniform, int64_t first, int64_t count) {
  const CsrGraph<Index>& graph = p.graph;
  int64_t at[lanes], edge[lanes];
  for (int64_t w = 0; w < count; ++w) {
    at[w] = graph.node("start", p.start, first + w);
    p.nodes[(first + w) * (p.length + 1)] = static_cast<Index>(at[w]);
    __builtin_prefetch(graph.rowptr + at[w]);
  }
  for (int64_t l = 0; l < p.length; ++l) {
    for (int64_t w = 0; w < count; ++w) {
      const CsrRow row = graph.row(at[w]);
      edge[w] = row.size() == 0 ? -1 : row.begin + chosen_place(uniform[(first + w) * p.length + l], row.size());
      if (edge[w] >= 0) __builtin_prefetch(graph.col + edge[w]);
    }
    for (int64_t w = 0; w < count; ++w) {
      if (edge[w] >= 0) at[w] = graph.column(edge[w]);
      __builtin_prefetch(graph.rowptr + at[w]);
      p.nodes[(first + w) * (p.length + 1) + l + 1] = static_cast<Index>(at[w]);
      if (p.edges != nullptr) p.edges[(first + w) * p.length + l] = static_cast<Index>(edge[w]);
    }
  }
}

template <typename Index>
class Node2Vec {
 public:
  Node2Vec(const WalkProblem<Index>& problem, const Node2VecOptions& options)
      : problem_(problem), graph_(problem.graph), options_(options), generator_(options.seed) {
    const double most = std::max({1 / options.p, 1.0, 1 / options.q});
    back_ = 1 / options.p / most;
    near_ = 1 / most;
    far_ = 1 / options.q / most;
  }

  void walk(int64_t number) {
    RandomStream stream(generator_, static_cast<uint64_t>(number));
    int64_t before = -1, at = graph_.node("start", problem_.start, number);
    Index* nodes = problem_.nodes + number * (problem_.length + 1);
    nodes[0] = static_cast<Index>(at);
    for (int64_t l = 0; l < problem_.length; ++l) {
      const CsrRow row = graph_.row(at);
      int64_t edge = -1;
      if (row.size() == 1) edge = row.begin;
      if (row.size() > 1) edge = before < 0 ? row.begin + stream.below(row.size()) : next_edge(row, before, stream);
      // Who stays somewhere came from there.
      before = at;
      if (edge >= 0) at = graph_.column(edge);
      nodes[l + 1] = static_cast<Index>(at);
      if (problem_.edges != nullptr) problem_.edges[number * problem_.length + l] = static_cast<Index>(edge);
    }
  }

 private:
  double weight(int64_t x, int64_t before) const {
    if (x == before) return back_;
    return near_ == far_ || has_edge(x, before) ? near_ : far_;
  }

  bool has_edge(int64_t from, int64_t to) const {
    const CsrRow row = graph_.row(from);
    const Index *begin = graph_.col + row.begin, *end = graph_.col + row.end;
    if (options_.is_sorted && row.size() > 16) return std::binary_search(begin, end, static_cast<Index>(to));
    return std::find(begin, end, static_cast<Index>(to)) != end;
  }

  int64_t next_edge(CsrRow row, int64_t before, RandomStream& stream) {
    const double least = std::min({back_, near_, far_});
    for (int k = 0; k < most_rejections; ++k) {
      const int64_t edge = row.begin + stream.below(row.size());
      const double draw = stream.uniform();
      // Most draws need no look at the edges of the neighbour.
      if (draw < least || draw < weight(graph_.column(edge), before)) return edge;
    }
    return by_all_weights(row, before, stream);
  }

  int64_t by_all_weights(CsrRow row, int64_t before, RandomStream& stream) {
    sums_.resize(static_cast<size_t>(row.size()));
    double sum = 0;
    for (int64_t k = 0; k < row.size(); ++k) {
      sum += weight(graph_.column(row.begin + k), before);
      sums_[static_cast<size_t>(k)] = sum;
    }
    const auto place = std::upper_bound(sums_.begin(), sums_.end(), stream.uniform() * sum);
    return row.begin + std::min<int64_t>(place - sums_.begin(), row.size() - 1);
  }

  const WalkProblem<Index>& problem_;
  const CsrGraph<Index>& graph_;
  const Node2VecOptions& options_;
  Philox generator_;
  double back_, near_, far_;
  std::vector<double> sums_;
};

}  // namespace

template <typename Index>
void random_walk(const WalkProblem<Index>& problem, const float* uniform, const ParallelFor& parallel) {
  parallel.run(problem.num_walks, std::max(lanes, grain_of(problem.length)), [&](int64_t begin, int64_t end) {
    for (int64_t first = begin; first < end; first += lanes) {
      walk_together(problem, uniform, first, std::min(lanes, end - first));
    }
  });
}

template <typename Index>
void node2vec_walk(const WalkProblem<Index>& problem, const Node2VecOptions& options, const ParallelFor& parallel) {
  parallel.run(problem.num_walks, grain_of(problem.length), [&](int64_t begin, int64_t end) {
    Node2Vec<Index> walker(problem, options);
    for (int64_t number = begin; number < end; ++number) walker.walk(number);
  });
}

template void random_walk(const WalkProblem<int32_t>&, const float*, const ParallelFor&);
template void random_walk(const WalkProblem<int64_t>&, const float*, const ParallelFor&);
template void node2vec_walk(const WalkProblem<int32_t>&, const Node2VecOptions&, const ParallelFor&);
template void node2vec_walk(const WalkProblem<int64_t>&, const Node2VecOptions&, const ParallelFor&);

}  // namespace spinel::kernels
