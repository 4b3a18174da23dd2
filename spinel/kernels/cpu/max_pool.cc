#include "spinel/kernels/cpu/max_pool.h"

#include <hwy/cache_control.h>

#include <algorithm>
#include <bit>
#include <limits>

#include "spinel/base/error.h"
#include "spinel/kernels/cpu/max_pool_codes.h"
#include "spinel/kernels/cpu/max_pool_direct.h"
#include "spinel/kernels/cpu/max_pool_rows.h"

namespace spinel::kernels {
namespace {

/// One tile of outputs: buffers in scratch memory and the passes over them.
template <typename V>
class TileForward {
  using Code = typename PoolCode<V>::type;

 public:
  TileForward(const MaxPoolForward& call, const MaxPoolPlan& plan, const PoolRows<V>& rows, void* scratch)
      : call_(call),
        g_(call.geometry),
        plan_(plan),
        rows_(rows),
        coded_(call.index_type != PoolIndex::none),
        weights_(g_, call.index_type, std::numeric_limits<Code>::max()),
        size_(element_size(call.dtype)) {
    values_ = static_cast<V*>(scratch);
    codes_ = coded_ ? reinterpret_cast<Code*>(values_ + plan.elements) : nullptr;
    split_at_ = plan.stage;
    rows_at_ = split_at_ + plan.phases * plan.pitch;
    slices_at_ = rows_at_ + plan.rows * plan.row;
    result_at_ = slices_at_ + plan.slices * plan.tile[1] * plan.row;
    for (int64_t t = 0; t < std::min<int64_t>(g_.taps[2], kPoolTaps); ++t) tap_at_[t] = tap_offset(t);
    if (reads_rows_directly()) direct_ = pool_direct<V>(call.dtype);
  }

  void run(int64_t item) {
    for (int a = 2; a >= 0; --a) {
      begin_[a] = item % plan_.tiles[a] * plan_.tile[a];
      count_[a] = std::min(plan_.tile[a], g_.out[a] - begin_[a]);
      start_[a] = pool_start(&g_, a, begin_[a]);
      span_[a] = (count_[a] - 1) * g_.stride[a] + g_.dilation[a] * (g_.taps[a] - 1) + 1;
      item /= plan_.tiles[a];
    }
    channel_ = item % plan_.blocks * plan_.inner;
    inner_ = std::min(plan_.inner, g_.channels - channel_);
    n_ = item / plan_.blocks;
    width_ = count_[2] * inner_;
    nan_ = false;
    if (direct_.rows && run_directly()) return;
    const int64_t slice = plan_.tile[1] * plan_.row;
    if (g_.taps[0] == 1) {
      for (int64_t o = 0; o < count_[0]; ++o) run_slice(start_[0] + o * g_.stride[0], o, -1);
      return;
    }
    for (int64_t d = 0; d < span_[0]; ++d) {
      const int64_t at = slices_at_ + d * slice;
      if (inside(0, start_[0] + d)) {
        if (needed(0, d)) run_slice(start_[0] + d, 0, at);
      } else if (plan_.doubling[0]) {
        fill(at, slice);
      }
    }
    if (plan_.doubling[0]) double_up(0, slices_at_, span_[0], slice);
    for (int64_t od = 0; od < count_[0]; ++od) {
      for (int64_t oh = 0; oh < count_[1]; ++oh) {
        combine_axis(0, od, slices_at_ + oh * plan_.row, slice, result_at_);
        finish(od, oh);
      }
    }
  }

 private:
  /// Without indices the order of the axes is free: rows straight from the input first, so that the pass along W, which
  /// needs copies, is made once a row of outputs.
  bool reads_rows_directly() const {
    return !coded_ && plan_.inner == 1 && call_.x_strides.at[4] == 1 && call_.y_strides.at[4] == 1 &&
           g_.taps[0] <= kPoolTaps && g_.taps[1] <= kPoolTaps && g_.taps[0] * g_.taps[1] <= kPoolTaps &&
           g_.taps[2] <= kPoolTaps && !plan_.doubling[1] && !plan_.doubling[2];
  }

