// Operators on the indices of sparse matrices: order, pointers, selections, unions. On the CPU.
#pragma once

#include <vector>

#include "spinel/ops/op_def.h"

namespace spinel::ops {

/// Indices of a call are all int32 or all int64, and so are those of its results.
/// ind2ptr, ptr2ind and non_diag_mask (of entries in order), with the arguments of torch_sparse's raw operators, and
/// - inspect_coo(row, col) → [5] int64: order (0 none, 1 of rows, 2 of entries, 3 of distinct entries), least and
///   largest row, least and largest column;
/// - index_sort(index [n], size) → (ptr [size + 1], perm [n]): a stable sort in linear time, equal ones in order;
/// - sort_coo(row, col, M, N) → (row, col, perm): stable, by row, then column;
/// - distinct_coo(row, col) → (row, col, ptr) of entries in order, ptr [distinct + 1] where equal ones begin;
/// - merge_coo(row_a, col_a, row_b, col_b) → (row, col, perm) of lists in order, perm into both one after another;
/// - common_coo(row_a, col_a, row_b, col_b) → positions in each list of the entries in both, lists of distinct ones;
/// - reshape_coo(row, col, N, new_N) → (row, col), row-major place kept;
/// - invert_permutation(perm);
/// - select_rows(rowptr, col, index), select_columns(rowptr, col, N, index), narrow_columns(rowptr, col, start, length)
///   → (rowptr, col, perm), perm the positions of the entries taken.
/// Indices out of range, lists out of order, pointers that do not rise from 0 to the number of entries, results that
/// int32 does not count: invalid_argument.
std::vector<OpDef> sparse_index_operators();
/// The last three of them.
std::vector<OpDef> sparse_select_operators();

}  // namespace spinel::ops
