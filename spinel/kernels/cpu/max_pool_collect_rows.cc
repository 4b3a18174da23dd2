#include <algorithm>
#include <type_traits>

#include "spinel/kernels/cpu/max_pool_collect.h"
#include "spinel/kernels/max_pool_element.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "spinel/kernels/cpu/max_pool_collect_rows.cc"
// foreach_target.h must come before highway.h.
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on
#include <hwy/cache_control.h>

HWY_BEFORE_NAMESPACE();
namespace spinel::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// Writing past the caches saves reading the lines first.
template <class D, class X, typename T>
HWY_INLINE void put(D d, X x, bool past_caches, T* to) {
  if (past_caches) hn::Stream(x, d, to);
  else hn::StoreU(x, d, to);
}

/// dy of `parts` vectors of elements where the tap is `number`, else 0. Of bfloat16 the parts are the even and the odd
/// elements, so that neither way needs a shuffle.
template <typename S>
struct Gradient {
  using V = S;
  static constexpr int parts = 1;
  template <class D>
  static HWY_INLINE void add(D d, const S* dy, const uint8_t* tap, uint8_t number, hn::Vec<D>* sum) {
    const hn::RebindToUnsigned<D> du;
    const hn::Rebind<uint8_t, D> d8;
    const auto taps = hn::PromoteTo(du, hn::LoadU(d8, tap));
    const auto hit = hn::RebindMask(d, hn::Eq(taps, hn::Set(du, number)));
    sum[0] = hn::Add(sum[0], hn::IfThenElseZero(hit, hn::LoadU(d, dy)));
  }
  template <class D>
  static HWY_INLINE void store(D d, const hn::Vec<D>* sum, bool past_caches, S* dx) {
    put(d, sum[0], past_caches, dx);
  }
};

/// Nearest bfloat16 in the upper half of each lane, ties to even; a NaN stays one.
template <class D, class U = hn::Vec<hn::RebindToUnsigned<D>>>
HWY_INLINE U round_to_bf16(D, hn::Vec<D> x) {
  const hn::RebindToUnsigned<D> du;
  const U bits = hn::BitCast(du, x), last = hn::And(hn::ShiftRight<16>(bits), hn::Set(du, 1));
  const U rounded = hn::Add(bits, hn::Add(last, hn::Set(du, 0x7fffu)));
  return hn::IfThenElse(hn::RebindMask(du, hn::IsNaN(x)), hn::Or(bits, hn::Set(du, 0x400000u)), rounded);
}

template <>
struct Gradient<PoolBf16> {
  using V = float;
  static constexpr int parts = 2;
  template <class D>
  static HWY_INLINE void add(D d, const PoolBf16* dy, const uint8_t* tap, uint8_t number, hn::Vec<D>* sum) {
    const hn::RebindToUnsigned<D> du;
    const hn::Repartition<uint16_t, D> d16;
    const hn::Rebind<uint8_t, decltype(d16)> d8;
    const auto both = hn::BitCast(du, hn::LoadU(d16, reinterpret_cast<const uint16_t*>(dy)));
    const auto hits = hn::Eq(hn::PromoteTo(d16, hn::LoadU(d8, tap)), hn::Set(d16, number));
    const auto kept = hn::And(both, hn::BitCast(du, hn::VecFromMask(d16, hits)));
    sum[0] = hn::Add(sum[0], hn::BitCast(d, hn::ShiftLeft<16>(kept)));
    sum[1] = hn::Add(sum[1], hn::BitCast(d, hn::And(kept, hn::Set(du, 0xffff0000u))));
  }
  template <class D>
  static HWY_INLINE void store(D d, const hn::Vec<D>* sum, bool past_caches, PoolBf16* dx) {
    const hn::RebindToUnsigned<D> du;
    const hn::Repartition<uint16_t, D> d16;
    const auto odd = hn::And(round_to_bf16(d, sum[1]), hn::Set(du, 0xffff0000u));
    const auto both = hn::Or(hn::ShiftRight<16>(round_to_bf16(d, sum[0])), odd);
    put(d16, hn::BitCast(d16, both), past_caches, reinterpret_cast<uint16_t*>(dx));
  }
  /// The sum of one window: its gradient as it is, but for −0, which 0 + −0 is not, and NaN, which a sum makes quiet.
  template <class D>
  static HWY_INLINE void copy(D, const PoolBf16* dy, const uint8_t* tap, uint8_t number, bool past_caches,
                              PoolBf16* dx) {
    const hn::Repartition<uint16_t, D> d16;
    const hn::Repartition<int16_t, D> di;
    const hn::Rebind<uint8_t, decltype(d16)> d8;
    const auto hits = hn::Eq(hn::PromoteTo(d16, hn::LoadU(d8, tap)), hn::Set(d16, number));
    auto kept = hn::IfThenElseZero(hits, hn::LoadU(d16, reinterpret_cast<const uint16_t*>(dy)));
    kept = hn::IfThenZeroElse(hn::Eq(kept, hn::Set(d16, 0x8000)), kept);
    const auto size = hn::BitCast(di, hn::And(kept, hn::Set(d16, 0x7fff)));
    const auto nan = hn::BitCast(d16, hn::VecFromMask(di, hn::Gt(size, hn::Set(di, 0x7f80))));
    kept = hn::Or(kept, hn::And(nan, hn::Set(d16, 0x40)));
    put(d16, kept, past_caches, reinterpret_cast<uint16_t*>(dx));
  }
};

