// CPU kernels of graph attention with scores that are sums of one number of either node: weights of edges are made
// where they are used, forward and backward, and never stored.
#pragma once

#include <cstdint>

#include "spinel/base/parallel.h"
#include "spinel/kernels/cpu/csr_graph.h"

namespace spinel::kernels {

/// out_i = Σ_j α_ij x_j for each head, with α_ij the softmax over the edges (i ← j) of leaky_relu(source_j + target_i)
/// (Veličković et al., Graph Attention Networks, equations 3 and 4).
template <typename T>
struct GraphAttention {
  CsrGraph<int64_t> graph;  ///< rows are targets, columns sources
  int64_t heads = 1;
  int64_t width = 0;          ///< features of a head
  const T* x = nullptr;       ///< [columns, heads, width]
  const T* source = nullptr;  ///< [columns, heads], the heads of a node side by side, nodes source_step apart
  const T* target = nullptr;  ///< [rows, heads], nodes target_step apart
  int64_t source_step = 0, target_step = 0;
  T slope = 0;  ///< of leaky_relu below 0
};

/// Of rows without edges out is 0. out [rows, heads, width]; log_total [rows, heads]: the logarithm of the sum of
/// exponentials of a row's scores, which the gradients need. Errors: pointers that do not rise to the number of edges,
/// columns out of range: invalid_argument.
template <typename T>
void graph_attention(const GraphAttention<T>& attention, T* out, T* log_total, const ParallelFor& parallel);

/// Where gradients go; all are written over. Those of scores lie as the scores do.
template <typename T>
struct GraphAttentionGradients {
  T* x = nullptr;
  T* source = nullptr;
  T* target = nullptr;
};

/// The gradients for `grad`, that by out. `transposed` has the same edges by their sources: its rows are the columns
/// of attention.graph. Needs four numbers a row, head and thread. Results depend on the number of threads, not on
/// their timing.
template <typename T>
void graph_attention_gradients(const GraphAttention<T>& attention, const CsrGraph<int64_t>& transposed, const T* out,
                               const T* log_total, const T* grad, const GraphAttentionGradients<T>& gradients,
                               const ParallelFor& parallel);

}  // namespace spinel::kernels
