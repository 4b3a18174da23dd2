// The CUDA kernels that reduce the rows of a sparse matrix times a dense one: one traversal for sums and extrema.
#pragma once

#include "spinel/kernels/cuda/csr_pieces.h"

namespace spinel::kernels::cuda {

/// Sums and means. A State is what a lane holds of one feature of one row.
template <typename Stored>
struct SumOf {
  using S = Stored;
  using N = WideNumber<S>;
  struct State {
    N sum;
  };
  bool mean;
  S* y;

  __device__ State start() const { return {0}; }
  __device__ void add(State& state, N weight, N x, int64_t) const {
    state.sum = wrapping_add(state.sum, wrapping_multiply(weight, x));
  }
  __device__ void spoil(State& state) const { state.sum = wrapping_add(state.sum, invalid_number<N>()); }
  __device__ void join(State& state, const State& later) const { state.sum = wrapping_add(state.sum, later.sum); }
  __device__ State of_lane(const State& state, int distance) const {
    return {__shfl_xor_sync(kAllLanes, state.sum, distance)};
  }
  __device__ void finish(const State& state, int64_t target, int64_t count) const {
    store(y + target, mean && count > 0 ? state.sum / static_cast<N>(count) : state.sum);
  }
};

/// The least or the greatest product and the first entry that has it; NaN wins.
template <typename Stored>
struct ExtremumOf {
  using S = Stored;
  using N = WideNumber<S>;
  struct State {
    N best;
    long long at;
  };
  bool largest;
  int64_t none;  ///< the entry of a row without any
  S* y;
  void* arg;          ///< null: not wanted
  bool arg_is_short;  ///< int32, else int64

