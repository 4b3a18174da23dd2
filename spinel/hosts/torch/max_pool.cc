#include "spinel/hosts/torch/max_pool.h"

#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>

#include "spinel/base/error.h"
#include "spinel/hosts/torch/operators.h"
#include "spinel/ops/max_pool.h"
#include "spinel/ops/max_pool_window.h"

namespace spinel::hosts {
namespace {

using kernels::PoolIndex;
using kernels::PoolWindow;
using Pair = std::tuple<at::Tensor, at::Tensor>;

/// Errors of shapes come first, in torch's wording, and from the same checks as those of the operator.
void check(const at::Tensor& x, const PoolWindow& window, bool channels_last) {
  const int dims = window.dims;
  require(x.defined(), "max_pool{}d: the input is undefined; a tensor is needed", dims);
  if (!x.unsafeGetTensorImpl()->has_symbolic_sizes_strides()) {
    const std::vector<int64_t> sizes = ops::channels_first({x.sizes().data(), x.sizes().size()}, channels_last);
    kernels::pooled_sizes(window, sizes);
  }
  if (x.scalar_type() == at::kBool || x.is_complex()) kernels::fail_pool_dtype(dims, at::toString(x.scalar_type()));
}

Pair pool(const at::Tensor& x, const PoolWindow& window, PoolIndex type, bool channels_last = false) {
  using Signature = Pair(const at::Tensor&, at::IntArrayRef, int64_t, bool);
  static const auto op = torch_operator("_max_pool").typed<Signature>();
  check(x, window, channels_last);
  const bool recorded = type == PoolIndex::none && at::GradMode::is_enabled() && x.requires_grad();
  if (recorded) type = ops::index_for_gradient(window);
  return op.call(x, ops::pack_window(window), static_cast<int64_t>(type), channels_last);
}

PoolWindow window_of(int dims, const at::Tensor& x, const MaxPoolOptions& options) {
  require(x.defined(), "max_pool{}d: the input is undefined; a tensor is needed", dims);
  return kernels::torch_pool_window(
      dims, x.dim(), {options.kernel_size, options.stride, options.padding, options.dilation, options.ceil_mode});
}

}  // namespace

at::Tensor max_pool(const at::Tensor& x, const PoolWindow& window) {
  return std::get<0>(pool(x, window, PoolIndex::none));
}
Pair max_pool_with_indices(const at::Tensor& x, const PoolWindow& window) { return pool(x, window, PoolIndex::flat64); }

at::Tensor max_pool(int dims, const at::Tensor& x, const MaxPoolOptions& options) {
  return max_pool(x, window_of(dims, x, options));
}
Pair max_pool_with_indices(int dims, const at::Tensor& x, const MaxPoolOptions& options) {
  return max_pool_with_indices(x, window_of(dims, x, options));
}

Pair paddle_max_pool(int dims, const at::Tensor& x, const PaddleMaxPoolOptions& options) {
  require(x.defined(), "max_pool{}d: the input is undefined; a tensor is needed", dims);
  require(x.dim() == dims + 2, "max_pool{}d: the input has {} dimensions; {} are needed", dims, x.dim(), dims + 2);
  const char* const first[] = {"", "NCL", "NCHW", "NCDHW"};
  const bool last = kernels::paddle_channels_last(
      dims, options.data_format.empty() ? first[dims] : options.data_format.c_str(), options.return_mask);
  const at::IntArrayRef spatial = x.sizes().slice(last ? 1 : 2, static_cast<size_t>(dims));
  const PoolWindow window = kernels::paddle_pool_window(
      dims, std::span(spatial.data(), spatial.size()),
      {options.kernel_size, options.stride, {}, options.dilation, options.ceil_mode}, options.padding, last);
  const Pair results = pool(x, window, options.return_mask ? PoolIndex::flat64 : PoolIndex::none, last);
  return {std::get<0>(results), options.return_mask ? std::get<1>(results) : at::Tensor()};
}

at::Tensor max_pool1d(const at::Tensor& x, const MaxPoolOptions& options) { return max_pool(1, x, options); }
at::Tensor max_pool2d(const at::Tensor& x, const MaxPoolOptions& options) { return max_pool(2, x, options); }
at::Tensor max_pool3d(const at::Tensor& x, const MaxPoolOptions& options) { return max_pool(3, x, options); }

}  // namespace spinel::hosts
