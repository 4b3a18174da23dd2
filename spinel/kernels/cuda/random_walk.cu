#include "spinel/kernels/cuda/fault.h"
#include "spinel/kernels/cuda/random_walk.h"

namespace spinel::kernels::cuda {
namespace {

/// As chosen_place() on the CPU, whose draws a seed repeats.
__device__ int64_t chosen_entry(float uniform, int64_t count) {
  const float wide = static_cast<float>(count);
  const float place = __fmul_rn(uniform, wide);
  if (!(place > 0)) return 0;
  if (!(place < wide)) return count - 1;
  const auto whole = static_cast<int64_t>(place);
  return whole < count ? whole : count - 1;
}

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
        edge = begin + chosen_entry(uniform[w * length + l], end - begin);
        if (!graph.follow(edge, at)) break;
      }
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
    case FaultKind::node: csr_internal::refuse_node(graph.names, "start", found.place, found.found, graph.num_rows);
    case FaultKind::row:
      csr_internal::refuse_row(graph.names, found.place, {found.found, found.other}, graph.num_edges);
    case FaultKind::column: csr_internal::refuse_column(graph.names, found.place, found.found, graph.num_cols);
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

template void random_walk(const WalkProblem<int32_t>&, const float*, Workspace&);
template void random_walk(const WalkProblem<int64_t>&, const float*, Workspace&);

}  // namespace spinel::kernels::cuda
