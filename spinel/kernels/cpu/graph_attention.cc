#include "spinel/kernels/cpu/graph_attention.h"

#include <hwy/aligned_allocator.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "spinel/kernels/cpu/work_pieces.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "spinel/kernels/cpu/graph_attention.cc"
// foreach_target.h must come before highway.h.
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
#include <hwy/contrib/math/math-inl.h>
// clang-format on
#include "spinel/kernels/cpu/graph_attention_vectors.inc"

#ifndef SPINEL_KERNELS_CPU_GRAPH_ATTENTION_ONCE
#define SPINEL_KERNELS_CPU_GRAPH_ATTENTION_ONCE
namespace spinel::kernels {

template <typename T>
struct AttentionBackward {
  const GraphAttention<T>& attention;
  const CsrGraph<int64_t>& transposed;
  const T *out, *log_total, *grad;
  const GraphAttentionGradients<T>& gradients;
};

/// What the gradients need and find of a target, side by side as it is fetched: [4, heads] its scores, the logarithm of
/// the sum of their exponentials, grad · out, and the gradient by the scores.
constexpr int64_t kTargetNumbers = 4;

/// The loops over rows [first, last), compiled once per instruction set.
template <typename T>
struct AttentionLoops {
  void (*attend)(const GraphAttention<T>&, T* out, T* log_total, int64_t first, int64_t last);
  void (*prepare)(const AttentionBackward<T>&, T* targets, int64_t first, int64_t last);
  /// Over sources.
  void (*gradients)(const AttentionBackward<T>&, T* targets, int64_t first, int64_t last);
};

}  // namespace spinel::kernels
#endif

