// Max pooling over a tile where only values are wanted: rows of the input first, along W last.
#pragma once

#include <hwy/cache_control.h>

#include <algorithm>
#include <cstdint>

#include "spinel/kernels/cpu/max_pool_tile.h"
#include "spinel/kernels/cpu/max_pool_values.h"

namespace spinel::kernels {

/// Rows of one channel, columns side by side, few taps along each axis.
template <typename V>
class PoolTileValues {
 public:
  explicit PoolTileValues(PoolTile<V>& tile) : t_(tile) {
    if (is_possible()) steps_ = pool_values<V>(call_.dtype);
  }

  /// False where this way is not open, or where a NaN or −0 turned up: the winner may depend on the order of the taps
  /// then, so that the tile is to be computed anew.
  bool run() {
    if (!steps_.rows) return false;
    if (steps_.windows && g_.taps[0] * g_.taps[1] == 1 && g_.stride[2] <= 4) return run_lines();
    return is_paired() ? run_pairs() : run_rows();
  }

 private:
  /// Without indices the order of the axes is free: rows straight from the input first, so that the pass along W, which
  /// needs copies, is made once a row of outputs.
  bool is_possible() const {
    return !t_.coded && plan_.inner == 1 && call_.x_strides.at[4] == 1 && call_.y_strides.at[4] == 1 &&
           g_.taps[0] <= kPoolTaps && g_.taps[1] <= kPoolTaps && g_.taps[0] * g_.taps[1] <= kPoolTaps &&
           g_.taps[2] <= kPoolTaps && !plan_.doubling[1] && !plan_.doubling[2];
  }

  /// The commonest windows of networks, two or three columns with stride 2, need no row of scratch memory.
  bool is_paired() const {
    return steps_.pairs && g_.stride[2] == 2 && g_.dilation[2] == 1 &&
           (g_.taps[2] == 2 ? t_.start[2] >= 0 : g_.taps[2] == 3 && t_.start[2] >= -1);
  }

  bool run_pairs() {
    const int64_t taps = g_.taps[2], room = g_.in[2] - t_.start[2];
    const void* rows[kPoolTaps];
    PoolPairs pairs{.row = rows, .three = taps == 3, .cut = t_.start[2] < 0};
    pairs.count = std::min(t_.count[2], room < taps ? 0 : (room - taps) / 2 + 1);
    pairs.rest = pairs.count < t_.count[2] ? static_cast<int>(room - 2 * pairs.count) : 0;
    for (int64_t od = 0; od < t_.count[0]; ++od) {
      for (int64_t oh = 0; oh < t_.count[1]; ++oh) {
        pairs.rows = rows_of(t_.begin[0] + od, t_.begin[1] + oh, t_.start[2] + taps - 2, rows);
        prefetch_rows(rows[pairs.rows - 1]);
        pairs.y = output(od, oh);
        if (steps_.pairs(pairs)) return false;
      }
    }
    return true;
  }

  /// Where the outputs of row (od, oh) of the tile lie.
  void* output(int64_t od, int64_t oh) const {
    return pool_element(
        call_.y, pool_offset(&call_.y_strides, t_.n, t_.channel, t_.begin[0] + od, t_.begin[1] + oh, t_.begin[2]),
        t_.size);
  }

  bool run_rows() {
    const int64_t before = std::clamp<int64_t>(-t_.start[2], 0, t_.span[2]), s = g_.stride[2];
    const int64_t end = std::clamp<int64_t>(g_.in[2] - t_.start[2], before, t_.span[2]);
    t_.pad_columns(0, before);
    t_.pad_columns(end, t_.span[2]);
    V* split = t_.value(t_.split_at);
    // With two phases the rows are split on the way, with more in a pass of its own.
    V* to = s == 1 ? split + before : s == 2 ? split + t_.column(before) : t_.value(0);
    V* odd = s == 2 ? split + t_.column(before + 1) : nullptr;
    const V* taps[kPoolTaps];
    for (int64_t t = 0; t < g_.taps[2]; ++t) taps[t] = split + t_.tap_at[t];
    for (int64_t od = 0; od < t_.count[0]; ++od) {
      for (int64_t oh = 0; oh < t_.count[1]; ++oh) {
        const void* rows[kPoolTaps];
        const int count = rows_of(t_.begin[0] + od, t_.begin[1] + oh, t_.start[2] + before, rows);
        prefetch_rows(rows[count - 1]);
        if (steps_.rows(rows, count, end - before, to, odd)) return false;
        if (s > 2) t_.rows.split(to, end - before, before, s, plan_.pitch, split);
        steps_.line(taps, static_cast<int>(g_.taps[2]), t_.count[2], output(od, oh));
      }
    }
    return true;
  }

