// Views of PaddlePaddle's tensors by strides, through which gradients pass.
#pragma once

#include <paddle/phi/api/include/tensor.h>

#include "spinel/registry/tensor.h"

namespace spinel::paddle_host {

/// Makes `view`, which shows the memory of `base` from element `offset` on, depend on it in PaddlePaddle's autograd; a
/// view that is not contiguous becomes a copy by that.
/// Elements that the view shows several times, or that `base` itself does, count so often. Memory on the CPU.
registry::Tensor connect_view(const registry::Tensor& base, const registry::Tensor& view, int64_t offset);

}  // namespace spinel::paddle_host
