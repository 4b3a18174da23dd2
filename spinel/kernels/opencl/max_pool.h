// OpenCL kernels of max pooling with dilation, compiled at run time for the type of the elements.
#pragma once

#include "spinel/kernels/cpu/max_pool.h"
#include "spinel/kernels/opencl/device.h"

namespace spinel::kernels::opencl {

// Operands as on the CPU, but in the buffers instead of at the call's pointers, which are not read. Results are those
// of the CPU's kernels bit for bit. float64 needs a device with cl_khr_fp64.

/// `index` is a default-constructed buffer where none is asked for.
void max_pool_forward(Device& device, const MaxPoolForward& call, const Buffer& x, const Buffer& y,
                      const Buffer& index);
/// Indices must be those of the forward: one that points out of its window adds to nothing.
void max_pool_backward(Device& device, const MaxPoolBackward& call, const Buffer& dy, const Buffer& index,
                       const Buffer& dx);
/// ddy[o] = ddx[index[o]]; 0 for an index outside the plane. Floating types.
void max_pool_gather(Device& device, const MaxPoolBackward& call, const Buffer& ddx, const Buffer& index,
                     const Buffer& ddy);

}  // namespace spinel::kernels::opencl
