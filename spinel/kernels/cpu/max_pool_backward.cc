#include <algorithm>
#include <atomic>
#include <cstring>

#include "spinel/base/error.h"
#include "spinel/kernels/cpu/max_pool.h"
#include "spinel/kernels/cpu/max_pool_collect.h"
#include "spinel/kernels/cpu/max_pool_rows.h"

namespace spinel::kernels {
namespace {

// Where a 16-bit gradient is summed in float: half of a second-level cache.
constexpr int64_t kSlabBytes = 256 << 10;
constexpr int64_t kChannelBlock = 64;
// Outputs of one dimension that are taken together.
constexpr int64_t kColumns = 512;

int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

/// How the gradient is cut: slabs of the input along its outermost dimension, which no two threads share.
struct BackwardPlan {
  int axis = 2;        ///< the outermost dimension with more than one position
  int64_t unit = 1;    ///< positions of one step along it
  int64_t inner = 1;   ///< channels side by side
  int64_t blocks = 1;  ///< groups of them
  int64_t slabs = 1;
  int64_t length = 1;    ///< steps of a slab along `axis`
  bool direct = true;    ///< sums are taken in dx itself
  int64_t line = 0;      ///< scratch: a converted row of dy, in elements
  int64_t elements = 0;  ///< scratch of one thread, in elements
  int64_t slots = 1;
  int64_t items = 0;
};

BackwardPlan plan_backward(const MaxPoolBackward& call, int num_threads) {
  const PoolGeometry& g = call.geometry;
  BackwardPlan p;
  const auto is_long = [&](int axis) { return std::max(g.in[axis], g.out[axis]) > 1; };
  p.axis = is_long(0) ? 0 : is_long(1) ? 1 : 2;
  for (int a = p.axis + 1; a < 3; ++a) p.unit *= g.in[a];
  p.direct = call.dtype == Dtype::f32 || call.dtype == Dtype::f64;
  const bool channels_last =
      g.channels > 1 && call.dx_strides.at[1] == 1 && call.dy_strides.at[1] == 1 && call.index_strides.at[1] == 1;
  const int64_t outputs = g.batch * g.channels * g.out[0] * g.out[1] * g.out[2];
  p.slots = std::clamp<int64_t>(outputs / 8192, 1, num_threads);
  // Groups of channels share no windows, slabs do: threads get groups of their own first.
  if (channels_last) {
    const int64_t parts = p.slots > 1 ? ceil_div(2 * p.slots, std::max<int64_t>(g.batch, 1)) : 1;
    p.inner = std::min(g.channels, std::max(pool_round(ceil_div(g.channels, parts)), kChannelBlock));
    if (!p.direct) p.inner = std::min(p.inner, kChannelBlock);
  }
  p.blocks = ceil_div(g.channels, p.inner);
  const int64_t planes = g.batch * p.blocks;
  if (planes > 0 && planes < 2 * p.slots && p.slots > 1) p.slabs = ceil_div(2 * p.slots, planes);
  // A tap lies near its window, so a slab needs few outputs; a flat index may be anywhere in the plane.
  if (!p.direct && call.index_type == PoolIndex::tap8) {
    p.slabs = std::max(p.slabs, ceil_div(g.in[p.axis] * p.unit * p.inner * 4, kSlabBytes));
  }
  p.length = ceil_div(g.in[p.axis], std::min(p.slabs, g.in[p.axis]));
  p.slabs = ceil_div(g.in[p.axis], p.length);
  p.line = pool_round(g.out[2] * p.inner);
  p.elements = p.line + (p.direct ? 0 : pool_round(p.length * p.unit * p.inner));
  p.items = planes * p.slabs;
  p.slots = std::max<int64_t>(std::min(p.slots, p.items), 1);
  return p;
}

template <typename P>
P* element(P* base, int64_t at, size_t size) {
  using Byte = std::conditional_t<std::is_const_v<P>, const char, char>;
  return static_cast<Byte*>(base) + at * static_cast<int64_t>(size);
}

/// The gradient of one slab. V: the type of sums; I: int64, int32 or uint8 (tap numbers).
template <typename V, typename I>
class SlabBackward {
  static constexpr bool taps = sizeof(I) == 1;

 public:
  SlabBackward(const MaxPoolBackward& call, const BackwardPlan& plan, const PoolRows<V>& rows, V* scratch)
      : call_(call),
        g_(call.geometry),
        p_(plan),
        rows_(rows),
        size_(element_size(call.dtype)),
        line_(scratch),
        plane_(g_.in[0] * g_.in[1] * g_.in[2]) {
    if constexpr (!taps) return;
    const PoolPosition origin{0, 0, {0, 0, 0}};
    const int64_t count = g_.taps[0] * g_.taps[1] * g_.taps[2];
    const int64_t base = pool_flat(&g_, pool_start(&g_, 0, 0), pool_start(&g_, 1, 0), pool_start(&g_, 2, 0));
    for (int64_t t = 0; t < 256; ++t) {
      offset_[t] = t < count ? pool_tap_position(&g_, &origin, t) - base : INT64_MIN / 2;
    }
  }

