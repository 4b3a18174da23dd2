// The vector code of max pooling that takes whole windows where the input lies, for channels side by side and few taps;
// chosen at run time for the instruction set.
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

/// The steps, chosen for the processor.
template <typename V>
struct PoolColumnSteps {
  /// The maxima of whole windows with the rules of ties and NaN. At least `least_channels` channels.
  void (*columns)(const PoolColumns<V>& call) = nullptr;
  int64_t least_channels = 0;
};

/// Null functions for types that have to be converted in scratch memory first (halves, small and unsigned integers),
/// and on processors without vectors.
PoolOfEach<PoolColumnSteps> pool_columns_of_each(Dtype dtype);
template <typename V>
PoolColumnSteps<V> pool_columns(Dtype dtype) {
  return std::get<PoolColumnSteps<V>>(pool_columns_of_each(dtype));
}

}  // namespace spinel::kernels
