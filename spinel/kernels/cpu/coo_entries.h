// What holds of the entries of a sparse matrix, and lists of entries made of others: distinct ones, unions,
// intersections, other shapes.
#pragma once

#include <cstdint>
#include <vector>

#include "spinel/base/parallel.h"
#include "spinel/kernels/cpu/csr_check.h"

namespace spinel::kernels {

/// How far entries are in order of (row, column); each holds what the one before it does.
enum class CooOrder : int64_t { none, rows, entries, distinct };

struct CooFacts {
  CooOrder order = CooOrder::distinct;
  int64_t min_row = 0, max_row = -1, min_col = 0, max_col = -1;  ///< of no entries: these
};
/// One pass over row, col [n].
template <typename Index>
CooFacts inspect_coo(int64_t n, const Index* row, const Index* col, const ParallelFor& parallel);

/// Counts found by the first of two passes: places[p] is where the p-th piece writes, the last one the total.
using PiecePlaces = std::vector<int64_t>;

/// The distinct ones among entries in order: first count_distinct(), then row_out, col_out [total] and ptr [total + 1],
/// where the entries that are equal begin.
template <typename Index>
PiecePlaces count_distinct(int64_t n, const Index* row, const Index* col, const ParallelFor& parallel);
template <typename Index>
void fill_distinct(int64_t n, const Index* row, const Index* col, const PiecePlaces& places, Index* row_out,
                   Index* col_out, Index* ptr, const ParallelFor& parallel);

/// A list of entries in order.
template <typename Index>
struct CooList {
  int64_t n = 0;
  const Index *row = nullptr, *col = nullptr;
};
/// Both lists merged in order, equal entries of `a` first: row, col, perm [a.n + b.n]; perm counts on from a's
/// positions to b's. Index counts both.
template <typename Index>
void merge_coo(const CooList<Index>& a, const CooList<Index>& b, Index* row, Index* col, Index* perm,
               const ParallelFor& parallel);

/// The entries that are in both lists of distinct ones: first count_common(), then their positions in each [total].
template <typename Index>
PiecePlaces count_common(const CooList<Index>& a, const CooList<Index>& b, const ParallelFor& parallel);
template <typename Index>
void fill_common(const CooList<Index>& a, const CooList<Index>& b, const PiecePlaces& places, Index* in_a, Index* in_b,
                 const ParallelFor& parallel);

/// Entries (i, i + k) that a matrix of that shape has.
int64_t diagonal_length(int64_t rows, int64_t cols, int64_t k);
/// mask [n + diagonal_length()]: where the entries, in order and none of them on the diagonal, lie once all of the
/// diagonal is among them. Entries on the diagonal have no place. Rows lie in [0, rows).
template <typename Index>
void non_diag_mask(int64_t n, const Index* row, const Index* col, int64_t rows, int64_t cols, int64_t k, bool* mask,
                   const ParallelFor& parallel);

/// The entries of a matrix with `cols` columns in one with new_cols columns, in row-major order of its elements.
/// Unsound (see all_sound): an entry whose row or column there is more than Index counts.
template <typename Index>
int64_t reshape_coo(int64_t n, const Index* row, const Index* col, int64_t cols, int64_t new_cols, Index* row_out,
                    Index* col_out, const ParallelFor& parallel);

}  // namespace spinel::kernels
