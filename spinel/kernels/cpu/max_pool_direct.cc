#include "spinel/kernels/cpu/max_pool_direct.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

#include "spinel/kernels/max_pool_element.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "spinel/kernels/cpu/max_pool_direct.cc"
// foreach_target.h must come before highway.h.
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace spinel::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// How `parts` vectors of numbers V are read from as many elements of the stored type S. Elements of two parts are
/// the even and the odd ones, which a bfloat16 in the upper or lower half of 32 bits gives without a shuffle.
template <typename S>
struct Stored {
  using V = S;
  static constexpr int parts = 1;
  template <class D>
  static HWY_INLINE void load(D d, const S* from, hn::Vec<D>* to) {
    to[0] = hn::LoadU(d, from);
  }
  template <class D>
  static HWY_INLINE void store(D d, const hn::Vec<D>* from, S* to) {
    hn::StoreU(from[0], d, to);
  }
  static HWY_INLINE V number(S x) { return x; }
};

template <>
struct Stored<PoolBf16> {
  using V = float;
  static constexpr int parts = 2;
  template <class D>
  static HWY_INLINE void load(D d, const PoolBf16* from, hn::Vec<D>* to) {
    const hn::RebindToUnsigned<D> du;
    const hn::Repartition<uint16_t, D> d16;
    const auto both = hn::BitCast(du, hn::LoadU(d16, reinterpret_cast<const uint16_t*>(from)));
    to[0] = hn::BitCast(d, hn::ShiftLeft<16>(both));
    to[1] = hn::BitCast(d, hn::And(both, hn::Set(du, 0xffff0000u)));
  }
  template <class D>
  static HWY_INLINE void store(D, const hn::Vec<D>* from, PoolBf16* to) {
    const hn::RebindToUnsigned<D> du;
    const hn::Repartition<uint16_t, D> d16;
    const auto both = hn::Or(hn::ShiftRight<16>(hn::BitCast(du, from[0])), hn::BitCast(du, from[1]));
    hn::StoreU(hn::BitCast(d16, both), d16, reinterpret_cast<uint16_t*>(to));
  }
  static HWY_INLINE float number(PoolBf16 x) { return pool_from_bf16(x.bits); }
};

/// The larger of a tap and what came before it: the earlier one of equals. A NaN in `x` is dropped.
template <class D, class X = hn::Vec<D>>
HWY_INLINE X later_max(D, X x, X before) {
#if HWY_ARCH_X86
  return hn::Max(x, before);  // maxps returns its second operand where the two are equal, zeros of both signs included
#else
  return hn::IfThenElse(hn::Gt(x, before), x, before);
#endif
}

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
void pool_columns(const PoolColumns<typename Stored<S>::V>& call) {
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
        if (nan) pool_block<true, codes, S, groups>(call, x, c, y, code);
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
  if (call.index_type == PoolIndex::none) pool_columns<false, S>(call);
  else pool_columns<true, S>(call);
}

/// Vectors in the order of the elements.
template <typename S, class D, class X = hn::Vec<D>>
HWY_INLINE X load_in_order(D d, const S* from) {
  if constexpr (std::is_same_v<S, PoolBf16>) {
    const hn::RebindToUnsigned<D> du;
    const auto bits = hn::LoadU(hn::Rebind<uint16_t, D>(), reinterpret_cast<const uint16_t*>(from));
    return hn::BitCast(d, hn::ShiftLeft<16>(hn::PromoteTo(du, bits)));
  } else {
    return hn::LoadU(d, from);
  }
}

