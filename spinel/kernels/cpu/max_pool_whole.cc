#include <algorithm>

#include "spinel/kernels/cpu/max_pool_codes.h"
#include "spinel/kernels/cpu/max_pool_columns.h"
#include "spinel/kernels/cpu/max_pool_ways.h"

namespace spinel::kernels {
namespace {

constexpr int64_t kMostTaps = 32;
// Numbers of outputs that are taken together: enough that a thread's next piece costs nothing.
constexpr int64_t kPiece = 32768;
int64_t tap_count(const PoolGeometry& g) { return g.taps[0] * g.taps[1] * g.taps[2]; }

/// Loads and stores an output of the passes axis by axis; a row serves the windows of several rows.
int64_t separable_cost(const PoolGeometry& g) {
  const auto rows = [&](int axis) { return g.taps[axis] == 1 ? 1 : std::min(g.stride[axis], g.taps[axis]); };
  int64_t cost = (g.taps[2] + 1) * rows(1) * rows(0);
  if (g.taps[1] > 1) cost += (g.taps[1] + 1) * rows(0);
  if (g.taps[0] > 1) cost += g.taps[0] + 1;
  return cost;
}

/// Rows of outputs, or pieces of them where they are long.
template <typename V>
class WindowRows {
  using Code = typename PoolCode<V>::type;

 public:
  explicit WindowRows(const MaxPoolForward& call)
      : call_(call),
        g_(call.geometry),
        steps_(pool_columns<V>(call.dtype)),
        weights_(g_, call.index_type, std::numeric_limits<Code>::max()),
        width_(std::clamp<int64_t>(kPiece / g_.channels, 1, g_.out[2])),
        pieces_((g_.out[2] + width_ - 1) / width_) {}

  int64_t items() const { return g_.batch * g_.out[0] * g_.out[1] * pieces_; }

  void run(int64_t item) const {
    const int64_t begin = item % pieces_ * width_, end = std::min(begin + width_, g_.out[2]);
    const int64_t line = item / pieces_;
    const int64_t at[3] = {line / g_.out[1] % g_.out[0], line % g_.out[1], begin};
    int64_t start[3], first[3], last[3];
    for (int a = 0; a < 2; ++a) find_taps(a, at[a], start[a], first[a], last[a]);
    for (int64_t o = begin; o < end;) {
      find_taps(2, o, start[2], first[2], last[2]);
      int64_t columns = 1;
      if (first[2] == 0 && last[2] == g_.taps[2]) {
        // All windows that lie within the row have the same taps.
        const int64_t room = g_.in[2] - start[2] - (g_.taps[2] - 1) * g_.dilation[2] - 1;
        columns = std::min(end - o, room / g_.stride[2] + 1);
      }
      run_columns({line / g_.out[1] / g_.out[0], 0, {at[0], at[1], o}}, columns, start, first, last);
      o += columns;
    }
  }

 private:
  void find_taps(int axis, int64_t o, int64_t& start, int64_t& first, int64_t& last) const {
    start = pool_start(&g_, axis, o);
    first = pool_first_tap(&g_, axis, start);
    last = pool_last_tap(&g_, axis, start);
  }

  void run_columns(const PoolPosition& p, int64_t columns, const int64_t* start, const int64_t* first,
                   const int64_t* last) const {
    int64_t offset[kMostTaps];
    Code code[kMostTaps];
    int taps = 0;
    for (int64_t d = first[0]; d < last[0]; ++d) {
      for (int64_t h = first[1]; h < last[1]; ++h) {
        for (int64_t w = first[2]; w < last[2]; ++w) {
          offset[taps] = pool_offset(&call_.x_strides, p.n, 0, start[0] + d * g_.dilation[0],
                                     start[1] + h * g_.dilation[1], start[2] + w * g_.dilation[2]);
          code[taps++] = static_cast<Code>(d * weights_.step[0] + h * weights_.step[1] + w * weights_.step[2]);
        }
      }
    }
    const auto at = [&](const PoolStrides& s) { return pool_offset(&s, p.n, 0, p.at[0], p.at[1], p.at[2]); };
    PoolColumns<V> run;
    run.x = call_.x;
    run.x_step = g_.stride[2] * call_.x_strides.at[4];
    run.taps = taps;
    run.offset = offset;
    run.code = code;
    run.columns = columns;
    run.channels = g_.channels;
    run.y = pool_element(call_.y, at(call_.y_strides), element_size(call_.dtype));
    run.y_step = call_.y_strides.at[4];
    run.index_type = call_.index_type;
    if (call_.index_type != PoolIndex::none) {
      run.index = pool_element(call_.index, at(call_.index_strides), pool_index_size(call_.index_type));
      run.index_step = call_.index_strides.at[4];
      run.base = pool_flat(&g_, start[0], start[1], start[2]);
      run.base_step = g_.stride[2];
    }
    steps_.columns(run);
  }

  const MaxPoolForward& call_;
  const PoolGeometry& g_;
  const PoolColumnSteps<V> steps_;
  const PoolCodeWeights weights_;
  const int64_t width_, pieces_;
};

}  // namespace

bool pools_whole_windows(const MaxPoolForward& call) {
  const PoolGeometry& g = call.geometry;
  if (call.x_strides.at[1] != 1 || call.y_strides.at[1] != 1) return false;
  if (call.index_type != PoolIndex::none && call.index_strides.at[1] != 1) return false;
  if (std::max({g.taps[0], g.taps[1], g.taps[2]}) > kMostTaps || tap_count(g) > kMostTaps) return false;
  if (tap_count(g) > separable_cost(g)) return false;
  bool possible = false;
  by_pool_type(call.dtype, [&](auto zero) {
    using V = decltype(zero);
    const PoolColumnSteps<V> steps = pool_columns<V>(call.dtype);
    const PoolCodeWeights weights(g, call.index_type, std::numeric_limits<typename PoolCode<V>::type>::max());
    possible = steps.columns && g.channels >= steps.least_channels &&
               (!weights.taps || call.index_type == PoolIndex::tap8 || call.index_type == PoolIndex::none);
  });
  return possible;
}

void pool_whole_windows(const MaxPoolForward& call, int64_t threads, const ParallelFor& parallel) {
  by_pool_type(call.dtype, [&](auto zero) {
    const WindowRows<decltype(zero)> rows(call);
    const int64_t items = rows.items(), slots = std::min(threads, items);
    parallel.run(slots, 1, [&](int64_t first, int64_t last) {
      for (int64_t k = first * items / slots; k < last * items / slots; ++k) rows.run(k);
    });
  });
}

}  // namespace spinel::kernels
