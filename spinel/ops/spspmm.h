// The product of two sparse matrices in CSR form as an operator, with derivatives of every order.
#pragma once

#include <vector>

#include "spinel/ops/op_def.h"

namespace spinel::ops {

/// spspmm_csr(rowptrA, colA, valueA?, rowptrB, colB, valueB?, columns) → (rowptr, col, value) of A · B, where B has
/// `columns` columns. Columns rise within each row; those of A and B may be in any order and repeat. An entry whose sum
/// is 0 stays. A value of None counts as 1 everywhere; where both are None there are no values: [0] of float32.
/// Indices are all int64 or all int32. Derivatives by the values are taken on the patterns of A and B:
/// dA = (G · Bᵀ) there, dB = (Aᵀ · G).
std::vector<OpDef> spspmm_operators();

}  // namespace spinel::ops
