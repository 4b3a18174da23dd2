// Paddle's complex number: two parts as members, in libtorch's layout.
#pragma once

#include <c10/util/complex.h>

#include <cmath>
#include <type_traits>

namespace phi::dtype {

/// Sources read and write `real` and `imag` directly, which c10::complex has as functions.
template <typename T>
struct alignas(2 * sizeof(T)) complex {
  using value_type = T;
  T real = 0, imag = 0;

  complex() = default;
  constexpr complex(T re, T im) : real(re), imag(im) {}
  template <typename N>
    requires std::is_arithmetic_v<N>
  constexpr complex(N re) : real(static_cast<T>(re)) {}
  template <typename U>
    requires(!std::is_same_v<U, T>)
  constexpr explicit complex(const complex<U>& other)
      : real(static_cast<T>(other.real)), imag(static_cast<T>(other.imag)) {}
  constexpr complex(const c10::complex<T>& other) : real(other.real()), imag(other.imag()) {}
  constexpr operator c10::complex<T>() const { return {real, imag}; }

  complex& operator+=(const complex& b) { return *this = *this + b; }
  complex& operator-=(const complex& b) { return *this = *this - b; }
  complex& operator*=(const complex& b) { return *this = *this * b; }
  complex& operator/=(const complex& b) { return *this = *this / b; }

  friend constexpr complex operator-(const complex& a) { return {-a.real, -a.imag}; }
  friend constexpr complex operator+(const complex& a, const complex& b) { return {a.real + b.real, a.imag + b.imag}; }
  friend constexpr complex operator-(const complex& a, const complex& b) { return {a.real - b.real, a.imag - b.imag}; }
  friend constexpr complex operator*(const complex& a, const complex& b) {
    return c10::complex<T>(a) * c10::complex<T>(b);
  }
  friend constexpr complex operator/(const complex& a, const complex& b) {
    return c10::complex<T>(a) / c10::complex<T>(b);
  }
  friend constexpr bool operator==(const complex& a, const complex& b) { return a.real == b.real && a.imag == b.imag; }
  friend constexpr bool operator!=(const complex& a, const complex& b) { return !(a == b); }
};

template <typename T>
constexpr complex<T> conj(const complex<T>& a) {
  return {a.real, -a.imag};
}
template <typename T>
T abs(const complex<T>& a) {
  return std::hypot(a.real, a.imag);
}

}  // namespace phi::dtype
