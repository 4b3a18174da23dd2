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

HWY_BEFORE_NAMESPACE();
namespace spinel::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

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
  static HWY_INLINE void store(D d, const hn::Vec<D>* sum, S* dx) {
    hn::StoreU(sum[0], d, dx);
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
  static HWY_INLINE void store(D d, const hn::Vec<D>* sum, PoolBf16* dx) {
    const hn::RebindToUnsigned<D> du;
    const hn::Repartition<uint16_t, D> d16;
    const auto odd = hn::And(round_to_bf16(d, sum[1]), hn::Set(du, 0xffff0000u));
    const auto both = hn::Or(hn::ShiftRight<16>(round_to_bf16(d, sum[0])), odd);
    hn::StoreU(hn::BitCast(d16, both), d16, reinterpret_cast<uint16_t*>(dx));
  }
};

template <typename S, int groups>
HWY_INLINE void collect_block(const PoolSources& from, int64_t c, S* dx) {
  const hn::ScalableTag<typename Gradient<S>::V> d;
  constexpr int parts = Gradient<S>::parts;
  const int64_t unit = static_cast<int64_t>(hn::Lanes(d)) * parts;
  hn::Vec<decltype(d)> sum[groups * parts];
  for (auto& s : sum) s = hn::Zero(d);
  for (int k = 0; k < from.count; ++k) {
    const S* dy = static_cast<const S*>(from.dy) + from.dy_at[k] + c;
    const uint8_t* tap = from.tap + from.tap_at[k] + c;
    for (int g = 0; g < groups; ++g) {
      Gradient<S>::add(d, dy + g * unit, tap + g * unit, from.number[k], sum + g * parts);
    }
  }
  for (int g = 0; g < groups; ++g) Gradient<S>::store(d, sum + g * parts, dx + c + g * unit);
}

template <typename S>
void collect(const PoolSources& from, void* dx) {
  const hn::ScalableTag<typename Gradient<S>::V> d;
  constexpr int most = 4;
  const int64_t unit = static_cast<int64_t>(hn::Lanes(d)) * Gradient<S>::parts;
  S* to = static_cast<S*>(dx);
  int64_t c = 0;
  for (; c + most * unit <= from.channels; c += most * unit) collect_block<S, most>(from, c, to);
  for (; c + unit <= from.channels; c += unit) collect_block<S, 1>(from, c, to);
  // The last vector overlaps the one before it.
  if (c < from.channels) collect_block<S, 1>(from, from.channels - unit, to);
}

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
  return {collect<S>, count_beyond, lanes * Gradient<S>::parts};
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
