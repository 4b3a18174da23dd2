#include "spinel/kernels/cpu/max_pool_collect.h"

#include <algorithm>
#include <atomic>

#include "spinel/kernels/cpu/max_pool_codes.h"

namespace spinel::kernels {
namespace {

constexpr int64_t kMostTaps = 32;
// Numbers of gradients that are taken together.
constexpr int64_t kPiece = 32768;
constexpr int64_t kRests = 8;

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
    for (int64_t rest = 0; rest < std::min(g_.stride[2], kRests); ++rest) columns_[rest] = AxisSources(g_, 2, rest);
  }

  int64_t items() const { return g_.batch * g_.in[0] * g_.in[1] * pieces_; }
  int64_t windows() const { return g_.batch * g_.out[0] * g_.out[1]; }

  /// The gradient of a row of positions, or a piece of one.
  void run(int64_t item) const {
    const int64_t begin = item % pieces_ * width_, end = std::min(begin + width_, g_.in[2]), row = item / pieces_;
    const int64_t n = row / g_.in[1] / g_.in[0], d = row / g_.in[1] % g_.in[0], h = row % g_.in[1];
    RowSources rows;
    find_rows(n, d, h, rows);
    char* dx = static_cast<char*>(pool_element(call_.dx, pool_offset(&call_.dx_strides, n, 0, d, h, begin), size_));
    const int64_t step = call_.dx_strides.at[4] * static_cast<int64_t>(size_), s = g_.stride[2];
    int64_t q = (begin + g_.pad[2]) / s, rest = (begin + g_.pad[2]) % s;
    AxisSources other;
    for (int64_t w = begin; w < end; ++w, dx += step) {
      if (rest >= kRests) other = AxisSources(g_, 2, rest);
      run_position(rows, rest < kRests ? columns_[rest] : other, q, dx);
      if (++rest == s) rest = 0, ++q;
    }
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
    for (int64_t o = 0; o < g_.out[2]; ++o, tap += call_.index_strides.at[4]) {
      if (is_whole(2, o) && whole) {
        bad += steps_.count_beyond(tap, g_.channels, taps_);
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

  void run_position(const RowSources& rows, const AxisSources& columns, int64_t q, void* dx) const {
    int64_t dy_at[kMostTaps], tap_at[kMostTaps];
    uint8_t number[kMostTaps];
    PoolSources sources{0, dy_at, tap_at, number, g_.channels, call_.dy, static_cast<const uint8_t*>(call_.index)};
    for (int r = 0; r < rows.count; ++r) {
      for (int k = 0; k < columns.count; ++k) {
        const int64_t o = q - columns.back[k];
        if (o < 0 || o >= g_.out[2]) continue;
        dy_at[sources.count] = rows.dy_at[r] + o * call_.dy_strides.at[4];
        tap_at[sources.count] = rows.tap_at[r] + o * call_.index_strides.at[4];
        number[sources.count++] = static_cast<uint8_t>(rows.first_number[r] + columns.tap[k]);
      }
    }
    steps_.collect(sources, dx);
  }

  const MaxPoolBackward& call_;
  const PoolGeometry& g_;
  const PoolCollect steps_;
  const size_t size_;
  int64_t width_ = 1, pieces_ = 1;
  int taps_ = 1;
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
    bad += found;
  });
  return bad;
}

}  // namespace spinel::kernels
