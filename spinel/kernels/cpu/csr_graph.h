// A graph in compressed rows as the graph kernels walk it: every place is checked when it is read.
#pragma once

#include <cstdint>

#include "spinel/kernels/cpu/csr_check.h"

namespace spinel::kernels {

/// Checks cost the places that a kernel visits, not the whole graph: a few walks on 10⁷ edges stay quick, and no input
/// leads out of the arrays. All of them throw invalid_argument that names the place and its value.
template <typename Index>
struct CsrGraph {
  const Index* rowptr = nullptr;  ///< [num_rows + 1]
  const Index* col = nullptr;     ///< [num_edges]
  int64_t num_rows = 0;
  int64_t num_edges = 0;
  int64_t num_cols = 0;
  CsrNames names;

  CsrRow row(int64_t v) const {
    const CsrRow range{rowptr[v], rowptr[v + 1]};
    if (range.begin < 0 || range.end < range.begin || range.end > num_edges) [[unlikely]] {
      fail_row(names, v, range, num_edges);
    }
    return range;
  }
  int64_t column(int64_t e) const {
    const int64_t v = col[e];
    if (static_cast<uint64_t>(v) >= static_cast<uint64_t>(num_cols)) [[unlikely]] {
      fail_column(names, e, v, num_cols);
    }
    return v;
  }
  /// A row that the caller names: entry `place` of `argument`.
  int64_t node(const char* argument, const Index* nodes, int64_t place) const {
    const int64_t v = nodes[place];
    if (static_cast<uint64_t>(v) >= static_cast<uint64_t>(num_rows)) [[unlikely]] {
      fail_index(names.op, argument, place, v, num_rows, names.counted);
    }
    return v;
  }
};

/// Checks everything: for kernels that visit everything anyway.
template <typename Index>
void check_graph(const CsrGraph<Index>& graph) {
  check_pointers(graph.names, graph.num_rows, graph.rowptr, graph.num_edges, serial());
  for (int64_t e = 0; e < graph.num_edges; ++e) graph.column(e);
}

}  // namespace spinel::kernels