  /// False where a NaN or −0 turned up: the winner may depend on the order then, so the tile is to be computed anew.
  bool run_directly() {
    if (direct_.windows && g_.taps[0] * g_.taps[1] == 1 && g_.stride[2] <= 4) return run_lines();
    const int64_t before = std::clamp<int64_t>(-start_[2], 0, span_[2]), s = g_.stride[2];
    const int64_t end = std::clamp<int64_t>(g_.in[2] - start_[2], before, span_[2]);
    pad_columns(0, before);
    pad_columns(end, span_[2]);
    V* split = value(split_at_);
    // With two phases the rows are split on the way, with more in a pass of its own.
    V* to = s == 1 ? split + before : s == 2 ? split + column(before) : value(0);
    V* odd = s == 2 ? split + column(before + 1) : nullptr;
    const V* taps[kPoolTaps];
    for (int64_t t = 0; t < g_.taps[2]; ++t) taps[t] = split + tap_at_[t];
    for (int64_t od = 0; od < count_[0]; ++od) {
      for (int64_t oh = 0; oh < count_[1]; ++oh) {
        const void* rows[kPoolTaps];
        const int count = rows_of(begin_[0] + od, begin_[1] + oh, start_[2] + before, rows);
        prefetch_rows(rows[count - 1]);
        if (direct_.rows(rows, count, end - before, to, odd)) return false;
        if (s > 2) rows_.split(to, end - before, before, s, plan_.pitch, split);
        const PoolPosition p{n_, channel_, {begin_[0] + od, begin_[1] + oh, begin_[2]}};
        void* y = pool_element(call_.y, pool_offset(&call_.y_strides, p.n, p.c, p.at[0], p.at[1], p.at[2]), size_);
        direct_.line(taps, static_cast<int>(g_.taps[2]), count_[2], y);
      }
    }
    return true;
  }

  /// Asks for the rows two windows further along H: the processor's own prefetching ends with each page.
  void prefetch_rows(const void* row) const {
    const int64_t bytes = g_.stride[1] * call_.x_strides.at[3] * static_cast<int64_t>(size_);
    const char* ahead = static_cast<const char*>(row) + 2 * bytes;
    for (int64_t k = 0; k < std::min<int64_t>(bytes, 4096); k += 64) hwy::Prefetch(ahead + k);
  }

  /// The same for windows along W alone: straight from the input into the output.
  bool run_lines() {
    const int64_t s = g_.stride[2], reach = g_.dilation[2] * (g_.taps[2] - 1);
    // Outputs [whole, end) have all their taps inside, the others some.
    const int64_t whole = std::clamp<int64_t>((s - 1 - start_[2]) / s, 0, count_[2]);
    const int64_t room = g_.in[2] - start_[2] - reach;
    const int64_t end = room <= 0 ? whole : std::clamp<int64_t>((room - 1) / s + 1, whole, count_[2]);
    for (int64_t od = 0; od < count_[0]; ++od) {
      for (int64_t oh = 0; oh < count_[1]; ++oh) {
        const int64_t d = start_[0] + od * g_.stride[0], h = start_[1] + oh * g_.stride[1];
        const V* x = static_cast<const V*>(call_.x) + pool_offset(&call_.x_strides, n_, channel_, d, h, 0);
        V* y = static_cast<V*>(call_.y) +
               pool_offset(&call_.y_strides, n_, channel_, begin_[0] + od, begin_[1] + oh, begin_[2]);
        const int64_t first = start_[2] + whole * s;
        const PoolLine line{x + first, g_.in[2] - first, g_.taps[2], s, g_.dilation[2], end - whole, y + whole};
        if (direct_.windows(line)) return false;
        for (int64_t o = 0; o < count_[2]; ++o) {
          if (o == whole) o = end;
          if (o < count_[2] && !pool_cut_window(x, o, y + o)) return false;
        }
      }
    }
    return true;
  }

