#include "spinel/kernels/cpu/max_pool_collect.h"

#include <algorithm>
#include <atomic>

#include "spinel/kernels/cpu/max_pool_codes.h"

namespace spinel::kernels {
namespace {

constexpr int64_t kMostTaps = 32;
// Numbers of gradients that are taken together.
constexpr int64_t kPiece = 32768;
// Strides up to this one have their lists of windows made once a row.
constexpr int64_t kRests = 8;
// Bytes of a gradient that no cache of a core's share keeps until it is read.
constexpr int64_t kPastCaches = 16 << 20;

/// Which windows of an axis hold a position, and as which tap: with (position + padding) = q·stride + rest these are
/// the windows q − back of each entry of that rest, in order.
struct AxisSources {
  int count = 0;
  int64_t back[kMostTaps];
  int tap[kMostTaps];

  AxisSources() = default;
  AxisSources(const PoolGeometry& g, int axis, int64_t rest) {
    for (int64_t t = g.taps[axis] - 1; t >= 0; --t) {
      const int64_t ahead = t * g.dilation[axis] - rest;
      if (ahead % g.stride[axis] != 0) continue;
      back[count] = ahead / g.stride[axis];
      tap[count++] = static_cast<int>(t);
    }
  }
};

class CollectRows {
 public:
  explicit CollectRows(const MaxPoolBackward& call)
      : call_(call), g_(call.geometry), steps_(pool_collect(call.dtype)), size_(element_size(call.dtype)) {
    width_ = std::clamp<int64_t>(kPiece / g_.channels, 1, g_.in[2]);
    pieces_ = (g_.in[2] + width_ - 1) / width_;
    taps_ = static_cast<int>(g_.taps[0] * g_.taps[1] * g_.taps[2]);
    for (int64_t rest = 0; rest < std::min(g_.stride[2], kRests); ++rest) {
      columns_[rest] = AxisSources(g_, 2, rest);
      for (int k = 0; k < columns_[rest].count; ++k) most_back_ = std::max(most_back_, columns_[rest].back[k]);
    }
    past_caches_ = writes_past_caches();
  }

  int64_t items() const { return g_.batch * g_.in[0] * g_.in[1] * pieces_; }
  int64_t windows() const { return g_.batch * g_.out[0] * g_.out[1]; }

  /// The gradient of a row of positions, or a piece of one.
  void run(int64_t item) const {
    const int64_t begin = item % pieces_ * width_, end = std::min(begin + width_, g_.in[2]), row = item / pieces_;
    const int64_t n = row / g_.in[1] / g_.in[0], d = row / g_.in[1] % g_.in[0], h = row % g_.in[1];
    RowSources rows;
    find_rows(n, d, h, rows);
    const int64_t step = call_.dx_strides.at[4], s = g_.stride[2];
    void* dx = pool_element(call_.dx, pool_offset(&call_.dx_strides, n, 0, d, h, begin), size_);
    for (int64_t w = begin; w < end;) {
      const int64_t q = (w + g_.pad[2]) / s, rest = (w + g_.pad[2]) % s;
      int64_t periods = 0;
      if (rest == 0 && s <= kRests && q >= most_back_) periods = std::min((end - w) / s, g_.out[2] - q);
      if (periods > 0) run_periods(rows, q, periods, dx);
      else run_position(rows, rest < kRests ? columns_[rest] : AxisSources(g_, 2, rest), q, dx);
      const int64_t positions = periods > 0 ? periods * s : 1;
      w += positions;
      dx = pool_element(dx, positions * step, size_);
    }
  }

  void finish() const {
    if (past_caches_) steps_.finish();
  }

