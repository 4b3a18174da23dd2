// One tile of outputs of max pooling: its place, its rows in scratch memory, and the passes that combine them.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>

#include "spinel/kernels/cpu/max_pool_codes.h"
#include "spinel/kernels/cpu/max_pool_rows.h"

namespace spinel::kernels {

/// The tile that is worked on. Places in scratch memory are offsets in elements, the same for values and for codes.
template <typename V>
struct PoolTile {
  using Code = typename PoolCode<V>::type;

  PoolTile(const MaxPoolForward& forward, const MaxPoolPlan& cut, const PoolRows<V>& steps, void* scratch)
      : call(forward),
        g(forward.geometry),
        plan(cut),
        rows(steps),
        coded(forward.index_type != PoolIndex::none),
        weights(g, forward.index_type, std::numeric_limits<Code>::max()),
        size(element_size(forward.dtype)),
        values(static_cast<V*>(scratch)),
        codes(coded ? reinterpret_cast<Code*>(values + plan.elements) : nullptr),
        split_at(plan.stage),
        rows_at(split_at + plan.phases * plan.pitch),
        slices_at(rows_at + plan.rows * plan.row),
        result_at(slices_at + plan.slices * plan.tile[1] * plan.row),
        padding_at(result_at + plan.results * plan.row) {
    if (plan.overlap[0] || plan.overlap[1] || plan.overlap[2]) fill(padding_at, plan.row);
    for (int64_t k = 0; k < std::min<int64_t>(g.taps[2], kPoolTaps); ++k) tap_at[k] = tap_offset(k);
  }

  /// Goes to item number `item` of the plan.
  void place(int64_t item) {
    for (int a = 2; a >= 0; --a) {
      begin[a] = item % plan.tiles[a] * plan.tile[a];
      count[a] = std::min(plan.tile[a], g.out[a] - begin[a]);
      start[a] = pool_start(&g, a, begin[a]);
      span[a] = (count[a] - 1) * g.stride[a] + g.dilation[a] * (g.taps[a] - 1) + 1;
      item /= plan.tiles[a];
    }
    channel = item % plan.blocks * plan.inner;
    inner = std::min(plan.inner, g.channels - channel);
    n = item / plan.blocks;
    width = count[2] * inner;
    nan = false;
  }

  V* value(int64_t at) const { return values + at; }
  Code* code(int64_t at) const { return coded ? codes + at : nullptr; }
  bool inside(int axis, int64_t i) const { return i >= 0 && i < g.in[axis]; }

  /// Where tap t of the first window of a row lies in the split row, for one channel.
  int64_t tap_offset(int64_t t) const {
    const int64_t x = t * g.dilation[2], s = plan.phases;
    return x % s * plan.pitch + x / s;
  }
  /// Where column x of the tile's input lies in the split row.
  int64_t column(int64_t x) const { return x % plan.phases * plan.pitch + x / plan.phases * inner; }

  void pad_columns(int64_t from, int64_t to) {
    for (int64_t x = from; x < to; ++x) std::fill_n(value(split_at + column(x)), inner, pool_lowest<V>());
  }

  /// True if position `i` of the tile's input is a tap of one of its windows.
  bool needed(int axis, int64_t i) const {
    if (plan.doubling[axis] || (g.dilation[axis] == 1 && g.stride[axis] <= g.taps[axis])) return true;
    for (int64_t t = 0; t < g.taps[axis] && t * g.dilation[axis] <= i; ++t) {
      if ((i - t * g.dilation[axis]) % g.stride[axis] == 0) return true;
    }
    return false;
  }

  void fill(int64_t at, int64_t n) {
    std::fill_n(value(at), n, pool_lowest<V>());
    if (coded) std::fill_n(code(at), n, Code(0));
  }

  bool is_stored_as_compared() const {
    return call.dtype == Dtype::f32 || call.dtype == Dtype::f64 || call.dtype == Dtype::i32 || call.dtype == Dtype::i64;
  }

