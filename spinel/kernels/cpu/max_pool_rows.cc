#include "spinel/kernels/cpu/max_pool_rows.h"

#include <algorithm>
#include <type_traits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "spinel/kernels/cpu/max_pool_rows.cc"
// foreach_target.h must come before highway.h.
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on
#include "spinel/kernels/cpu/max_pool_vectors.inc"

HWY_BEFORE_NAMESPACE();
namespace spinel::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

template <typename V>
using CodeTag = hn::ScalableTag<typename PoolCode<V>::type>;

/// One tap: value and code of the winner so far.
template <bool nan, bool codes, class D, class DC, class X = hn::Vec<D>, class C = hn::Vec<DC>>
HWY_INLINE void take(D d, DC dc, X x, C code, X& best, C& best_code) {
  if constexpr (nan || codes) {
    auto wins = hn::Gt(x, best);
    if constexpr (nan) wins = hn::Or(wins, hn::IsNaN(x));
    best = nan ? hn::IfThenElse(wins, x, best) : later_max(d, x, best);
    if constexpr (codes) best_code = hn::IfThenElse(hn::RebindMask(dc, wins), code, best_code);
  } else {
    best = later_max(d, x, best);
  }
}

/// `vectors` neighbouring vectors: elements from i on of the rows, from o on of the outputs.
template <bool nan, bool check, bool codes, bool coded, int fixed, int vectors, typename V, typename C, class M>
HWY_INLINE void combine_at(const PoolTaps<V>& taps, int64_t i, int64_t o, V* value, C* code, M& found) {
  const hn::ScalableTag<V> d;
  const CodeTag<V> dc;
  const int64_t lanes = hn::Lanes(d);
  const int count = fixed ? fixed : taps.count;
  hn::Vec<decltype(d)> best[vectors];
  hn::Vec<decltype(dc)> best_code[vectors];
  int first = 0;
  if (fixed || !taps.accumulate) {
    for (int k = 0; k < vectors; ++k) {
      best[k] = hn::LoadU(d, taps.value[0] + i + k * lanes);
      if constexpr (check) found = hn::Or(found, hn::IsNaN(best[k]));
      best_code[k] = hn::Set(dc, taps.first);
      if constexpr (coded) best_code[k] = hn::Add(best_code[k], hn::LoadU(dc, taps.code[0] + i + k * lanes));
    }
    first = 1;
  } else {
    for (int k = 0; k < vectors; ++k) {
      best[k] = hn::LoadU(d, value + o + k * lanes);
      best_code[k] = codes ? hn::LoadU(dc, code + o + k * lanes) : hn::Zero(dc);
    }
  }
  for (int t = first; t < count; ++t) {
    const auto shift = hn::Set(dc, static_cast<C>(taps.first + t * taps.step));
    for (int k = 0; k < vectors; ++k) {
      auto own = shift;
      if constexpr (coded) own = hn::Add(shift, hn::LoadU(dc, taps.code[t] + i + k * lanes));
      const auto x = hn::LoadU(d, taps.value[t] + i + k * lanes);
      if constexpr (check) found = hn::Or(found, hn::IsNaN(x));
      take<nan, codes>(d, dc, x, own, best[k], best_code[k]);
    }
  }
  for (int k = 0; k < vectors; ++k) {
    hn::StoreU(best[k], d, value + o + k * lanes);
    if constexpr (codes) hn::StoreU(best_code[k], dc, code + o + k * lanes);
  }
}

template <bool nan, bool check, bool codes, bool coded, int fixed, typename V, typename C>
bool combine_all(const PoolTaps<V>& taps, int64_t n, V* value, C* code) {
  const hn::ScalableTag<V> d;
  const int64_t lanes = hn::Lanes(d);
  auto found = hn::MaskFromVec(hn::Zero(d));
  // Four vectors hide the latency of a chain of comparisons; with codes two fill the registers.
  constexpr int vectors = kEmulated ? 1 : codes ? 2 : 4;
  for (int64_t g = 0; g < taps.groups; ++g) {
    const int64_t from = g * taps.from_step, to = g * taps.to_step;
    int64_t i = 0;
    for (; i + vectors * lanes <= n; i += vectors * lanes) {
      combine_at<nan, check, codes, coded, fixed, vectors>(taps, from + i, to + i, value, code, found);
    }
    for (; i < n; i += lanes)
      combine_at<nan, check, codes, coded, fixed, 1>(taps, from + i, to + i, value, code, found);
  }
  return check && !hn::AllFalse(d, found);
}

