// The element type bfloat16: stored in 16 bits, computed with as float.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace c10 {
inline namespace spinel_v1 {
namespace detail {

inline float bfloat16_to_float(uint16_t bits) { return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16); }

/// Rounded to nearest, ties to even.
inline uint16_t bfloat16_from_float(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  if (std::isnan(value)) return 0x7fc0;
  return static_cast<uint16_t>((bits + 0x7fffu + (bits >> 16 & 1)) >> 16);
}

}  // namespace detail

struct BFloat16 {
  uint16_t x = 0;

  struct from_bits_t {};
  static constexpr from_bits_t from_bits() { return {}; }

  BFloat16() = default;
  constexpr BFloat16(uint16_t bits, from_bits_t) : x(bits) {}
  BFloat16(float value) : x(detail::bfloat16_from_float(value)) {}
  operator float() const { return detail::bfloat16_to_float(x); }
  BFloat16& operator+=(float other) { return *this = BFloat16(*this + other); }
  BFloat16& operator-=(float other) { return *this = BFloat16(*this - other); }
  BFloat16& operator*=(float other) { return *this = BFloat16(*this * other); }
  BFloat16& operator/=(float other) { return *this = BFloat16(*this / other); }
};
static_assert(sizeof(BFloat16) == 2);

}  // namespace spinel_v1
}  // namespace c10