  __device__ bool is_better(N x, N best) const {
    if (best != best) return false;
    return x != x || (largest ? x > best : x < best);
  }
  __device__ State start() const { return {0, none}; }
  __device__ void add(State& state, N weight, N x, int64_t at) const {
    const N product = wrapping_multiply(weight, x);
    // Without an entry but NaN: spoiled.
    if (state.at == none ? state.best == state.best : is_better(product, state.best)) state = {product, at};
  }
  __device__ void spoil(State& state) const { state = {invalid_number<N>(), none}; }
  __device__ void join(State& state, const State& other) const {
    if (other.at == none) {
      if (other.best != other.best) state = other;
      return;
    }
    // Of equals, and of two NaN, the earlier one.
    const bool wins = other.at < state.at ? !is_better(state.best, other.best) : is_better(other.best, state.best);
    if (state.at == none ? state.best == state.best : wins) state = other;
  }
  __device__ State of_lane(const State& state, int distance) const {
    return {__shfl_xor_sync(kAllLanes, state.best, distance), __shfl_xor_sync(kAllLanes, state.at, distance)};
  }
  __device__ void finish(const State& state, int64_t target, int64_t) const {
    store(y + target, state.best);
    if (arg == nullptr) return;
    if (arg_is_short) static_cast<int32_t*>(arg)[target] = static_cast<int32_t>(state.at);
    else static_cast<int64_t*>(arg)[target] = state.at;
  }
};

/// The dense operand [batch, columns, width], and scratch for the parts of rows that pieces share: for each batch and
/// piece the part of the row that began before it, then that of the row that goes on behind it.
template <typename Policy>
struct RowReduction {
  int64_t batch, width;
  const typename Policy::S* x;
  typename Policy::State* parts;  ///< [batch, pieces, 2, width]
  Policy policy;
};

/// An entry as the lanes of a warp hand it to each other. Its column is −1 where it is out of range.
template <typename N>
struct Staged {
  int64_t column;
  N weight;
};

/// A warp takes a piece, lane by lane `of_lane` features that stand Lanes::width apart. Entries are read by all lanes
/// at once, each checks one, and stand in shared memory while the lanes go through their features.
template <typename Policy, int of_lane>
__global__ void __launch_bounds__(kThreads)
    reduce_pieces(Matrix<typename Policy::S> a, Pieces pieces, RowReduction<Policy> r) {
  using N = typename Policy::N;
  __shared__ Staged<N> shared[kWarps][kWarp];
  Staged<N>* const staged = shared[threadIdx.x / kWarp];
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  const Lanes lanes(r.width);
  const int64_t strip = static_cast<int64_t>(lanes.width) * of_lane;
  for (int64_t i = first_warp(); i < pieces.count * r.batch; i += warp_step()) {
    const int64_t piece = i % pieces.count, b = i / pieces.count;
    const Cut begin = pieces.cuts[piece], end = pieces.cuts[piece + 1];
    for (int64_t f0 = lanes.feature; f0 - lanes.feature < r.width; f0 += strip) {
      const typename Policy::S* const x = r.x + b * a.columns * r.width + f0;
      int64_t first_staged = 0, last_staged = 0;
      for (int64_t row = begin.row; row <= end.row && row < a.rows; ++row) {
        const RowPart part = part_of(a.rowptr, row, begin, end);
        if (!part.ends && !part.goes_on && part.from == part.to) break;
        typename Policy::State states[of_lane];
        for (int v = 0; v < of_lane; ++v) states[v] = r.policy.start();
        for (int64_t t = part.from; t < part.to;) {
          if (t >= last_staged) {
            first_staged = t;
            last_staged = t + kWarp < end.entry ? t + kWarp : end.entry;
            __syncwarp();
            if (t + lane < last_staged) staged[lane].column = a.read(t + lane, staged[lane].weight);
            __syncwarp();
          }
          const int64_t stop = part.to < last_staged ? part.to : last_staged;
// Several features already keep several reads under way.
#pragma unroll(of_lane == 1 ? 4 : 1)
          for (int64_t e = t + lanes.group; e < stop; e += lanes.groups) {
            const Staged<N> entry = staged[e - first_staged];
            for (int v = 0; v < of_lane; ++v) {
              if (f0 + v * lanes.width >= r.width) continue;
              if (entry.column < 0) r.policy.spoil(states[v]);
              else r.policy.add(states[v], entry.weight, load(x + entry.column * r.width + v * lanes.width), e);
            }
          }
          t = stop;
        }
        for (int v = 0; v < of_lane; ++v) {
          for (int step = lanes.width; step < kWarp; step *= 2) {
            r.policy.join(states[v], r.policy.of_lane(states[v], step));
          }
          const int64_t f = f0 + v * lanes.width;
          if (lanes.group != 0 || f >= r.width) continue;
          if (part.is_whole()) r.policy.finish(states[v], (b * a.rows + row) * r.width + f, part.to - part.from);
          else r.parts[(i * 2 + (part.goes_on ? 0 : 1)) * r.width + f] = states[v];
        }
      }
    }
  }
}

/// Joins the parts of shared rows in their order: a warp takes the row that begins in its piece and goes on.
template <typename Policy>
__global__ void __launch_bounds__(kThreads)
    join_pieces(Matrix<typename Policy::S> a, Pieces pieces, RowReduction<Policy> r) {
  for (int64_t i = first_warp(); i < pieces.count * r.batch; i += warp_step()) {
    const int64_t piece = i % pieces.count, b = i / pieces.count, row = pieces.cuts[piece + 1].row;
    if (row >= a.rows) continue;
    const RowPart part = part_of(a.rowptr, row, pieces.cuts[piece], pieces.cuts[piece + 1]);
    if (part.goes_on || part.from == part.to) continue;
    const int64_t count = a.rowptr[row + 1] - a.rowptr[row];
    for (int64_t f = threadIdx.x % kWarp; f < r.width; f += kWarp) {
      typename Policy::State state = r.parts[(i * 2 + 1) * r.width + f];
      for (int64_t next = piece + 1; next < pieces.count; ++next) {
        r.policy.join(state, r.parts[(i + next - piece) * 2 * r.width + f]);
        if (pieces.cuts[next + 1].row > row) break;
      }
      r.policy.finish(state, (b * a.rows + row) * r.width + f, count);
    }
  }
}

/// Queues both. `parts` of the reduction is set here.
template <typename Policy>
void reduce_rows(const char* op, const CsrOperand& operand, RowReduction<Policy> r, Fault* fault,
                 Workspace& workspace) {
  const Matrix<typename Policy::S> a(operand, fault);
  const Pieces pieces = make_pieces(op, operand, fault, workspace);
  r.parts = workspace.array<typename Policy::State>(r.batch * pieces.count * 2 * r.width);
  const unsigned grid = grid_of(pieces.count * r.batch, kWarps);
  if (r.width > kWarp) launch(op, workspace, grid, reduce_pieces<Policy, 4>, a, pieces, r);
  else launch(op, workspace, grid, reduce_pieces<Policy, 1>, a, pieces, r);
  if (pieces.count > 1) launch(op, workspace, grid, join_pieces<Policy>, a, pieces, r);
}

}  // namespace spinel::kernels::cuda