HWY_BEFORE_NAMESPACE();
namespace spinel::kernels::HWY_NAMESPACE {

/// One row: the largest scores of all its edges first, then exponentials and sums chunk by chunk.
template <int fixed, typename T>
HWY_INLINE void attend_row(const GraphAttention<T>& a, AttentionScratch<T>& scratch, int64_t row, T* HWY_RESTRICT out,
                           T* HWY_RESTRICT log_total) {
  const int64_t heads = fixed > 0 ? fixed : a.heads, all = heads * a.width;
  const CsrRow range = a.graph.row(row);
  std::fill_n(out, all, T(0));
  std::fill_n(log_total, heads, T(0));
  if (range.size() == 0) return;
  const T* const target = a.target + row * a.target_step;
  T *const peak = scratch.peak.data(), *const total = scratch.total.data(), *const weight = scratch.weight.data();
  std::fill_n(peak, heads, -std::numeric_limits<T>::infinity());
  for (int64_t e = range.begin; e < range.end; ++e) {
    if (e + kAttentionAhead < a.graph.num_edges) {
      const int64_t column = a.graph.column(e + kAttentionAhead);
      prefetch_row(a.source + column * a.source_step, heads);
      prefetch_row(a.x + column * all, all);
    }
    const T* const source = a.source + a.graph.column(e) * a.source_step;
    for_narrowing_vectors<T>(heads, [&](auto d, int64_t h) HWY_ATTR {
      const auto score = leaky_sum(d, source + h, target + h, a.slope), largest = hn::LoadU(d, peak + h);
      // Not a NaN, which makes the sum one anyway.
      hn::StoreU(hn::IfThenElse(hn::Gt(score, largest), score, largest), d, peak + h);
    });
  }
  std::fill_n(total, heads, T(0));
  for (int64_t begin = range.begin; begin < range.end; begin += kAttentionChunk) {
    const int64_t count = std::min(range.end - begin, kAttentionChunk);
    for (int64_t k = 0; k < count; ++k) {
      const int64_t column = scratch.node[k] = a.graph.col[begin + k];
      const T* const source = a.source + column * a.source_step;
      for_narrowing_vectors<T>(heads, [&](auto d, int64_t h) HWY_ATTR {
        const auto score = leaky_sum(d, source + h, target + h, a.slope);
        hn::StoreU(hn::Sub(score, hn::LoadU(d, peak + h)), d, weight + k * heads + h);
      });
    }
    exponentials(count * heads, weight);
    for (int64_t k = 0; k < count; ++k) {
      for_narrowing_vectors<T>(heads, [&](auto d, int64_t h) HWY_ATTR {
        hn::StoreU(hn::Add(hn::LoadU(d, total + h), hn::LoadU(d, weight + k * heads + h)), d, total + h);
      });
    }
    add_weighted_rows(a.x, scratch.node, weight, count, heads, a.width, out);
  }
  for (int64_t h = 0; h < heads; ++h) {
    const T share = 1 / total[h];
    for (int64_t f = 0; f < a.width; ++f) out[h * a.width + f] *= share;
  }
  logarithms(heads, total);
  for (int64_t h = 0; h < heads; ++h) log_total[h] = peak[h] + total[h];
}

template <int fixed, typename T>
void attend_rows(const GraphAttention<T>& a, T* out, T* log_total, int64_t first, int64_t last) {
  AttentionScratch<T> scratch(a.heads);
  for (int64_t row = first; row < last; ++row) {
    attend_row<fixed>(a, scratch, row, out + row * a.heads * a.width, log_total + row * a.heads);
  }
}

template <typename T>
void prepare_targets(const AttentionBackward<T>& call, T* targets, int64_t first, int64_t last) {
  const GraphAttention<T>& a = call.attention;
  const int64_t heads = a.heads, all = heads * a.width;
  for (int64_t row = first; row < last; ++row) {
    T* const to = targets + row * kTargetNumbers * heads;
    std::copy_n(a.target + row * a.target_step, heads, to);
    std::copy_n(call.log_total + row * heads, heads, to + heads);
    head_dots(call.grad + row * all, call.out + row * all, heads, a.width, to + 2 * heads);
    std::fill_n(to + 3 * heads, heads, T(0));
  }
}

/// By the scores and x of one source. The derivative by a score is α (grad_i · x_j − grad_i · out_i) times that of
/// leaky_relu, as Σ_j α_ij grad_i · x_j is grad_i · out_i.
template <int fixed, typename T>
HWY_INLINE void source_gradients(const AttentionBackward<T>& call, AttentionScratch<T>& scratch, int64_t node,
                                 T* HWY_RESTRICT targets) {
  const GraphAttention<T>& a = call.attention;
  const int64_t heads = fixed > 0 ? fixed : a.heads, all = heads * a.width;
  const CsrRow range = call.transposed.row(node);
  const T *const x = a.x + node * all, *const source = a.source + node * a.source_step;
  T *const by_x = call.gradients.x + node * all, *const by_source = call.gradients.source + node * a.source_step;
  T *const weight = scratch.weight.data(), *const slope = scratch.slope.data(), *const dots = scratch.peak.data();
  std::fill_n(by_x, all, T(0));
  std::fill_n(by_source, heads, T(0));
  for (int64_t begin = range.begin; begin < range.end; begin += kAttentionChunk) {
    const int64_t count = std::min(range.end - begin, kAttentionChunk);
    for (int64_t k = 0; k < count; ++k) {
      const int64_t row = scratch.node[k] = call.transposed.column(begin + k);
      const T* const target = targets + row * kTargetNumbers * heads;
      for_narrowing_vectors<T>(heads, [&](auto d, int64_t h) HWY_ATTR {
        const auto score = hn::Add(hn::LoadU(d, source + h), hn::LoadU(d, target + h));
        const auto factor = leaky_factor(d, score, a.slope);
        hn::StoreU(factor, d, slope + k * heads + h);
        hn::StoreU(hn::MulSub(score, factor, hn::LoadU(d, target + heads + h)), d, weight + k * heads + h);
      });
    }
    exponentials(count * heads, weight);
    for (int64_t k = 0; k < count; ++k) {
      const int64_t row = scratch.node[k], ahead = begin + k + kAttentionAhead;
      if (ahead < call.transposed.num_edges) {
        const int64_t next = call.transposed.column(ahead);
        prefetch_row(targets + next * kTargetNumbers * heads, kTargetNumbers * heads);
        prefetch_row(call.grad + next * all, all);
      }
      T *const mean = targets + (row * kTargetNumbers + 2) * heads, *const by_target = mean + heads;
      head_dots(call.grad + row * all, x, heads, a.width, dots);
      for_narrowing_vectors<T>(heads, [&](auto d, int64_t h) HWY_ATTR {
        const auto share = hn::Mul(hn::LoadU(d, weight + k * heads + h), hn::LoadU(d, slope + k * heads + h));
        const auto by_score = hn::Mul(share, hn::Sub(hn::LoadU(d, dots + h), hn::LoadU(d, mean + h)));
        hn::StoreU(hn::Add(hn::LoadU(d, by_source + h), by_score), d, by_source + h);
        hn::StoreU(hn::Add(hn::LoadU(d, by_target + h), by_score), d, by_target + h);
      });
    }
    add_weighted_rows(call.grad, scratch.node, weight, count, heads, a.width, by_x);
  }
}

template <int fixed, typename T>
void gradients_of_sources(const AttentionBackward<T>& call, T* targets, int64_t first, int64_t last) {
  const GraphAttention<T>& a = call.attention;
  AttentionScratch<T> scratch(a.heads);
  for (int64_t node = first; node < last; ++node) source_gradients<fixed>(call, scratch, node, targets);
}

/// Loops over the heads of usual numbers have a length that the compiler knows.
template <typename T>
AttentionLoops<T> attention_loops(int64_t heads) {
  if (heads == 1) return {attend_rows<1, T>, prepare_targets<T>, gradients_of_sources<1, T>};
  if (heads == 8) return {attend_rows<8, T>, prepare_targets<T>, gradients_of_sources<8, T>};
  return {attend_rows<0, T>, prepare_targets<T>, gradients_of_sources<0, T>};
}
AttentionLoops<float> AttentionLoopsF32(int64_t heads) { return attention_loops<float>(heads); }
AttentionLoops<double> AttentionLoopsF64(int64_t heads) { return attention_loops<double>(heads); }

}  // namespace spinel::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace spinel::kernels {
namespace {

HWY_EXPORT(AttentionLoopsF32);
HWY_EXPORT(AttentionLoopsF64);

template <typename T>
AttentionLoops<T> loops_of(int64_t heads) {
  if constexpr (sizeof(T) == 4) return HWY_DYNAMIC_DISPATCH(AttentionLoopsF32)(heads);
  else return HWY_DYNAMIC_DISPATCH(AttentionLoopsF64)(heads);
}

template <typename T>
int64_t attention_grain(const GraphAttention<T>& a) {
  return std::max<int64_t>(1, 8192 / std::max<int64_t>(a.heads * a.width, 1));
}

}  // namespace

