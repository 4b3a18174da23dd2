// What threads sum for themselves in the gradients of messages along edges, and how it is joined.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "spinel/kernels/cpu/edge_messages.h"
#include "spinel/kernels/cpu/work_pieces.h"

namespace spinel::kernels {

/// What a piece of rows sums for itself; those of all pieces are added up at the end.
template <typename T>
struct EdgePartials {
  T* source = nullptr;                ///< [columns, width]; of the first piece the result itself
  std::vector<T> own_source;          ///< of the others
  T* vector = nullptr;                ///< [message_width], or those of all rows; null: not wanted
  std::vector<T> weight, own_vector;  ///< [attr_width, width], [message_width]
  T scale = 0;
};

/// One call's operands and results.
template <typename T>
struct EdgeBackward {
  const EdgeMessages<T>& messages;
  const EdgeResults<T>& results;
  const T* grad;
  const EdgeGradients<T>& gradients;
  std::vector<T> weight;  ///< transposed
};

/// Pieces of rows [first, last); about as many copies of the sources' gradients, at most, as hold a row for each edge.
inline std::vector<CsrRow> cut_edge_rows(const CsrGraph<int64_t>& graph, bool has_source, int64_t grain,
                                         const ParallelFor& parallel) {
  const int64_t most = has_source ? graph.num_edges / std::max<int64_t>(graph.num_cols, 1) : graph.num_edges;
  const int64_t work = graph.num_edges + graph.num_rows;
  grain = std::max(grain, work / std::max<int64_t>(most, 1));
  return balanced_rows(graph.num_rows, graph.rowptr, grain, parallel);
}

template <typename T>
void clear_gradients(T* data, int64_t n, const ParallelFor& parallel) {
  if (!data) return;
  parallel.run(n, 1 << 15, [&](int64_t begin, int64_t end) { std::fill(data + begin, data + end, T(0)); });
}

/// data [n] += the same of the other pieces.
template <typename T, typename Of>
void add_edge_pieces(std::vector<EdgePartials<T>>& pieces, int64_t n, T* data, const Of& of,
                     const ParallelFor& parallel) {
  parallel.run(n, 1 << 14, [&](int64_t begin, int64_t end) {
    for (EdgePartials<T>& piece : pieces) {
      const T* const more = of(piece);
      for (int64_t k = begin; more != data && k < end; ++k) data[k] += more[k];
    }
  });
}

template <typename T>
void join_edge_pieces(const EdgeBackward<T>& call, std::vector<EdgePartials<T>>& pieces, const ParallelFor& parallel) {
  const EdgeMessages<T>& m = call.messages;
  const EdgeGradients<T>& to = call.gradients;
  if (to.source) {
    add_edge_pieces(
        pieces, m.graph.num_cols * m.width, to.source, [](auto& piece) { return piece.source; }, parallel);
  }
  if (to.vector && !m.vector_of_rows) {
    add_edge_pieces(
        pieces, m.message_width(), to.vector, [](auto& piece) { return piece.vector; }, parallel);
  }
  if (to.scale) {
    *to.scale = 0;
    for (const EdgePartials<T>& piece : pieces) *to.scale += piece.scale;
  }
  if (!to.weight) return;
  std::fill_n(to.weight, m.width * m.attr_width, T(0));
  for (const EdgePartials<T>& piece : pieces) {
    for (int64_t k = 0; k < m.width * m.attr_width; ++k) {
      to.weight[k] += piece.weight[static_cast<size_t>(k % m.attr_width * m.width + k / m.attr_width)];
    }
  }
}

}  // namespace spinel::kernels
