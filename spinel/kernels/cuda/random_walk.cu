#include "spinel/kernels/cuda/fault.h"
#include "spinel/kernels/cuda/random_walk.h"
#include "spinel/kernels/cuda/sort.h"
#include "spinel/kernels/random_draws.h"

namespace spinel::kernels {

using namespace cuda;

namespace {

/// A graph whose places are checked when they are read; what is out of place is reported, and the walk ends.
template <typename Index>
struct Graph {
  const Index *rowptr, *col;
  int64_t rows, edges;
  Fault* fault;

  __device__ bool has_node(int64_t v, int64_t walk) const {
    if (v >= 0 && v < rows) return true;
    report(fault, FaultKind::node, walk, v);
    return false;
  }
  /// The range of a node's edges; false: it is none.
  __device__ bool row(int64_t v, int64_t& begin, int64_t& end) const {
    begin = rowptr[v], end = rowptr[v + 1];
    if (begin >= 0 && begin <= end && end <= edges) return true;
    report(fault, FaultKind::row, v, begin, end);
    return false;
  }
  /// Goes along an edge; false: it leads nowhere.
  __device__ bool follow(int64_t edge, int64_t& at) const {
    const int64_t next = col[edge];
    if (next < 0 || next >= rows) {
      report(fault, FaultKind::column, edge, next);
      return false;
    }
    at = next;
    return true;
  }
};

template <typename Index>
__global__ void __launch_bounds__(kThreads) walk(Graph<Index> graph, int64_t walks, int64_t length, const Index* start,
                                                 const float* uniform, Index* nodes, Index* edges) {
  for (int64_t w = first_item(); w < walks; w += item_step()) {
    int64_t at = start[w];
    if (!graph.has_node(at, w)) continue;
    nodes[w * (length + 1)] = static_cast<Index>(at);
    for (int64_t l = 0; l < length; ++l) {
      int64_t begin, end, edge = -1;
      if (!graph.row(at, begin, end)) break;
      if (end > begin) {
        edge = begin + chosen_place(uniform[w * length + l], end - begin);
        if (!graph.follow(edge, at)) break;
      }
      nodes[w * (length + 1) + l + 1] = static_cast<Index>(at);
      if (edges != nullptr) edges[w * length + l] = static_cast<Index>(edge);
    }
  }
}

/// A Philox4x32-10 stream, as RandomStream on the CPU draws it.
class Stream : public RandomDraws<Stream> {
 public:
  SPINEL_HOST_DEVICE Stream(uint64_t seed, uint64_t item) : seed_(seed), item_(item) {}

  SPINEL_HOST_DEVICE uint32_t next() {
    if (used_ == 4) {
      fill();
      ++block_;
      used_ = 0;
    }
    return bits_[used_++];
  }

 private:
  SPINEL_HOST_DEVICE void fill() {
    auto key0 = static_cast<uint32_t>(seed_), key1 = static_cast<uint32_t>(seed_ >> 32);
    bits_[0] = static_cast<uint32_t>(block_);
    bits_[1] = static_cast<uint32_t>(block_ >> 32);
    bits_[2] = static_cast<uint32_t>(item_);
    bits_[3] = static_cast<uint32_t>(item_ >> 32);
    for (int round = 0; round < 10; ++round) {
      const uint64_t first = uint64_t{0xD2511F53u} * bits_[0], second = uint64_t{0xCD9E8D57u} * bits_[2];
      bits_[0] = static_cast<uint32_t>(second >> 32) ^ bits_[1] ^ key0;
      bits_[2] = static_cast<uint32_t>(first >> 32) ^ bits_[3] ^ key1;
      bits_[1] = static_cast<uint32_t>(second);
      bits_[3] = static_cast<uint32_t>(first);
      key0 += 0x9E3779B9u;
      key1 += 0xBB67AE85u;
    }
  }

