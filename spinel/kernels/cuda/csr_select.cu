#include <limits>

#include "spinel/kernels/cuda/csr_index.h"
#include "spinel/kernels/cuda/fault.h"
#include "spinel/kernels/cuda/sort.h"

namespace spinel::kernels {

using namespace cuda;

namespace {

/// Sums counts [n] and writes places [n + 1]; more than Index counts: invalid_argument.
template <typename Index>
int64_t sum_entries(const char* op, int64_t n, int64_t* counts, Workspace& workspace) {
  const int64_t total = sum_counts(op, n, counts, workspace);
  if (total > std::numeric_limits<Index>::max()) fail_count(op, total, 8 * sizeof(Index));
  return total;
}

/// Places [entries + 1] of what becomes of the entries, and their number. The columns are sound.
template <typename Index>
DevicePlaces place_columns(const CsrGraph<Index>& matrix, const ColumnMap<Index>& map, Workspace& workspace) {
  auto* const places = workspace.array<int64_t>(matrix.num_edges + 1);
  const Index *const col = matrix.col, *const ptr = map.ptr;
  for_each(matrix.names.op, workspace, matrix.num_edges, [=] __device__(int64_t e) {
    const auto c = static_cast<int64_t>(col[e]);
    places[e] = static_cast<int64_t>(ptr[c + 1]) - static_cast<int64_t>(ptr[c]);
  });
  return {places, sum_entries<Index>(matrix.names.op, matrix.num_edges, places, workspace)};
}

/// Whether columns [start, start + length) have the entry.
__device__ bool is_within(int64_t column, int64_t start, int64_t length) {
  return column >= start && column - start < length;
}

template <typename Index>
DevicePlaces place_narrowed(const CsrGraph<Index>& matrix, int64_t start, int64_t length, Workspace& workspace) {
  auto* const places = workspace.array<int64_t>(matrix.num_edges + 1);
  const Index* const col = matrix.col;
  for_each(matrix.names.op, workspace, matrix.num_edges,
           [=] __device__(int64_t e) { places[e] = is_within(static_cast<int64_t>(col[e]), start, length); });
  return {places, sum_entries<Index>(matrix.names.op, matrix.num_edges, places, workspace)};
}

/// The pointers of a result whose rows are the matrix's.
template <typename Index>
void write_pointers(const CsrGraph<Index>& matrix, const DevicePlaces& places, Index* out_ptr, Workspace& workspace) {
  const Index* const rowptr = matrix.rowptr;
  const int64_t* const at = places.at;
  for_each(matrix.names.op, workspace, matrix.num_rows + 1,
           [=] __device__(int64_t r) { out_ptr[r] = static_cast<Index>(at[rowptr[r]]); });
}

}  // namespace

template <typename Index>
void count_rows(const CsrGraph<Index>& matrix, int64_t count, const Index* index, Index* out_ptr,
                Workspace& workspace) {
  const char* const op = matrix.names.op;
  const int64_t bad = first_outside(count, index, matrix.num_rows, workspace);
  if (bad != all_sound) {
    fail_index(op, "index", bad, read_index(op, workspace, index + bad), matrix.num_rows, matrix.names.counted);
  }
  auto* const starts = workspace.array<int64_t>(count + 1);
  const Index* const rowptr = matrix.rowptr;
  for_each(op, workspace, count, [=] __device__(int64_t i) {
    const auto r = static_cast<int64_t>(index[i]);
    starts[i] = static_cast<int64_t>(rowptr[r + 1]) - static_cast<int64_t>(rowptr[r]);
  });
  sum_entries<Index>(op, count, starts, workspace);
  for_each(op, workspace, count + 1, [=] __device__(int64_t i) { out_ptr[i] = static_cast<Index>(starts[i]); });
}

template <typename Index>
void fill_rows(const CsrGraph<Index>& matrix, int64_t count, const Index* index, const Index* out_ptr, Index* out_col,
               Index* perm, Workspace& workspace) {
  const char* const op = matrix.names.op;
  const Index *const rowptr = matrix.rowptr, *const col = matrix.col;
  const int64_t total = read_index(op, workspace, out_ptr + count);
  for_each(op, workspace, total, [=] __device__(int64_t k) {
    const int64_t i = row_of(out_ptr, count, k);
    const int64_t e = static_cast<int64_t>(rowptr[index[i]]) + k - static_cast<int64_t>(out_ptr[i]);
    out_col[k] = col[e];
    perm[k] = static_cast<Index>(e);
  });
}

template <typename Index>
void count_columns(const CsrGraph<Index>& matrix, const ColumnMap<Index>& map, Index* out_ptr, Workspace& workspace) {
  const int64_t bad = first_outside(matrix.num_edges, matrix.col, matrix.num_cols, workspace);
  if (bad != all_sound) {
    fail_column(matrix.names, bad, read_index(matrix.names.op, workspace, matrix.col + bad), matrix.num_cols);
  }
  write_pointers(matrix, place_columns(matrix, map, workspace), out_ptr, workspace);
}

template <typename Index>
void fill_columns(const CsrGraph<Index>& matrix, const ColumnMap<Index>& map, const Index*, Index* out_col, Index* perm,
                  Workspace& workspace) {
  const char* const op = matrix.names.op;
  const DevicePlaces places = place_columns(matrix, map, workspace);
  const int64_t total = places.total, entries = matrix.num_edges, rows = matrix.num_rows;
  const int64_t* const at = places.at;
  const Index *const col = matrix.col, *const ptr = map.ptr, *const place = map.place, *const rowptr = matrix.rowptr;
  // The new entries as they follow from the old ones, then sorted within their rows.
  auto* const row = workspace.array<Index>(total);
  auto* const column = map.rising ? out_col : workspace.array<Index>(total);
  auto* const source = map.rising ? perm : workspace.array<Index>(total);
  for_each(op, workspace, total, [=] __device__(int64_t k) {
    const int64_t e = row_of(at, entries, k);
    source[k] = static_cast<Index>(e);
    row[k] = static_cast<Index>(row_of(rowptr, rows, e));
    column[k] = place[static_cast<int64_t>(ptr[col[e]]) + k - at[e]];
  });
  if (map.rising) return;
  auto* const order = workspace.array<Index>(total);
  sort_coo(total, row, column, rows, workspace.array<Index>(total), out_col, order, workspace);
  for_each(op, workspace, total, [=] __device__(int64_t k) { perm[k] = source[order[k]]; });
}

template <typename Index>
void count_narrowed(const CsrGraph<Index>& matrix, int64_t start, int64_t length, Index* out_ptr,
                    Workspace& workspace) {
  write_pointers(matrix, place_narrowed(matrix, start, length, workspace), out_ptr, workspace);
}

template <typename Index>
void fill_narrowed(const CsrGraph<Index>& matrix, int64_t start, int64_t length, const Index*, Index* out_col,
                   Index* perm, Workspace& workspace) {
  const int64_t* const at = place_narrowed(matrix, start, length, workspace).at;
  const Index* const col = matrix.col;
  for_each(matrix.names.op, workspace, matrix.num_edges, [=] __device__(int64_t e) {
    if (!is_within(static_cast<int64_t>(col[e]), start, length)) return;
    out_col[at[e]] = static_cast<Index>(static_cast<int64_t>(col[e]) - start);
    perm[at[e]] = static_cast<Index>(e);
  });
}

#define SPINEL_INSTANTIATE(Index)                                                                                   \
  template void count_rows(const CsrGraph<Index>&, int64_t, const Index*, Index*, Workspace&);                      \
  template void fill_rows(const CsrGraph<Index>&, int64_t, const Index*, const Index*, Index*, Index*, Workspace&); \
  template void count_columns(const CsrGraph<Index>&, const ColumnMap<Index>&, Index*, Workspace&);                 \
  template void fill_columns(const CsrGraph<Index>&, const ColumnMap<Index>&, const Index*, Index*, Index*,         \
                             Workspace&);                                                                           \
  template void count_narrowed(const CsrGraph<Index>&, int64_t, int64_t, Index*, Workspace&);                       \
  template void fill_narrowed(const CsrGraph<Index>&, int64_t, int64_t, const Index*, Index*, Index*, Workspace&);
SPINEL_INSTANTIATE(int32_t)
SPINEL_INSTANTIATE(int64_t)

}  // namespace spinel::kernels
