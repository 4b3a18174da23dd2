// Rows and columns taken out of compressed sparse rows.
#pragma once

#include <cstdint>

#include "spinel/base/parallel.h"
#include "spinel/kernels/cpu/csr_graph.h"

namespace spinel::kernels {

// Of all functions: the pointers of the matrix rise from 0 to its entries. First the pointers of the result are
// counted, then it is filled; more entries than Index counts: invalid_argument, and so are indices out of range.

/// The rows index [count], in that order and as often: out_ptr [count + 1], then out_col and perm [out_ptr[count]],
/// positions of the entries before.
template <typename Index>
void count_rows(const CsrGraph<Index>& matrix, int64_t count, const Index* index, Index* out_ptr,
                const ParallelFor& parallel);
template <typename Index>
void fill_rows(const CsrGraph<Index>& matrix, int64_t count, const Index* index, const Index* out_ptr, Index* out_col,
               Index* perm, const ParallelFor& parallel);

/// New places of the old columns: column c goes to place[ptr[c]], …, place[ptr[c + 1] - 1]. `rising`: no column is
/// taken twice and their order is kept, so that rows in order stay so.
template <typename Index>
struct ColumnMap {
  const Index *ptr = nullptr, *place = nullptr;  ///< [matrix.num_cols + 1], [ptr[matrix.num_cols]]
  bool rising = false;
};
/// The columns of the map: out_ptr [rows + 1], then out_col and perm [out_ptr[rows]]; each row is in order of columns.
template <typename Index>
void count_columns(const CsrGraph<Index>& matrix, const ColumnMap<Index>& map, Index* out_ptr,
                   const ParallelFor& parallel);
template <typename Index>
void fill_columns(const CsrGraph<Index>& matrix, const ColumnMap<Index>& map, const Index* out_ptr, Index* out_col,
                  Index* perm, const ParallelFor& parallel);

/// Columns [start, start + length): out_ptr [rows + 1], then out_col (counted from start) and perm [out_ptr[rows]].
template <typename Index>
void count_narrowed(const CsrGraph<Index>& matrix, int64_t start, int64_t length, Index* out_ptr,
                    const ParallelFor& parallel);
template <typename Index>
void fill_narrowed(const CsrGraph<Index>& matrix, int64_t start, int64_t length, const Index* out_ptr, Index* out_col,
                   Index* perm, const ParallelFor& parallel);

}  // namespace spinel::kernels
