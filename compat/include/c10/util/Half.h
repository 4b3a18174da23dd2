// The element type IEEE half precision: stored in 16 bits, computed with as float.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace c10 {
inline namespace spinel_v1 {
namespace detail {

inline float half_to_float(uint16_t bits) {
  const int exponent = bits >> 10 & 0x1f, fraction = bits & 0x3ff;
  float value;
  if (exponent == 0x1f) value = fraction == 0 ? INFINITY : NAN;
  else if (exponent == 0) value = std::ldexp(static_cast<float>(fraction), -24);
  else value = std::ldexp(static_cast<float>(fraction + 1024), exponent - 25);
  return (bits & 0x8000) != 0 ? -value : value;
}

/// Rounded to nearest, ties to even.
inline uint16_t half_from_float(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  const uint32_t size = bits & 0x7fffffffu, sign = bits >> 16 & 0x8000u;
  uint32_t result;
  if (size > 0x7f800000u) result = 0x7e00u;
  else if (size >= 0x477ff000u) result = 0x7c00u;  // rounds to infinity
  else if (size < 0x38800000u) result = static_cast<uint32_t>(std::nearbyint(std::ldexp(std::fabs(value), 24)));
  else result = (size - 0x38000000u + 0xfffu + (size >> 13 & 1)) >> 13;
  return static_cast<uint16_t>(sign | result);
}

}  // namespace detail

struct Half {
  uint16_t x = 0;

  struct from_bits_t {};
  static constexpr from_bits_t from_bits() { return {}; }

  Half() = default;
  constexpr Half(uint16_t bits, from_bits_t) : x(bits) {}
  Half(float value) : x(detail::half_from_float(value)) {}
  operator float() const { return detail::half_to_float(x); }
  Half& operator+=(float other) { return *this = Half(*this + other); }
  Half& operator-=(float other) { return *this = Half(*this - other); }
  Half& operator*=(float other) { return *this = Half(*this * other); }
  Half& operator/=(float other) { return *this = Half(*this / other); }
};
static_assert(sizeof(Half) == 2);

}  // namespace spinel_v1
}  // namespace c10
