// Max pooling with dilation on libtorch's tensors: typed functions with gradients of every order.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <tuple>
#include <vector>

#include "spinel/kernels/max_pool_shape.h"

namespace spinel::hosts {

/// The arguments of torch.nn.functional.max_pool{1,2,3}d: one number, or one for each dimension. An empty `stride` is
/// the kernel size.
struct MaxPoolOptions {
  std::vector<int64_t> kernel_size;
  std::vector<int64_t> stride = {};
  std::vector<int64_t> padding = {0};
  std::vector<int64_t> dilation = {1};
  bool ceil_mode = false;
};

/// x: (N ×) C × L, (N ×) C × H × W or (N ×) C × D × H × W of any real type in any strides; the result has the same
/// memory format. Same arguments, results and conditions as torch's functions, whose wording errors (invalid_argument)
/// have; integers are allowed in 1-D too.
at::Tensor max_pool(int dims, const at::Tensor& x, const MaxPoolOptions& options);
at::Tensor max_pool1d(const at::Tensor& x, const MaxPoolOptions& options);
at::Tensor max_pool2d(const at::Tensor& x, const MaxPoolOptions& options);
at::Tensor max_pool3d(const at::Tensor& x, const MaxPoolOptions& options);

/// With the flat position of each maximum in the unpadded plane of its channel, int64.
std::tuple<at::Tensor, at::Tensor> max_pool_with_indices(int dims, const at::Tensor& x, const MaxPoolOptions& options);

/// The same for a window that is checked already, such as one of paddle_pool_window.
at::Tensor max_pool(const at::Tensor& x, const kernels::PoolWindow& window);
std::tuple<at::Tensor, at::Tensor> max_pool_with_indices(const at::Tensor& x, const kernels::PoolWindow& window);

/// The arguments of paddle.nn.functional.max_pool{1,2,3}d with `dilation`. `return_mask` is `return_indices` too.
struct PaddleMaxPoolOptions {
  std::vector<int64_t> kernel_size;
  std::vector<int64_t> stride = {};
  kernels::PaddlePadding padding = {.name = {}, .list = {0}, .pairs = {}};
  bool return_mask = false;
  bool ceil_mode = false;
  std::vector<int64_t> dilation = {1};
  std::string data_format = {};  ///< NCL, NCHW, NHWC, NCDHW, NDHWC; empty: channels first
};

/// x in the order of `data_format`, which the result has too; the mask (undefined unless asked for) holds flat
/// positions in the unpadded plane, int64. Errors in PaddlePaddle's wording.
std::tuple<at::Tensor, at::Tensor> paddle_max_pool(int dims, const at::Tensor& x, const PaddleMaxPoolOptions& options);

}  // namespace spinel::hosts
