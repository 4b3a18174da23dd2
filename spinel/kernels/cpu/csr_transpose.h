// The transpose of a sparse matrix's pattern: where the entries of CSR form stand in column order.
#pragma once

#include "spinel/kernels/cpu/spmm.h"

namespace spinel::kernels {

/// row [entries]: the row of each entry in CSR order; colptr [columns + 1] and csr2csc [entries]: the entries in column
/// order, those of a column in row order. All are of the operand's index type. Where row is null it is not wanted;
/// where colptr is null, neither colptr nor csr2csc. O(entries + rows + columns), stable and the same on any number of
/// threads. Errors as of spmm.
void transpose_csr(const CsrOperand& a, void* colptr, void* row, void* csr2csc, const ParallelFor& parallel);

}  // namespace spinel::kernels
