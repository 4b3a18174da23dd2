// Row pointers of compressed sparse rows: from and to sorted row indices.
#pragma once

#include <cstdint>

#include "spinel/base/parallel.h"
#include "spinel/kernels/cpu/csr_check.h"

namespace spinel::kernels {

/// ptr [rows + 1]: ptr[r] entries of ind [n] are below r. Unsound (see all_sound): an entry below its predecessor or
/// outside [0, rows). Index counts n.
template <typename Index>
int64_t ind2ptr(int64_t n, const Index* ind, int64_t rows, Index* ptr, const ParallelFor& parallel);

/// ind [ptr[rows]]: the row of each entry. The pointers are sound.
template <typename Index>
void ptr2ind(int64_t rows, const Index* ptr, Index* ind, const ParallelFor& parallel);

}  // namespace spinel::kernels
