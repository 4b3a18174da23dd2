// Calls of the operators that reductions of groups are made with.
#pragma once

#include <ATen/core/Tensor.h>

#include "spinel/graph/groups.h"

namespace spinel::graph::op {

// See spinel/ops/segment_softmax.h; elements along the first dimension.
at::Tensor softmax_csr(const at::Tensor& src, const Groups& groups);
at::Tensor segment_amin(const at::Tensor& src, const Groups& groups);
at::Tensor segment_amax(const at::Tensor& src, const Groups& groups);
/// The position of the largest element of each group, the first of equal ones; their number for none.
at::Tensor segment_argmax(const at::Tensor& src, const Groups& groups);
/// The transposed of the sum: [groups, …] → [elements, …].
at::Tensor gather(const at::Tensor& src, const Groups& groups);

}  // namespace spinel::graph::op
