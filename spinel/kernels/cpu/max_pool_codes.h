// What the CPU kernels of max pooling share: addresses, the value of padding, and the numbering of taps.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "spinel/kernels/cpu/max_pool.h"

namespace spinel::kernels {

/// What padding counts as.
template <typename V>
constexpr V pool_lowest() {
  return std::numeric_limits<V>::has_infinity ? -std::numeric_limits<V>::infinity() : std::numeric_limits<V>::lowest();
}

/// Address of element `at` of an array of elements of `size` bytes.
template <typename P>
P* pool_element(P* base, int64_t at, size_t size) {
  using Byte = std::conditional_t<std::is_const_v<P>, const char, char>;
  return static_cast<Byte*>(base) + at * static_cast<int64_t>(size);
}

/// Codes of taps: the weight of one step along each axis. Flat positions relative to the window's start where they fit
/// the code type, tap numbers where those are wanted or where positions do not fit.
struct PoolCodeWeights {
  int64_t step[3];
  bool taps;

  PoolCodeWeights(const PoolGeometry& g, PoolIndex type, int64_t most) : taps(type == PoolIndex::tap8) {
    most = std::min<int64_t>(most, int64_t{1} << 40);
    int64_t plane_row = 1, reach = 0;
    for (int a = 2; a >= 0 && !taps; --a) {
      const int64_t length = g.dilation[a] * (g.taps[a] - 1);
      taps = plane_row > most || length > most;
      if (taps) break;
      step[a] = g.dilation[a] * plane_row;
      reach += length * plane_row;
      taps = reach > most;
      plane_row *= g.in[a];
    }
    if (!taps) return;
    step[2] = 1;
    step[1] = g.taps[2];
    step[0] = g.taps[1] * g.taps[2];
  }
};

}  // namespace spinel::kernels
