// Products of a sparse matrix with one column, whose entries are read where they lie.
#pragma once

#include "spinel/kernels/cpu/spmm.h"

namespace spinel::kernels {

/// One piece of a call. `scratch` holds the sums of its rows that are shared with other pieces or go on in the next
/// block of entries: [2 batch + 2, width] numbers, first those of its first row in each matrix of the batch, then those
/// of its last.
using SpmmPieceFunction = void (*)(const SpmmCall&, const SpmmPiece&, void* scratch);

/// For calls of width 1 whose matrix has no `entry`. Errors as of spmm.
SpmmPieceFunction spmv_function(Dtype dtype, Dtype index);

}  // namespace spinel::kernels
