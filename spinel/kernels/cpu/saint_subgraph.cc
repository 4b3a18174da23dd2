#include "spinel/kernels/cpu/saint_subgraph.h"

#include <algorithm>

#include "spinel/kernels/cpu/node_labels.h"

namespace spinel::kernels {
namespace {

/// Rows to a piece: enough of them for many pieces a thread, as degrees differ.
constexpr int64_t piece_rows = 256;

/// Which entries belong to the subgraph cannot be foretold: each is written, and written over where it does not.
template <typename Index>
void add_row(const CsrGraph<Index>& graph, CsrRow row, Index number, const NodeLabels<Index>& labels,
             SubgraphPiece<Index>& piece) {
  size_t size = piece.edges.size();
  const auto resize = [&](size_t to) {
    for (auto* list : {&piece.rows, &piece.cols, &piece.edges}) list->resize(to);
  };
  resize(size + static_cast<size_t>(row.size()));
  for (int64_t e = row.begin; e < row.end; ++e) {
    const int64_t label = labels.find(graph.column(e));
    piece.rows[size] = number;
    piece.cols[size] = static_cast<Index>(label);
    piece.edges[size] = static_cast<Index>(e);
    size += label >= 0;
  }
  resize(size);
}

template <typename Index>
void find_entries(const CsrGraph<Index>& graph, std::span<const Index> nodes, const NodeLabels<Index>& labels,
                  int64_t begin, int64_t end, SubgraphPiece<Index>& piece) {
  for (int64_t i = begin; i < end; ++i) {
    if (i + 8 < end) __builtin_prefetch(graph.rowptr + nodes[i + 8]);
    if (const int64_t ahead = i + 4 < end ? graph.rowptr[nodes[i + 4]] : -1; ahead >= 0 && ahead < graph.num_edges) {
      __builtin_prefetch(graph.col + ahead);
    }
    add_row(graph, graph.row(nodes[i]), static_cast<Index>(i), labels, piece);
  }
}

}  // namespace

template <typename Index>
std::vector<SubgraphPiece<Index>> saint_subgraph(const CsrGraph<Index>& graph, std::span<const Index> nodes,
                                                 const ParallelFor& parallel) {
  const auto n = static_cast<int64_t>(nodes.size());
  NodeLabels<Index> labels(graph.num_cols, n);
  for (int64_t i = 0; i < n; ++i) labels.assign(graph.node("node_idx", nodes.data(), i), i);
  std::vector<SubgraphPiece<Index>> pieces(static_cast<size_t>((n + piece_rows - 1) / piece_rows));
  parallel.run(static_cast<int64_t>(pieces.size()), 1, [&](int64_t begin, int64_t end) {
    for (int64_t p = begin; p < end; ++p) {
      find_entries(graph, nodes, labels, p * piece_rows, std::min(n, (p + 1) * piece_rows),
                   pieces[static_cast<size_t>(p)]);
    }
  });
  return pieces;
}

template std::vector<SubgraphPiece<int32_t>> saint_subgraph(const CsrGraph<int32_t>&, std::span<const int32_t>,
                                                            const ParallelFor&);
template std::vector<SubgraphPiece<int64_t>> saint_subgraph(const CsrGraph<int64_t>&, std::span<const int64_t>,
                                                            const ParallelFor&);

}  // namespace spinel::kernels
