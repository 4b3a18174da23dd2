// The arguments of max pooling as PyTorch and PaddlePaddle give them: their checks, and the sizes that follow.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "spinel/kernels/max_pool_geometry.h"

namespace spinel::kernels {

/// The window along one spatial dimension.
struct PoolAxis {
  int64_t kernel = 1, stride = 1, dilation = 1;
  int64_t pad_before = 0, pad_after = 0;
  /// Positions from the first tap to the last: dilation·(kernel − 1) + 1.
  int64_t extent() const { return dilation * (kernel - 1) + 1; }
};

/// A checked window of 1, 2 or 3 dimensions; no product of its figures overflows 64 bits.
struct PoolWindow {
  int dims = 2;
  PoolAxis axis[3];  ///< the first `dims` of them, outermost first
  bool ceil_mode = false;
};

/// Lists of one number for all dimensions or one for each. An empty `stride` is the kernel size.
struct PoolArguments {
  std::span<const int64_t> kernel_size, stride, padding, dilation;
  bool ceil_mode = false;
};

/// Checks in the wording of torch.nn.functional.max_pool{1,2,3}d: lengths of the lists, `rank` of the input (with or
/// without batch), signs, padding at most half of the kernel. What is wrong: invalid_argument.
PoolWindow torch_pool_window(int dims, int64_t rank, const PoolArguments& arguments);

/// PaddlePaddle's forms of `padding`: a name (SAME, VALID; empty: none), a list of 1, n or 2n numbers, or n + 2 pairs
/// in the order of the data format.
struct PaddlePadding {
  std::string_view name;
  std::vector<int64_t> list;
  std::vector<std::pair<int64_t, int64_t>> pairs;
};

/// paddle.nn.functional.max_pool{1,2,3}d: `spatial` are the input's lengths, which SAME depends on. Padding may go up
/// to extent − 1. SAME takes the extent, not the kernel size, as the length of a window.
PoolWindow paddle_pool_window(int dims, std::span<const int64_t> spatial, const PoolArguments& arguments,
                              const PaddlePadding& padding, bool channels_last);

/// True for NHWC, NDHWC; false for NCL, NCHW, NCDHW; another name for the dimensions, or a mask asked of a
/// channels-last format: invalid_argument in PaddlePaddle's words.
bool paddle_channels_last(int dims, std::string_view data_format, bool return_mask);

/// floor((L + p₀ + p₁ − extent) / s) + 1; ceil_mode rounds up, but drops a last window that would begin in the padding
/// after the input. Int is int64_t or a symbolic integer. Zero or less: no window fits.
template <typename Int>
Int pooled_length(const Int& length, const PoolAxis& axis, bool ceil_mode) {
  const Int room = length + (axis.pad_before + axis.pad_after - axis.extent());
  if (room < 0) return Int(0);
  Int count = (room + (ceil_mode ? axis.stride - 1 : 0)) / axis.stride + 1;
  if (ceil_mode && (count - 1) * axis.stride >= length + axis.pad_before) count = count - 1;
  return count;
}

/// The sizes of the result for input sizes C × spatial or N × C × spatial. Errors in torch's wording: a length of zero
/// other than the batch, no output, sizes whose product overflows; and a window that lies in the padding alone.
std::vector<int64_t> pooled_sizes(const PoolWindow& window, std::span<const int64_t> sizes);

/// Window and input sizes as the kernels take them.
PoolGeometry pool_geometry(const PoolWindow& window, std::span<const int64_t> sizes);

/// An input of a type without an order: invalid_argument in torch's words.
[[noreturn]] void fail_pool_dtype(int dims, std::string_view dtype);

}  // namespace spinel::kernels
