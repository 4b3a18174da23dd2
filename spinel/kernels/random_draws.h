// What is drawn from a stream of random 32-bit numbers, on the CPU and on a GPU alike, so that a seed repeats it on
// both.
#pragma once

#include <cstdint>

#include "spinel/kernels/host_device.h"

namespace spinel::kernels {

/// floor(uniform · count) in float32, as torch_sparse draws one of `count` > 0 things, but never `count` itself or
/// more: a number outside [0, 1) counts as the nearest inside.
SPINEL_HOST_DEVICE inline int64_t chosen_place(float uniform, int64_t count) {
  const float wide = static_cast<float>(count);
  const float place = uniform * wide;
  if (!(place > 0)) return 0;
  if (!(place < wide)) return count - 1;
  const auto whole = static_cast<int64_t>(place);
  return whole < count ? whole : count - 1;
}

/// The draws of a stream whose next() gives 32 random bits: class S : public RandomDraws<S>.
template <typename Stream>
class RandomDraws {
 public:
  /// Each of 0 … n − 1 equally likely, exactly; n > 0. By multiplication and rejection: Lemire, Fast random integer
  /// generation in an interval, ACM TOMACS 29 (2019).
  SPINEL_HOST_DEVICE int64_t below(int64_t n) {
    if (n >> 32 != 0) return below_wide(static_cast<uint64_t>(n));
    const auto range = static_cast<uint32_t>(n);
    uint64_t product = uint64_t{next32()} * range;
    if (static_cast<uint32_t>(product) < range) {
      const uint32_t least = (0u - range) % range;
      while (static_cast<uint32_t>(product) < least) product = uint64_t{next32()} * range;
    }
    return static_cast<int64_t>(product >> 32);
  }

  /// In [0, 1), 53 bits.
  SPINEL_HOST_DEVICE double uniform() {
    const uint64_t high = next32();
    return static_cast<double>(((high << 32) | next32()) >> 11) * 0x1p-53;
  }

 private:
  SPINEL_HOST_DEVICE uint32_t next32() { return static_cast<Stream*>(this)->next(); }
  SPINEL_HOST_DEVICE int64_t below_wide(uint64_t n) {
    uint64_t mask = ~uint64_t{0};
    while (mask >> 1 >= n - 1) mask >>= 1;
    while (true) {
      const uint64_t high = next32();
      const uint64_t number = ((high << 32) | next32()) & mask;
      if (number < n) return static_cast<int64_t>(number);
    }
  }
};

}  // namespace spinel::kernels