  /// Which rows combine_taps takes: `taps` of them, their codes (codes of the rows, if `coded`) + (first + t)·step.
  struct Combination {
    int64_t taps = 0, first = 0, step = 0;
    bool coded = false, nan = false;
    int64_t n = 0, groups = 1, from_step = 0, to_step = 0;
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
        if (c.coded && coded) group.code[k] = codes + (group.value[k] - values);
      }
      found |= rows.combine(group, c.n, c.nan, value(target), code(target));
    }
    return found;
  }

  /// Output o of an axis from rows (or slices) `unit` apart, the first at `at`.
  void combine_axis(int axis, int64_t o, int64_t at, int64_t unit, int64_t target) {
    const int64_t from = at + o * g.stride[axis] * unit, dilation = g.dilation[axis] * unit;
    if (plan.doubling[axis]) {
      const auto power = static_cast<int64_t>(std::bit_floor(static_cast<uint64_t>(g.taps[axis])));
      const int64_t rest = g.taps[axis] - power;
      combine_taps({.taps = rest ? 2 : 1, .step = weights.step[axis] * rest, .coded = true, .nan = nan, .n = width},
                   target, [&](int64_t t) { return value(from + t * rest * dilation); });
      return;
    }
    const int64_t start = pool_start(&g, axis, begin[axis] + o);
    const int64_t first = pool_first_tap(&g, axis, start), last = pool_last_tap(&g, axis, start);
    combine_taps(
        {.taps = last - first, .first = first, .step = weights.step[axis], .coded = true, .nan = nan, .n = width},
        target, [&](int64_t t) { return value(from + (first + t) * dilation); });
  }

  /// True where windows of the tile that overlap along an axis are combined together.
  bool overlaps(int axis) const {
    return plan.overlap[axis] && count[axis] / kPoolWindows >= g.dilation[axis] &&
           (axis < 2 || inner % kPoolRound == 0);
  }

  /// Calls group(o) for the first of each kPoolWindows windows that begin a dilation apart. The last groups may hold
  /// windows of the ones before.
  template <typename Group>
  void each_group(int axis, Group group) const {
    const int64_t length = kPoolWindows * g.dilation[axis];
    for (int64_t o = 0; o < count[axis]; o += length) {
      const int64_t first = std::min(o, count[axis] - length);
      for (int64_t k = 0; k < g.dilation[axis]; ++k) group(first + k);
    }
  }

  /// A group of windows whose rows lie at row_of(r), the winners of window j into the row of scratch at target(j).
  /// `nan`, `check` and the result: see PoolRows::combine.
  template <typename RowOf, typename Target>
  bool combine_group(int axis, int64_t n, bool with_nan, bool check, RowOf row_of, Target target) {
    PoolOverlap<V> group;
    group.taps = static_cast<int>(g.taps[axis]);
    group.coded = coded && axis < 2;
    group.step = static_cast<Code>(weights.step[axis]);
    group.check = check;
    for (int r = 0; r < group.taps + kPoolWindows - 1; ++r) {
      group.row[r] = row_of(r);
      if (group.coded) group.row_code[r] = codes + (group.row[r] - values);
    }
    for (int j = 0; j < kPoolWindows; ++j) {
      group.value[j] = value(target(j));
      group.code[j] = code(target(j));
    }
    return rows.overlap(group, n, with_nan);
  }

  /// The group of outputs from o on of an axis from rows (or slices) `unit` apart, the first at `at`.
  template <typename Target>
  void combine_axis_group(int axis, int64_t o, int64_t at, int64_t unit, Target target) {
    combine_group(
        axis, width, nan, false,
        [&](int64_t r) {
          const int64_t i = o + r * g.dilation[axis];
          return value(inside(axis, start[axis] + i) ? at + i * unit : padding_at);
        },
        target);
  }

  /// Turns `positions` units into the winners of windows of the largest power of two of taps, in place: a window of 2w
  /// taps is one of w and the one w taps on.
  void double_up(int axis, int64_t at, int64_t positions, int64_t unit) {
    const int64_t dilation = g.dilation[axis];
    for (int64_t w = 1; 2 * w <= g.taps[axis]; w *= 2) {
      const int64_t n = (positions - (2 * w - 1) * dilation) * unit;
      combine_taps({.taps = 2, .step = weights.step[axis] * w, .coded = true, .nan = nan, .n = n}, at,
                   [&](int64_t t) { return value(at + t * w * dilation * unit); });
    }
  }

  const MaxPoolForward& call;
  const PoolGeometry& g;
  const MaxPoolPlan& plan;
  const PoolRows<V>& rows;
  const bool coded;
  const PoolCodeWeights weights;
  const size_t size;
  V* const values;
  Code* const codes;
  /// A row of the input, split; rows after the pass along W; slices after the pass along H; the last pass's results; a
  /// row of padding.
  const int64_t split_at, rows_at, slices_at, result_at, padding_at;
  int64_t n = 0, channel = 0;
  int64_t inner = 1, width = 0;    ///< channels, and elements of a row of outputs
  int64_t tap_at[kPoolTaps] = {};  ///< tap_offset of the first taps
  /// Of each axis: the outputs, and the positions of the input (which may lie in the padding) that they see.
  int64_t begin[3] = {}, count[3] = {}, start[3] = {}, span[3] = {};
  bool nan = false;  ///< one is among the values combined so far
};

}  // namespace spinel::kernels
