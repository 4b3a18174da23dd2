#include "spinel/kernels/cuda/csr_index.h"
#include "spinel/kernels/cuda/fault.h"
#include "spinel/kernels/cuda/sort.h"

namespace spinel::kernels::cuda {
namespace {

/// Whether columns [start, start + length) have the entry.
__device__ bool is_within(int64_t column, int64_t start, int64_t length) {
  return column >= start && column - start < length;
}

/// The pointers of a result whose entries stand in the order of the matrix's, at places [entries + 1].
template <typename Index>
void write_pointers(const char* op, const CsrGraph<Index>& matrix, const int64_t* places, Index* out_ptr,
                    Workspace& workspace) {
  const Index* const rowptr = matrix.rowptr;
  for_each(op, workspace, matrix.num_rows + 1,
           [=] __device__(int64_t r) { out_ptr[r] = static_cast<Index>(places[rowptr[r]]); });
}

}  // namespace

template <typename Index>
int64_t count_rows(const CsrGraph<Index>& matrix, int64_t count, const Index* index, int64_t* starts,
                   Workspace& workspace) {
  const char* const op = matrix.names.op;
  const AwaitedFault fault(op, workspace);
  const Index* const rowptr = matrix.rowptr;
  const int64_t rows = matrix.num_rows;
  Fault* const note = fault.get();
  for_each(op, workspace, count, [=] __device__(int64_t i) {
    const auto r = static_cast<int64_t>(index[i]);
    const bool sound = r >= 0 && r < rows;
    if (!sound) report(note, FaultKind::node, i, r);
    starts[i] = sound ? static_cast<int64_t>(rowptr[r + 1]) - static_cast<int64_t>(rowptr[r]) : 0;
  });
  const int64_t total = sum_counts(op, count, starts, workspace);
  const Fault found = fault.wait();
  if (found.kind != FaultKind::none) fail_index(op, "index", found.place, found.found, rows, matrix.names.counted);
  return total;
}

template <typename Index>
void fill_rows(const CsrGraph<Index>& matrix, int64_t count, const Index* index, const int64_t* starts, Index* out_ptr,
               Index* out_col, Index* perm, Workspace& workspace) {
  const char* const op = matrix.names.op;
  const Index *const rowptr = matrix.rowptr, *const col = matrix.col;
  for_each(op, workspace, count + 1, [=] __device__(int64_t i) { out_ptr[i] = static_cast<Index>(starts[i]); });
  const int64_t total = read_number(op, workspace, starts + count);
  for_each(op, workspace, total, [=] __device__(int64_t k) {
    const int64_t i = row_of(starts, count, k), e = static_cast<int64_t>(rowptr[index[i]]) + k - starts[i];
    out_col[k] = col[e];
    perm[k] = static_cast<Index>(e);
  });
}

template <typename Index>
int64_t count_columns(const CsrGraph<Index>& matrix, const ColumnMap<Index>& map, int64_t* places,
                      Workspace& workspace) {
  const char* const op = matrix.names.op;
  const AwaitedFault fault(op, workspace);
  Fault* const note = fault.get();
  const Index *const col = matrix.col, *const ptr = map.ptr;
  const int64_t columns = matrix.num_cols;
  for_each(op, workspace, matrix.num_edges, [=] __device__(int64_t e) {
    const auto c = static_cast<int64_t>(col[e]);
    const bool sound = c >= 0 && c < columns;
    if (!sound) report(note, FaultKind::column, e, c);
    places[e] = sound ? static_cast<int64_t>(ptr[c + 1]) - static_cast<int64_t>(ptr[c]) : 0;
  });
  const int64_t total = sum_counts(op, matrix.num_edges, places, workspace);
  const Fault found = fault.wait();
  if (found.kind != FaultKind::none) fail_column(matrix.names, found.place, found.found, columns);
  return total;
}

template <typename Index>
void fill_columns(const CsrGraph<Index>& matrix, const ColumnMap<Index>& map, int64_t new_columns,
                  const int64_t* places, int64_t total, Index* out_ptr, Index* out_col, Index* perm,
                  Workspace& workspace) {
  const char* const op = matrix.names.op;
  write_pointers(op, matrix, places, out_ptr, workspace);
  const Index *const col = matrix.col, *const ptr = map.ptr, *const place = map.place, *const rowptr = matrix.rowptr;
  const int64_t entries = matrix.num_edges, rows = matrix.num_rows;
  // The new entries as they follow from the old ones, then sorted within their rows.
  auto* const row = workspace.array<Index>(total);
  auto* const column = map.rising ? out_col : workspace.array<Index>(total);
  auto* const source = map.rising ? perm : workspace.array<Index>(total);
  for_each(op, workspace, total, [=] __device__(int64_t k) {
    const int64_t e = row_of(places, entries, k);
    source[k] = static_cast<Index>(e);
    row[k] = static_cast<Index>(row_of(rowptr, rows, e));
    column[k] = place[static_cast<int64_t>(ptr[col[e]]) + k - places[e]];
  });
  if (map.rising) return;
  auto* const order = workspace.array<Index>(total);
  sort_coo(total, row, column, rows, new_columns, workspace.array<Index>(total), out_col, order, workspace);
  for_each(op, workspace, total, [=] __device__(int64_t k) { perm[k] = source[order[k]]; });
}

template <typename Index>
int64_t count_narrowed(const CsrGraph<Index>& matrix, int64_t start, int64_t length, int64_t* places,
                       Workspace& workspace) {
  const Index* const col = matrix.col;
  for_each(matrix.names.op, workspace, matrix.num_edges,
           [=] __device__(int64_t e) { places[e] = is_within(static_cast<int64_t>(col[e]), start, length); });
  return sum_counts(matrix.names.op, matrix.num_edges, places, workspace);
}

template <typename Index>
void fill_narrowed(const CsrGraph<Index>& matrix, int64_t start, int64_t length, const int64_t* places, Index* out_ptr,
                   Index* out_col, Index* perm, Workspace& workspace) {
  write_pointers(matrix.names.op, matrix, places, out_ptr, workspace);
  const Index* const col = matrix.col;
  for_each(matrix.names.op, workspace, matrix.num_edges, [=] __device__(int64_t e) {
    if (!is_within(static_cast<int64_t>(col[e]), start, length)) return;
    out_col[places[e]] = static_cast<Index>(static_cast<int64_t>(col[e]) - start);
    perm[places[e]] = static_cast<Index>(e);
  });
}

#define SPINEL_INSTANTIATE(Index)                                                                                \
  template int64_t count_rows(const CsrGraph<Index>&, int64_t, const Index*, int64_t*, Workspace&);              \
  template void fill_rows(const CsrGraph<Index>&, int64_t, const Index*, const int64_t*, Index*, Index*, Index*, \
                          Workspace&);                                                                           \
  template int64_t count_columns(const CsrGraph<Index>&, const ColumnMap<Index>&, int64_t*, Workspace&);         \
  template void fill_columns(const CsrGraph<Index>&, const ColumnMap<Index>&, int64_t, const int64_t*, int64_t,  \
                             Index*, Index*, Index*, Workspace&);                                                \
  template int64_t count_narrowed(const CsrGraph<Index>&, int64_t, int64_t, int64_t*, Workspace&);               \
  template void fill_narrowed(const CsrGraph<Index>&, int64_t, int64_t, const int64_t*, Index*, Index*, Index*,  \
                              Workspace&);
SPINEL_INSTANTIATE(int32_t)
SPINEL_INSTANTIATE(int64_t)

}  // namespace spinel::kernels::cuda