/// Channels from c on of the position whose windows are `from`, in `groups` times `parts` vectors.
template <typename S, int groups>
HWY_INLINE void collect_block(const PoolSources& from, const S* dy, const uint8_t* tap, int64_t c, bool past_caches,
                              S* dx) {
  const hn::ScalableTag<typename Gradient<S>::V> d;
  constexpr int parts = Gradient<S>::parts;
  const int64_t unit = static_cast<int64_t>(hn::Lanes(d)) * parts;
  if constexpr (parts == 2) {
    if (from.count == 1) {
      for (int g = 0; g < groups; ++g) {
        const int64_t at = c + g * unit;
        Gradient<S>::copy(d, dy + from.dy_at[0] + at, tap + from.tap_at[0] + at, from.number[0], past_caches, dx + at);
      }
      return;
    }
  }
  hn::Vec<decltype(d)> sum[groups * parts];
  for (auto& s : sum) s = hn::Zero(d);
  for (int k = 0; k < from.count; ++k) {
    const S* dy_from = dy + from.dy_at[k] + c;
    const uint8_t* tap_from = tap + from.tap_at[k] + c;
    for (int g = 0; g < groups; ++g) {
      Gradient<S>::add(d, dy_from + g * unit, tap_from + g * unit, from.number[k], sum + g * parts);
    }
  }
  for (int g = 0; g < groups; ++g) Gradient<S>::store(d, sum + g * parts, past_caches, dx + c + g * unit);
}

template <typename S>
void collect(const PoolRun& run) {
  const hn::ScalableTag<typename Gradient<S>::V> d;
  constexpr int most = 8 / Gradient<S>::parts;
  const int64_t unit = static_cast<int64_t>(hn::Lanes(d)) * Gradient<S>::parts, n = run.channels;
  const S* dy = static_cast<const S*>(run.dy);
  const uint8_t* tap = run.tap;
  S* dx = static_cast<S*>(run.dx);
  for (int64_t p = 0; p < run.periods; ++p, dy += run.dy_step, tap += run.tap_step) {
    for (int64_t r = 0; r < run.period; ++r, dx += run.dx_step) {
      const PoolSources& from = run.sources[r];
      int64_t c = 0;
      for (; c + most * unit <= n; c += most * unit) collect_block<S, most>(from, dy, tap, c, run.past_caches, dx);
      for (; c + unit <= n; c += unit) collect_block<S, 1>(from, dy, tap, c, run.past_caches, dx);
      // The last vector overlaps the one before it.
      if (c < n) collect_block<S, 1>(from, dy, tap, n - unit, false, dx);
    }
  }
}

void finish() { hwy::FlushStream(); }

int64_t count_beyond(const uint8_t* tap, int64_t n, int taps) {
  const hn::ScalableTag<uint8_t> d;
  const int64_t lanes = hn::Lanes(d);
  int64_t i = 0, count = 0;
  const auto last = hn::Set(d, static_cast<uint8_t>(taps - 1));
  for (; i + lanes <= n; i += lanes) {
    count += static_cast<int64_t>(hn::CountTrue(d, hn::Gt(hn::LoadU(d, tap + i), last)));
  }
  for (; i < n; ++i) count += tap[i] >= taps;
  return count;
}

template <typename S>
PoolCollect steps() {
  const int64_t lanes = hn::Lanes(hn::ScalableTag<typename Gradient<S>::V>());
  return {collect<S>, finish, count_beyond, lanes * Gradient<S>::parts};
}

PoolCollect Collect(Dtype dtype) {
  switch (dtype) {
    case Dtype::f32: return steps<float>();
    case Dtype::bf16: return steps<PoolBf16>();
    default: return {};
  }
}

}  // namespace spinel::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace spinel::kernels {

HWY_EXPORT(Collect);

PoolCollect pool_collect(Dtype dtype) { return HWY_DYNAMIC_DISPATCH(Collect)(dtype); }

}  // namespace spinel::kernels
#endif
