// A graph in compressed rows as the graph kernels walk it: every place is checked when it is read.
#pragma once

#include <cstdint>

namespace spinel::kernels {

/// What messages call the operator and its two arrays.
struct CsrNames {
  const char* op = "graph";
  const char* pointers = "rowptr";
  const char* indices = "col";
};

/// Half-open range of entries.
struct CsrRow {
  int64_t begin = 0, end = 0;
  int64_t size() const { return end - begin; }
};

namespace csr_internal {
[[noreturn]] void refuse_row(const CsrNames& names, int64_t row, CsrRow found, int64_t num_edges);
[[noreturn]] void refuse_column(const CsrNames& names, int64_t place, int64_t found, int64_t num_cols);
[[noreturn]] void refuse_node(const CsrNames& names, const char* argument, int64_t place, int64_t found, int64_t rows);
}  // namespace csr_internal

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
      csr_internal::refuse_row(names, v, range, num_edges);
    }
    return range;
  }
  int64_t column(int64_t e) const {
    const int64_t v = col[e];
    if (static_cast<uint64_t>(v) >= static_cast<uint64_t>(num_cols)) [[unlikely]] {
      csr_internal::refuse_column(names, e, v, num_cols);
    }
    return v;
  }
  /// A row that the caller names: entry `place` of `argument`.
  int64_t node(const char* argument, const Index* nodes, int64_t place) const {
    const int64_t v = nodes[place];
    if (static_cast<uint64_t>(v) >= static_cast<uint64_t>(num_rows)) [[unlikely]] {
      csr_internal::refuse_node(names, argument, place, v, num_rows);
    }
    return v;
  }
};

/// Throws unless all row pointers rise from 0 to the number of entries and all columns lie in the graph: for kernels
/// that visit everything anyway.
template <typename Index>
void check_graph(const CsrGraph<Index>& graph);

}  // namespace spinel::kernels
