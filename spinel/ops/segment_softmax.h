// The softmax within segments of rows and the extremes whose gradient equal elements share, with derivatives of every
// order.
#pragma once

#include <vector>

#include "spinel/ops/op_def.h"

namespace spinel::ops {

/// Segments are those of segment.h. softmax_csr(src [rows, …], ptr, perm?) → [rows, …]: exp(src − m) / (Σ exp(src − m)
/// + 1e-16) within each segment and column, m its maximum. segment_amin_csr, segment_amax_csr(src, ptr, perm?) →
/// [segments, …]: as segment_min_csr and segment_max_csr, but their gradient is shared equally among equal elements, as
/// that of torch.scatter_reduce is (which counts its initial 0 among them). Floating elements, on the CPU; half
/// precision is calculated in float32.
std::vector<OpDef> segment_softmax_operators();

}  // namespace spinel::ops
