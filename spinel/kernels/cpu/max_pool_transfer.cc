#include <cstring>
#include <type_traits>

#include "spinel/kernels/cpu/max_pool_rows.h"
#include "spinel/kernels/max_pool_element.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "spinel/kernels/cpu/max_pool_transfer.cc"
// foreach_target.h must come before highway.h.
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

#ifndef SPINEL_KERNELS_CPU_MAX_POOL_TRANSFER_ONCE
#define SPINEL_KERNELS_CPU_MAX_POOL_TRANSFER_ONCE
namespace spinel::kernels {
namespace {

/// uint64 keeps its order as int64 with the top bit flipped.
struct StoredU64 {
  uint64_t bits;
};

inline float number(PoolBf16 x) { return pool_from_bf16(x.bits); }
inline float number(PoolHalf x) { return pool_from_half(x.bits); }
inline int64_t number(StoredU64 x) { return static_cast<int64_t>(x.bits ^ (uint64_t{1} << 63)); }
template <typename S>
inline S number(S x) {
  return x;
}

// Values that came from the stored type go back without rounding, and NaN with all its bits.
inline void put(float value, PoolBf16* to) { to->bits = static_cast<uint16_t>(pool_bits(value) >> 16); }
inline void put(float value, PoolHalf* to) {
  const uint32_t bits = pool_bits(value), size = bits & 0x7fffffffu;
  to->bits = size > 0x7f800000u ? static_cast<uint16_t>((bits >> 16 & 0x8000u) | (size - 0x70000000u) >> 13)
                                : pool_to_half(value);
}
inline void put(int64_t value, StoredU64* to) { to->bits = static_cast<uint64_t>(value) ^ (uint64_t{1} << 63); }
template <typename V, typename S>
inline void put(V value, S* to) {
  *to = static_cast<S>(value);
}

/// Elements [i, n) one by one.
template <typename V, typename S>
bool load_rest(const S* from, int64_t stride, int64_t i, int64_t n, V* to) {
  bool nan = false;
  for (; i < n; ++i) {
    to[i] = number(from[i * stride]);
    nan |= to[i] != to[i];
  }
  return nan;
}

}  // namespace
}  // namespace spinel::kernels
#endif

HWY_BEFORE_NAMESPACE();
namespace spinel::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

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

/// The vector at `from`, in the order of its elements.
template <class D, typename S, class X = hn::Vec<D>>
HWY_INLINE X load_vector(D d, const S* from) {
  if constexpr (std::is_same_v<S, PoolHalf>) {
    return from_half(d, reinterpret_cast<const uint16_t*>(from));
  } else if constexpr (std::is_same_v<S, PoolBf16>) {
    const hn::Rebind<uint32_t, D> bits;
    const auto raw = hn::LoadU(hn::Rebind<uint16_t, D>(), reinterpret_cast<const uint16_t*>(from));
    return hn::BitCast(d, hn::ShiftLeft<16>(hn::PromoteTo(bits, raw)));
  } else {
    return hn::LoadU(d, from);
  }
}

/// The first elements, as many as fill vectors; `i` is how many.
template <typename V, typename S>
bool load_vectors(const S* from, int64_t n, V* to, int64_t& i) {
  const hn::ScalableTag<V> d;
  const int64_t lanes = hn::Lanes(d);
  auto found = hn::MaskFromVec(hn::Zero(d));
  for (; i + lanes <= n; i += lanes) {
    const auto x = load_vector(d, from + i);
    found = hn::Or(found, hn::IsNaN(x));
    hn::StoreU(x, d, to + i);
  }
  return !hn::AllFalse(d, found);
}