  /// Window o of a tile's row x whose taps are partly in the padding. False where one is a NaN.
  bool pool_cut_window(const V* x, int64_t o, V* y) const {
    const int64_t start = start_[2] + o * g_.stride[2], last = pool_last_tap(&g_, 2, start);
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
        rows[count++] = pool_element(call_.x, pool_offset(&call_.x_strides, n_, channel_, d, h, w), size_);
      }
    }
    return count;
  }

  V* value(int64_t at) const { return values_ + at; }
  Code* code(int64_t at) const { return coded_ ? codes_ + at : nullptr; }
  bool inside(int axis, int64_t i) const { return i >= 0 && i < g_.in[axis]; }

  /// True if position `i` of the tile's input is a tap of one of its windows.
  bool needed(int axis, int64_t i) const {
    if (plan_.doubling[axis] || (g_.dilation[axis] == 1 && g_.stride[axis] <= g_.taps[axis])) return true;
    for (int64_t t = 0; t < g_.taps[axis] && t * g_.dilation[axis] <= i; ++t) {
      if ((i - t * g_.dilation[axis]) % g_.stride[axis] == 0) return true;
    }
    return false;
  }

  void fill(int64_t at, int64_t n) {
    std::fill_n(value(at), n, pool_lowest<V>());
    if (coded_) std::fill_n(code(at), n, Code(0));
  }

  /// The rows of slice d, combined along W and H: into `slice_at`, or (negative) as results of output slice `od`.
  void run_slice(int64_t d, int64_t od, int64_t slice_at) {
    const auto target = [&](int64_t oh) { return slice_at < 0 ? result_at_ : slice_at + oh * plan_.row; };
    if (g_.taps[1] == 1) {
      for (int64_t oh = 0; oh < count_[1]; ++oh) {
        run_row(d, start_[1] + oh * g_.stride[1], target(oh));
        if (slice_at < 0) finish(od, oh);
      }
      return;
    }
    if (slice_at < 0) nan_ = false;
    for (int64_t h = 0; h < span_[1]; ++h) {
      const int64_t at = rows_at_ + h * plan_.row;
      if (inside(1, start_[1] + h)) {
        if (needed(1, h)) run_row(d, start_[1] + h, at);
      } else if (plan_.doubling[1]) {
        fill(at, plan_.row);
      }
    }
    if (plan_.doubling[1]) double_up(1, rows_at_, span_[1], plan_.row);
    for (int64_t oh = 0; oh < count_[1]; ++oh) {
      combine_axis(1, oh, rows_at_, plan_.row, target(oh));
      if (slice_at < 0) finish(od, oh);
    }
  }

  /// The windows of one input row along W.
  void run_row(int64_t d, int64_t h, int64_t target) {
    if (can_read_in_place()) return run_row_in_place(d, h, target);
    const bool nan = load_row(d, h);
    nan_ |= nan;
    const int64_t s = g_.stride[2], dilation = g_.dilation[2];
    if (plan_.doubling[2]) {
      double_row(nan, target);
    } else if (plan_.inner > 1 && s > 1) {
      combine_taps({.taps = g_.taps[2],
                    .step = weights_.step[2],
                    .nan = nan,
                    .n = inner_,
                    .groups = count_[2],
                    .from_step = s * inner_,
                    .to_step = inner_},
                   target, [&](int64_t t) { return value(split_at_ + t * dilation * inner_); });
    } else {
      combine_taps({.taps = g_.taps[2], .step = weights_.step[2], .nan = nan, .n = width_}, target,
                   [&](int64_t t) { return value(split_at_ + (t < kPoolTaps ? tap_at_[t] : tap_offset(t)) * inner_); });
    }
  }

  /// Whole vectors of channels of the type that is compared need no copy in scratch.
  bool can_read_in_place() const {
    return plan_.inner > 1 && inner_ % kPoolRound == 0 && is_stored_as_compared() && !plan_.doubling[2];
  }

