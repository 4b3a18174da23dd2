// Random numbers of one item of a loop: a stream of its own, so that results do not depend on how loops are cut.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "spinel/base/random.h"
#include "spinel/kernels/random_draws.h"

namespace spinel::kernels {

/// Philox4x32-10 with the number of the item in the upper half of its counter.
class RandomStream : public RandomDraws<RandomStream> {
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

 private:
  const Philox* generator_;
  std::array<uint32_t, 4> counter_;
  std::array<uint32_t, 4> bits_{};
  size_t used_ = 4;
};

}  // namespace spinel::kernels
