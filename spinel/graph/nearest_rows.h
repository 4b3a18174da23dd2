// Nearest rows of many coordinates, found by products of matrices.
#pragma once

#include <ATen/core/Tensor.h>

#include "spinel/kernels/cpu/nearest_points.h"

namespace spinel::graph {

/// The same as kernels::nearest_points() for x [N, D] and y [M, D], float64, which `problem` describes. ‖x‖² + ‖y‖² −
/// 2 x·y of blocks of rows is a bound that leaves few rows whose distances are calculated one by one: a tree would look
/// at nearly all of them where D is not small.
kernels::NearestResult nearest_rows(const at::Tensor& x, const at::Tensor& y, const kernels::NearestProblem& problem);

}  // namespace spinel::graph
