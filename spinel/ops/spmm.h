// Products of a sparse matrix in CSR form with a dense one as operators, with derivatives of every order.
#pragma once

#include <vector>

#include "spinel/ops/op_def.h"

namespace spinel::ops {

/// spmm_sum, spmm_mean with torch_sparse's arguments, sampled_product, and the operators that they are made of:
///   spmm_sum(row?, rowptr, col, value?, colptr?, csr2csc?, mat) → [rows, k]: Σ value_e · mat[col_e] over a row's
///   entries spmm_mean(row?, rowptr, col, value?, rowcount?, colptr?, csr2csc?, mat): divided by their number
///   sampled_product(rowptr, col, a, b, row?, colptr?, csr2csc?) → [entries]: a_i · b_j of entry (i, j), over batches
///   too
/// mat is [columns, k] or [batch, columns, k] of float64, float32, bfloat16, float16, int64 or int32; value has its
/// type, or is None: all 1. Indices are all int64 or all int32. row, colptr and csr2csc are for derivatives, which
/// compute what they need of them where they are None; rowcount is what rowptr says already. A row without entries is
/// 0. Derivatives by mat run over columns, those by value are sampled products: nothing of the size entries × k is
/// made.
///
/// And _spmm_paired(mat, rowptr, col, value?, rowptr_t, col_t, value_t?) → [rows, k]: the sum where the transposed
/// matrix is at hand too, which the derivative by mat multiplies by without a permutation; there is none by values.
std::vector<OpDef> spmm_operators();

/// spmm_min and spmm_max(rowptr, col, value?, mat) → (values, entries int64): the least or greatest value_e ·
/// mat[col_e] of a row and the first entry that gives it; a NaN wins, as in torch. A row without entries: 0 and the
/// number of all entries. Derivatives go to the entry alone. And spmm(rowptr, col, value?, mat, reduce, row?, colptr?,
/// csr2csc?): any of "sum", "add", "mean", "min", "max", without entries where no derivative is asked for.
std::vector<OpDef> spmm_select_operators();

}  // namespace spinel::ops
