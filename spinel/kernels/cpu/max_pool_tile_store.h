// The last step of max pooling over a tile: values and indices go from a row of scratch memory to the tensors.
#pragma once

#include <algorithm>
#include <cstdint>

#include "spinel/kernels/cpu/max_pool_tile.h"

namespace spinel::kernels {

/// Stores rows of outputs in any layout.
template <typename V>
class PoolTileStore {
  using Code = typename PoolCode<V>::type;

 public:
  explicit PoolTileStore(PoolTile<V>& tile) : t_(tile) {}

  /// Stores the results in the row of scratch at `at`: output row (od, oh) of the tile.
  void run(int64_t od, int64_t oh, int64_t at) {
    at_ = at;
    const PoolPosition p{t_.n, t_.channel, {t_.begin[0] + od, t_.begin[1] + oh, t_.begin[2]}};
    if (t_.coded) correct_padding(p);
    const V* row = t_.value(at_);
    const int64_t step = call_.y_strides.at[4];
    void* y = pool_element(call_.y, pool_offset(&call_.y_strides, p.n, p.c, p.at[0], p.at[1], p.at[2]), t_.size);
    if (t_.inner == 1) {
      t_.rows.store(row, t_.width, y, step);
    } else if (const int64_t apart = call_.y_strides.at[1]; apart != 1) {
      by_channel(row, [&](int64_t c, int64_t o, const V* line, int64_t n) {
        t_.rows.store(line, n, pool_element(y, c * apart + o * step, t_.size), step);
      });
    } else if (step == t_.inner) {
      t_.rows.store(row, t_.width, y, 1);
    } else {
      for (int64_t o = 0; o < t_.count[2]; ++o)
        t_.rows.store(row + o * t_.inner, t_.inner, pool_element(y, o * step, t_.size), 1);
    }
    if (t_.coded) store_indices(p);
  }

 private:
  /// Where a window's maximum is the value that padding stands for, the winner may be a tap in the padding: then all
  /// taps inside are equal, and the first of them is the one.
  void correct_padding(const PoolPosition& p) {
    int64_t first[3];
    for (int a = 0; a < 3; ++a) first[a] = pool_first_tap(&g_, a, pool_start(&g_, a, p.at[a]));
    const bool all = first[0] || first[1];
    for (int64_t o = 0; o < t_.count[2]; ++o) {
      const int64_t start = t_.start[2] + o * g_.stride[2];
      if (!all && start >= 0) return;
      const int64_t right = first[0] * t_.weights.step[0] + first[1] * t_.weights.step[1] +
                            pool_first_tap(&g_, 2, start) * t_.weights.step[2];
      for (int64_t c = 0; c < t_.inner; ++c) {
        const int64_t at = at_ + o * t_.inner + c;
        if (*t_.value(at) == pool_lowest<V>()) *t_.code(at) = static_cast<Code>(right);
      }
    }
  }

  /// store(c, o, line, n): elements o … o + n − 1 of channel c of a row of columns × channels.
  template <typename T, typename Store>
  void by_channel(const T* row, Store store) {
    constexpr int64_t most = 64;
    T line[most];
    for (int64_t c = 0; c < t_.inner; ++c) {
      for (int64_t o = 0; o < t_.count[2]; o += most) {
        const int64_t n = std::min(most, t_.count[2] - o);
        for (int64_t k = 0; k < n; ++k) line[k] = row[(o + k) * t_.inner + c];
        store(c, o, line, n);
      }
    }
  }

  void store_indices(const PoolPosition& p) {
    const PoolStrides& s = call_.index_strides;
    const size_t size = pool_index_size(call_.index_type);
    void* to = pool_element(call_.index, pool_offset(&s, p.n, p.c, p.at[0], p.at[1], p.at[2]), size);
    // The position of the first window's start in the plane; it may lie in the padding.
    const int64_t base = pool_flat(&g_, pool_start(&g_, 0, p.at[0]), pool_start(&g_, 1, p.at[1]), t_.start[2]);
    const Code* codes = t_.code(at_);
    const bool decode = t_.weights.taps && call_.index_type != PoolIndex::tap8;
    if (decode) {
      for (int64_t k = 0; k < t_.width; ++k) {
        const int64_t o = k / t_.inner;
        const PoolPosition at{p.n, p.c, {p.at[0], p.at[1], p.at[2] + o}};
        const int64_t flat = pool_tap_position(&g_, &at, codes[k]);
        void* target = pool_element(to, o * s.at[4] + k % t_.inner * s.at[1], size);
        if (call_.index_type == PoolIndex::flat64) *static_cast<int64_t*>(target) = flat;
        else *static_cast<int32_t*>(target) = static_cast<int32_t>(flat);
      }
    } else if (t_.inner == 1) {
      store_codes(codes, t_.width, base, g_.stride[2], to, s.at[4]);
    } else if (s.at[1] != 1) {
      by_channel(codes, [&](int64_t c, int64_t o, const Code* line, int64_t n) {
        store_codes(line, n, base + o * g_.stride[2], g_.stride[2], pool_element(to, c * s.at[1] + o * s.at[4], size),
                    s.at[4]);
      });
    } else {
      for (int64_t o = 0; o < t_.count[2]; ++o) {
        store_codes(codes + o * t_.inner, t_.inner, base + o * g_.stride[2], 0, pool_element(to, o * s.at[4], size),
                    s.at[1]);
      }
    }
  }

  void store_codes(const Code* codes, int64_t n, int64_t base, int64_t step, void* to, int64_t stride) {
    switch (call_.index_type) {
      case PoolIndex::flat64: return t_.rows.store_index64(codes, n, base, step, static_cast<int64_t*>(to), stride);
      case PoolIndex::flat32: return t_.rows.store_index32(codes, n, base, step, static_cast<int32_t*>(to), stride);
      default: return t_.rows.store_tap8(codes, n, static_cast<uint8_t*>(to), stride);
    }
  }

  PoolTile<V>& t_;
  const PoolGeometry& g_ = t_.g;
  const MaxPoolForward& call_ = t_.call;
  int64_t at_ = 0;
};

}  // namespace spinel::kernels
