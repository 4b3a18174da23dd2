#include "spinel/kernels/cpu/edge_messages.h"

#include <limits>

#include "spinel/kernels/cpu/edge_chunks.h"
#include "spinel/kernels/cpu/work_pieces.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "spinel/kernels/cpu/edge_messages.cc"
// foreach_target.h must come before highway.h.
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
#include <hwy/contrib/math/math-inl.h>
// clang-format on
#include "spinel/kernels/cpu/edge_messages_vectors.inc"

HWY_BEFORE_NAMESPACE();
namespace spinel::kernels::HWY_NAMESPACE {

/// A run's messages and where its row begins in the results.
template <typename T>
struct RunView {
  const EdgeRun& run;
  const T* messages;  ///< of the chunk
  int64_t width, row;
  const T* message(int64_t k) const { return messages + k * width; }
};

/// Divided by `count` behind the row's last edge: 1, or of means the number of its edges.
template <typename T>
HWY_INLINE void sum_run(const RunView<T>& view, T count, const EdgeResults<T>& results) {
  T* out = results.out + view.row;
  for_vectors<T>(view.width, [&](auto d, int64_t f) HWY_ATTR {
    auto sum = view.run.begins ? hn::Zero(d) : hn::LoadU(d, out + f);
    for (int64_t k = view.run.from; k < view.run.to; ++k) sum = hn::Add(sum, hn::LoadU(d, view.message(k) + f));
    if (view.run.ends && count > 1) sum = hn::Div(sum, hn::Set(d, count));
    hn::StoreU(sum, d, out + f);
  });
}

/// The largest one of a chunk is known before its exponentials; what earlier chunks of the row have summed is scaled.
/// `values`: how far behind the scores of an edge its values lie; 0 where they are the same.
template <typename T>
HWY_INLINE void softmax_run(const RunView<T>& view, T scale, int64_t values, const EdgeResults<T>& results) {
  const int64_t width = values > 0 ? values : view.width, row = view.run.row * width;
  T *out = results.out + row, *peaks = results.peak + row, *totals = results.total + row;
  const EdgeRun& run = view.run;
  for_vectors<T>(width, [&](auto d, int64_t f) HWY_ATTR {
    const auto times = hn::Set(d, scale);
    const auto old = run.begins ? hn::Set(d, -std::numeric_limits<T>::infinity()) : hn::LoadU(d, peaks + f);
    auto peak = old;
    for (int64_t k = run.from; k < run.to; ++k) {
      const auto x = hn::Mul(times, hn::LoadU(d, view.message(k) + f));
      peak = hn::IfThenElse(hn::Or(hn::Gt(x, peak), hn::IsNaN(x)), x, peak);
    }
    auto total = hn::Zero(d), sum = hn::Zero(d);
    if (!run.begins) {
      const auto shrink = exp_of_negative(d, hn::Sub(old, peak));
      total = hn::Mul(shrink, hn::LoadU(d, totals + f));
      sum = hn::Mul(shrink, hn::LoadU(d, out + f));
    }
    for (int64_t k = run.from; k < run.to; ++k) {
      const auto x = hn::LoadU(d, view.message(k) + f);
      const auto weight = exp_of_negative(d, hn::MulSub(times, x, peak));
      total = hn::Add(total, weight);
      sum = hn::MulAdd(weight, hn::LoadU(d, view.message(k) + values + f), sum);
    }
    if (run.ends) {
      total = hn::Add(total, hn::Set(d, T(1e-16)));
      sum = hn::Div(sum, total);
    }
    hn::StoreU(peak, d, peaks + f);
    hn::StoreU(total, d, totals + f);
    hn::StoreU(sum, d, out + f);
  });
}

template <bool largest, typename T>
HWY_INLINE void extreme_run(const RunView<T>& view, const EdgeResults<T>& results) {
  T *out = results.out + view.row, *ties = results.ties + view.row;
  const EdgeRun& run = view.run;
  for_vectors<T>(view.width, [&](auto d, int64_t f) HWY_ATTR {
    constexpr T inf = std::numeric_limits<T>::infinity();
    const auto one = hn::Set(d, T(1));
    auto best = run.begins ? hn::Set(d, largest ? -inf : inf) : hn::LoadU(d, out + f);
    auto count = run.begins ? hn::Zero(d) : hn::LoadU(d, ties + f);
    for (int64_t k = run.from; k < run.to; ++k) {
      const auto x = hn::LoadU(d, view.message(k) + f);
      const auto same = is_same(d, x, best);
      const auto beyond = largest ? hn::Gt(x, best) : hn::Lt(x, best);
      const auto better = hn::AndNot(same, hn::Or(beyond, hn::IsNaN(x)));
      best = hn::IfThenElse(better, x, best);
      count = hn::IfThenElse(better, one, hn::Add(count, hn::IfThenElseZero(same, one)));
    }
    if (run.ends) count = hn::Add(count, hn::IfThenElseZero(hn::Eq(best, hn::Zero(d)), one));
    hn::StoreU(best, d, out + f);
    hn::StoreU(count, d, ties + f);
  });
}

/// Of weighted and mixed.
template <typename T>
HWY_INLINE void weighted_run(const EdgeMessages<T>& m, const EdgeChunk& chunk, const RunView<T>& view, T* out) {
  const int64_t each = m.head_width(), step = m.head_step();
  for (int64_t h = 0; h < m.heads; ++h) {
    for_vectors<T>(each, [&](auto d, int64_t f) HWY_ATTR {
      T* const to = out + h * each + f;
      auto sum = view.run.begins ? hn::Zero(d) : hn::LoadU(d, to);
      for (int64_t k = view.run.from; k < view.run.to; ++k) {
        const auto weight = hn::Set(d, m.coefficient[chunk.number[k] * m.heads + h]);
        sum = hn::MulAdd(weight, hn::LoadU(d, view.message(k) + h * step + f), sum);
      }
      hn::StoreU(sum, d, to);
    });
  }
}

template <typename T>
HWY_INLINE void dot_run(const EdgeMessages<T>& m, const EdgeChunk& chunk, const RunView<T>& view, T* out) {
  const int64_t each = m.head_width();
  const T* const vector = m.vector + (m.vector_of_rows ? view.row : 0);
  for (int64_t k = view.run.from; k < view.run.to; ++k) {
    for (int64_t h = 0; h < m.heads; ++h) {
      out[chunk.number[k] * m.heads + h] = dot(each, vector + h * each, view.message(k) + h * each);
    }
  }
}

template <typename T>
void reduce_rows(const EdgeMessages<T>& m, const std::vector<T>& weight, const EdgeResults<T>& results, int64_t first,
                 int64_t last) {
  const int64_t width = m.message_width(), out = m.out_width();
  if (m.reduction != EdgeReduction::dot) std::fill(results.out + first * out, results.out + last * out, T(0));
  EdgeScratch<T> scratch(m);
  EdgeChunk chunk;
  T* const messages = sum_parts(m.activation) > 1 ? scratch.messages.data() : scratch.sums.data();
  for (EdgeChunks chunks(m.graph, m.number, first, last); chunks.next(chunk);) {
    load_sums(m, chunk, weight, scratch);
    activate_sums(m, chunk.count, scratch.sums.data(), messages);
    for (int64_t r = 0; r < chunk.runs; ++r) {
      const RunView<T> view{chunk.run[r], messages, width, chunk.run[r].row * width};
      switch (m.reduction) {
        case EdgeReduction::sum: sum_run(view, T(1), results); break;
        case EdgeReduction::mean: sum_run(view, edges_of_row<T>(m, view.run.row), results); break;
        case EdgeReduction::softmax: softmax_run(view, m.scale, 0, results); break;
        case EdgeReduction::attended: softmax_run(view, m.scale, m.out_width(), results); break;
        case EdgeReduction::min: extreme_run<false>(view, results); break;
        case EdgeReduction::max: extreme_run<true>(view, results); break;
        case EdgeReduction::weighted:
        case EdgeReduction::mixed: weighted_run(m, chunk, view, results.out + chunk.run[r].row * out); break;
        case EdgeReduction::dot: dot_run(m, chunk, view, results.out); break;
      }
    }
  }
}

void ReduceRowsF32(const EdgeMessages<float>& m, const std::vector<float>& weight, const EdgeResults<float>& results,
                   int64_t first, int64_t last) {
  reduce_rows(m, weight, results, first, last);
}
void ReduceRowsF64(const EdgeMessages<double>& m, const std::vector<double>& weight, const EdgeResults<double>& results,
                   int64_t first, int64_t last) {
  reduce_rows(m, weight, results, first, last);
}

}  // namespace spinel::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace spinel::kernels {

HWY_EXPORT(ReduceRowsF32);
HWY_EXPORT(ReduceRowsF64);

template <typename T>
void reduce_edge_messages(const EdgeMessages<T>& m, const EdgeResults<T>& results, const ParallelFor& parallel) {
  const CsrGraph<int64_t>& graph = m.graph;
  check_pointers(graph.names, graph.num_rows, graph.rowptr, graph.num_edges, parallel);
  const std::vector<T> weight = transposed_weight(m);
  const int64_t grain = std::max<int64_t>(1, 8192 / std::max<int64_t>(m.width, 1));
  for_balanced_rows(graph.num_rows, graph.rowptr, grain, parallel, [&](int64_t first, int64_t last) {
    if constexpr (sizeof(T) == 4) HWY_DYNAMIC_DISPATCH(ReduceRowsF32)(m, weight, results, first, last);
    else HWY_DYNAMIC_DISPATCH(ReduceRowsF64)(m, weight, results, first, last);
  });
}

template void reduce_edge_messages(const EdgeMessages<float>&, const EdgeResults<float>&, const ParallelFor&);
template void reduce_edge_messages(const EdgeMessages<double>&, const EdgeResults<double>&, const ParallelFor&);

}  // namespace spinel::kernels
#endif