  /// How many taps of a row of windows do not exist or lie outside the plane.
  int64_t count_bad(int64_t row) const {
    const int64_t n = row / g_.out[1] / g_.out[0], d = row / g_.out[1] % g_.out[0], h = row % g_.out[1];
    const uint8_t* tap = static_cast<const uint8_t*>(call_.index) + pool_offset(&call_.index_strides, n, 0, d, h, 0);
    int64_t first[3], last[3], bad = 0;
    const auto is_whole = [&](int axis, int64_t o) {
      const int64_t start = pool_start(&g_, axis, o);
      first[axis] = pool_first_tap(&g_, axis, start);
      last[axis] = pool_last_tap(&g_, axis, start);
      return first[axis] == 0 && last[axis] == g_.taps[axis];
    };
    const bool whole_d = is_whole(0, d), whole = is_whole(1, h) && whole_d;
    const int64_t step = call_.index_strides.at[4];
    for (int64_t o = 0, next; o < g_.out[2]; tap += (next - o) * step, o = next) {
      next = o + 1;
      if (is_whole(2, o) && whole) {
        // Neighbours without gaps between them at once.
        while (step == g_.channels && next < g_.out[2] && is_whole(2, next)) ++next;
        bad += steps_.count_beyond(tap, (next - o) * g_.channels, taps_);
        continue;
      }
      uint64_t inside = 0;
      for (int64_t t = 0; t < taps_; ++t) {
        const int64_t w = t % g_.taps[2], rest = t / g_.taps[2], at[] = {rest / g_.taps[1], rest % g_.taps[1], w};
        bool is_inside = true;
        for (int a = 0; a < 3; ++a) is_inside &= at[a] >= first[a] && at[a] < last[a];
        inside |= uint64_t{is_inside} << t;
      }
      for (int64_t c = 0; c < g_.channels; ++c) bad += tap[c] >= kMostTaps || !(inside >> tap[c] & 1);
    }
    return bad;
  }

 private:
  /// The rows of windows that a row of positions lies in.
  struct RowSources {
    int count = 0;
    int64_t dy_at[kMostTaps], tap_at[kMostTaps];
    int first_number[kMostTaps];
  };

  void find_rows(int64_t n, int64_t d, int64_t h, RowSources& rows) const {
    const int64_t at_d = d + g_.pad[0], at_h = h + g_.pad[1];
    const AxisSources by_d(g_, 0, at_d % g_.stride[0]), by_h(g_, 1, at_h % g_.stride[1]);
    for (int i = 0; i < by_d.count; ++i) {
      const int64_t od = at_d / g_.stride[0] - by_d.back[i];
      if (od < 0 || od >= g_.out[0]) continue;
      for (int k = 0; k < by_h.count; ++k) {
        const int64_t oh = at_h / g_.stride[1] - by_h.back[k];
        if (oh < 0 || oh >= g_.out[1]) continue;
        rows.dy_at[rows.count] = pool_offset(&call_.dy_strides, n, 0, od, oh, 0);
        rows.tap_at[rows.count] = pool_offset(&call_.index_strides, n, 0, od, oh, 0);
        rows.first_number[rows.count++] = static_cast<int>((by_d.tap[i] * g_.taps[1] + by_h.tap[k]) * g_.taps[2]);
      }
    }
  }

  /// The sources of positions, as they are found.
  struct SourceList {
    int64_t dy_at[kMostTaps], tap_at[kMostTaps];
    uint8_t number[kMostTaps];
    int count = 0;
  };

  /// Adds the windows of a position with `columns` along W whose number is inside, and returns them.
  PoolSources find_sources(const RowSources& rows, const AxisSources& columns, int64_t q, SourceList& list) const {
    PoolSources found{0, list.dy_at + list.count, list.tap_at + list.count, list.number + list.count};
    for (int r = 0; r < rows.count; ++r) {
      for (int k = 0; k < columns.count; ++k) {
        const int64_t o = q - columns.back[k];
        if (o < 0 || o >= g_.out[2]) continue;
        list.dy_at[list.count] = rows.dy_at[r] + o * call_.dy_strides.at[4];
        list.tap_at[list.count] = rows.tap_at[r] + o * call_.index_strides.at[4];
        list.number[list.count++] = static_cast<uint8_t>(rows.first_number[r] + columns.tap[k]);
        ++found.count;
      }
    }
    return found;
  }

