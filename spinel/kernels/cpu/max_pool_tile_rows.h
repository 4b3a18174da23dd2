// The first pass of max pooling over a tile: the windows of one input row along W.
#pragma once

#include <algorithm>
#include <cstdint>

#include "spinel/kernels/cpu/max_pool_tile.h"

namespace spinel::kernels {

/// Reads a row of the input, into scratch memory where that is needed, and takes the maximum along it.
template <typename V>
class PoolTileRows {
 public:
  explicit PoolTileRows(PoolTile<V>& tile) : t_(tile) {}

  /// The windows of row (d, h) of the input, into the row of scratch at `target`.
  void run(int64_t d, int64_t h, int64_t target) {
    if (can_read_in_place()) return run_row_in_place(d, h, target);
    const bool nan = load_row(d, h);
    t_.nan |= nan;
    const int64_t s = g_.stride[2], dilation = g_.dilation[2];
    if (t_.overlaps(2)) {
      t_.each_group(2, [&](int64_t o) {
        combine_columns(o, nan, false, target, [&](int64_t x) { return t_.value(t_.split_at + x * t_.inner); });
      });
    } else if (plan_.doubling[2]) {
      double_row(nan, target);
    } else if (plan_.inner > 1 && s > 1) {
      t_.combine_taps({.taps = g_.taps[2],
                       .step = t_.weights.step[2],
                       .nan = nan,
                       .n = t_.inner,
                       .groups = t_.count[2],
                       .from_step = s * t_.inner,
                       .to_step = t_.inner},
                      target, [&](int64_t t) { return t_.value(t_.split_at + t * dilation * t_.inner); });
    } else {
      t_.combine_taps({.taps = g_.taps[2], .step = t_.weights.step[2], .nan = nan, .n = t_.width}, target,
                      [&](int64_t t) {
                        return t_.value(t_.split_at + (t < kPoolTaps ? t_.tap_at[t] : t_.tap_offset(t)) * t_.inner);
                      });
    }
  }

 private:
  /// Whole vectors of channels of the type that is compared need no copy in scratch.
  bool can_read_in_place() const {
    return plan_.inner > 1 && t_.inner % kPoolRound == 0 && t_.is_stored_as_compared() && !plan_.doubling[2];
  }

  void run_row_in_place(int64_t d, int64_t h, int64_t target) {
    const int64_t step = call_.x_strides.at[4], dilation = g_.dilation[2];
    const V* row = static_cast<const V*>(call_.x) + pool_offset(&call_.x_strides, t_.n, t_.channel, d, h, 0);
    if (t_.overlaps(2)) {
      const auto column_of = [&](int64_t x) {
        const int64_t w = t_.start[2] + x;
        return t_.inside(2, w) ? row + w * step : t_.value(t_.padding_at);
      };
      t_.each_group(2, [&](int64_t o) {
        if (!combine_columns(o, false, true, target, column_of)) return;
        t_.nan = true;
        combine_columns(o, true, false, target, column_of);
      });
      return;
    }
    for (int64_t o = 0; o < t_.count[2];) {
      // Windows at the border one by one with the taps that they have, all others together.
      const int64_t start = t_.start[2] + o * g_.stride[2];
      const int64_t first = pool_first_tap(&g_, 2, start), last = pool_last_tap(&g_, 2, start);
      int64_t groups = 1;
      if (first == 0 && last == g_.taps[2]) {
        const int64_t room = g_.in[2] - start - (g_.taps[2] - 1) * dilation - 1;
        groups = std::min(t_.count[2] - o, room / g_.stride[2] + 1);
      }
      typename PoolTile<V>::Combination c{.taps = last - first,
                                          .first = first,
                                          .step = t_.weights.step[2],
                                          .nan = false,
                                          .n = t_.inner,
                                          .groups = groups,
                                          .from_step = g_.stride[2] * step,
                                          .to_step = t_.inner,
                                          .check = true};
      const auto row_of = [&](int64_t t) { return row + (start + (first + t) * dilation) * step; };
      // Looking for NaN on the way lets the arithmetic hide behind the memory; where one turns up, it is all done
      // again.
      if (t_.combine_taps(c, target + o * t_.inner, row_of)) {
        t_.nan = c.nan = true;
        t_.combine_taps(c, target + o * t_.inner, row_of);
      }
      o += groups;
    }
  }

