// Reductions of segments of rows as operators, with derivatives of every order: segment_{sum,mean,min,max}_csr, the
// names of torch_scatter, and gather_csr.
#pragma once

#include <vector>

#include "spinel/ops/op_def.h"

namespace spinel::ops {

/// segment_sum_csr(src [rows, …], ptr [segments + 1], perm [rows]?) → [segments, …]: row s is the sum of src at
/// perm[ptr[s]], …, perm[ptr[s + 1] - 1] (without perm: at ptr[s], …), of no rows 0. perm is a permutation of all rows.
/// segment_mean_csr likewise; segment_min_csr, segment_max_csr → (values, arg), arg the rows taken (the first of equal
/// ones, `rows` for an empty segment). gather_csr(src [segments, …], ptr, perm?, sizes) is the transposed of the sum.
/// ptr, perm and arg are int32 or int64. Real elements, on the CPU; half precision is summed in float32.
std::vector<OpDef> segment_operators();

}  // namespace spinel::ops
