// Rows and columns taken out of compressed sparse rows.
#pragma once

#include <cstdint>

#include "spinel/base/parallel.h"

namespace spinel::kernels {

/// A matrix in compressed rows: rowptr [rows + 1] rises from 0, col [rowptr[rows]].
struct CsrView {
  int64_t rows = 0;
  const int64_t *rowptr = nullptr, *col = nullptr;
};

/// The rows index [count], in that order and as often: out_ptr [count + 1], then out_col and perm [out_ptr[count]],
/// positions of the entries before. Unsound (csr_pointer.h): an index outside [0, rows).
int64_t count_rows(const CsrView& matrix, int64_t count, const int64_t* index, int64_t* out_ptr);
void fill_rows(const CsrView& matrix, int64_t count, const int64_t* index, const int64_t* out_ptr, int64_t* out_col,
               int64_t* perm, const ParallelFor& parallel);

/// New places of the old columns: column c goes to place[ptr[c]], …, place[ptr[c + 1] - 1]. `rising`: no column is
/// taken twice and their order is kept, so that rows in order stay so.
struct ColumnMap {
  int64_t cols = 0;
  const int64_t *ptr = nullptr, *place = nullptr;
  bool rising = false;
};
/// The columns of the map: out_ptr [rows + 1], then out_col and perm [out_ptr[rows]]; each row is in order of columns.
/// Unsound: the position of an entry whose column is outside [0, cols).
int64_t count_columns(const CsrView& matrix, const ColumnMap& map, int64_t* out_ptr, const ParallelFor& parallel);
void fill_columns(const CsrView& matrix, const ColumnMap& map, const int64_t* out_ptr, int64_t* out_col, int64_t* perm,
                  const ParallelFor& parallel);

/// Columns [start, start + length): out_ptr [rows + 1], then out_col (counted from start) and perm [out_ptr[rows]].
void count_narrowed(const CsrView& matrix, int64_t start, int64_t length, int64_t* out_ptr,
                    const ParallelFor& parallel);
void fill_narrowed(const CsrView& matrix, int64_t start, int64_t length, const int64_t* out_ptr, int64_t* out_col,
                   int64_t* perm, const ParallelFor& parallel);

}  // namespace spinel::kernels