template <int fixed, bool split, typename S>
bool combine_rows(const S* const* rows, int row_count, int64_t n, typename Stored<S>::V* to,
                  typename Stored<S>::V* odd) {
  using V = typename Stored<S>::V;
  const hn::ScalableTag<V> d;
  using X = hn::Vec<decltype(d)>;
  const int64_t lanes = hn::Lanes(d);
  const int count = fixed ? fixed : row_count;
  auto found = hn::MaskFromVec(hn::Zero(d));
  // Two vectors from element i on, as they lie or as the even and the odd elements.
  const auto two = [&](int64_t i) {
    const auto load = [&](const S* row, X* x) {
      if constexpr (split && Stored<S>::parts == 2) {
        Stored<S>::load(d, row + i, x);
      } else {
        x[0] = load_in_order(d, row + i);
        x[1] = load_in_order(d, row + i + lanes);
      }
    };
    X best[2], x[2];
    load(rows[0], best);
    X sum = hn::Add(best[0], best[1]);
    for (int t = 1; t < count; ++t) {
      load(rows[t], x);
      for (int k = 0; k < 2; ++k) best[k] = later_max(d, x[k], best[k]);
      if constexpr (std::is_floating_point_v<V>) sum = hn::Add(sum, hn::Add(x[0], x[1]));
    }
    if constexpr (std::is_floating_point_v<V>) {
      const hn::RebindToSigned<decltype(d)> di;
      const auto minus_zero = hn::Set(di, hwy::LimitsMin<hn::TFromD<decltype(di)>>());
      found = hn::Or(found, hn::IsNaN(sum));
      for (const X& x : best) found = hn::Or(found, hn::RebindMask(d, hn::Eq(hn::BitCast(di, x), minus_zero)));
    }
    if constexpr (!split) {
      hn::StoreU(best[0], d, to + i);
      hn::StoreU(best[1], d, to + i + lanes);
    } else if constexpr (Stored<S>::parts == 2) {
      hn::StoreU(best[0], d, to + i / 2);
      hn::StoreU(best[1], d, odd + i / 2);
    } else {
      hn::StoreU(hn::ConcatEven(d, best[1], best[0]), d, to + i / 2);
      hn::StoreU(hn::ConcatOdd(d, best[1], best[0]), d, odd + i / 2);
    }
  };
  int64_t i = 0;
  for (; i + 2 * lanes <= n; i += 2 * lanes) two(i);
  if (const int64_t even = n & ~int64_t{1}; i && i < even) {
    two(even - 2 * lanes);
    i = even;
  }
  bool nan = !hn::AllFalse(d, found);
  for (; i < n; ++i) {
    V best = Stored<S>::number(rows[0][i]);
    for (int t = 0; t < count; ++t) {
      const V x = Stored<S>::number(rows[t][i]);
      nan |= x != x;
      best = x > best ? x : best;
    }
    if constexpr (std::is_floating_point_v<V>) nan |= best == 0 && std::signbit(best);
    if (split) (i % 2 ? odd : to)[i / 2] = best;
    else to[i] = best;
  }
  return nan;
}

template <typename S>
bool rows(const void* const* from, int count, int64_t n, typename Stored<S>::V* to, typename Stored<S>::V* odd) {
  const S* rows[kPoolTaps];
  for (int t = 0; t < count; ++t) rows[t] = static_cast<const S*>(from[t]);
  const auto call = [&](auto split) {
    constexpr bool is_split = decltype(split)::value;
    switch (count) {
      case 1: return combine_rows<1, is_split>(rows, count, n, to, odd);
      case 2: return combine_rows<2, is_split>(rows, count, n, to, odd);
      case 3: return combine_rows<3, is_split>(rows, count, n, to, odd);
      default: return combine_rows<0, is_split>(rows, count, n, to, odd);
    }
  };
  return odd ? call(std::true_type()) : call(std::false_type());
}

template <int fixed, typename S>
void combine_line(const typename Stored<S>::V* const* taps, int tap_count, int64_t n, S* y) {
  using V = typename Stored<S>::V;
  const hn::ScalableTag<V> d;
  const int64_t lanes = hn::Lanes(d);
  const int count = fixed ? fixed : tap_count;
  const auto one = [&](int64_t i, S* to) {
    auto best = hn::LoadU(d, taps[0] + i);
    for (int t = 1; t < count; ++t) best = later_max(d, hn::LoadU(d, taps[t] + i), best);
    if constexpr (std::is_same_v<S, PoolBf16>) {
      // Exact: the numbers came from bfloat16.
      const hn::Rebind<int32_t, decltype(d)> di;
      const hn::Rebind<uint32_t, decltype(d)> du;
      const hn::Rebind<uint16_t, decltype(d)> d16;
      const auto bits = hn::BitCast(di, hn::ShiftRight<16>(hn::BitCast(du, best)));
      hn::StoreU(hn::DemoteTo(d16, bits), d16, reinterpret_cast<uint16_t*>(to));
    } else {
      hn::StoreU(best, d, to);
    }
  };
  int64_t i = 0;
  for (; i + lanes <= n; i += lanes) one(i, y + i);
  if (i == n) return;
  if (i) {
    one(n - lanes, y + n - lanes);
  } else {
    HWY_ALIGN S rest[hn::MaxLanes(d)];
    one(0, rest);
    std::copy_n(rest, n, y);
  }
}

template <typename S>
void line(const typename Stored<S>::V* const* taps, int count, int64_t n, void* y) {
  S* to = static_cast<S*>(y);
  switch (count) {
    case 2: return combine_line<2>(taps, count, n, to);
    case 3: return combine_line<3>(taps, count, n, to);
    case 5: return combine_line<5>(taps, count, n, to);
    default: return combine_line<0>(taps, count, n, to);
  }
}

/// The elements of one vector of windows: those of `stride` vectors, whose phases hold the taps in scan order.
template <int stride, typename V>
struct Phases {
  int count = 0;
  int64_t at[kPoolTaps];
  unsigned taps[kPoolTaps];  ///< bit r: element r of each `stride` is a tap

