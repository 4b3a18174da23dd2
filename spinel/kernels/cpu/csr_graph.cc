#include "spinel/kernels/cpu/csr_graph.h"

#include "spinel/base/error.h"

namespace spinel::kernels {
namespace csr_internal {

void refuse_row(const CsrNames& names, int64_t row, CsrRow found, int64_t num_edges) {
  fail(ErrorKind::invalid_argument, "{}: {} gives row {} the entries [{}, {}), of {} in {}; it must rise from 0 to {}",
       names.op, names.pointers, row, found.begin, found.end, num_edges, names.indices, num_edges);
}

void refuse_column(const CsrNames& names, int64_t place, int64_t found, int64_t num_cols) {
  fail(ErrorKind::invalid_argument, "{}: {}[{}] is {} but there are {} nodes; it must lie in [0, {})", names.op,
       names.indices, place, found, num_cols, num_cols);
}

void refuse_node(const CsrNames& names, const char* argument, int64_t place, int64_t found, int64_t rows) {
  fail(ErrorKind::invalid_argument, "{}: {}[{}] is {} but there are {} nodes; it must lie in [0, {})", names.op,
       argument, place, found, rows, rows);
}

}  // namespace csr_internal

template <typename Index>
void check_graph(const CsrGraph<Index>& graph) {
  int64_t last = 0;
  for (int64_t v = 0; v < graph.num_rows; ++v) {
    const CsrRow row = graph.row(v);
    if (row.begin != last) csr_internal::refuse_row(graph.names, v, row, graph.num_edges);
    last = row.end;
  }
  require(last == graph.num_edges, "{}: {} ends at {} but {} has {} entries; both must be equal", graph.names.op,
          graph.names.pointers, last, graph.names.indices, graph.num_edges);
  for (int64_t e = 0; e < graph.num_edges; ++e) graph.column(e);
}

template void check_graph(const CsrGraph<int32_t>&);
template void check_graph(const CsrGraph<int64_t>&);

}  // namespace spinel::kernels
