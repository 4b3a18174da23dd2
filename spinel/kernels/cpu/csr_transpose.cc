#include "spinel/kernels/cpu/csr_transpose.h"

#include "spinel/kernels/cpu/csr_pointer.h"
#include "spinel/kernels/cpu/index_sort.h"

namespace spinel::kernels {

void transpose_csr(const CsrOperand& a, void* colptr, void* row, void* csr2csc, const ParallelFor& parallel) {
  by_index(a.index, [&](auto zero) {
    using Index = decltype(zero);
    const auto *rowptr = static_cast<const Index*>(a.rowptr), *col = static_cast<const Index*>(a.col);
    check_pointers(a.names, a.rows, rowptr, a.entries, parallel);
    if (row) ptr2ind(a.rows, rowptr, static_cast<Index*>(row), parallel);
    if (!colptr) return;
    const int64_t bad =
        index_sort(a.entries, col, a.columns, static_cast<Index*>(colptr), static_cast<Index*>(csr2csc), parallel);
    if (bad != all_sound) fail_column(a.names, bad, int64_t{col[bad]}, a.columns);
  });
}

}  // namespace spinel::kernels
