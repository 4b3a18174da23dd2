#include "spinel/kernels/cuda/csr_pieces.h"
#include "spinel/kernels/cuda/spmm.h"

namespace spinel::kernels::cuda {
namespace {

template <typename S>
struct Sampling {
  int64_t batch, width;
  bool mean;
  const S *left, *right;
  S* out;
};

/// A group of lanes takes an entry and goes along the features.
template <typename S>
__global__ void __launch_bounds__(kThreads) sample_pieces(Matrix<S> a, Pieces pieces, Sampling<S> s) {
  using N = WideNumber<S>;
  const Lanes lanes(s.width);
  for (int64_t piece = first_warp(); piece < pieces.count; piece += warp_step()) {
    const Cut begin = pieces.cuts[piece], end = pieces.cuts[piece + 1];
    for (int64_t row = begin.row; row <= end.row && row < a.rows; ++row) {
      const RowPart part = part_of(a.rowptr, row, begin, end);
      const int64_t count = a.rowptr[row + 1] - a.rowptr[row];
      // All lanes take part in each sum, so the last round may have groups without an entry.
      for (int64_t t0 = part.from; t0 < part.to; t0 += lanes.groups) {
        const int64_t t = t0 + lanes.group;
        N weight, sum = 0;
        const int64_t column = t < part.to ? a.read(t, weight) : -1;
        for (int64_t b = 0; b < s.batch && column >= 0; ++b) {
          for (int64_t f = lanes.feature; f < s.width; f += lanes.width) {
            const N product = wrapping_multiply(load(s.left + (b * a.rows + row) * s.width + f),
                                                load(s.right + (b * a.columns + column) * s.width + f));
            sum = wrapping_add(sum, product);
          }
        }
        for (int step = 1; step < lanes.width; step *= 2) {
          sum = wrapping_add(sum, __shfl_xor_sync(kAllLanes, sum, step));
        }
        if (s.mean) sum /= static_cast<N>(count > 0 ? count : 1);
        if (lanes.feature == 0 && t < part.to) store(s.out + t, column < 0 ? invalid_number<N>() : sum);
      }
    }
  }
}

/// What goes through selected entries.
template <typename S>
struct Selection {
  int64_t batch, width;
  const void* arg;
  bool arg_is_short;
  const S *left, *right;
  void* out;