  /// Asks for the rows two windows further along H: the processor's own prefetching ends with each page.
  void prefetch_rows(const void* row) const {
    const int64_t bytes = g_.stride[1] * call_.x_strides.at[3] * static_cast<int64_t>(t_.size);
    const char* ahead = static_cast<const char*>(row) + 2 * bytes;
    for (int64_t k = 0; k < std::min<int64_t>(bytes, 4096); k += 64) hwy::Prefetch(ahead + k);
  }

  /// Windows along W alone: straight from the input into the output.
  bool run_lines() {
    const int64_t s = g_.stride[2], reach = g_.dilation[2] * (g_.taps[2] - 1);
    // Outputs [whole, end) have all their taps inside, the others some.
    const int64_t whole = std::clamp<int64_t>((s - 1 - t_.start[2]) / s, 0, t_.count[2]);
    const int64_t room = g_.in[2] - t_.start[2] - reach;
    const int64_t end = room <= 0 ? whole : std::clamp<int64_t>((room - 1) / s + 1, whole, t_.count[2]);
    for (int64_t od = 0; od < t_.count[0]; ++od) {
      for (int64_t oh = 0; oh < t_.count[1]; ++oh) {
        const int64_t d = t_.start[0] + od * g_.stride[0], h = t_.start[1] + oh * g_.stride[1];
        const V* x = static_cast<const V*>(call_.x) + pool_offset(&call_.x_strides, t_.n, t_.channel, d, h, 0);
        V* y = static_cast<V*>(output(od, oh));
        const int64_t first = t_.start[2] + whole * s;
        const PoolLine line{x + first, g_.in[2] - first, g_.taps[2], s, g_.dilation[2], end - whole, y + whole};
        if (steps_.windows(line)) return false;
        for (int64_t o = 0; o < t_.count[2]; ++o) {
          if (o == whole) o = end;
          if (o < t_.count[2] && !run_cut_window(x, o, y + o)) return false;
        }
      }
    }
    return true;
  }

  /// Window o of a tile's row x whose taps are partly in the padding. False where one is a NaN.
  bool run_cut_window(const V* x, int64_t o, V* y) const {
    const int64_t start = t_.start[2] + o * g_.stride[2], last = pool_last_tap(&g_, 2, start);
    int64_t t = pool_first_tap(&g_, 2, start);
    V best = x[start + t * g_.dilation[2]];
    for (; t < last; ++t) {
      const V v = x[start + t * g_.dilation[2]];
      if (v != v) return false;
      if (v > best) best = v;
    }
    *y = best;
    return true;
  }

  /// The input rows from column w on that the windows of output row (od, oh) see.
  int rows_of(int64_t od, int64_t oh, int64_t w, const void** rows) const {
    const int64_t start_d = pool_start(&g_, 0, od), start_h = pool_start(&g_, 1, oh);
    const int64_t first = pool_first_tap(&g_, 1, start_h), last = pool_last_tap(&g_, 1, start_h);
    const int64_t last_d = pool_last_tap(&g_, 0, start_d);
    int count = 0;
    for (int64_t td = pool_first_tap(&g_, 0, start_d); td < last_d; ++td) {
      const int64_t d = start_d + td * g_.dilation[0];
      for (int64_t th = first; th < last; ++th) {
        const int64_t h = start_h + th * g_.dilation[1];
        rows[count++] = pool_element(call_.x, pool_offset(&call_.x_strides, t_.n, t_.channel, d, h, w), t_.size);
      }
    }
    return count;
  }

  PoolTile<V>& t_;
  const PoolGeometry& g_ = t_.g;
  const MaxPoolPlan& plan_ = t_.plan;
  const MaxPoolForward& call_ = t_.call;
  PoolValues<V> steps_;
};

}  // namespace spinel::kernels
