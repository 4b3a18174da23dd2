#include "spinel/kernels/cpu/max_pool_rows.h"

#include <algorithm>
#include <cstring>
#include <type_traits>

#include "spinel/kernels/max_pool_element.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "spinel/kernels/cpu/max_pool_rows.cc"
// foreach_target.h must come before highway.h.
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

#ifndef SPINEL_KERNELS_CPU_MAX_POOL_ROWS_ONCE
#define SPINEL_KERNELS_CPU_MAX_POOL_ROWS_ONCE
namespace spinel::kernels {

/// How a stored type becomes the type it is compared as.
using StoredBf16 = PoolBf16;
using StoredF16 = PoolHalf;
/// uint64 keeps its order as int64 with the top bit flipped.
struct StoredU64 {
  uint64_t bits;
};

}  // namespace spinel::kernels
#endif

HWY_BEFORE_NAMESPACE();
namespace spinel::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

template <typename V>
using CodeTag = hn::ScalableTag<typename PoolCode<V>::type>;

/// The larger of a tap and what came before it: the earlier one of equals.
template <class D, class X = hn::Vec<D>>
HWY_INLINE X later_max(D, X x, X before) {
#if HWY_ARCH_X86
  return hn::Max(x, before);  // maxps returns its second operand where the two are equal, zeros of both signs included
#else
  return hn::IfThenElse(hn::Gt(x, before), x, before);
#endif
}

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
  constexpr int vectors = codes ? 2 : 4;
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
  const int fixed = taps.accumulate ? 0 : taps.count;
  const auto call = [&](auto codes, auto coded) {
    constexpr bool with = codes.value, from_rows = coded.value;
    if (fixed == 2) return combine_all<nan, check, with, from_rows, 2>(taps, n, value, code);
    if (fixed == 3) return combine_all<nan, check, with, from_rows, 3>(taps, n, value, code);
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

HWY_INLINE float number(StoredBf16 x) { return pool_from_bf16(x.bits); }
HWY_INLINE float number(StoredF16 x) { return pool_from_half(x.bits); }
HWY_INLINE int64_t number(StoredU64 x) { return static_cast<int64_t>(x.bits ^ (uint64_t{1} << 63)); }
template <typename S>
HWY_INLINE S number(S x) {
  return x;
}

// Values that came from the stored type go back without rounding, and NaN with all its bits.
HWY_INLINE void put(float value, StoredBf16* to) { to->bits = static_cast<uint16_t>(pool_bits(value) >> 16); }
HWY_INLINE void put(float value, StoredF16* to) {
  const uint32_t bits = pool_bits(value), size = bits & 0x7fffffffu;
  to->bits = size > 0x7f800000u ? static_cast<uint16_t>((bits >> 16 & 0x8000u) | (size - 0x70000000u) >> 13)
                                : pool_to_half(value);
}
HWY_INLINE void put(int64_t value, StoredU64* to) { to->bits = static_cast<uint64_t>(value) ^ (uint64_t{1} << 63); }
template <typename V, typename S>
HWY_INLINE void put(V value, S* to) {
  *to = static_cast<S>(value);
}

/// As pool_from_half. Highway's own conversion takes infinities for numbers where the hardware has none.
template <class D, class X = hn::Vec<D>>
HWY_INLINE X from_half(D d, const uint16_t* from) {
  const hn::RebindToUnsigned<D> du;
  const hn::RebindToSigned<D> di;
  const auto bits = hn::PromoteTo(du, hn::LoadU(hn::Rebind<uint16_t, D>(), from));
  const auto rest = hn::And(bits, hn::Set(du, 0x7fffu));
  const auto sign = hn::ShiftLeft<16>(hn::Xor(bits, rest));
  const auto shifted = hn::ShiftLeft<13>(rest), exponent = hn::Set(du, 0x38000000u);
  const auto is_special = hn::Gt(hn::BitCast(di, rest), hn::Set(di, 0x7bff));
  const auto is_small = hn::Lt(hn::BitCast(di, rest), hn::Set(di, 0x400));
  auto wide = hn::Add(shifted, exponent);
  wide = hn::IfThenElse(hn::RebindMask(du, is_special), hn::Add(wide, exponent), wide);
  const X small = hn::Mul(hn::ConvertTo(d, hn::BitCast(di, rest)), hn::Set(d, 5.9604644775390625e-8f));
  const X size = hn::IfThenElse(hn::RebindMask(d, is_small), small, hn::BitCast(d, wide));
  return hn::BitCast(d, hn::Or(hn::BitCast(du, size), sign));
}

template <typename V, typename S>
bool load(const void* source, int64_t stride, int64_t n, V* to) {
  const S* from = static_cast<const S*>(source);
  bool nan = false;
  if (stride != 1) {
    for (int64_t i = 0; i < n; ++i) {
      to[i] = number(from[i * stride]);
      nan |= to[i] != to[i];
    }
    return nan;
  }
  int64_t i = 0;
  if constexpr (std::is_floating_point_v<V>) {
    const hn::ScalableTag<V> d;
    const int64_t lanes = hn::Lanes(d);
    auto found = hn::MaskFromVec(hn::Zero(d));
    for (; i + lanes <= n; i += lanes) {
      hn::Vec<decltype(d)> x;
      if constexpr (std::is_same_v<S, StoredF16>) {
        x = from_half(d, reinterpret_cast<const uint16_t*>(from) + i);
      } else if constexpr (std::is_same_v<S, StoredBf16>) {
        const hn::Rebind<uint32_t, decltype(d)> bits;
        const auto raw = hn::LoadU(hn::Rebind<uint16_t, decltype(d)>(), reinterpret_cast<const uint16_t*>(from) + i);
        x = hn::BitCast(d, hn::ShiftLeft<16>(hn::PromoteTo(bits, raw)));
      } else {
        x = hn::LoadU(d, from + i);
      }
      found = hn::Or(found, hn::IsNaN(x));
      hn::StoreU(x, d, to + i);
    }
    nan = !hn::AllFalse(d, found);
  }
  for (; i < n; ++i) {
    to[i] = number(from[i]);
    nan |= to[i] != to[i];
  }
  return nan;
}

template <typename V, typename S>
void store(const V* from, int64_t n, void* target, int64_t stride) {
  S* to = static_cast<S*>(target);
  int64_t i = 0;
  if (stride == 1) {
    if constexpr (std::is_same_v<S, V>) {
      std::memcpy(to, from, static_cast<size_t>(n) * sizeof(V));
      return;
    }
    for (; i < n; ++i) put(from[i], to + i);
    return;
  }
  for (; i < n; ++i) put(from[i], to + i * stride);
}

template <typename V, typename S>
void store_sum(const V* from, int64_t n, void* to, int64_t stride) {
  if constexpr (std::is_same_v<S, StoredF16> || std::is_same_v<S, StoredBf16>) {
    S* out = static_cast<S*>(to);
    if (stride == 1) {
      for (int64_t i = 0; i < n; ++i) pool_store(from[i], out + i);
    } else {
      for (int64_t i = 0; i < n; ++i) pool_store(from[i], out + i * stride);
    }
  } else {
    store<V, S>(from, n, to, stride);
  }
}

template <typename C, typename I>
void store_index(const C* code, int64_t n, int64_t base, int64_t step, I* to, int64_t stride) {
  if (stride != 1) {
    for (int64_t i = 0; i < n; ++i, base += step) to[i * stride] = static_cast<I>(base + code[i]);
  } else if (step == 0) {
    for (int64_t i = 0; i < n; ++i) to[i] = static_cast<I>(base + code[i]);
  } else {
    // A sum that runs along: vectors have no product of 64-bit numbers.
    constexpr int64_t unit = 4;
    int64_t i = 0;
    int64_t at[unit];
    for (int64_t k = 0; k < unit; ++k) at[k] = base + k * step;
    for (; i + unit <= n; i += unit) {
      for (int64_t k = 0; k < unit; ++k) to[i + k] = static_cast<I>(at[k] + code[i + k]), at[k] += unit * step;
    }
    for (; i < n; ++i) to[i] = static_cast<I>(base + i * step + code[i]);
  }
}

template <typename C>
void store_tap8(const C* code, int64_t n, uint8_t* to, int64_t stride) {
  for (int64_t i = 0; i < n; ++i) to[i * stride] = static_cast<uint8_t>(code[i]);
}

template <typename V, typename S>
PoolRows<V> rows() {
  using C = typename PoolCode<V>::type;
  return {combine<V>,
          split<V>,
          load<V, S>,
          store<V, S>,
          store_sum<V, S>,
          store_index<C, int64_t>,
          store_index<C, int32_t>,
          store_tap8<C>};
}

PoolRows<float> RowsFloat(Dtype dtype) {
  if (dtype == Dtype::f16) return rows<float, StoredF16>();
  return dtype == Dtype::bf16 ? rows<float, StoredBf16>() : rows<float, float>();
}
PoolRows<double> RowsDouble(Dtype) { return rows<double, double>(); }
PoolRows<int32_t> RowsInt32(Dtype dtype) {
  switch (dtype) {
    case Dtype::u8: return rows<int32_t, uint8_t>();
    case Dtype::i8: return rows<int32_t, int8_t>();
    case Dtype::u16: return rows<int32_t, uint16_t>();
    case Dtype::i16: return rows<int32_t, int16_t>();
    default: return rows<int32_t, int32_t>();
  }
}
PoolRows<int64_t> RowsInt64(Dtype dtype) {
  if (dtype == Dtype::u32) return rows<int64_t, uint32_t>();
  return dtype == Dtype::u64 ? rows<int64_t, StoredU64>() : rows<int64_t, int64_t>();
}

}  // namespace spinel::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace spinel::kernels {

HWY_EXPORT(RowsFloat);
HWY_EXPORT(RowsDouble);
HWY_EXPORT(RowsInt32);
HWY_EXPORT(RowsInt64);

template <typename V>
PoolRows<V> pool_rows(Dtype dtype) {
  if constexpr (std::is_same_v<V, float>) {
    return HWY_DYNAMIC_DISPATCH(RowsFloat)(dtype);
  } else if constexpr (std::is_same_v<V, double>) {
    return HWY_DYNAMIC_DISPATCH(RowsDouble)(dtype);
  } else if constexpr (std::is_same_v<V, int32_t>) {
    return HWY_DYNAMIC_DISPATCH(RowsInt32)(dtype);
  } else {
    return HWY_DYNAMIC_DISPATCH(RowsInt64)(dtype);
  }
}
template PoolRows<float> pool_rows(Dtype);
template PoolRows<double> pool_rows(Dtype);
template PoolRows<int32_t> pool_rows(Dtype);
template PoolRows<int64_t> pool_rows(Dtype);

}  // namespace spinel::kernels
#endif