  /// Returns the number of indices outside the plane.
  int64_t run(int64_t item) {
    const int64_t slab = item % p_.slabs, block = item / p_.slabs % p_.blocks;
    n_ = item / p_.slabs / p_.blocks;
    channel_ = block * p_.inner;
    inner_ = std::min(p_.inner, g_.channels - channel_);
    const int64_t begin = slab * p_.length, end = std::min(begin + p_.length, g_.in[p_.axis]);
    first_ = begin * p_.unit;
    positions_ = (end - begin) * p_.unit;
    V* dx = static_cast<V*>(element(
        call_.dx, n_ * call_.dx_strides.at[0] + channel_ * call_.dx_strides.at[1] + first_ * call_.dx_strides.at[4],
        size_));
    sums_ = p_.direct ? dx : line_ + p_.line;
    pitch_ = p_.direct ? call_.dx_strides.at[4] : inner_;
    zeroed_ = 0;
    bad_ = 0;
    int64_t from = 0, to = g_.out[p_.axis];
    if (taps) {
      from = pool_first_window(&g_, p_.axis, begin);
      to = pool_last_window(&g_, p_.axis, end - 1);
    } else {
      zero_to(positions_);
    }
    const int64_t step = p_.axis == 2 ? kColumns : 1, reach = g_.dilation[p_.axis] * (g_.taps[p_.axis] - 1) + 1;
    for (int64_t o = from; o < to; o += step) {
      const int64_t count = std::min(step, to - o);
      // Zeroed just before the first sum goes there, memory is still in the cache.
      if (taps) zero_to((pool_start(&g_, p_.axis, o + count - 1) + reach - begin) * p_.unit);
      run_outputs(o, count);
    }
    zero_to(positions_);
    if (!p_.direct) write_back(dx);
    return bad_;
  }

 private:
  void zero_to(int64_t position) {
    position = std::min(position, positions_);
    if (position <= zeroed_) return;
    if (pitch_ == inner_) {
      std::fill(sums_ + zeroed_ * inner_, sums_ + position * inner_, V(0));
    } else {
      for (; zeroed_ < position; ++zeroed_) std::fill_n(sums_ + zeroed_ * pitch_, inner_, V(0));
    }
    zeroed_ = position;
  }

  /// All output rows at step o of the slab's axis, or the columns [o, o + count) where that is W.
  void run_outputs(int64_t o, int64_t count) {
    switch (p_.axis) {
      case 0:
        for (int64_t h = 0; h < g_.out[1]; ++h) run_row(o, h, 0, g_.out[2]);
        break;
      case 1: run_row(0, o, 0, g_.out[2]); break;
      default: run_row(0, 0, o, count);
    }
  }

  void run_row(int64_t d, int64_t h, int64_t w, int64_t count) {
    const int64_t step = call_.dy_strides.at[4], step_c = inner_ == 1 ? 1 : call_.dy_strides.at[1];
    const void* from = element(call_.dy, pool_offset(&call_.dy_strides, n_, channel_, d, h, w), size_);
    const V* dy = line_;
    int64_t dy_step = inner_;
    if (p_.direct && step_c == 1) {
      dy = static_cast<const V*>(from);
      dy_step = step;
    } else if (inner_ == 1) {
      rows_.load(from, step, count, line_);
    } else if (step == inner_) {
      rows_.load(from, 1, count * inner_, line_);
    } else {
      for (int64_t k = 0; k < count; ++k) rows_.load(element(from, k * step, size_), 1, inner_, line_ + k * inner_);
    }
    const I* index = static_cast<const I*>(call_.index) + pool_offset(&call_.index_strides, n_, channel_, d, h, w);
    const int64_t start = pool_flat(&g_, pool_start(&g_, 0, d), pool_start(&g_, 1, h), pool_start(&g_, 2, w)) - first_;
    const int64_t next = call_.index_strides.at[4];
    if (inner_ == 1) {
      for (int64_t k = 0; k < count; ++k) add(dy[k * dy_step], index[k * next], start + k * g_.stride[2], 0);
      return;
    }
    for (int64_t k = 0; k < count; ++k) {
      for (int64_t c = 0; c < inner_; ++c) add(dy[k * dy_step + c], index[k * next + c], start + k * g_.stride[2], c);
    }
  }

  void add(V dy, I index, int64_t window, int64_t c) {
    int64_t at;
    if constexpr (taps) at = window + offset_[index];
    else at = static_cast<int64_t>(index) - first_;
    if (static_cast<uint64_t>(at) < static_cast<uint64_t>(positions_)) [[likely]] {
      sums_[at * pitch_ + c] += dy;
    } else if (static_cast<uint64_t>(at + first_) >= static_cast<uint64_t>(plane_)) {
      ++bad_;
    }
  }

  void write_back(void* dx) {
    const int64_t step = call_.dx_strides.at[4];
    if (step == inner_) {
      rows_.store_sum(sums_, positions_ * inner_, dx, 1);
    } else if (inner_ == 1) {
      rows_.store_sum(sums_, positions_, dx, step);
    } else {
      for (int64_t k = 0; k < positions_; ++k)
        rows_.store_sum(sums_ + k * inner_, inner_, element(dx, k * step, size_), 1);
    }
  }

