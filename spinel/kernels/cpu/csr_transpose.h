// The transpose of a sparse matrix's pattern: where the entries of CSR form stand in column order.
#pragma once

#include "spinel/kernels/cpu/spmm.h"

namespace spinel::kernels {

/// colptr [columns + 1], row [entries] (of each entry in CSR order) and csr2csc [entries], all of the operand's index
/// type: the entries in column order, those of a column in row order. row or csr2csc may be null. O(entries + rows +
/// columns), one thread. Errors as of spmm.
void transpose_csr(const CsrOperand& a, void* colptr, void* row, void* csr2csc);

}  // namespace spinel::kernels
