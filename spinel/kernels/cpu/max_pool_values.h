// The vector code of max pooling without indices that reads rows of the input where they lie; chosen at run time for
// the instruction set.
#pragma once

#include <cstdint>

#include "spinel/base/safetensors.h"
#include "spinel/kernels/cpu/max_pool_rows.h"

namespace spinel::kernels {

/// Windows side by side along W, all of whose taps lie in the row.
struct PoolLine {
  const void* x = nullptr;
  int64_t n = 0;  ///< elements from x on that may be read
  int64_t taps = 1, stride = 1, dilation = 1;
  int64_t count = 0;
  void* y = nullptr;
};

/// Windows of two or three columns side by side, two columns apart, over the same rows.
struct PoolPairs {
  const void* const* row = nullptr;  ///< each from the last but one column of the first window on
  int rows = 0;                      ///< at most kPoolTaps
  bool three = false;                ///< a window begins one column further to the left
  bool cut = false;                  ///< where there is no such column for the first window
  int64_t count = 0;                 ///< windows whose other columns all lie in the rows
  int rest = 0;                      ///< columns of one more window whose last ones do not; 0: there is none
  void* y = nullptr;
};

/// The steps, chosen for the processor.
template <typename V>
struct PoolValues {
  /// to[i] = maximum of element i of `count` rows (at most kPoolTaps), i < n; with `odd` element 2i goes to to[i] and
  /// element 2i + 1 to odd[i]. True if there may be a NaN, or if a maximum is −0: a later pass along the rows could not
  /// tell which of several NaN, or of zeros of both signs, comes first in scan order.
  bool (*rows)(const void* const* rows, int count, int64_t n, V* to, V* odd) = nullptr;
  /// y[i] = maximum of element i of the taps, i < n, side by side in the stored type. The taps are readable for a
  /// vector beyond n and hold no NaN.
  void (*line)(const V* const* taps, int count, int64_t n, void* y) = nullptr;
  /// y[i] = maximum of the `taps` elements of x from i·stride on, `dilation` apart, i < count; strides to 4, at most
  /// kPoolTaps taps. True if there may be a NaN: then y is not valid. Null for types other than float.
  bool (*windows)(const PoolLine& line) = nullptr;
  /// The maxima of such windows; the result as of `rows`. Null for types other than float.
  bool (*pairs)(const PoolPairs& pairs) = nullptr;
};

/// Null functions for types that have to be converted in scratch memory first (halves, small and unsigned integers),
/// and on processors without vectors.
PoolOfEach<PoolValues> pool_values_of_each(Dtype dtype);
template <typename V>
PoolValues<V> pool_values(Dtype dtype) {
  return std::get<PoolValues<V>>(pool_values_of_each(dtype));
}

}  // namespace spinel::kernels
