#include <algorithm>

#include "spinel/kernels/cpu/max_pool_tile.h"
#include "spinel/kernels/cpu/max_pool_tile_rows.h"
#include "spinel/kernels/cpu/max_pool_tile_store.h"
#include "spinel/kernels/cpu/max_pool_tile_values.h"
#include "spinel/kernels/cpu/max_pool_ways.h"

namespace spinel::kernels {
namespace {

/// The passes over one tile after the other: along W, then H, then D.
template <typename V>
class TileForward {
 public:
  TileForward(const MaxPoolForward& call, const MaxPoolPlan& plan, const PoolRows<V>& steps, void* scratch)
      : t_(call, plan, steps, scratch) {}

  void run(int64_t item) {
    t_.place(item);
    if (values_.run()) return;
    const int64_t slice = plan_.tile[1] * plan_.row;
    if (g_.taps[0] == 1) {
      for (int64_t o = 0; o < t_.count[0]; ++o) run_slice(t_.start[0] + o * g_.stride[0], o, -1);
      return;
    }
    for (int64_t d = 0; d < t_.span[0]; ++d) {
      const int64_t at = t_.slices_at + d * slice;
      if (t_.inside(0, t_.start[0] + d)) {
        if (t_.needed(0, d)) run_slice(t_.start[0] + d, 0, at);
      } else if (plan_.doubling[0]) {
        t_.fill(at, slice);
      }
    }
    if (plan_.doubling[0]) t_.double_up(0, t_.slices_at, t_.span[0], slice);
    const auto each_row = [&](auto combine) {
      for (int64_t oh = 0; oh < t_.count[1]; ++oh) combine(oh, t_.slices_at + oh * plan_.row);
    };
    if (t_.overlaps(0)) {
      t_.each_group(0, [&](int64_t od) {
        each_row([&](int64_t oh, int64_t at) {
          t_.combine_axis_group(0, od, at, slice, [&](int j) { return result(j); });
          for (int j = 0; j < kPoolWindows; ++j) store_.run(od + j * g_.dilation[0], oh, result(j));
        });
      });
      return;
    }
    for (int64_t od = 0; od < t_.count[0]; ++od) {
      each_row([&](int64_t oh, int64_t at) {
        t_.combine_axis(0, od, at, slice, result(0));
        store_.run(od, oh, result(0));
      });
    }
  }

 private:
  /// The rows of slice d, combined along W and H: into `slice_at`, or (negative) as results of output slice `od`.
  void run_slice(int64_t d, int64_t od, int64_t slice_at) {
    const auto target = [&](int64_t oh, int j = 0) { return slice_at < 0 ? result(j) : slice_at + oh * plan_.row; };
    const auto finish = [&](int64_t oh, int j = 0) {
      if (slice_at < 0) store_.run(od, oh, result(j));
    };
    if (g_.taps[1] == 1) {
      for (int64_t oh = 0; oh < t_.count[1]; ++oh) {
        rows_.run(d, t_.start[1] + oh * g_.stride[1], target(oh));
        finish(oh);
      }
      return;
    }
    if (slice_at < 0) t_.nan = false;
    for (int64_t h = 0; h < t_.span[1]; ++h) {
      const int64_t at = t_.rows_at + h * plan_.row;
      if (t_.inside(1, t_.start[1] + h)) {
        if (t_.needed(1, h)) rows_.run(d, t_.start[1] + h, at);
      } else if (plan_.doubling[1]) {
        t_.fill(at, plan_.row);
      }
    }
    if (t_.overlaps(1)) {
      t_.each_group(1, [&](int64_t oh) {
        const auto row = [&](int j) { return oh + j * g_.dilation[1]; };
        t_.combine_axis_group(1, oh, t_.rows_at, plan_.row, [&](int j) { return target(row(j), j); });
        for (int j = 0; j < kPoolWindows; ++j) finish(row(j), j);
      });
      return;
    }
    if (plan_.doubling[1]) t_.double_up(1, t_.rows_at, t_.span[1], plan_.row);
    for (int64_t oh = 0; oh < t_.count[1]; ++oh) {
      t_.combine_axis(1, oh, t_.rows_at, plan_.row, target(oh));
      finish(oh);
    }
  }

  int64_t result(int j) const { return t_.result_at + j * plan_.row; }

  PoolTile<V> t_;
  PoolTileRows<V> rows_{t_};
  PoolTileStore<V> store_{t_};
  PoolTileValues<V> values_{t_};
  const PoolGeometry& g_ = t_.g;
  const MaxPoolPlan& plan_ = t_.plan;
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

void pool_by_tiles(const MaxPoolForward& call, const MaxPoolPlan& plan, void* scratch, const ParallelFor& parallel) {
  by_pool_type(call.dtype, [&](auto zero) { run_forward<decltype(zero)>(call, plan, scratch, parallel); });
}

}  // namespace spinel::kernels
