#include <algorithm>

#include "spinel/base/error.h"
#include "spinel/kernels/cuda/random_walk.h"

namespace spinel::kernels::cuda {
namespace {

constexpr int kWalkThreads = 256;

/// What one walk found out of place: the first to write it wins, and the host tells the user.
enum FaultKind { kNoFault, kBadStart, kBadRow, kBadColumn };
struct Fault {
  int kind;
  long long place, first, second;
};

__device__ void report(Fault* fault, FaultKind kind, long long place, long long first, long long second) {
  if (atomicCAS(&fault->kind, kNoFault, kind) != kNoFault) return;
  fault->place = place;
  fault->first = first;
  fault->second = second;
}

/// As chosen_place() on the CPU, whose draws a seed repeats.
__device__ long long chosen_entry(float uniform, long long count) {
  const float wide = static_cast<float>(count);
  const float place = __fmul_rn(uniform, wide);
  if (!(place > 0)) return 0;
  if (!(place < wide)) return count - 1;
  const auto whole = static_cast<long long>(place);
  return whole < count ? whole : count - 1;
}

template <typename Index>
__global__ void __launch_bounds__(kWalkThreads) walk(WalkProblem<Index> p, const float* uniform, Fault* fault) {
  const long long step = static_cast<long long>(gridDim.x) * kWalkThreads;
  const long long rows = p.graph.num_rows;
  for (long long w = static_cast<long long>(blockIdx.x) * kWalkThreads + threadIdx.x; w < p.num_walks; w += step) {
    long long at = p.start[w];
    if (at < 0 || at >= rows) {
      report(fault, kBadStart, w, at, 0);
      continue;
    }
    Index* nodes = p.nodes + w * (p.length + 1);
    nodes[0] = static_cast<Index>(at);
    for (long long l = 0; l < p.length; ++l) {
      const long long begin = p.graph.rowptr[at], end = p.graph.rowptr[at + 1];
      if (begin < 0 || end < begin || end > p.graph.num_edges) {
        report(fault, kBadRow, at, begin, end);
        break;
      }
      long long edge = -1;
      if (end > begin) {
        edge = begin + chosen_entry(uniform[w * p.length + l], end - begin);
        const long long next = p.graph.col[edge];
        if (next < 0 || next >= rows) {
          report(fault, kBadColumn, edge, next, 0);
          break;
        }
        at = next;
      }
      nodes[l + 1] = static_cast<Index>(at);
      if (p.edges != nullptr) p.edges[w * p.length + l] = static_cast<Index>(edge);
    }
  }
}

void check_cuda(cudaError_t status) {
  if (status != cudaSuccess) fail(ErrorKind::unavailable, "random_walk: CUDA: {}", cudaGetErrorString(status));
}

}  // namespace

template <typename Index>
void random_walk(const WalkProblem<Index>& problem, const float* uniform, void* stream) {
  const auto queue = static_cast<cudaStream_t>(stream);
  Fault* fault = nullptr;
  check_cuda(cudaMallocAsync(&fault, sizeof(Fault), queue));
  check_cuda(cudaMemsetAsync(fault, 0, sizeof(Fault), queue));
  const int64_t blocks = std::min<int64_t>((problem.num_walks + kWalkThreads - 1) / kWalkThreads, int64_t{1} << 30);
  walk<<<static_cast<unsigned>(blocks), kWalkThreads, 0, queue>>>(problem, uniform, fault);
  const cudaError_t launched = cudaGetLastError();
  Fault found{};
  const cudaError_t copied = cudaMemcpyAsync(&found, fault, sizeof(Fault), cudaMemcpyDeviceToHost, queue);
  check_cuda(cudaFreeAsync(fault, queue));
  check_cuda(launched);
  check_cuda(copied);
  check_cuda(cudaStreamSynchronize(queue));
  const CsrGraph<Index>& graph = problem.graph;
  switch (found.kind) {
    case kBadStart: fail_index(graph.names.op, "start", found.place, found.first, graph.num_rows, graph.names.counted);
    case kBadRow: fail_row(graph.names, found.place, {found.first, found.second}, graph.num_edges);
    case kBadColumn: fail_column(graph.names, found.place, found.first, graph.num_cols);
    default: break;
  }
}

template void random_walk(const WalkProblem<int32_t>&, const float*, void*);
template void random_walk(const WalkProblem<int64_t>&, const float*, void*);

}  // namespace spinel::kernels::cuda
