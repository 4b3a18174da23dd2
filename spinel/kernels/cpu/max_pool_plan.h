// How the max-pooling kernel cuts its work: the size of a tile, the way each axis is evaluated, and the scratch memory.
#pragma once

#include <cstdint>

#include "spinel/kernels/max_pool_geometry.h"

namespace spinel::kernels {

/// The cut of one forward call. A window is evaluated axis by axis, W first, on tiles whose intermediate rows stay in
/// the caches; first-of-ties and last-of-NaN in scan order survive that, since scan order is the order of the axes.
struct MaxPoolPlan {
  /// Plain scan of each window, without scratch: for windows too sparse or too long for tiles.
  bool scan = false;
  /// Whole windows straight from the input, without scratch: few taps, channels side by side (max_pool_columns.h).
  bool whole_windows = false;
  int64_t inner = 1;   ///< channels side by side in a row; 1 where the width is the innermost dimension
  int64_t blocks = 1;  ///< groups of `inner` channels
  int64_t tile[3] = {1, 1, 1}, tiles[3] = {1, 1, 1};
  /// Windows of 1, 2, 4, … taps from two of half the length (logarithmic cost) instead of tap after tap.
  bool doubling[3] = {false, false, false};
  /// Neighbouring windows together (PoolOverlap), where the stride is 1.
  bool overlap[3] = {false, false, false};
  int64_t items = 0;  ///< batch · blocks · tiles: what threads share

  // Scratch of one thread, in elements. Codes, if any, have the same layout behind the values.
  int64_t phases = 1;    ///< the input row is kept as `phases` rows of every phases-th column …
  int64_t pitch = 0;     ///< … this far apart
  int64_t stage = 0;     ///< a converted input row
  int64_t row = 0;       ///< a row of outputs
  int64_t rows = 0;      ///< rows after the pass along W
  int64_t slices = 0;    ///< slices (of tile[1] rows) after the pass along H
  int64_t results = 1;   ///< rows of results; one of padding follows them where windows overlap
  int64_t elements = 0;  ///< all of it

  int slots = 1;  ///< threads that run at a time, each with scratch of its own
  int64_t scratch_bytes = 0;
};

/// `value_size`: bytes of the type that elements are compared as; `coded`: indices are wanted.
MaxPoolPlan plan_max_pool(const PoolGeometry& geometry, bool channels_last, int64_t value_size, bool coded,
                          int num_threads);

}  // namespace spinel::kernels
