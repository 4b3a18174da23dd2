// Random numbers of one item of a loop: a stream of its own, so that results do not depend on how loops are cut.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "spinel/base/random.h"

namespace spinel::kernels {

/// floor(uniform · count) in float32, as torch_sparse draws one of `count` > 0 things, but never `count` itself or
/// more: a number outside [0, 1) counts as the nearest inside.
inline int64_t chosen_place(float uniform, int64_t count) {
  const float wide = static_cast<float>(count);
  const float place = uniform * wide;
  if (!(place > 0)) return 0;
  if (!(place < wide)) return count - 1;
  const auto whole = static_cast<int64_t>(place);
  return whole < count ? whole : count - 1;
}

/// Philox4x32-10 with the number of the item in the upper half of its counter.
class RandomStream {
 public:
  RandomStream(const Philox& generator, uint64_t item)
      : generator_(&generator), counter_{0, 0, static_cast<uint32_t>(item), static_cast<uint32_t>(item >> 32)} {}

  uint32_t next() {
    if (used_ == bits_.size()) {
      bits_ = generator_->bits(counter_);
      if (++counter_[0] == 0) ++counter_[1];
      used_ = 0;
    }
    return bits_[used_++];
  }

  /// Each of 0 … n − 1 equally likely, exactly; n > 0. By multiplication and rejection: Lemire, Fast random integer
  /// generation in an interval, ACM TOMACS 29 (2019).
  int64_t below(int64_t n) {
    if (n >> 32 != 0) return below_wide(static_cast<uint64_t>(n));
    const auto range = static_cast<uint32_t>(n);
    uint64_t product = uint64_t{next()} * range;
    if (static_cast<uint32_t>(product) < range) {
      const uint32_t least = (0u - range) % range;
      while (static_cast<uint32_t>(product) < least) product = uint64_t{next()} * range;
    }
    return static_cast<int64_t>(product >> 32);
  }

  /// In [0, 1), 53 bits.
  double uniform() {
    const uint64_t high = next();
    return static_cast<double>(((high << 32) | next()) >> 11) * 0x1p-53;
  }

 private:
  int64_t below_wide(uint64_t n) {
    uint64_t mask = ~uint64_t{0};
    while (mask >> 1 >= n - 1) mask >>= 1;
    while (true) {
      const uint64_t high = next();
      const uint64_t number = ((high << 32) | next()) & mask;
      if (number < n) return static_cast<int64_t>(number);
    }
  }

  const Philox* generator_;
  std::array<uint32_t, 4> counter_;
  std::array<uint32_t, 4> bits_{};
  size_t used_ = 4;
};

}  // namespace spinel::kernels