template <typename V, typename S>
bool load(const void* source, int64_t stride, int64_t n, V* to) {
  const S* from = static_cast<const S*>(source);
  if (stride != 1) return load_rest(from, stride, 0, n, to);
  int64_t i = 0;
  bool nan = false;
  // Emulated vectors are one number at a time too, and take long to compile.
  if constexpr (HWY_TARGET != HWY_EMU128) nan = load_vectors(from, n, to, i);
  return load_rest(from, 1, i, n, to) || nan;
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
  if constexpr (std::is_same_v<S, PoolHalf> || std::is_same_v<S, PoolBf16>) {
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
PoolTransfer<V> transfer() {
  using C = typename PoolCode<V>::type;
  return {load<V, S>, store<V, S>, store_sum<V, S>, store_index<C, int64_t>, store_index<C, int32_t>, store_tap8<C>};
}

PoolTransfer<float> TransferFloat(Dtype dtype) {
  if (dtype == Dtype::f16) return transfer<float, PoolHalf>();
  return dtype == Dtype::bf16 ? transfer<float, PoolBf16>() : transfer<float, float>();
}
PoolTransfer<double> TransferDouble() { return transfer<double, double>(); }

}  // namespace spinel::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace spinel::kernels {

HWY_EXPORT(TransferFloat);
HWY_EXPORT(TransferDouble);

namespace {

template <typename V, typename S>
bool load_integers(const void* from, int64_t stride, int64_t n, V* to) {
  const S* source = static_cast<const S*>(from);
  return stride == 1 ? load_rest(source, 1, 0, n, to) : load_rest(source, stride, 0, n, to);
}

template <typename V, typename S>
void store_integers(const V* from, int64_t n, void* to, int64_t stride) {
  S* target = static_cast<S*>(to);
  if (stride == 1) {
    for (int64_t i = 0; i < n; ++i) put(from[i], target + i);
  } else {
    for (int64_t i = 0; i < n; ++i) put(from[i], target + i * stride);
  }
}

/// Integers are converted alike on every vector extension; their codes are those of floating types of their width.
template <typename S, typename V, typename F>
PoolTransfer<V> transfer_integers(const PoolTransfer<F>& codes) {
  return {load_integers<V, S>, store_integers<V, S>, store_integers<V, S>,
          codes.store_index64, codes.store_index32,  codes.store_tap8};
}

PoolTransfer<int32_t> transfer_int32(Dtype dtype) {
  const auto codes = HWY_DYNAMIC_DISPATCH(TransferFloat)(Dtype::f32);
  switch (dtype) {
    case Dtype::u8: return transfer_integers<uint8_t, int32_t>(codes);
    case Dtype::i8: return transfer_integers<int8_t, int32_t>(codes);
    case Dtype::u16: return transfer_integers<uint16_t, int32_t>(codes);
    case Dtype::i16: return transfer_integers<int16_t, int32_t>(codes);
    default: return transfer_integers<int32_t, int32_t>(codes);
  }
}
PoolTransfer<int64_t> transfer_int64(Dtype dtype) {
  const auto codes = HWY_DYNAMIC_DISPATCH(TransferDouble)();
  if (dtype == Dtype::u32) return transfer_integers<uint32_t, int64_t>(codes);
  return dtype == Dtype::u64 ? transfer_integers<StoredU64, int64_t>(codes)
                             : transfer_integers<int64_t, int64_t>(codes);
}

}  // namespace

template <typename V>
PoolTransfer<V> pool_transfer(Dtype dtype) {
  if constexpr (std::is_same_v<V, float>) return HWY_DYNAMIC_DISPATCH(TransferFloat)(dtype);
  else if constexpr (std::is_same_v<V, double>) return HWY_DYNAMIC_DISPATCH(TransferDouble)();
  else if constexpr (std::is_same_v<V, int32_t>) return transfer_int32(dtype);
  else return transfer_int64(dtype);
}
template PoolTransfer<float> pool_transfer(Dtype);
template PoolTransfer<double> pool_transfer(Dtype);
template PoolTransfer<int32_t> pool_transfer(Dtype);
template PoolTransfer<int64_t> pool_transfer(Dtype);

}  // namespace spinel::kernels
#endif
