#include "spinel/kernels/cpu/max_pool_columns.h"

#include <type_traits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "spinel/kernels/cpu/max_pool_columns.cc"
// foreach_target.h must come before highway.h.
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on
#include "spinel/kernels/cpu/max_pool_vectors.inc"

HWY_BEFORE_NAMESPACE();
namespace spinel::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// `groups` times `parts` vectors of one window, from channel c on. Without `nan` returns true where there may be a
/// NaN: a sum shows it for fewer instructions than a look at each tap, and errs only with infinities of both signs.
template <bool nan, bool codes, typename S, int groups>
HWY_INLINE bool pool_block(const PoolColumns<typename Stored<S>::V>& call, const S* x, int64_t c, S* y,
                           typename PoolCode<typename Stored<S>::V>::type* code) {
  using V = typename Stored<S>::V;
  constexpr int parts = Stored<S>::parts, vectors = groups * parts;
  const hn::ScalableTag<V> d;
  const hn::ScalableTag<typename PoolCode<V>::type> dc;
  using X = hn::Vec<decltype(d)>;
  const int64_t lanes = hn::Lanes(d), unit = lanes * parts;
  X best[vectors], tap[vectors];
  hn::Vec<decltype(dc)> best_code[codes ? vectors : 1];
  auto found = hn::MaskFromVec(hn::Zero(d));
  for (int t = 0; t < call.taps; ++t) {
    const S* from = x + call.offset[t] + c;
    const auto own = hn::Set(dc, codes ? call.code[t] : 0);
    for (int k = 0; k < groups; ++k) Stored<S>::load(d, from + k * unit, tap + k * parts);
    if constexpr (std::is_floating_point_v<V> && !nan) {
      X sum = tap[0];
      for (int k = 1; k < vectors; ++k) sum = hn::Add(sum, tap[k]);
      found = hn::Or(found, hn::IsNaN(sum));
    }
    if (t == 0) {
      for (int k = 0; k < vectors; ++k) {
        best[k] = tap[k];
        if constexpr (codes) best_code[k] = own;
      }
      continue;
    }
    for (int k = 0; k < vectors; ++k) {
      if constexpr (codes || nan) {
        auto wins = hn::Gt(tap[k], best[k]);
        if constexpr (nan) wins = hn::Or(wins, hn::IsNaN(tap[k]));
        best[k] = nan ? hn::IfThenElse(wins, tap[k], best[k]) : later_max(d, tap[k], best[k]);
        if constexpr (codes) best_code[k] = hn::IfThenElse(hn::RebindMask(dc, wins), own, best_code[k]);
      } else {
        best[k] = later_max(d, tap[k], best[k]);
      }
    }
  }
  for (int k = 0; k < groups; ++k) {
    Stored<S>::store(d, best + k * parts, y + c + k * unit);
    if constexpr (codes) {
      if constexpr (parts == 1) hn::StoreU(best_code[k], dc, code + k * unit);
      else hn::StoreInterleaved2(best_code[2 * k], best_code[2 * k + 1], dc, code + k * unit);
    }
  }
  return !hn::AllFalse(d, found);
}

/// n, a whole number of vectors, of the codes as indices.
template <typename C>
HWY_INLINE void store_codes(const C* code, int64_t n, int64_t base, PoolIndex type, void* index, int64_t at) {
  if (type == PoolIndex::flat64) {
    const hn::ScalableTag<int64_t> d;
    const auto start = hn::Set(d, base);
    const int64_t lanes = hn::Lanes(d);
    int64_t* to = static_cast<int64_t*>(index) + at;
    for (int64_t i = 0; i < n; i += lanes) {
      hn::Vec<decltype(d)> wide;
      if constexpr (sizeof(C) == 8) wide = hn::LoadU(d, code + i);
      else wide = hn::PromoteTo(d, hn::LoadU(hn::Rebind<C, decltype(d)>(), code + i));
      hn::StoreU(hn::Add(wide, start), d, to + i);
    }
  } else if (type == PoolIndex::flat32) {
    int32_t* to = static_cast<int32_t*>(index) + at;
    for (int64_t i = 0; i < n; ++i) to[i] = static_cast<int32_t>(base + code[i]);
  } else {
    uint8_t* to = static_cast<uint8_t*>(index) + at;
    for (int64_t i = 0; i < n; ++i) to[i] = static_cast<uint8_t>(code[i]);
  }
}

template <bool codes, typename S>
void pool_windows(const PoolColumns<typename Stored<S>::V>& call) {
  using V = typename Stored<S>::V;
  using C = typename PoolCode<V>::type;
  const hn::ScalableTag<V> d;
  constexpr int parts = Stored<S>::parts, most = (codes ? 4 : 8) / parts;
  const int64_t unit = static_cast<int64_t>(hn::Lanes(d)) * parts;
  HWY_ALIGN C code[codes ? most * parts * hn::MaxLanes(d) : 1];
  for (int64_t o = 0; o < call.columns; ++o) {
    const S* x = static_cast<const S*>(call.x) + o * call.x_step;
    S* y = static_cast<S*>(call.y) + o * call.y_step;
    const auto block = [&](auto count, int64_t c) {
      constexpr int groups = decltype(count)::value;
      const bool nan = pool_block<false, codes, S, groups>(call, x, c, y, code);
      if constexpr (std::is_floating_point_v<V>) {
        for (int k = 0; nan && k < groups; ++k) {
          pool_block<true, codes, S, 1>(call, x, c + k * unit, y, code + (codes ? k * unit : 0));
        }
      }
      if constexpr (codes) {
        store_codes(code, groups * unit, call.base + o * call.base_step, call.index_type, call.index,
                    o * call.index_step + c);
      }
    };
    int64_t c = 0;
    for (; c + most * unit <= call.channels; c += most * unit) block(std::integral_constant<int, most>(), c);
    for (; c + unit <= call.channels; c += unit) block(std::integral_constant<int, 1>(), c);
    // The last vector overlaps the one before it.
    if (c < call.channels) block(std::integral_constant<int, 1>(), call.channels - unit);
  }
}

template <typename S>
void columns(const PoolColumns<typename Stored<S>::V>& call) {
  if (call.index_type == PoolIndex::none) pool_windows<false, S>(call);
  else pool_windows<true, S>(call);
}

PoolOfEach<PoolColumnSteps> ColumnSteps(Dtype dtype) {
  return steps_of_stored<PoolColumnSteps>(dtype, [](auto element) {
    using S = decltype(element);
    using V = typename Stored<S>::V;
    const auto lanes = static_cast<int64_t>(hn::Lanes(hn::ScalableTag<V>()));
    return PoolColumnSteps<V>{columns<S>, lanes * Stored<S>::parts};
  });
}

}  // namespace spinel::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace spinel::kernels {

HWY_EXPORT(ColumnSteps);

PoolOfEach<PoolColumnSteps> pool_columns_of_each(Dtype dtype) { return HWY_DYNAMIC_DISPATCH(ColumnSteps)(dtype); }

}  // namespace spinel::kernels
#endif