template <bool nan, bool check, typename V, typename C>
bool combine_of_kind(const PoolTaps<V>& taps, int64_t n, V* value, C* code) {
  // Loops of the commonest numbers of taps are compiled for the common case alone.
  [[maybe_unused]] const int fixed = taps.accumulate ? 0 : taps.count;
  const auto call = [&](auto codes, auto coded) {
    constexpr bool with = codes.value, from_rows = coded.value;
    if constexpr (std::is_same_v<V, float> && !nan && !kEmulated) {
      if (fixed == 2) return combine_all<nan, check, with, from_rows, 2>(taps, n, value, code);
      if (fixed == 3) return combine_all<nan, check, with, from_rows, 3>(taps, n, value, code);
    }
    return combine_all<nan, check, with, from_rows, 0>(taps, n, value, code);
  };
  if (!code) return call(std::false_type(), std::false_type());
  if constexpr (!check) {
    if (taps.coded) return call(std::true_type(), std::true_type());
  }
  return call(std::true_type(), std::false_type());
}

template <typename V>
bool combine(const PoolTaps<V>& taps, int64_t n, bool nan, V* value, typename PoolCode<V>::type* code) {
  if constexpr (std::is_floating_point_v<V>) {
    if (nan) return combine_of_kind<true, false>(taps, n, value, code);
    if (taps.check) return combine_of_kind<false, true>(taps, n, value, code);
  }
  return combine_of_kind<false, false>(taps, n, value, code);
}

/// Window j is a run of the rows before the fourth, those that all windows have, and a run of those behind: the runs
/// are made one row after the other, each window from at most three parts.
template <bool nan, bool check, bool codes, bool coded, typename V>
bool overlap_all(const PoolOverlap<V>& w, int64_t n) {
  using C = typename PoolCode<V>::type;
  const hn::ScalableTag<V> d;
  const CodeTag<V> dc;
  struct Winner {
    hn::Vec<decltype(d)> x;
    hn::Vec<decltype(dc)> code;
  };
  static_assert(kPoolWindows == 4);
  const int64_t lanes = hn::Lanes(d);
  const int taps = w.taps;
  auto found = hn::MaskFromVec(hn::Zero(d));
  for (int64_t i = 0; i < n; i += lanes) {
    const auto row = [&](int r) {
      Winner own{hn::LoadU(d, w.row[r] + i), hn::Set(dc, static_cast<C>(int64_t{r} * w.step))};
      if constexpr (check) found = hn::Or(found, hn::IsNaN(own.x));
      if constexpr (coded) own.code = hn::Add(own.code, hn::LoadU(dc, w.row_code[r] + i));
      return own;
    };
    const auto join = [&](Winner before, const Winner& after) {
      take<nan, codes>(d, dc, after.x, after.code, before.x, before.code);
      return before;
    };
    const auto put = [&](int j, const Winner& own) {
      hn::StoreU(own.x, d, w.value[j] + i);
      if constexpr (codes)
        hn::StoreU(hn::Sub(own.code, hn::Set(dc, static_cast<C>(int64_t{j} * w.step))), dc, w.code[j] + i);
    };
    const Winner from2 = row(2), from1 = join(row(1), from2), from0 = join(row(0), from1);
    Winner all = row(3);
    for (int r = 4; r < taps; ++r) all = join(all, row(r));
    put(0, join(from0, all));
    const Winner to0 = row(taps), to1 = join(to0, row(taps + 1)), to2 = join(to1, row(taps + 2));
    put(1, join(join(from1, all), to0));
    put(2, join(join(from2, all), to1));
    put(3, join(all, to2));
  }
  return check && !hn::AllFalse(d, found);
}

