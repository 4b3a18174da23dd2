#include "spinel/kernels/cpu/csr_select.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "spinel/kernels/cpu/index_sort.h"
#include "spinel/kernels/cpu/work_pieces.h"

namespace spinel::kernels {
namespace {

constexpr int64_t grain = 1 << 14;

bool is_within(int64_t column, int64_t start, int64_t length) {
  return static_cast<uint64_t>(column) - static_cast<uint64_t>(start) < static_cast<uint64_t>(length);
}

}  // namespace

template <typename Index>
void count_rows(const CsrGraph<Index>& matrix, int64_t count, const Index* index, Index* out_ptr, const ParallelFor&) {
  for (int64_t i = 0; i < count; ++i) {
    const int64_t r = matrix.node("index", index, i);
    out_ptr[i + 1] = matrix.rowptr[r + 1] - matrix.rowptr[r];
  }
  accumulate_counts(matrix.names.op, count, out_ptr);
}

template <typename Index>
void fill_rows(const CsrGraph<Index>& matrix, int64_t count, const Index* index, const Index* out_ptr, Index* out_col,
               Index* perm, const ParallelFor& parallel) {
  for_balanced_rows(count, out_ptr, grain, parallel, [&](int64_t first, int64_t last) {
    for (int64_t i = first; i < last; ++i) {
      const int64_t from = matrix.rowptr[index[i]], length = out_ptr[i + 1] - out_ptr[i];
      std::copy_n(matrix.col + from, length, out_col + out_ptr[i]);
      std::iota(perm + out_ptr[i], perm + out_ptr[i + 1], static_cast<Index>(from));
    }
  });
}

template <typename Index>
void count_columns(const CsrGraph<Index>& matrix, const ColumnMap<Index>& map, Index* out_ptr,
                   const ParallelFor& parallel) {
  for_balanced_rows(matrix.num_rows, matrix.rowptr, grain, parallel, [&](int64_t first, int64_t last) {
    for (int64_t r = first; r < last; ++r) {
      int64_t count = 0;
      for (int64_t e = matrix.rowptr[r]; e < int64_t{matrix.rowptr[r + 1]}; ++e) {
        const int64_t c = matrix.column(e);
        count += map.ptr[c + 1] - map.ptr[c];
      }
      if (count > std::numeric_limits<Index>::max()) fail_count(matrix.names.op, count, 8 * sizeof(Index));
      out_ptr[r + 1] = static_cast<Index>(count);
    }
  });
  accumulate_counts(matrix.names.op, matrix.num_rows, out_ptr);
}

template <typename Index>
void fill_columns(const CsrGraph<Index>& matrix, const ColumnMap<Index>& map, const Index* out_ptr, Index* out_col,
                  Index* perm, const ParallelFor& parallel) {
  for_balanced_rows(matrix.num_rows, matrix.rowptr, grain, parallel, [&](int64_t first, int64_t last) {
    RowSorter<Index> sorter;
    for (int64_t r = first; r < last; ++r) {
      int64_t at = out_ptr[r];
      for (int64_t e = matrix.rowptr[r]; e < int64_t{matrix.rowptr[r + 1]}; ++e) {
        const int64_t c = matrix.col[e];
        for (int64_t k = map.ptr[c]; k < int64_t{map.ptr[c + 1]}; ++k) {
          out_col[at] = map.place[k];
          perm[at++] = static_cast<Index>(e);
        }
      }
      if (!map.rising) sorter.sort(at - out_ptr[r], out_col + out_ptr[r], perm + out_ptr[r]);
    }
  });
}

template <typename Index>
void count_narrowed(const CsrGraph<Index>& matrix, int64_t start, int64_t length, Index* out_ptr,
                    const ParallelFor& parallel) {
  for_balanced_rows(matrix.num_rows, matrix.rowptr, grain, parallel, [&](int64_t first, int64_t last) {
    for (int64_t r = first; r < last; ++r) {
      int64_t count = 0;
      for (int64_t e = matrix.rowptr[r]; e < int64_t{matrix.rowptr[r + 1]}; ++e) {
        count += is_within(matrix.col[e], start, length);
      }
      out_ptr[r + 1] = static_cast<Index>(count);
    }
  });
  accumulate_counts(matrix.names.op, matrix.num_rows, out_ptr);
}

template <typename Index>
void fill_narrowed(const CsrGraph<Index>& matrix, int64_t start, int64_t length, const Index* out_ptr, Index* out_col,
                   Index* perm, const ParallelFor& parallel) {
  for_balanced_rows(matrix.num_rows, matrix.rowptr, grain, parallel, [&](int64_t first, int64_t last) {
    for (int64_t r = first; r < last; ++r) {
      int64_t at = out_ptr[r];
      for (int64_t e = matrix.rowptr[r]; e < int64_t{matrix.rowptr[r + 1]}; ++e) {
        if (!is_within(matrix.col[e], start, length)) continue;
        out_col[at] = static_cast<Index>(matrix.col[e] - start);
        perm[at++] = static_cast<Index>(e);
      }
    }
  });
}

#define SPINEL_INSTANTIATE(Index)                                                                           \
  template void count_rows(const CsrGraph<Index>&, int64_t, const Index*, Index*, const ParallelFor&);      \
  template void fill_rows(const CsrGraph<Index>&, int64_t, const Index*, const Index*, Index*, Index*,      \
                          const ParallelFor&);                                                              \
  template void count_columns(const CsrGraph<Index>&, const ColumnMap<Index>&, Index*, const ParallelFor&); \
  template void fill_columns(const CsrGraph<Index>&, const ColumnMap<Index>&, const Index*, Index*, Index*, \
                             const ParallelFor&);                                                           \
  template void count_narrowed(const CsrGraph<Index>&, int64_t, int64_t, Index*, const ParallelFor&);       \
  template void fill_narrowed(const CsrGraph<Index>&, int64_t, int64_t, const Index*, Index*, Index*,       \
                              const ParallelFor&);
SPINEL_INSTANTIATE(int32_t)
SPINEL_INSTANTIATE(int64_t)

}  // namespace spinel::kernels
