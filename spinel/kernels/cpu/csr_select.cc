#include "spinel/kernels/cpu/csr_select.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "spinel/kernels/cpu/csr_pointer.h"
#include "spinel/kernels/cpu/index_sort.h"
#include "spinel/kernels/cpu/work_pieces.h"

namespace spinel::kernels {
namespace {

constexpr int64_t grain = 1 << 14;

/// Counts in out_ptr[1], … to pointers.
void accumulate(int64_t rows, int64_t* out_ptr) {
  out_ptr[0] = 0;
  std::partial_sum(out_ptr, out_ptr + rows + 1, out_ptr);
}

bool is_within(int64_t column, int64_t start, int64_t length) {
  return static_cast<uint64_t>(column) - static_cast<uint64_t>(start) < static_cast<uint64_t>(length);
}

}  // namespace

int64_t count_rows(const CsrView& matrix, int64_t count, const int64_t* index, int64_t* out_ptr) {
  for (int64_t i = 0; i < count; ++i) {
    if (index[i] < 0 || index[i] >= matrix.rows) return i;
    out_ptr[i + 1] = matrix.rowptr[index[i] + 1] - matrix.rowptr[index[i]];
  }
  accumulate(count, out_ptr);
  return all_sound;
}

void fill_rows(const CsrView& matrix, int64_t count, const int64_t* index, const int64_t* out_ptr, int64_t* out_col,
               int64_t* perm, const ParallelFor& parallel) {
  for_balanced_rows(count, out_ptr, grain, parallel, [&](int64_t first, int64_t last) {
    for (int64_t i = first; i < last; ++i) {
      const int64_t from = matrix.rowptr[index[i]], length = out_ptr[i + 1] - out_ptr[i];
      std::copy_n(matrix.col + from, length, out_col + out_ptr[i]);
      std::iota(perm + out_ptr[i], perm + out_ptr[i + 1], from);
    }
  });
}

int64_t count_columns(const CsrView& matrix, const ColumnMap& map, int64_t* out_ptr, const ParallelFor& parallel) {
  const WorkPieces pieces(matrix.rows, grain, parallel);
  std::vector<int64_t> found(static_cast<size_t>(pieces.count), all_sound);
  pieces.run(parallel, [&](int64_t piece, int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      int64_t count = 0;
      for (int64_t e = matrix.rowptr[r]; e < matrix.rowptr[r + 1]; ++e) {
        const int64_t c = matrix.col[e];
        if (c < 0 || c >= map.cols) {
          found[static_cast<size_t>(piece)] = e;
          return;
        }
        count += map.ptr[c + 1] - map.ptr[c];
      }
      out_ptr[r + 1] = count;
    }
  });
  for (const int64_t position : found) {
    if (position != all_sound) return position;
  }
  accumulate(matrix.rows, out_ptr);
  return all_sound;
}

void fill_columns(const CsrView& matrix, const ColumnMap& map, const int64_t* out_ptr, int64_t* out_col, int64_t* perm,
                  const ParallelFor& parallel) {
  for_balanced_rows(matrix.rows, matrix.rowptr, grain, parallel, [&](int64_t first, int64_t last) {
    RowSorter sorter;
    for (int64_t r = first; r < last; ++r) {
      int64_t at = out_ptr[r];
      for (int64_t e = matrix.rowptr[r]; e < matrix.rowptr[r + 1]; ++e) {
        const int64_t c = matrix.col[e];
        for (int64_t k = map.ptr[c]; k < map.ptr[c + 1]; ++k) {
          out_col[at] = map.place[k];
          perm[at++] = e;
        }
      }
      if (!map.rising) sorter.sort(at - out_ptr[r], out_col + out_ptr[r], perm + out_ptr[r]);
    }
  });
}

void count_narrowed(const CsrView& matrix, int64_t start, int64_t length, int64_t* out_ptr,
                    const ParallelFor& parallel) {
  for_balanced_rows(matrix.rows, matrix.rowptr, grain, parallel, [&](int64_t first, int64_t last) {
    for (int64_t r = first; r < last; ++r) {
      int64_t count = 0;
      for (int64_t e = matrix.rowptr[r]; e < matrix.rowptr[r + 1]; ++e) {
        count += is_within(matrix.col[e], start, length);
      }
      out_ptr[r + 1] = count;
    }
  });
  accumulate(matrix.rows, out_ptr);
}

void fill_narrowed(const CsrView& matrix, int64_t start, int64_t length, const int64_t* out_ptr, int64_t* out_col,
                   int64_t* perm, const ParallelFor& parallel) {
  for_balanced_rows(matrix.rows, matrix.rowptr, grain, parallel, [&](int64_t first, int64_t last) {
    for (int64_t r = first; r < last; ++r) {
      int64_t at = out_ptr[r];
      for (int64_t e = matrix.rowptr[r]; e < matrix.rowptr[r + 1]; ++e) {
        if (!is_within(matrix.col[e], start, length)) continue;
        out_col[at] = matrix.col[e] - start;
        perm[at++] = e;
      }
    }
  });
}

}  // namespace spinel::kernels
