// Row pointers of compressed sparse rows: from and to sorted row indices, and their checks.
#pragma once

#include <cstdint>

#include "spinel/base/parallel.h"

namespace spinel::kernels {

/// What the functions below and their kin return where all is sound; else the position of what is not.
constexpr int64_t all_sound = -1;

/// ptr [rows + 1]: ptr[r] entries of ind [n] are below r. Unsound: an entry below its predecessor or outside [0, rows).
int64_t ind2ptr(int64_t n, const int64_t* ind, int64_t rows, int64_t* ptr, const ParallelFor& parallel);

/// Whether ptr [rows + 1] rises from 0 to n. Unsound: a row that ends before it begins, or `rows` for a wrong first or
/// last pointer.
int64_t check_pointers(int64_t rows, const int64_t* ptr, int64_t n, const ParallelFor& parallel);

/// ind [ptr[rows]]: the row of each entry. The pointers are sound.
void ptr2ind(int64_t rows, const int64_t* ptr, int64_t* ind, const ParallelFor& parallel);

}  // namespace spinel::kernels
