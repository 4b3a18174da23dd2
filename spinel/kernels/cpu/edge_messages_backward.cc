#include "spinel/kernels/cpu/edge_chunks.h"
#include "spinel/kernels/cpu/edge_messages.h"
#include "spinel/kernels/cpu/edge_partials.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "spinel/kernels/cpu/edge_messages_backward.cc"
// foreach_target.h must come before highway.h.
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
#include <hwy/contrib/math/math-inl.h>
// clang-format on
#include "spinel/kernels/cpu/edge_messages_vectors.inc"

HWY_BEFORE_NAMESPACE();
namespace spinel::kernels::HWY_NAMESPACE {

/// A run's messages, which gradients by them replace.
template <typename T>
struct RunGradients {
  const EdgeRun& run;
  T* messages;  ///< of the chunk
  int64_t width, row;
  const T* grad;  ///< of the row
  T* message(int64_t k) const { return messages + k * width; }
};

/// Of the sum over `count`.
template <typename T>
HWY_INLINE void sum_gradients(const RunGradients<T>& view, T count) {
  for_vectors<T>(view.width, [&](auto d, int64_t f) HWY_ATTR {
    auto grad = hn::LoadU(d, view.grad + f);
    if (count > 1) grad = hn::Div(grad, hn::Set(d, count));
    for (int64_t k = view.run.from; k < view.run.to; ++k) hn::StoreU(grad, d, view.message(k) + f);
  });
}

/// Of Σ a v with a = softmax(s u): by v g a, by u s g a (v − out); by s: Σ g a u (v − out).
template <typename T>
HWY_INLINE void attended_gradients(const EdgeMessages<T>& m, const RunGradients<T>& view, const EdgeResults<T>& results,
                                   T& by_scale) {
  const int64_t width = m.out_width(), row = view.run.row * width;
  for_vectors<T>(width, [&](auto d, int64_t f) HWY_ATTR {
    const auto scale = hn::Set(d, m.scale), mean = hn::LoadU(d, results.out + row + f);
    const auto peak = hn::LoadU(d, results.peak + row + f);
    const auto share = hn::Div(hn::LoadU(d, view.grad + f), hn::LoadU(d, results.total + row + f));
    auto sum = hn::Zero(d);
    for (int64_t k = view.run.from; k < view.run.to; ++k) {
      T* const at = view.message(k) + f;
      const auto score = hn::LoadU(d, at);
      const auto by_value = hn::Mul(share, exp_of_negative(d, hn::MulSub(scale, score, peak)));
      auto beyond = hn::Mul(by_value, hn::Sub(hn::LoadU(d, at + width), mean));
      if (m.weights_constant) beyond = hn::Zero(d);
      sum = hn::MulAdd(beyond, score, sum);
      hn::StoreU(hn::Mul(scale, beyond), d, at);
      hn::StoreU(by_value, d, at + width);
    }
    by_scale += hn::GetLane(hn::SumOfLanes(d, sum));
  });
}

/// Of Σ a m with a = softmax(s m): g a (1 + s (m − out)); by s: Σ g a m (m − out).
template <typename T>
HWY_INLINE void softmax_gradients(const EdgeMessages<T>& m, const RunGradients<T>& view, const EdgeResults<T>& results,
                                  T& by_scale) {
  const T *out = results.out + view.row, *peaks = results.peak + view.row, *totals = results.total + view.row;
  for_vectors<T>(view.width, [&](auto d, int64_t f) HWY_ATTR {
    const auto scale = hn::Set(d, m.scale), one = hn::Set(d, T(1)), mean = hn::LoadU(d, out + f);
    const auto peak = hn::LoadU(d, peaks + f);
    const auto share = hn::Div(hn::LoadU(d, view.grad + f), hn::LoadU(d, totals + f));
    auto sum = hn::Zero(d);
    for (int64_t k = view.run.from; k < view.run.to; ++k) {
      T* const at = view.message(k) + f;
      const auto x = hn::LoadU(d, at);
      auto by_message = hn::Mul(share, exp_of_negative(d, hn::MulSub(scale, x, peak)));
      if (!m.weights_constant) {
        const auto beyond = hn::Sub(x, mean);
        sum = hn::MulAdd(hn::Mul(by_message, x), beyond, sum);
        by_message = hn::Mul(by_message, hn::MulAdd(scale, beyond, one));
      }
      hn::StoreU(by_message, d, at);
    }
    by_scale += hn::GetLane(hn::SumOfLanes(d, sum));
  });
}

template <typename T>
HWY_INLINE void extreme_gradients(const RunGradients<T>& view, const EdgeResults<T>& results) {
  const T *out = results.out + view.row, *ties = results.ties + view.row;
  for_vectors<T>(view.width, [&](auto d, int64_t f) HWY_ATTR {
    const auto best = hn::LoadU(d, out + f);
    const auto share = hn::Div(hn::LoadU(d, view.grad + f), hn::LoadU(d, ties + f));
    for (int64_t k = view.run.from; k < view.run.to; ++k) {
      T* const at = view.message(k) + f;
      hn::StoreU(hn::IfThenElseZero(is_same(d, hn::LoadU(d, at), best), share), d, at);
    }
  });
}

/// Of vector · m of each edge and head: by the vector, added, and by m.
template <typename T>
HWY_INLINE void dot_gradients(const EdgeMessages<T>& m, const EdgeChunk& chunk, const T* grad,
                              const RunGradients<T>& view, T* by_vector) {
  const int64_t each = m.head_width(), of_row = m.vector_of_rows ? view.row : 0;
  for (int64_t h = 0; h < m.heads; ++h) {
    for_vectors<T>(each, [&](auto d, int64_t c) HWY_ATTR {
      const int64_t f = h * each + c;
      const auto a = hn::LoadU(d, m.vector + of_row + f);
      auto sum = hn::Zero(d);
      for (int64_t k = view.run.from; k < view.run.to; ++k) {
        T* const at = view.message(k) + f;
        const auto g = hn::Set(d, grad[chunk.number[k] * m.heads + h]);
        sum = hn::MulAdd(g, hn::LoadU(d, at), sum);
        hn::StoreU(hn::Mul(g, a), d, at);
      }
      if (!by_vector) return;
      T* const to = by_vector + of_row + f;
      hn::StoreU(hn::Add(hn::LoadU(d, to), sum), d, to);
    });
  }
}

/// Of weighted and mixed: by the coefficients, and by m.
template <typename T>
HWY_INLINE void weighted_gradients(const EdgeMessages<T>& m, const EdgeChunk& chunk, const RunGradients<T>& view,
                                   T* by_coefficient) {
  const int64_t each = m.head_width(), step = m.head_step();
  for (int64_t k = view.run.from; k < view.run.to; ++k) {
    T* const message = view.message(k);
    const int64_t first = chunk.number[k] * m.heads;
    const T* const weight = m.coefficient + first;
    for (int64_t h = 0; h < m.heads && by_coefficient; ++h) {
      by_coefficient[first + h] = dot(each, view.grad + h * each, message + h * step);
    }
    const int64_t summed = step == 0 ? m.heads : 1;
    for (int64_t h = 0; h < m.heads; h += summed) {
      for_vectors<T>(each, [&](auto d, int64_t f) HWY_ATTR {
        auto sum = hn::Zero(d);
        for (int64_t more = h; more < h + summed; ++more) {
          sum = hn::MulAdd(hn::Set(d, weight[more]), hn::LoadU(d, view.grad + more * each + f), sum);
        }
        hn::StoreU(sum, d, message + h * step + f);
      });
    }
  }
}

/// The vectors of the sums at x and x + width become gradients by them; g by the message.
template <typename T, class D, class V = hn::Vec<D>>
HWY_INLINE void gradients_of_parts(D d, EdgeActivation activation, V g, T* x, int64_t width) {
  const auto first = hn::LoadU(d, x), second = hn::LoadU(d, x + width);
  auto tail = hn::Zero(d), slope = hn::Set(d, T(1)), value = second;
  const auto open = logistic(d, first, &tail);
  if (activation == EdgeActivation::gate) {
    slope = logistic(d, second, &tail);
    value = softplus(d, second, tail);
  }
  const auto opened = hn::Mul(open, g);
  hn::StoreU(hn::Mul(hn::Mul(opened, hn::Sub(hn::Set(d, T(1)), open)), value), d, x);
  hn::StoreU(hn::Mul(opened, slope), d, x + width);
}

/// x, the sums of a chunk, become gradients by them; grad [count, message_width] by the messages.
template <typename T>
void activation_gradients(const EdgeMessages<T>& m, int64_t count, const T* grad, T* x) {
  if (sum_parts(m.activation) > 1) {
    const int64_t width = m.message_width();
    for (int64_t k = 0; k < count; ++k) {
      for_vectors<T>(width, [&](auto d, int64_t f) HWY_ATTR {
        gradients_of_parts(d, m.activation, hn::LoadU(d, grad + k * width + f), x + k * m.width + f, width);
      });
    }
    return;
  }
  const T below = m.activation == EdgeActivation::leaky_relu ? m.slope : T(0);
  const bool bends = m.activation != EdgeActivation::identity;
  for_vectors<T>(count * m.width, [&](auto d, int64_t f) HWY_ATTR {
    auto g = hn::LoadU(d, grad + f);
    const auto low = hn::Le(hn::LoadU(d, x + f), hn::Zero(d));
    if (bends) g = hn::IfThenElse(low, hn::Mul(g, hn::Set(d, below)), g);
    hn::StoreU(g, d, x + f);
  });
}

/// Adds the gradients by the sums of a chunk to those by its rows, and by the factors of these.
template <typename T>
void add_target_gradients(const EdgeMessages<T>& m, const EdgeChunk& chunk, const T* grad, T* targets) {
  for (int64_t r = 0; r < chunk.runs; ++r) {
    const EdgeRun& run = chunk.run[r];
    T* const row = targets + run.row * m.target_width();
    for (int64_t k = run.from; k < run.to; ++k) {
      add_row(m.width, grad + k * m.width, row);
      if (m.modulated) add_products(m.width, grad + k * m.width, m.source + chunk.column[k] * m.width, row + m.width);
    }
  }
}

template <typename T>
void add_source_gradients(const EdgeMessages<T>& m, const EdgeChunk& chunk, const T* grad, T* sources) {
  for (int64_t r = 0; r < chunk.runs; ++r) {
    const EdgeRun& run = chunk.run[r];
    const T* const factor = m.modulated ? m.target + run.row * m.target_width() + m.width : nullptr;
    for (int64_t k = run.from; k < run.to; ++k) {
      T* const row = sources + chunk.column[k] * m.width;
      if (factor) add_products(m.width, grad + k * m.width, factor, row);
      else add_row(m.width, grad + k * m.width, row);
    }
  }
}

/// Adds or stores the gradients by the sums of a chunk where they belong.
template <typename T>
void spread_gradients(const EdgeBackward<T>& call, const EdgeChunk& chunk, const EdgeScratch<T>& scratch,
                      EdgePartials<T>& partials) {
  const EdgeMessages<T>& m = call.messages;
  const EdgeGradients<T>& to = call.gradients;
  const T* const grad = scratch.sums.data();
  if (to.target) add_target_gradients(m, chunk, grad, to.target);
  if (to.source) add_source_gradients(m, chunk, grad, partials.source);
  for (int64_t k = 0; k < chunk.count && to.edge; ++k) {
    copy_row(m.width, grad + k * m.width, to.edge + chunk.number[k] * m.width);
  }
  if (to.weight) {
    add_product<T>({scratch.attr.data(), 1, m.attr_width}, grad, m.attr_width, chunk.count, m.width,
                   partials.weight.data());
  }
}

/// The gradients by the attributes of a chunk, which take their place in scratch.
template <typename T>
void attr_gradients(const EdgeBackward<T>& call, const EdgeChunk& chunk, EdgeScratch<T>& scratch) {
  const EdgeMessages<T>& m = call.messages;
  T* const rows = scratch.attr.data();
  std::fill_n(rows, chunk.count * m.attr_width, T(0));
  add_product<T>({scratch.sums.data(), m.width, 1}, m.weight, chunk.count, m.width, m.attr_width, rows);
  for (int64_t k = 0; k < chunk.count; ++k) {
    copy_row(m.attr_width, rows + k * m.attr_width, call.gradients.attr + chunk.number[k] * m.attr_width);
  }
}

/// The gradients by a run's messages, and by what reduces them.
template <typename T>
void run_gradients(const EdgeBackward<T>& call, const EdgeChunk& chunk, const RunGradients<T>& view,
                   EdgePartials<T>& partials) {
  const EdgeMessages<T>& m = call.messages;
  switch (m.reduction) {
    case EdgeReduction::sum: return sum_gradients(view, T(1));
    case EdgeReduction::mean: return sum_gradients(view, edges_of_row<T>(m, view.run.row));
    case EdgeReduction::softmax: return softmax_gradients(m, view, call.results, partials.scale);
    case EdgeReduction::attended: return attended_gradients(m, view, call.results, partials.scale);
    case EdgeReduction::min:
    case EdgeReduction::max: return extreme_gradients(view, call.results);
    case EdgeReduction::weighted:
    case EdgeReduction::mixed: return weighted_gradients(m, chunk, view, call.gradients.coefficient);
    case EdgeReduction::dot: return dot_gradients(m, chunk, call.grad, view, partials.vector);
  }
}

constexpr bool needs_messages(EdgeReduction reduction) {
  return reduction != EdgeReduction::sum && reduction != EdgeReduction::mean;
}

template <typename T>
void backward_rows(const EdgeBackward<T>& call, EdgePartials<T>& partials, int64_t first, int64_t last) {
  const EdgeMessages<T>& m = call.messages;
  const int64_t width = m.message_width();
  EdgeScratch<T> scratch(m);
  EdgeChunk chunk;
  T* const messages = scratch.messages.data();
  for (EdgeChunks chunks(m.graph, m.number, first, last); chunks.next(chunk);) {
    if (partials.source) prefetch_sources(chunk, partials.source, m.width);
    load_sums(m, chunk, call.weight, scratch);
    if (needs_messages(m.reduction)) activate_sums(m, chunk.count, scratch.sums.data(), messages);
    for (int64_t r = 0; r < chunk.runs; ++r) {
      const int64_t row = chunk.run[r].row;
      run_gradients(call, chunk, {chunk.run[r], messages, width, row * width, call.grad + row * m.out_width()},
                    partials);
    }
    activation_gradients(m, chunk.count, messages, scratch.sums.data());
    spread_gradients(call, chunk, scratch, partials);
    if (call.gradients.attr) attr_gradients(call, chunk, scratch);
  }
}

void BackwardRowsF32(const EdgeBackward<float>& call, EdgePartials<float>& partials, int64_t first, int64_t last) {
  backward_rows(call, partials, first, last);
}
void BackwardRowsF64(const EdgeBackward<double>& call, EdgePartials<double>& partials, int64_t first, int64_t last) {
  backward_rows(call, partials, first, last);
}

}  // namespace spinel::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace spinel::kernels {
namespace {

HWY_EXPORT(BackwardRowsF32);
HWY_EXPORT(BackwardRowsF64);

}  // namespace