  const MaxPoolBackward& call_;
  const PoolGeometry& g_;
  const BackwardPlan& p_;
  const PoolRows<V>& rows_;
  const size_t size_;
  V* const line_;
  V* sums_ = nullptr;
  const int64_t plane_;
  int64_t n_ = 0, channel_ = 0, inner_ = 1, pitch_ = 1, first_ = 0, positions_ = 0, zeroed_ = 0, bad_ = 0;
  int64_t offset_[taps ? 256 : 1];
};

template <typename V, typename I>
int64_t run_backward(const MaxPoolBackward& call, void* scratch, const ParallelFor& parallel) {
  const BackwardPlan plan = plan_backward(call, parallel.num_threads());
  const PoolRows<V> rows = pool_rows<V>(call.dtype);
  std::atomic<int64_t> bad{0};
  parallel.run(plan.slots, 1, [&](int64_t first, int64_t last) {
    for (int64_t slot = first; slot < last; ++slot) {
      SlabBackward<V, I> slab(call, plan, rows, static_cast<V*>(scratch) + slot * plan.elements);
      int64_t found = 0;
      for (int64_t k = slot * plan.items / plan.slots; k < (slot + 1) * plan.items / plan.slots; ++k) {
        found += slab.run(k);
      }
      bad += found;
    }
  });
  return bad;
}

template <typename V>
int64_t run_backward(const MaxPoolBackward& call, void* scratch, const ParallelFor& parallel) {
  switch (call.index_type) {
    case PoolIndex::flat32: return run_backward<V, int32_t>(call, scratch, parallel);
    case PoolIndex::tap8: return run_backward<V, uint8_t>(call, scratch, parallel);
    default: return run_backward<V, int64_t>(call, scratch, parallel);
  }
}

/// T: an unsigned integer of the elements' size.
template <typename T>
int64_t gather(const MaxPoolBackward& call, const ParallelFor& parallel) {
  const PoolGeometry& g = call.geometry;
  const int64_t plane = g.in[0] * g.in[1] * g.in[2], area = g.in[1] * g.in[2];
  const int channels_last = g.channels > 1 && call.index_strides.at[1] == 1;
  std::atomic<int64_t> bad{0};
  parallel.run(g.batch * g.channels * g.out[0] * g.out[1] * g.out[2], 8192, [&](int64_t begin, int64_t end) {
    int64_t found = 0;
    for (int64_t id = begin; id < end; ++id) {
      const PoolPosition p = pool_position(&g, id, channels_last);
      const auto at = [&](const PoolStrides& s) { return pool_offset(&s, p.n, p.c, p.at[0], p.at[1], p.at[2]); };
      int64_t flat;
      switch (const int64_t k = at(call.index_strides); call.index_type) {
        case PoolIndex::flat32: flat = static_cast<const int32_t*>(call.index)[k]; break;
        case PoolIndex::tap8: flat = pool_tap_position(&g, &p, static_cast<const uint8_t*>(call.index)[k]); break;
        default: flat = static_cast<const int64_t*>(call.index)[k];
      }
      T value = 0;
      if (flat >= 0 && flat < plane) {
        value = static_cast<const T*>(
            call.dx)[pool_offset(&call.dx_strides, p.n, p.c, flat / area, flat / g.in[2] % g.in[1], flat % g.in[2])];
      } else {
        ++found;
      }
      static_cast<T*>(const_cast<void*>(call.dy))[at(call.dy_strides)] = value;
    }
    bad += found;
  });
  return bad;
}

}  // namespace

int64_t max_pool_backward_scratch(const MaxPoolBackward& call, int num_threads) {
  if (collects_gradient(call)) return 0;
  const BackwardPlan plan = plan_backward(call, num_threads);
  return plan.elements * plan.slots * (call.dtype == Dtype::f64 ? 8 : 4);
}

int64_t max_pool_backward(const MaxPoolBackward& call, void* scratch, const ParallelFor& parallel) {
  if (collects_gradient(call)) return collect_gradient(call, parallel);
  switch (call.dtype) {
    case Dtype::f64: return run_backward<double>(call, scratch, parallel);
    case Dtype::f32:
    case Dtype::f16:
    case Dtype::bf16: return run_backward<float>(call, scratch, parallel);
    default:
      fail(ErrorKind::invalid_argument, "max_pool: a gradient of type {} is asked for; it must be a floating type",
           to_string(call.dtype));
  }
}

int64_t max_pool_gather(const MaxPoolBackward& call, const ParallelFor& parallel) {
  switch (element_size(call.dtype)) {
    case 1: return gather<uint8_t>(call, parallel);
    case 2: return gather<uint16_t>(call, parallel);
    case 4: return gather<uint32_t>(call, parallel);
    default: return gather<uint64_t>(call, parallel);
  }
}

}  // namespace spinel::kernels
