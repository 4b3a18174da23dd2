// The continuous-filter convolution of SchNet as an operator, with derivatives of every order:
// Schütt et al., SchNet, J. Chem. Phys. 148, 241722 (2018), https://doi.org/10.1063/1.5019779
#pragma once

#include <vector>

#include "spinel/ops/op_def.h"

namespace spinel::ops {

/// cfconv(x [atoms, width], w [edges, width], idx_i, idx_j [edges] int64) → y [atoms, width], y_i = Σ x_j ∘ w_e over
/// the edges e = (i ← j); and edge_product(a, b, idx_i, idx_j) → [edges, width], a_i ∘ b_j, which its derivative needs.
/// float32 or float64, on the CPU. Indices outside [0, atoms): invalid_argument.
std::vector<OpDef> cfconv_operators();

}  // namespace spinel::ops