  PoolRun run_at(const PoolSources* sources, void* dx) const {
    PoolRun run;
    run.sources = sources;
    run.dy = call_.dy;
    run.tap = static_cast<const uint8_t*>(call_.index);
    run.dx = dx;
    run.dx_step = call_.dx_strides.at[4];
    run.channels = g_.channels;
    run.past_caches = past_caches_;
    return run;
  }

  void run_position(const RowSources& rows, const AxisSources& columns, int64_t q, void* dx) const {
    SourceList list;
    const PoolSources sources = find_sources(rows, columns, q, list);
    steps_.collect(run_at(&sources, dx));
  }

  void run_periods(const RowSources& rows, int64_t q, int64_t periods, void* dx) const {
    // Each tap is in one position of the period, so that the list holds all of them.
    SourceList list;
    PoolSources sources[kRests];
    for (int64_t rest = 0; rest < g_.stride[2]; ++rest) {
      sources[rest] = find_sources(rows, columns_[rest], q, list);
    }
    PoolRun run = run_at(sources, dx);
    run.period = g_.stride[2];
    run.periods = periods;
    run.dy_step = call_.dy_strides.at[4];
    run.tap_step = call_.index_strides.at[4];
    steps_.collect(run);
  }

  /// True for a gradient that no cache keeps until it is read.
  bool writes_past_caches() const {
    int64_t bits = reinterpret_cast<intptr_t>(call_.dx);
    for (int a = 0; a < 5; ++a) {
      if (a != 1) bits |= call_.dx_strides.at[a] * static_cast<int64_t>(size_);
    }
    const int64_t positions = g_.batch * g_.in[0] * g_.in[1] * g_.in[2];
    return bits % 64 == 0 && positions * g_.channels * static_cast<int64_t>(size_) >= kPastCaches;
  }

  const MaxPoolBackward& call_;
  const PoolGeometry& g_;
  const PoolCollect steps_;
  const size_t size_;
  int64_t width_ = 1, pieces_ = 1, most_back_ = 0;
  int taps_ = 1;
  bool past_caches_ = false;
  AxisSources columns_[kRests];  ///< by position modulo the stride
};

}  // namespace

bool collects_gradient(const MaxPoolBackward& call) {
  const PoolGeometry& g = call.geometry;
  if (call.index_type != PoolIndex::tap8 || call.dx_strides.at[1] != 1 || call.dy_strides.at[1] != 1 ||
      call.index_strides.at[1] != 1) {
    return false;
  }
  // Each tap costs a comparison, so that from some number of them on adding one by one to memory is quicker; of floats,
  // with half as many in a vector, earlier (25 taps: 1.1 times).
  const int64_t most = call.dtype == Dtype::bf16 ? kMostTaps : kMostTaps / 2;
  if (std::max({g.taps[0], g.taps[1], g.taps[2]}) > most || g.taps[0] * g.taps[1] * g.taps[2] > most) return false;
  const PoolCollect steps = pool_collect(call.dtype);
  return steps.collect && g.channels >= steps.least_channels;
}

int64_t collect_gradient(const MaxPoolBackward& call, const ParallelFor& parallel) {
  const CollectRows rows(call);
  const int64_t items = rows.items(), windows = rows.windows(),
                grain = std::max<int64_t>(1, kPiece / call.geometry.channels);
  const int64_t most =
      std::max<int64_t>(1, items * std::min(grain, call.geometry.in[2]) * call.geometry.channels / kPiece);
  const int64_t slots = std::min<int64_t>({parallel.num_threads(), items, most});
  std::atomic<int64_t> bad{0};
  parallel.run(slots, 1, [&](int64_t first, int64_t last) {
    int64_t found = 0;
    for (int64_t k = first * windows / slots; k < last * windows / slots; ++k) found += rows.count_bad(k);
    for (int64_t k = first * items / slots; k < last * items / slots; ++k) rows.run(k);
    rows.finish();
    bad += found;
  });
  return bad;
}

}  // namespace spinel::kernels