  explicit Selection(const SelectedCall& call)
      : batch(call.batch),
        width(call.width),
        arg(call.arg),
        arg_is_short(call.arg_index == Dtype::i32),
        left(static_cast<const S*>(call.left)),
        right(static_cast<const S*>(call.right)),
        out(call.out) {}
  __device__ int64_t entry(int64_t at) const {
    return arg_is_short ? static_cast<const int32_t*>(arg)[at] : static_cast<const int64_t*>(arg)[at];
  }
};

/// The column of an entry that a row selected, −1 for none or one that is out of range, and its weight.
template <typename S, typename N>
__device__ int64_t selected_column(const Matrix<S>& a, int64_t at, int64_t e, N& weight) {
  if (e >= 0 && e < a.entries) return a.read(e, weight);
  if (e != a.entries) report(a.fault, FaultKind::selected, at, e, a.entries, 0, &a.names);
  return -1;
}

template <typename S>
__global__ void __launch_bounds__(kThreads) select_products(Matrix<S> a, Selection<S> s) {
  using N = WideNumber<S>;
  for (int64_t i = first_item(); i < s.batch * a.rows * s.width; i += item_step()) {
    const int64_t f = i % s.width, b = i / s.width / a.rows, e = s.entry(i);
    N weight, product = e == a.entries ? 0 : invalid_number<N>();
    const int64_t column = selected_column(a, i, e, weight);
    if (column >= 0) product = weight * load(s.right + (b * a.columns + column) * s.width + f);
    store(static_cast<S*>(s.out) + i, product);
  }
}

/// A lane takes an entry and looks for the features that selected it; those of a warp are mostly of one row.
template <typename S>
__global__ void __launch_bounds__(kThreads) select_samples(Matrix<S> a, Pieces pieces, Selection<S> s) {
  using N = WideNumber<S>;
  for (int64_t piece = first_warp(); piece < pieces.count; piece += warp_step()) {
    const Cut begin = pieces.cuts[piece], end = pieces.cuts[piece + 1];
    for (int64_t row = begin.row; row <= end.row && row < a.rows; ++row) {
      const RowPart part = part_of(a.rowptr, row, begin, end);
      for (int64_t e = part.from + threadIdx.x % kWarp; e < part.to; e += kWarp) {
        N weight, sum = 0;
        const int64_t column = a.read(e, weight);
        for (int64_t i = 0; column >= 0 && i < s.batch * s.width; ++i) {
          const int64_t b = i / s.width, f = i % s.width, at = (b * a.rows + row) * s.width + f;
          if (s.entry(at) != e) continue;
          sum += load(s.left + at) * load(s.right + (b * a.columns + column) * s.width + f);
        }
        store(static_cast<S*>(s.out) + e, column < 0 ? invalid_number<N>() : sum);
      }
    }
  }
}

template <typename S>
__global__ void __launch_bounds__(kThreads) scatter_selected(Matrix<S> a, Selection<S> s, WideNumber<S>* sums) {
  using N = WideNumber<S>;
  for (int64_t i = first_item(); i < s.batch * a.rows * s.width; i += item_step()) {
    N weight;
    const int64_t f = i % s.width, b = i / s.width / a.rows, column = selected_column(a, i, s.entry(i), weight);
    if (column >= 0) atomicAdd(sums + (b * a.columns + column) * s.width + f, weight * load(s.left + i));
  }
}

template <typename S>
__global__ void __launch_bounds__(kThreads) narrow_numbers(int64_t n, const WideNumber<S>* from, S* to) {
  for (int64_t i = first_item(); i < n; i += item_step()) store(to + i, from[i]);
}

/// Calls function(S{}) for floating elements.
template <typename F>
void by_floating_type(Dtype dtype, F&& function) {
  switch (dtype) {
    case Dtype::f64: return function(double{});
    case Dtype::f32: return function(float{});
    case Dtype::bf16: return function(Bf16{});
    default: return function(Half{});
  }
}

}  // namespace

void sampled_product(const SampledProductCall& call, Workspace& workspace) {
  raise_pending_fault();
  if (call.a.entries == 0) return;
  by_element(call.dtype, [&](auto element) {
    using S = decltype(element);
    const Pieces pieces = make_pieces("sampled_product", call.a, pending_fault(), workspace);
    const Sampling<S> s{call.batch,
                        call.width,
                        call.mean,
                        static_cast<const S*>(call.left),
                        static_cast<const S*>(call.right),
                        static_cast<S*>(call.out)};
    launch("sampled_product", workspace, grid_of(pieces.count, kWarps), sample_pieces<S>,
           Matrix<S>(call.a, pending_fault()), pieces, s);
  });
  raise_pending_fault();
}

void selected_product(const SelectedCall& call, Workspace& workspace) {
  raise_pending_fault();
  const int64_t n = call.batch * call.width * call.a.rows;
  if (n == 0) return;
  by_floating_type(call.dtype, [&](auto element) {
    using S = decltype(element);
    launch("spmm", workspace, grid_of(n, kThreads), select_products<S>, Matrix<S>(call.a, pending_fault()),
           Selection<S>(call));
  });
  raise_pending_fault();
}

void selected_sampled(const SelectedCall& call, Workspace& workspace) {
  raise_pending_fault();
  if (call.a.entries == 0) return;
  by_floating_type(call.dtype, [&](auto element) {
    using S = decltype(element);
    const Pieces pieces = make_pieces("spmm", call.a, pending_fault(), workspace);
    launch("spmm", workspace, grid_of(pieces.count, kWarps), select_samples<S>, Matrix<S>(call.a, pending_fault()),
           pieces, Selection<S>(call));
  });
  raise_pending_fault();
}

void selected_transposed(const SelectedCall& call, Workspace& workspace) {
  raise_pending_fault();
  const int64_t n = call.batch * call.width * call.a.rows, results = call.batch * call.width * call.a.columns;
  if (results == 0) return;
  by_floating_type(call.dtype, [&](auto element) {
    using S = decltype(element);
    using N = WideNumber<S>;
    constexpr bool is_wide = std::is_same_v<S, N>;
    N* sums = static_cast<N*>(call.out);
    if constexpr (!is_wide) sums = workspace.array<N>(results);
    check_cuda(cudaMemsetAsync(sums, 0, static_cast<size_t>(results) * sizeof(N), queue_of(workspace)), "spmm");
    if (n > 0) {
      launch("spmm", workspace, grid_of(n, kThreads), scatter_selected<S>, Matrix<S>(call.a, pending_fault()),
             Selection<S>(call), sums);
    }
    if constexpr (!is_wide) {
      launch("spmm", workspace, grid_of(results, kThreads), narrow_numbers<S>, results, static_cast<const N*>(sums),
             static_cast<S*>(call.out));
    }
  });
  raise_pending_fault();
}

}  // namespace spinel::kernels::cuda