template <typename T>
void graph_attention(const GraphAttention<T>& a, T* out, T* log_total, const ParallelFor& parallel) {
  const CsrGraph<int64_t>& graph = a.graph;
  check_pointers(graph.names, graph.num_rows, graph.rowptr, graph.num_edges, parallel);
  const AttentionLoops<T> loops = loops_of<T>(a.heads);
  for_balanced_rows(graph.num_rows, graph.rowptr, attention_grain(a), parallel,
                    [&](int64_t first, int64_t last) { loops.attend(a, out, log_total, first, last); });
}

template <typename T>
void graph_attention_gradients(const GraphAttention<T>& a, const CsrGraph<int64_t>& transposed, const T* out,
                               const T* log_total, const T* grad, const GraphAttentionGradients<T>& to,
                               const ParallelFor& parallel) {
  check_pointers(transposed.names, transposed.num_rows, transposed.rowptr, transposed.num_edges, parallel);
  const AttentionLoops<T> loops = loops_of<T>(a.heads);
  const int64_t rows = a.graph.num_rows, each = kTargetNumbers * a.heads;
  const AttentionBackward<T> call{a, transposed, out, log_total, grad, to};
  const std::vector<CsrRow> pieces =
      balanced_rows(transposed.num_rows, transposed.rowptr, attention_grain(a), parallel);
  std::vector<hwy::AlignedFreeUniquePtr<T[]>> targets(pieces.size());
  parallel.run(static_cast<int64_t>(pieces.size()), 1, [&](int64_t begin, int64_t end) {
    for (int64_t k = begin; k < end; ++k) {
      auto& own = targets[static_cast<size_t>(k)];
      own = hwy::AllocateAligned<T>(static_cast<size_t>(rows * each));
      const CsrRow& piece = pieces[static_cast<size_t>(k)];
      loops.prepare(call, own.get(), 0, rows);
      loops.gradients(call, own.get(), piece.begin, piece.end);
    }
  });
  parallel.run(rows, 4096, [&](int64_t first, int64_t last) {
    for (int64_t row = first; row < last; ++row) {
      for (int64_t h = 0; h < a.heads; ++h) {
        T sum = 0;
        for (const auto& part : targets) sum += part[static_cast<size_t>(row * each + 3 * a.heads + h)];
        to.target[row * a.target_step + h] = sum;
      }
    }
  });
}

template void graph_attention(const GraphAttention<float>&, float*, float*, const ParallelFor&);
template void graph_attention(const GraphAttention<double>&, double*, double*, const ParallelFor&);
template void graph_attention_gradients(const GraphAttention<float>&, const CsrGraph<int64_t>&, const float*,
                                        const float*, const float*, const GraphAttentionGradients<float>&,
                                        const ParallelFor&);
template void graph_attention_gradients(const GraphAttention<double>&, const CsrGraph<int64_t>&, const double*,
                                        const double*, const double*, const GraphAttentionGradients<double>&,
                                        const ParallelFor&);

}  // namespace spinel::kernels
#endif
