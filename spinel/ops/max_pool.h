// Max pooling with dilation as operators: max_pool{1,2,3}d[_with_indices] with torch's arguments,
// paddle_max_pool{1,2,3}d with PaddlePaddle's, and the ones that they and their derivatives are made of.
#pragma once

#include <vector>

#include "spinel/kernels/cpu/max_pool.h"
#include "spinel/kernels/max_pool_shape.h"
#include "spinel/ops/op_def.h"

namespace spinel::ops {

std::vector<OpDef> max_pool_operators();

/// The shortest indices that the backward can do with: a byte a window where its taps can be numbered so.
kernels::PoolIndex index_for_gradient(const kernels::PoolWindow& window);

}  // namespace spinel::ops
