// The gradient of max pooling gathered by input position, for channels side by side and windows of few taps: whole
// vectors of channels, no sums in memory. The steps are chosen at run time for the instruction set.
#pragma once

#include <cstdint>

#include "spinel/kernels/cpu/max_pool.h"

namespace spinel::kernels {

/// The windows that one input position is a tap of, in scan order. Offsets in elements from the first of the tensors.
struct PoolSources {
  int count = 0;
  const int64_t* dy_at = nullptr;
  const int64_t* tap_at = nullptr;
  const uint8_t* number = nullptr;  ///< of the tap that the position is in each window
};

/// Positions side by side along W, channels innermost. Their windows repeat with a period, the stride.
struct PoolRun {
  const PoolSources* sources = nullptr;  ///< of the positions of the first period
  int64_t period = 1, periods = 1;
  int64_t dy_step = 0, tap_step = 0;  ///< from the windows of one period to those of the next
  const void* dy = nullptr;
  const uint8_t* tap = nullptr;
  void* dx = nullptr;
  int64_t dx_step = 0;  ///< from one position to the next
  int64_t channels = 0;
  bool past_caches = false;  ///< dx, aligned to 64 bytes at every position, is not to displace what the caches hold
};

struct PoolCollect {
  /// dx[c] = sum over the sources of dy[c] where their tap[c] is the number; 16-bit types are rounded once.
  void (*collect)(const PoolRun& run) = nullptr;
  /// What was written past the caches can be seen by other threads.
  void (*finish)() = nullptr;
  /// How many of n tap numbers are not below `taps`.
  int64_t (*count_beyond)(const uint8_t* tap, int64_t n, int taps) = nullptr;
  int64_t least_channels = 0;
};

/// Null functions for types other than float and bfloat16.
PoolCollect pool_collect(Dtype dtype);

/// True where the gradient of `call` is gathered: tap numbers, at most 16 taps (bfloat16: 32), channels side by side
/// in all tensors.
bool collects_gradient(const MaxPoolBackward& call);

/// max_pool_backward for such a call; needs no scratch.
int64_t collect_gradient(const MaxPoolBackward& call, const ParallelFor& parallel);

}  // namespace spinel::kernels
