// The steps of max pooling that read the input where it lies, for windows of few taps; chosen at run time for the
// instruction set.
#pragma once

#include <cstdint>

#include "spinel/base/safetensors.h"
#include "spinel/kernels/cpu/max_pool.h"
#include "spinel/kernels/cpu/max_pool_rows.h"

namespace spinel::kernels {

/// Windows side by side along W, channels innermost, all with the same taps inside the input. Steps in elements.
template <typename V>
struct PoolColumns {
  using Code = typename PoolCode<V>::type;
  const void* x = nullptr;
  int64_t x_step = 0;  ///< from one window to the next
  int taps = 0;
  const int64_t* offset = nullptr;  ///< of each tap of the first window, in scan order, from `x`
  const Code* code = nullptr;       ///< of each tap; the index is base + code, base_step more in each window
  int64_t columns = 0, channels = 0;
  void* y = nullptr;
  int64_t y_step = 0;
  PoolIndex index_type = PoolIndex::none;
  void* index = nullptr;
  int64_t index_step = 0;
  int64_t base = 0, base_step = 0;
};

/// Windows side by side along W, all of whose taps lie in the row.
struct PoolLine {
  const void* x = nullptr;
  int64_t n = 0;  ///< elements from x on that may be read
  int64_t taps = 1, stride = 1, dilation = 1;
  int64_t count = 0;
  void* y = nullptr;
};

template <typename V>
struct PoolDirect {
  /// The maxima of whole windows with the rules of ties and NaN. At least `least_channels` channels.
  void (*columns)(const PoolColumns<V>& call) = nullptr;
  int64_t least_channels = 0;
  /// to[i] = maximum of element i of `count` rows (at most kPoolTaps), i < n; with `odd` element 2i goes to to[i] and
  /// element 2i + 1 to odd[i]. True if there may be a NaN, or if a maximum is −0: a later pass along the rows could not
  /// tell which of several NaN, or of zeros of both signs, comes first in scan order.
  bool (*rows)(const void* const* rows, int count, int64_t n, V* to, V* odd) = nullptr;
  /// y[i] = maximum of element i of the taps, i < n, side by side in the stored type. The taps are readable for a
  /// vector beyond n and hold no NaN.
  void (*line)(const V* const* taps, int count, int64_t n, void* y) = nullptr;
  /// y[i] = maximum of the `taps` elements of x from i·stride on, `dilation` apart, i < count; x has n elements.
  /// Strides to 4, at most kPoolTaps taps. True if there may be a NaN: then y is not valid. Null for types that only
  /// `rows` and `line` know.
  bool (*windows)(const PoolLine& line) = nullptr;
};

/// Null functions for types that have to be converted in scratch memory first: halves and small or unsigned integers.
template <typename V>
PoolDirect<V> pool_direct(Dtype dtype);

/// True where whole windows are cheaper than the passes axis by axis, and `call` has what they need: channels side by
/// side in all tensors.
bool pools_whole_windows(const MaxPoolForward& call);

/// The forward of such a call by at most `threads` threads; needs no scratch.
void pool_whole_windows(const MaxPoolForward& call, int64_t threads, const ParallelFor& parallel);

/// The forward by a plain scan of each window, for windows too sparse or too long for tiles; `lines` rows of outputs.
void pool_by_scan(const MaxPoolForward& call, int64_t lines, const ParallelFor& parallel);

}  // namespace spinel::kernels