  void run_row_in_place(int64_t d, int64_t h, int64_t target) {
    const int64_t step = call_.x_strides.at[4], dilation = g_.dilation[2];
    const V* row = static_cast<const V*>(call_.x) + pool_offset(&call_.x_strides, n_, channel_, d, h, 0);
    for (int64_t o = 0; o < count_[2];) {
      // Windows at the border one by one with the taps that they have, all others together.
      const int64_t start = start_[2] + o * g_.stride[2];
      const int64_t first = pool_first_tap(&g_, 2, start), last = pool_last_tap(&g_, 2, start);
      int64_t groups = 1;
      if (first == 0 && last == g_.taps[2]) {
        const int64_t room = g_.in[2] - start - (g_.taps[2] - 1) * dilation - 1;
        groups = std::min(count_[2] - o, room / g_.stride[2] + 1);
      }
      Combination c{.taps = last - first,
                    .first = first,
                    .step = weights_.step[2],
                    .nan = false,
                    .n = inner_,
                    .groups = groups,
                    .from_step = g_.stride[2] * step,
                    .to_step = inner_,
                    .check = true};
      const auto row_of = [&](int64_t t) { return row + (start + (first + t) * dilation) * step; };
      // Looking for NaN on the way lets the arithmetic hide behind the memory; where one turns up, it is all done
      // again.
      if (combine_taps(c, target + o * inner_, row_of)) {
        nan_ = c.nan = true;
        combine_taps(c, target + o * inner_, row_of);
      }
      o += groups;
    }
  }

  /// Reads columns [start, start + span) of an input row: side by side or by phases of the stride, padding as the
  /// lowest value. True if there is a NaN.
  bool load_row(int64_t d, int64_t h) {
    const int64_t before = std::clamp<int64_t>(-start_[2], 0, span_[2]);
    const int64_t end = std::clamp<int64_t>(g_.in[2] - start_[2], before, span_[2]), n = end - before;
    const int64_t step = call_.x_strides.at[4];
    const void* from =
        pool_element(call_.x, pool_offset(&call_.x_strides, n_, channel_, d, h, start_[2] + before), size_);
    pad_columns(0, before);
    pad_columns(end, span_[2]);
    V* to = value(split_at_);
    if (plan_.phases == 1) {
      if (inner_ == 1) return rows_.load(from, step, n, to + before);
      if (step == inner_) return rows_.load(from, 1, n * inner_, to + before * inner_);
    } else if (inner_ == 1) {
      const bool as_is = step == 1 && is_stored_as_compared();
      bool nan = false;
      const V* row = static_cast<const V*>(from);
      if (!as_is) {
        nan = rows_.load(from, step, n, value(0));
        row = value(0);
      }
      return rows_.split(row, n, before, plan_.phases, plan_.pitch, to) || nan;
    }
    bool nan = false;
    for (int64_t x = before; x < end; ++x) {
      nan |= rows_.load(pool_element(from, (x - before) * step, size_), 1, inner_, to + column(x));
    }
    return nan;
  }

  /// Where tap t of the first window of a row lies in the split row, for one channel.
  int64_t tap_offset(int64_t t) const {
    const int64_t x = t * g_.dilation[2], s = plan_.phases;
    return x % s * plan_.pitch + x / s;
  }
  int64_t column(int64_t x) const { return x % plan_.phases * plan_.pitch + x / plan_.phases * inner_; }

  void pad_columns(int64_t begin, int64_t end) {
    for (int64_t x = begin; x < end; ++x) std::fill_n(value(split_at_ + column(x)), inner_, pool_lowest<V>());
  }

  bool is_stored_as_compared() const {
    return call_.dtype == Dtype::f32 || call_.dtype == Dtype::f64 || call_.dtype == Dtype::i32 ||
           call_.dtype == Dtype::i64;
  }

  /// Which rows combine_taps takes: `taps` of them, their codes (codes of the rows, if `coded`) + (first + t)·step.
  struct Combination {
    int64_t taps, first = 0, step;
    bool coded = false, nan;
    int64_t n, groups = 1, from_step = 0, to_step = 0;
    bool check = false;
  };