  uint64_t seed_, item_, block_ = 0;
  uint32_t bits_[4];
  int used_ = 4;
};

/// The weights of a node2vec step, the greatest of them 1.
struct StepWeights {
  double back, near, far, least;
  bool is_sorted;
};

/// Whether a row has an edge to a node; `begin` to `end` are checked.
template <typename Index>
__device__ bool has_edge(const Graph<Index>& graph, int64_t begin, int64_t end, int64_t to, bool is_sorted) {
  if (is_sorted && end - begin > 16) {
    const int64_t at = first_where(begin, end, [&](int64_t e) { return static_cast<int64_t>(graph.col[e]) >= to; });
    return at < end && static_cast<int64_t>(graph.col[at]) == to;
  }
  for (int64_t e = begin; e < end; ++e) {
    if (static_cast<int64_t>(graph.col[e]) == to) return true;
  }
  return false;
}

/// The weight of going along an edge; negative: it leads out of the graph.
template <typename Index>
__device__ double weight_of(const Graph<Index>& graph, const StepWeights& weights, int64_t edge, int64_t before) {
  int64_t x = 0, begin, end;
  if (!graph.follow(edge, x)) return -1;
  if (x == before) return weights.back;
  if (weights.near == weights.far) return weights.near;
  if (!graph.row(x, begin, end)) return -1;
  return has_edge(graph, begin, end, before, weights.is_sorted) ? weights.near : weights.far;
}

/// The edge of a step from a row of two or more that came from `before`; −1: an edge leads out of the graph.
template <typename Index>
__device__ int64_t next_edge(const Graph<Index>& graph, const StepWeights& weights, int64_t begin, int64_t end,
                             int64_t before, Stream& stream) {
  constexpr int most_rejections = 32;
  for (int k = 0; k < most_rejections; ++k) {
    const int64_t edge = begin + stream.below(end - begin);
    const double draw = stream.uniform();
    if (draw < weights.least) return edge;
    const double weight = weight_of(graph, weights, edge, before);
    if (weight < 0) return -1;
    if (draw < weight) return edge;
  }
  // From the weights of all edges, which are summed twice rather than kept.
  double sum = 0;
  for (int64_t e = begin; e < end; ++e) {
    const double weight = weight_of(graph, weights, e, before);
    if (weight < 0) return -1;
    sum += weight;
  }
  const double place = stream.uniform() * sum;
  sum = 0;
  for (int64_t e = begin; e < end - 1; ++e) {
    sum += weight_of(graph, weights, e, before);
    if (sum > place) return e;
  }
  return end - 1;
}

template <typename Index>
__global__ void __launch_bounds__(kThreads)
    walk_node2vec(Graph<Index> graph, int64_t walks, int64_t length, const Index* start, StepWeights weights,
                  uint64_t seed, Index* nodes, Index* edges) {
  for (int64_t w = first_item(); w < walks; w += item_step()) {
    Stream stream(seed, static_cast<uint64_t>(w));
    int64_t before = -1, at = start[w];
    if (!graph.has_node(at, w)) continue;
    nodes[w * (length + 1)] = static_cast<Index>(at);
    for (int64_t l = 0; l < length; ++l) {
      int64_t begin, end, edge = -1;
      if (!graph.row(at, begin, end)) break;
      if (end - begin == 1) edge = begin;
      if (end - begin > 1) {
        edge = before < 0 ? begin + stream.below(end - begin) : next_edge(graph, weights, begin, end, before, stream);
        if (edge < 0) break;
      }
      // Who stays somewhere came from there.
      before = at;
      if (edge >= 0 && !graph.follow(edge, at)) break;
      nodes[w * (length + 1) + l + 1] = static_cast<Index>(at);
      if (edges != nullptr) edges[w * length + l] = static_cast<Index>(edge);
    }
  }
}

template <typename Index>
Graph<Index> graph_of(const WalkProblem<Index>& problem, Fault* fault) {
  return {problem.graph.rowptr, problem.graph.col, problem.graph.num_rows, problem.graph.num_edges, fault};
}

template <typename Index>
void refuse(const CsrGraph<Index>& graph, const Fault& found) {
  switch (found.kind) {
    case FaultKind::node:
      fail_index(graph.names.op, "start", found.place, found.found, graph.num_rows, graph.names.counted);
    case FaultKind::row: fail_row(graph.names, found.place, {found.found, found.other}, graph.num_edges);
    case FaultKind::column: fail_column(graph.names, found.place, found.found, graph.num_cols);
    default: break;
  }
}

}  // namespace

template <typename Index>
void random_walk(const WalkProblem<Index>& problem, const float* uniform, Workspace& workspace) {
  const AwaitedFault fault("random_walk", workspace);
  launch("random_walk", workspace, grid_of(problem.num_walks, kThreads), walk<Index>, graph_of(problem, fault.get()),
         problem.num_walks, problem.length, problem.start, uniform, problem.nodes, problem.edges);
  refuse(problem.graph, fault.wait());
}

template <typename Index>
void node2vec_walk(const WalkProblem<Index>& problem, const Node2VecOptions& options, Workspace& workspace) {
  const double most = std::max({1 / options.p, 1.0, 1 / options.q});
  StepWeights weights{1 / options.p / most, 1 / most, 1 / options.q / most, 0, options.is_sorted};
  weights.least = std::min({weights.back, weights.near, weights.far});
  const AwaitedFault fault("random_walk", workspace);
  launch("random_walk", workspace, grid_of(problem.num_walks, kThreads), walk_node2vec<Index>,
         graph_of(problem, fault.get()), problem.num_walks, problem.length, problem.start, weights, options.seed,
         problem.nodes, problem.edges);
  refuse(problem.graph, fault.wait());
}

template void random_walk(const WalkProblem<int32_t>&, const float*, Workspace&);
template void random_walk(const WalkProblem<int64_t>&, const float*, Workspace&);
template void node2vec_walk(const WalkProblem<int32_t>&, const Node2VecOptions&, Workspace&);
template void node2vec_walk(const WalkProblem<int64_t>&, const Node2VecOptions&, Workspace&);

}  // namespace spinel::kernels
