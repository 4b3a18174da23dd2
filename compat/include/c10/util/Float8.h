// The element types of 8 bits: stored in a byte, computed with as float.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

namespace c10 {
inline namespace spinel_v1 {
namespace detail {

/// A number of `Exponent` and `Mantissa` bits. `Finite`: there is no infinity, and no zero with a sign where the bias
/// is one more than usual (the types of "fn" and "fnuz").
template <int Exponent, int Mantissa, int Bias, bool Finite, bool OneZero>
struct Float8 {
  uint8_t x = 0;

  struct from_bits_t {};
  static constexpr from_bits_t from_bits() { return {}; }

  Float8() = default;
  constexpr Float8(uint8_t bits, from_bits_t) : x(bits) {}
  Float8(float value) : x(bits_of(value)) {}
  operator float() const {
    const int exponent = x >> Mantissa & ((1 << Exponent) - 1), fraction = x & ((1 << Mantissa) - 1);
    const bool negative = (x & 0x80) != 0;
    if (is_nan(x)) return NAN;
    if (!Finite && exponent == (1 << Exponent) - 1) return negative ? -INFINITY : INFINITY;
    const float size = exponent == 0
                           ? std::ldexp(static_cast<float>(fraction), 1 - Bias - Mantissa)
                           : std::ldexp(static_cast<float>(fraction + (1 << Mantissa)), exponent - Bias - Mantissa);
    return negative ? -size : size;
  }
  Float8& operator+=(float other) { return *this = Float8(*this + other); }
  Float8& operator-=(float other) { return *this = Float8(*this - other); }
  Float8& operator*=(float other) { return *this = Float8(*this * other); }
  Float8& operator/=(float other) { return *this = Float8(*this / other); }

 private:
  static constexpr uint8_t nan_bits = OneZero ? 0x80 : 0x7f;
  static constexpr bool is_nan(uint8_t bits) {
    if (OneZero) return bits == nan_bits;
    if (Finite) return (bits & 0x7f) == nan_bits;
    return (bits & 0x7f) > infinity_bits;
  }
  static constexpr uint8_t infinity_bits = ((1 << Exponent) - 1) << Mantissa;
  /// The greatest number that is none of the marks.
  static constexpr uint8_t greatest_bits = OneZero ? 0x7f : Finite ? 0x7e : infinity_bits - 1;

  /// Rounded to nearest, ties to even; what is too great becomes infinity, or NaN where there is none.
  static uint8_t bits_of(float value) {
    if (std::isnan(value)) return static_cast<uint8_t>(nan_bits | (OneZero || !std::signbit(value) ? 0 : 0x80));
    const uint8_t sign = std::signbit(value) ? 0x80 : 0;
    const float size = std::fabs(value);
    if (std::isinf(value)) return Finite ? static_cast<uint8_t>(nan_bits | (OneZero ? 0 : sign)) : sign | infinity_bits;
    int exponent = 0;
    std::frexp(size, &exponent);  // size = m · 2^exponent, 0.5 <= m < 1
    const int least = 2 - Bias;   // of the smallest normal number, in this counting
    const int shift = Mantissa + 1 - (exponent < least ? least : exponent);
    if (size == 0) exponent = least - 1;
    const auto scaled = static_cast<uint32_t>(std::nearbyint(std::ldexp(size, shift)));
    // Normal numbers have their leading bit in `scaled`; adding it to the exponent carries rounding up with it.
    const uint32_t bits = (exponent < least ? 0u : static_cast<uint32_t>(exponent - least) << Mantissa) + scaled;
    if (bits > greatest_bits) {
      return Finite ? static_cast<uint8_t>(nan_bits | (OneZero ? 0 : sign)) : sign | infinity_bits;
    }
    if (OneZero && bits == 0) return 0;
    return static_cast<uint8_t>(sign | bits);
  }
};

}  // namespace detail

using Float8_e4m3fn = detail::Float8<4, 3, 7, true, false>;
using Float8_e5m2 = detail::Float8<5, 2, 15, false, false>;
using Float8_e4m3fnuz = detail::Float8<4, 3, 8, true, true>;
using Float8_e5m2fnuz = detail::Float8<5, 2, 16, true, true>;
static_assert(sizeof(Float8_e4m3fn) == 1);

}  // namespace spinel_v1
}  // namespace c10
