// Products of groups of rows, each group with a matrix of its own.
#pragma once

#include <ATen/core/Tensor.h>

namespace spinel::nn {

/// Rows ptr[g], …, ptr[g + 1] − 1 of x [E, K] times matrices[g] [K, M] → [E, M]. ptr [G + 1] int64 rises from 0 to E;
/// matrices [G, K, M] may be strided. Differentiable any number of times in x and the matrices. Other sizes:
/// invalid_argument.
at::Tensor grouped_product(const at::Tensor& x, const at::Tensor& ptr, const at::Tensor& matrices);

}  // namespace spinel::nn