  /// The winners of taps whose rows lie at row_of(t), into the row of scratch at `target`. True: see PoolRows::combine.
  template <typename RowOf>
  bool combine_taps(const Combination& c, int64_t target, RowOf row_of) {
    PoolTaps<V> group;
    bool found = false;
    group.check = c.check;
    group.coded = c.coded;
    group.step = static_cast<Code>(c.step);
    group.groups = c.groups;
    group.from_step = c.from_step;
    group.to_step = c.to_step;
    for (int64_t t = 0; t < c.taps; t += group.count) {
      group.count = static_cast<int>(std::min<int64_t>(c.taps - t, kPoolTaps));
      group.accumulate = t > 0;
      group.first = static_cast<Code>((c.first + t) * c.step);
      for (int k = 0; k < group.count; ++k) {
        group.value[k] = row_of(t + k);
        if (c.coded && coded_) group.code[k] = codes_ + (group.value[k] - values_);
      }
      found |= rows_.combine(group, c.n, c.nan, value(target), code(target));
    }
    return found;
  }

  /// Output o of an axis from rows (or slices) `unit` apart, the first at `at`.
  void combine_axis(int axis, int64_t o, int64_t at, int64_t unit, int64_t target) {
    const int64_t from = at + o * g_.stride[axis] * unit, dilation = g_.dilation[axis] * unit;
    if (plan_.doubling[axis]) {
      const auto width = static_cast<int64_t>(std::bit_floor(static_cast<uint64_t>(g_.taps[axis])));
      const int64_t rest = g_.taps[axis] - width;
      combine_taps({.taps = rest ? 2 : 1, .step = weights_.step[axis] * rest, .coded = true, .nan = nan_, .n = width_},
                   target, [&](int64_t t) { return value(from + t * rest * dilation); });
      return;
    }
    const int64_t start = pool_start(&g_, axis, begin_[axis] + o);
    const int64_t first = pool_first_tap(&g_, axis, start), last = pool_last_tap(&g_, axis, start);
    combine_taps(
        {.taps = last - first, .first = first, .step = weights_.step[axis], .coded = true, .nan = nan_, .n = width_},
        target, [&](int64_t t) { return value(from + (first + t) * dilation); });
  }

  /// Turns `positions` units into the winners of windows of the largest power of two of taps, in place: a window of 2w
  /// taps is one of w and the one w taps on.
  void double_up(int axis, int64_t at, int64_t positions, int64_t unit) {
    const int64_t dilation = g_.dilation[axis];
    for (int64_t w = 1; 2 * w <= g_.taps[axis]; w *= 2) {
      const int64_t n = (positions - (2 * w - 1) * dilation) * unit;
      combine_taps({.taps = 2, .step = weights_.step[axis] * w, .coded = true, .nan = nan_, .n = n}, at,
                   [&](int64_t t) { return value(at + t * w * dilation * unit); });
    }
  }

  void double_row(bool nan, int64_t target) {
    const int64_t dilation = g_.dilation[2], k = g_.taps[2], step = weights_.step[2];
    int64_t w = 1;
    for (; 2 * w <= k; w *= 2) {
      const int64_t n = (span_[2] - (2 * w - 1) * dilation) * inner_;
      combine_taps({.taps = 2, .step = step * w, .coded = w > 1, .nan = nan, .n = n}, split_at_,
                   [&](int64_t t) { return value(split_at_ + t * w * dilation * inner_); });
    }
    const int64_t rest = k - w, s = g_.stride[2], n = (count_[2] - 1) * s * inner_ + inner_;
    if (rest || s == 1) {
      combine_taps({.taps = rest ? 2 : 1, .step = step * rest, .coded = true, .nan = nan, .n = n},
                   s == 1 ? target : split_at_,
                   [&](int64_t t) { return value(split_at_ + t * rest * dilation * inner_); });
    }
    if (s == 1) return;
    for (int64_t o = 0; o < count_[2]; ++o) {
      std::copy_n(value(split_at_ + o * s * inner_), inner_, value(target + o * inner_));
      if (coded_) std::copy_n(code(split_at_ + o * s * inner_), inner_, code(target + o * inner_));
    }
  }

