// CPU kernels of messages along the edges of a graph that are made and reduced in one pass, and made again for their
// gradients: none is ever stored.
#pragma once

#include <cstdint>

#include "spinel/base/parallel.h"
#include "spinel/kernels/cpu/csr_graph.h"

namespace spinel::kernels {

/// φ of a message. Some take sums that are twice as wide as the message:
/// - gate: sigmoid(u) ∘ softplus(v) of [u, v];
/// - gated: sigmoid(u) ∘ v of [u, v].
enum class EdgeActivation { identity, relu, leaky_relu, gate, gated };

/// How many times as wide as the message its sums are.
constexpr int64_t sum_parts(EdgeActivation activation) {
  return activation == EdgeActivation::gate || activation == EdgeActivation::gated ? 2 : 1;
}

/// What becomes of the messages m of a row's edges, feature by feature.
/// - sum, mean;
/// - softmax: Σ m softmax(scale · m);
/// - attended: Σ softmax(scale · u) ∘ v of messages m = [u, v];
/// - min, max: their gradient is shared equally among equal messages;
/// - weighted: Σ coefficient_h m_h, m_h a head's part of the features; mixed: Σ coefficient_h m for each head;
/// - dot: nothing is summed, each edge has vector_h · m_h for each head.
enum class EdgeReduction { sum, mean, softmax, attended, min, max, weighted, mixed, dot };

/// m_e = φ(target_i + source_j + edge_e + weight · attr_e) + offset for the edges e = (i ← j) of a graph whose rows
/// are targets. Terms that are null are 0. Modulated: with target_i = [shift_i, factor_i] it is φ(shift_i + factor_i ∘
/// source_j + …), and neither is null.
template <typename T>
struct EdgeMessages {
  CsrGraph<int64_t> graph;
  const int64_t* number =
      nullptr;        ///< [edges] which row of all that has one an edge belongs to each entry; null: its own
  int64_t width = 0;  ///< of the sums
  int64_t attr_width = 0;
  const T* target = nullptr;  ///< [rows, target_width]
  const T* source = nullptr;  ///< [columns, width]
  const T* edge = nullptr;    ///< [edges, width]
  const T* attr = nullptr;    ///< [edges, attr_width]
  const T* weight = nullptr;  ///< [width, attr_width]
  bool modulated = false;
  EdgeActivation activation = EdgeActivation::identity;
  T slope = 0;   ///< of leaky_relu below 0
  T offset = 0;  ///< not where the sums are wider
  EdgeReduction reduction = EdgeReduction::sum;
  int64_t heads = 1;
  const T* coefficient = nullptr;  ///< [edges, heads] of weighted and mixed
  const T* vector = nullptr;       ///< [heads, message_width / heads] of dot, with …
  bool vector_of_rows = false;     ///< … one for each row
  T scale = 1;                     ///< of softmax and attended
  bool weights_constant = false;   ///< no gradient through their weights

  int64_t target_width() const { return modulated ? 2 * width : width; }
  int64_t message_width() const { return width / sum_parts(activation); }
  /// Features that one head's coefficient or vector meets, and how far those of the next head are.
  int64_t head_width() const { return reduction == EdgeReduction::mixed ? message_width() : message_width() / heads; }
  int64_t head_step() const { return reduction == EdgeReduction::mixed ? 0 : head_width(); }
  int64_t out_width() const {
    if (reduction == EdgeReduction::attended) return message_width() / 2;
    return reduction == EdgeReduction::mixed ? heads * message_width() : message_width();
  }
};

/// Of rows without edges `out` is 0. What the gradients need beside it is written with it.
template <typename T>
struct EdgeResults {
  T* out = nullptr;    ///< [rows, out_width], of dot [edges, heads]
  T* peak = nullptr;   ///< softmax, attended: [rows, out_width] the largest scale · m, or scale · u
  T* total = nullptr;  ///< softmax, attended: [rows, out_width] Σ exp(scale · m − peak) + 1e-16
  /// min, max: [rows, message_width] messages that are equal to the extreme, and one more where it is 0, as
  /// torch.scatter_reduce counts.
  T* ties = nullptr;
};

/// Errors: pointers that do not rise to the number of edges, columns out of range: invalid_argument.
template <typename T>
void reduce_edge_messages(const EdgeMessages<T>& messages, const EdgeResults<T>& results, const ParallelFor& parallel);

/// Where gradients go; null: not wanted. All are written over.
template <typename T>
struct EdgeGradients {
  T* target = nullptr;
  T* source = nullptr;
  T* edge = nullptr;
  T* attr = nullptr;
  T* weight = nullptr;
  T* coefficient = nullptr;
  T* vector = nullptr;
  T* scale = nullptr;  ///< [1]
};

/// The gradients by the operands for `grad`, that by out. Needs as many copies of gradients.source as there are
/// threads, but hardly more than hold one row for each edge.
template <typename T>
void edge_message_gradients(const EdgeMessages<T>& messages, const EdgeResults<T>& results, const T* grad,
                            const EdgeGradients<T>& gradients, const ParallelFor& parallel);

}  // namespace spinel::kernels
