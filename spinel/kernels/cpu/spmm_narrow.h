// Products of a sparse matrix with few columns: rows of two vectors at most, taken in the order of their lengths.
#pragma once

#include "spinel/kernels/cpu/spmv.h"

namespace spinel::kernels {

/// Null where the columns need more than two vectors of this processor. For calls whose matrix has no `entry`, and
/// pieces that begin and end with whole rows; they need no scratch memory. Errors as of spmm.
SpmmPieceFunction narrow_function(const SpmmCall& call);

/// One piece of a call: rows that it shares with other pieces by `general`, those between by `narrow`.
void sum_narrow_piece(const SpmmCall& call, const SpmmPiece& piece, void* scratch, SpmmPieceFunction narrow,
                      SpmmPieceFunction general);

}  // namespace spinel::kernels