template <typename T>
void edge_message_gradients(const EdgeMessages<T>& m, const EdgeResults<T>& results, const T* grad,
                            const EdgeGradients<T>& to, const ParallelFor& parallel) {
  const CsrGraph<int64_t>& graph = m.graph;
  check_pointers(graph.names, graph.num_rows, graph.rowptr, graph.num_edges, parallel);
  clear_gradients(to.target, graph.num_rows * m.target_width(), parallel);
  clear_gradients(to.source, graph.num_cols * m.width, parallel);
  clear_gradients(to.vector, (m.vector_of_rows ? graph.num_rows : 1) * m.message_width(), parallel);
  const EdgeBackward<T> call{m, results, grad, to, transposed_weight(m)};
  const std::vector<CsrRow> rows =
      cut_edge_rows(graph, to.source != nullptr, std::max<int64_t>(1, 8192 / std::max<int64_t>(m.width, 1)), parallel);
  std::vector<EdgePartials<T>> pieces(rows.size());
  parallel.run(static_cast<int64_t>(rows.size()), 1, [&](int64_t begin, int64_t end) {
    for (int64_t k = begin; k < end; ++k) {
      EdgePartials<T>& piece = pieces[static_cast<size_t>(k)];
      if (to.source && k > 0) piece.own_source.resize(static_cast<size_t>(graph.num_cols * m.width));
      piece.source = k > 0 ? piece.own_source.data() : to.source;
      if (to.weight) piece.weight.resize(static_cast<size_t>(m.width * m.attr_width));
      if (to.vector && !m.vector_of_rows) piece.own_vector.resize(static_cast<size_t>(m.message_width()));
      piece.vector = piece.own_vector.empty() ? to.vector : piece.own_vector.data();
      const CsrRow& range = rows[static_cast<size_t>(k)];
      if constexpr (sizeof(T) == 4) HWY_DYNAMIC_DISPATCH(BackwardRowsF32)(call, piece, range.begin, range.end);
      else HWY_DYNAMIC_DISPATCH(BackwardRowsF64)(call, piece, range.begin, range.end);
    }
  });
  join_edge_pieces(call, pieces, parallel);
}

#define SPINEL_INSTANTIATE(T)                                                                   \
  template void edge_message_gradients(const EdgeMessages<T>&, const EdgeResults<T>&, const T*, \
                                       const EdgeGradients<T>&, const ParallelFor&);
SPINEL_INSTANTIATE(float)
SPINEL_INSTANTIATE(double)
#undef SPINEL_INSTANTIATE

}  // namespace spinel::kernels
#endif