  explicit Phases(const PoolLine& line) {
    for (int64_t t = 0; t < line.taps; ++t) {
      const int64_t x = t * line.dilation, start = x / stride * stride;
      if (!count || at[count - 1] != start) at[count] = start, taps[count++] = 0;
      taps[count - 1] |= 1u << (x - start);
    }
  }

  /// Takes the taps of the windows whose first elements begin at x.
  template <class D, class X = hn::Vec<D>>
  HWY_INLINE void take(D d, const V* x, X& best, X& sum) const {
    for (int k = 0; k < count; ++k) {
      X v[stride];
      if constexpr (stride == 1) v[0] = hn::LoadU(d, x + at[k]);
      else if constexpr (stride == 2) hn::LoadInterleaved2(d, x + at[k], v[0], v[1]);
      else if constexpr (stride == 3) hn::LoadInterleaved3(d, x + at[k], v[0], v[1], v[2]);
      else hn::LoadInterleaved4(d, x + at[k], v[0], v[1], v[2], v[3]);
      for (int r = 0; r < stride; ++r) {
        if (stride > 1 && !(taps[k] >> r & 1)) continue;
        best = later_max(d, v[r], best);
        sum = hn::Add(sum, v[r]);
      }
    }
  }
};

template <int stride, typename V>
bool pool_line(const PoolLine& line) {
  const hn::ScalableTag<V> d;
  const int64_t lanes = hn::Lanes(d);
  const Phases<stride, V> phases(line);
  const V* x = static_cast<const V*>(line.x);
  V* y = static_cast<V*>(line.y);
  auto found = hn::MaskFromVec(hn::Zero(d));
  int64_t i = 0;
  for (const int64_t reach = phases.at[phases.count - 1] + lanes * stride;
       i + lanes <= line.count && i * stride + reach <= line.n; i += lanes) {
    auto best = hn::Set(d, -std::numeric_limits<V>::infinity()), sum = hn::Zero(d);
    phases.take(d, x + i * stride, best, sum);
    found = hn::Or(found, hn::IsNaN(sum));
    hn::StoreU(best, d, y + i);
  }
  bool nan = !hn::AllFalse(d, found);
  for (; i < line.count; ++i) {
    const V* tap = x + i * stride;
    V best = *tap;
    for (int64_t t = 0; t < line.taps; ++t, tap += line.dilation) {
      nan |= *tap != *tap;
      best = *tap > best ? *tap : best;
    }
    y[i] = best;
  }
  return nan;
}

template <typename V>
bool windows(const PoolLine& line) {
  switch (line.stride) {
    case 1: return pool_line<1, V>(line);
    case 2: return pool_line<2, V>(line);
    case 3: return pool_line<3, V>(line);
    default: return pool_line<4, V>(line);
  }
}

template <typename S>
PoolDirect<typename Stored<S>::V> direct() {
  const int64_t lanes = hn::Lanes(hn::ScalableTag<typename Stored<S>::V>());
  PoolDirect<typename Stored<S>::V> steps{columns<S>, lanes * Stored<S>::parts, rows<S>, line<S>, nullptr};
  if constexpr (std::is_same_v<S, float> || std::is_same_v<S, double>) steps.windows = windows<S>;
  return steps;
}

PoolDirect<float> DirectFloat(Dtype dtype) {
  if (dtype == Dtype::f32) return direct<float>();
  return dtype == Dtype::bf16 ? direct<PoolBf16>() : PoolDirect<float>();
}
PoolDirect<double> DirectDouble(Dtype) { return direct<double>(); }
PoolDirect<int32_t> DirectInt32(Dtype dtype) { return dtype == Dtype::i32 ? direct<int32_t>() : PoolDirect<int32_t>(); }
PoolDirect<int64_t> DirectInt64(Dtype dtype) { return dtype == Dtype::i64 ? direct<int64_t>() : PoolDirect<int64_t>(); }

}  // namespace spinel::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace spinel::kernels {

HWY_EXPORT(DirectFloat);
HWY_EXPORT(DirectDouble);
HWY_EXPORT(DirectInt32);
HWY_EXPORT(DirectInt64);

template <typename V>
PoolDirect<V> pool_direct(Dtype dtype) {
  if constexpr (std::is_same_v<V, float>) {
    return HWY_DYNAMIC_DISPATCH(DirectFloat)(dtype);
  } else if constexpr (std::is_same_v<V, double>) {
    return HWY_DYNAMIC_DISPATCH(DirectDouble)(dtype);
  } else if constexpr (std::is_same_v<V, int32_t>) {
    return HWY_DYNAMIC_DISPATCH(DirectInt32)(dtype);
  } else {
    return HWY_DYNAMIC_DISPATCH(DirectInt64)(dtype);
  }
}
template PoolDirect<float> pool_direct(Dtype);
template PoolDirect<double> pool_direct(Dtype);
template PoolDirect<int32_t> pool_direct(Dtype);
template PoolDirect<int64_t> pool_direct(Dtype);

}  // namespace spinel::kernels
#endif
