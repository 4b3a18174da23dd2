#include "spinel/kernels/cpu/csr_transpose.h"

#include <algorithm>

#include "spinel/base/error.h"
#include "spinel/kernels/cpu/spmm_plan.h"

namespace spinel::kernels {
namespace {

template <typename Index>
void transpose(const CsrOperand& a, Index* colptr, Index* row, Index* csr2csc) {
  const auto *rowptr = static_cast<const Index*>(a.rowptr), *col = static_cast<const Index*>(a.col);
  for (int64_t i = 0; i < a.rows; ++i) {
    const auto from = static_cast<int64_t>(rowptr[i]), to = static_cast<int64_t>(rowptr[i + 1]);
    if (from < 0 || to < from || to > a.entries) fail_rowptr(i, from, to, a.entries);
    if (row) std::fill(row + from, row + to, static_cast<Index>(i));
  }
  std::fill_n(colptr, a.columns + 1, Index(0));
  for (int64_t e = 0; e < a.entries; ++e) {
    if (col[e] < 0 || col[e] >= a.columns) fail_column(e, int64_t{col[e]}, a.columns);
    ++colptr[col[e] + 1];
  }
  for (int64_t j = 0; j < a.columns; ++j) colptr[j + 1] += colptr[j];
  if (!csr2csc) return;
  // colptr[j] runs from the start of column j to that of the next, and is moved back afterwards.
  for (int64_t e = 0; e < a.entries; ++e) csr2csc[colptr[col[e]]++] = static_cast<Index>(e);
  for (int64_t j = a.columns; j > 0; --j) colptr[j] = colptr[j - 1];
  colptr[0] = 0;
}

}  // namespace

void transpose_csr(const CsrOperand& a, void* colptr, void* row, void* csr2csc) {
  check_ends(a);
  by_index(a.index, [&](auto index) {
    using Index = decltype(index);
    transpose(a, static_cast<Index*>(colptr), static_cast<Index*>(row), static_cast<Index*>(csr2csc));
  });
}

}  // namespace spinel::kernels