template <bool nan, bool check, typename V>
bool overlap_of_kind(const PoolOverlap<V>& w, int64_t n) {
  if (!w.code[0]) return overlap_all<nan, check, false, false>(w, n);
  if constexpr (!check) {
    if (w.coded) return overlap_all<nan, check, true, true>(w, n);
  }
  return overlap_all<nan, check, true, false>(w, n);
}

template <typename V>
bool overlap(const PoolOverlap<V>& w, int64_t n, bool nan) {
  if constexpr (std::is_floating_point_v<V>) {
    if (nan) return overlap_of_kind<true, false>(w, n);
    if (w.check) return overlap_of_kind<false, true>(w, n);
  }
  return overlap_of_kind<false, false>(w, n);
}

template <typename V>
bool split(const V* from, int64_t n, int64_t offset, int64_t stride, int64_t pitch, V* to) {
  const hn::ScalableTag<V> d;
  const int64_t lanes = hn::Lanes(d);
  bool nan = false;
  int64_t i = 0;
  const auto one = [&](int64_t end) {
    int64_t phase = (offset + i) % stride, column = (offset + i) / stride;
    for (; i < end; ++i) {
      to[phase * pitch + column] = from[i];
      nan |= from[i] != from[i];
      if (++phase == stride) phase = 0, ++column;
    }
  };
  if (stride > 4) {
    // Phase by phase: one division each instead of one an element.
    for (int64_t phase = 0; phase < stride; ++phase) {
      const int64_t begin = (phase - offset % stride + stride) % stride;
      V* out = to + phase * pitch + (offset + begin) / stride;
      for (int64_t k = begin; k < n; k += stride) {
        nan |= from[k] != from[k];
        *out++ = from[k];
      }
    }
    return nan;
  }
  one(std::min(n, (stride - offset % stride) % stride));
  V* out = to + (offset + i) / stride;
  auto found = hn::MaskFromVec(hn::Zero(d));
  const auto check = [&](auto x) {
    if constexpr (std::is_floating_point_v<V>) found = hn::Or(found, hn::IsNaN(x));
    return x;
  };
  const auto block = [&] {
    hn::Vec<decltype(d)> a, b, c, e;
    if (stride == 2) {
      hn::LoadInterleaved2(d, from + i, a, b);
    } else if (stride == 3) {
      hn::LoadInterleaved3(d, from + i, a, b, c);
      hn::StoreU(check(c), d, out + 2 * pitch);
    } else {
      hn::LoadInterleaved4(d, from + i, a, b, c, e);
      hn::StoreU(check(c), d, out + 2 * pitch);
      hn::StoreU(check(e), d, out + 3 * pitch);
    }
    hn::StoreU(check(a), d, out);
    hn::StoreU(check(b), d, out + pitch);
  };
  const int64_t length = stride * lanes;
  for (; i + length <= n; i += length, out += lanes) block();
  if (const int64_t left = (n - i) / stride; left > 0 && i >= length) {
    // The last block overlaps the one before it.
    i -= length - left * stride;
    out -= lanes - left;
    block();
    i += length;
  }
  if (!hn::AllFalse(d, found)) nan = true;
  one(n);
  return nan;
}

template <typename V>
PoolRows<V> rows() {
  return {{}, combine<V>, overlap<V>, split<V>};
}

PoolOfEach<PoolRows> Rows() { return {rows<float>(), rows<double>(), rows<int32_t>(), rows<int64_t>()}; }

}  // namespace spinel::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace spinel::kernels {

HWY_EXPORT(Rows);

template <typename V>
PoolRows<V> pool_rows(Dtype dtype) {
  auto rows = std::get<PoolRows<V>>(HWY_DYNAMIC_DISPATCH(Rows)());
  static_cast<PoolTransfer<V>&>(rows) = pool_transfer<V>(dtype);
  return rows;
}
template PoolRows<float> pool_rows(Dtype);
template PoolRows<double> pool_rows(Dtype);
template PoolRows<int32_t> pool_rows(Dtype);
template PoolRows<int64_t> pool_rows(Dtype);

}  // namespace spinel::kernels
#endif