  /// Where a window's maximum is the value that padding stands for, the winner may be a tap in the padding: then all
  /// taps inside are equal, and the first of them is the one.
  void correct_padding(const PoolPosition& p) {
    int64_t first[3];
    for (int a = 0; a < 3; ++a) first[a] = pool_first_tap(&g_, a, pool_start(&g_, a, p.at[a]));
    const bool all = first[0] || first[1];
    for (int64_t o = 0; o < count_[2]; ++o) {
      const int64_t start = start_[2] + o * g_.stride[2];
      if (!all && start >= 0) return;
      const int64_t right =
          first[0] * weights_.step[0] + first[1] * weights_.step[1] + pool_first_tap(&g_, 2, start) * weights_.step[2];
      for (int64_t c = 0; c < inner_; ++c) {
        const int64_t at = result_at_ + o * inner_ + c;
        if (*value(at) == pool_lowest<V>()) *code(at) = static_cast<Code>(right);
      }
    }
  }

  /// Stores the result row of output row (od, oh) of the tile.
  void finish(int64_t od, int64_t oh) {
    const PoolPosition p{n_, channel_, {begin_[0] + od, begin_[1] + oh, begin_[2]}};
    if (coded_) correct_padding(p);
    const V* row = value(result_at_);
    const int64_t step = call_.y_strides.at[4];
    void* y = pool_element(call_.y, pool_offset(&call_.y_strides, p.n, p.c, p.at[0], p.at[1], p.at[2]), size_);
    if (inner_ == 1) {
      rows_.store(row, width_, y, step);
    } else if (const int64_t apart = call_.y_strides.at[1]; apart != 1) {
      by_channel(row, [&](int64_t c, int64_t o, const V* line, int64_t n) {
        rows_.store(line, n, pool_element(y, c * apart + o * step, size_), step);
      });
    } else if (step == inner_) {
      rows_.store(row, width_, y, 1);
    } else {
      for (int64_t o = 0; o < count_[2]; ++o)
        rows_.store(row + o * inner_, inner_, pool_element(y, o * step, size_), 1);
    }
    if (coded_) store_indices(p);
  }

  /// store(c, o, line, n): elements o … o + n − 1 of channel c of a row of columns × channels.
  template <typename T, typename Store>
  void by_channel(const T* row, Store store) {
    constexpr int64_t most = 64;
    T line[most];
    for (int64_t c = 0; c < inner_; ++c) {
      for (int64_t o = 0; o < count_[2]; o += most) {
        const int64_t n = std::min(most, count_[2] - o);
        for (int64_t k = 0; k < n; ++k) line[k] = row[(o + k) * inner_ + c];
        store(c, o, line, n);
      }
    }
  }

  void store_indices(const PoolPosition& p) {
    const PoolStrides& s = call_.index_strides;
    const size_t size = pool_index_size(call_.index_type);
    void* to = pool_element(call_.index, pool_offset(&s, p.n, p.c, p.at[0], p.at[1], p.at[2]), size);
    // The position of the first window's start in the plane; it may lie in the padding.
    const int64_t base = pool_flat(&g_, pool_start(&g_, 0, p.at[0]), pool_start(&g_, 1, p.at[1]), start_[2]);
    const Code* codes = code(result_at_);
    const bool decode = weights_.taps && call_.index_type != PoolIndex::tap8;
    if (decode) {
      for (int64_t k = 0; k < width_; ++k) {
        const int64_t o = k / inner_;
        const PoolPosition at{p.n, p.c, {p.at[0], p.at[1], p.at[2] + o}};
        const int64_t flat = pool_tap_position(&g_, &at, codes[k]);
        void* target = pool_element(to, o * s.at[4] + k % inner_ * s.at[1], size);
        if (call_.index_type == PoolIndex::flat64) *static_cast<int64_t*>(target) = flat;
        else *static_cast<int32_t*>(target) = static_cast<int32_t>(flat);
      }
    } else if (inner_ == 1) {
      store_codes(codes, width_, base, g_.stride[2], to, s.at[4]);
    } else if (s.at[1] != 1) {
      by_channel(codes, [&](int64_t c, int64_t o, const Code* line, int64_t n) {
        store_codes(line, n, base + o * g_.stride[2], g_.stride[2], pool_element(to, c * s.at[1] + o * s.at[4], size),
                    s.at[4]);
      });
    } else {
      for (int64_t o = 0; o < count_[2]; ++o) {
        store_codes(codes + o * inner_, inner_, base + o * g_.stride[2], 0, pool_element(to, o * s.at[4], size),
                    s.at[1]);
      }
    }
  }

