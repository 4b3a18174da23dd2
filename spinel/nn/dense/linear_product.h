// Linear maps of many rows, by a kernel of their own where the matrix is small, as those of nodes' features are.
#pragma once

#include <ATen/core/Tensor.h>

namespace spinel::nn {

/// at::linear(x, weight, bias) + addend: x [.., in], weight [out, in], bias [out] and addend [.., out], both of which
/// may be undefined, → [.., out], with gradients of any order. Tall float32 inputs on the CPU go through
/// kernels/cpu/tall_product.h, which reads them once; the rest, and derivatives that are themselves differentiated, are
/// libtorch's. Sums are rounded in another order there.
at::Tensor linear_product(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias = {},
                          const at::Tensor& addend = {});

/// x [.., width] + bias [width], or x where bias is undefined. The gradient by the bias of tall float32 inputs on the
/// CPU is summed in one pass over whole rows, as libtorch does not.
at::Tensor add_bias(const at::Tensor& x, const at::Tensor& bias);

}  // namespace spinel::nn
