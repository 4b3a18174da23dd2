// Distinct random numbers, each subset equally likely.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "spinel/kernels/cpu/random_stream.h"

namespace spinel::kernels {

/// Floyd's algorithm (Bentley and Floyd, CACM 30 (1987) 754). Keeps memory between draws.
class SubsetSampler {
 public:
  /// Writes `count` ≤ n distinct numbers of [offset, offset + n).
  template <typename Index>
  void draw(int64_t n, int64_t count, int64_t offset, RandomStream& stream, Index* out) {
    if (count > few && static_cast<int64_t>(taken_.size()) < n) taken_.resize(static_cast<size_t>(n));
    for (int64_t k = 0; k < count; ++k) {
      const int64_t last = n - count + k;
      int64_t number = stream.below(last + 1);
      // `last` has not been within reach before.
      if (is_taken(number, count, out, k, offset)) number = last;
      if (count > few) taken_[static_cast<size_t>(number)] = true;
      out[k] = static_cast<Index>(offset + number);
    }
    if (count <= few) return;
    for (int64_t k = 0; k < count; ++k) taken_[static_cast<size_t>(out[k] - offset)] = false;
  }

 private:
  // A pass over so few numbers takes less than to mark and unmark them.
  static constexpr int64_t few = 32;

  template <typename Index>
  bool is_taken(int64_t number, int64_t count, const Index* out, int64_t k, int64_t offset) const {
    if (count > few) return taken_[static_cast<size_t>(number)];
    bool found = false;
    for (int64_t i = 0; i < k; ++i) found |= out[i] == static_cast<Index>(offset + number);
    return found;
  }

  std::vector<bool> taken_;
};

}  // namespace spinel::kernels