  /// The group of windows that begins with window o, from columns x of the tile at column_of(x).
  template <typename ColumnOf>
  bool combine_columns(int64_t o, bool nan, bool check, int64_t target, ColumnOf column_of) {
    const int64_t dilation = g_.dilation[2];
    return t_.combine_group(
        2, t_.inner, nan, check, [&](int64_t r) { return column_of(o + r * dilation); },
        [&](int64_t j) { return target + (o + j * dilation) * t_.inner; });
  }

  /// Reads columns [start, start + span) of an input row: side by side or by phases of the stride, padding as the
  /// lowest value. True if there is a NaN.
  bool load_row(int64_t d, int64_t h) {
    const int64_t before = std::clamp<int64_t>(-t_.start[2], 0, t_.span[2]);
    const int64_t end = std::clamp<int64_t>(g_.in[2] - t_.start[2], before, t_.span[2]), n = end - before;
    const int64_t step = call_.x_strides.at[4];
    const void* from =
        pool_element(call_.x, pool_offset(&call_.x_strides, t_.n, t_.channel, d, h, t_.start[2] + before), t_.size);
    t_.pad_columns(0, before);
    t_.pad_columns(end, t_.span[2]);
    V* to = t_.value(t_.split_at);
    if (plan_.phases == 1) {
      if (t_.inner == 1) return t_.rows.load(from, step, n, to + before);
      if (step == t_.inner) return t_.rows.load(from, 1, n * t_.inner, to + before * t_.inner);
    } else if (t_.inner == 1) {
      const bool as_is = step == 1 && t_.is_stored_as_compared();
      bool nan = false;
      const V* row = static_cast<const V*>(from);
      if (!as_is) {
        nan = t_.rows.load(from, step, n, t_.value(0));
        row = t_.value(0);
      }
      return t_.rows.split(row, n, before, plan_.phases, plan_.pitch, to) || nan;
    }
    bool nan = false;
    for (int64_t x = before; x < end; ++x) {
      nan |= t_.rows.load(pool_element(from, (x - before) * step, t_.size), 1, t_.inner, to + t_.column(x));
    }
    return nan;
  }

  void double_row(bool nan, int64_t target) {
    const int64_t dilation = g_.dilation[2], k = g_.taps[2], step = t_.weights.step[2];
    int64_t w = 1;
    for (; 2 * w <= k; w *= 2) {
      const int64_t n = (t_.span[2] - (2 * w - 1) * dilation) * t_.inner;
      t_.combine_taps({.taps = 2, .step = step * w, .coded = w > 1, .nan = nan, .n = n}, t_.split_at,
                      [&](int64_t t) { return t_.value(t_.split_at + t * w * dilation * t_.inner); });
    }
    const int64_t rest = k - w, s = g_.stride[2], n = (t_.count[2] - 1) * s * t_.inner + t_.inner;
    if (rest || s == 1) {
      t_.combine_taps({.taps = rest ? 2 : 1, .step = step * rest, .coded = true, .nan = nan, .n = n},
                      s == 1 ? target : t_.split_at,
                      [&](int64_t t) { return t_.value(t_.split_at + t * rest * dilation * t_.inner); });
    }
    if (s == 1) return;
    for (int64_t o = 0; o < t_.count[2]; ++o) {
      std::copy_n(t_.value(t_.split_at + o * s * t_.inner), t_.inner, t_.value(target + o * t_.inner));
      if (t_.coded) std::copy_n(t_.code(t_.split_at + o * s * t_.inner), t_.inner, t_.code(target + o * t_.inner));
    }
  }

  PoolTile<V>& t_;
  const PoolGeometry& g_ = t_.g;
  const MaxPoolPlan& plan_ = t_.plan;
  const MaxPoolForward& call_ = t_.call;
};

}  // namespace spinel::kernels