  void store_codes(const Code* codes, int64_t n, int64_t base, int64_t step, void* to, int64_t stride) {
    switch (call_.index_type) {
      case PoolIndex::flat64: return rows_.store_index64(codes, n, base, step, static_cast<int64_t*>(to), stride);
      case PoolIndex::flat32: return rows_.store_index32(codes, n, base, step, static_cast<int32_t*>(to), stride);
      default: return rows_.store_tap8(codes, n, static_cast<uint8_t*>(to), stride);
    }
  }

  const MaxPoolForward& call_;
  const PoolGeometry& g_;
  const MaxPoolPlan& plan_;
  const PoolRows<V>& rows_;
  const bool coded_;
  const PoolCodeWeights weights_;
  const size_t size_;
  V* values_ = nullptr;
  Code* codes_ = nullptr;
  int64_t split_at_ = 0, rows_at_ = 0, slices_at_ = 0, result_at_ = 0;
  int64_t n_ = 0, channel_ = 0, inner_ = 1, width_ = 0;
  int64_t begin_[3] = {}, count_[3] = {}, start_[3] = {}, span_[3] = {};
  int64_t tap_at_[kPoolTaps] = {};  ///< tap_offset of the first taps
  bool nan_ = false;
  PoolDirect<V> direct_;
};

template <typename V>
void run_forward(const MaxPoolForward& call, const MaxPoolPlan& plan, void* scratch, const ParallelFor& parallel) {
  const PoolRows<V> rows = pool_rows<V>(call.dtype);
  const int64_t slots = std::min<int64_t>(plan.slots, plan.items);
  const int64_t bytes = slots ? plan.scratch_bytes / plan.slots : 0;
  parallel.run(slots, 1, [&](int64_t first, int64_t last) {
    for (int64_t slot = first; slot < last; ++slot) {
      TileForward<V> tile(call, plan, rows, static_cast<char*>(scratch) + slot * bytes);
      for (int64_t k = slot * plan.items / slots; k < (slot + 1) * plan.items / slots; ++k) tile.run(k);
    }
  });
}

}  // namespace

size_t pool_index_size(PoolIndex index) {
  switch (index) {
    case PoolIndex::none: return 0;
    case PoolIndex::flat64: return 8;
    case PoolIndex::flat32: return 4;
    case PoolIndex::tap8: return 1;
  }
  return 0;
}

MaxPoolPlan plan_max_pool(const MaxPoolForward& call, int num_threads) {
  MaxPoolPlan plan;
  const bool coded = call.index_type != PoolIndex::none;
  // Rows of an input with channels side by side are read so even where those of the output lie apart.
  const bool side_by_side =
      call.x_strides.at[1] == 1 &&
      (call.x_strides.at[4] != 1 || (call.y_strides.at[1] == 1 && (!coded || call.index_strides.at[1] == 1)));
  const bool known = by_pool_type(call.dtype, [&](auto zero) {
    plan = plan_max_pool(call.geometry, side_by_side, sizeof(zero), coded, num_threads);
  });
  plan.whole_windows = !plan.scan && pools_whole_windows(call);
  if (plan.whole_windows) plan.scratch_bytes = 0;
  if (!known)
    fail(ErrorKind::invalid_argument, "max_pool: the elements are {}; a real number type is needed",
         to_string(call.dtype));
  return plan;
}

void max_pool_forward(const MaxPoolForward& call, const MaxPoolPlan& plan, void* scratch, const ParallelFor& parallel) {
  if (plan.scan) return pool_by_scan(call, plan.items, parallel);
  if (plan.whole_windows) return pool_whole_windows(call, plan.slots, parallel);
  by_pool_type(call.dtype, [&](auto zero) { run_forward<decltype(zero)>(call, plan, scratch, parallel); });
}

}  // namespace spinel::kernels
