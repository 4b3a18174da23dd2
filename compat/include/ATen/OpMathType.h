// The type in which element types are computed with: float for those of 16 and 8 bits.
#pragma once

#include "c10/core/ScalarType.h"

namespace at {
inline namespace spinel_v1 {

template <typename T>
struct OpMathType {
  using type = T;
};
template <>
struct OpMathType<c10::Half> {
  using type = float;
};
template <>
struct OpMathType<c10::BFloat16> {
  using type = float;
};
template <int Exponent, int Mantissa, int Bias, bool Finite, bool OneZero>
struct OpMathType<c10::detail::Float8<Exponent, Mantissa, Bias, Finite, OneZero>> {
  using type = float;
};
template <typename T>
using opmath_type = typename OpMathType<T>::type;

}  // namespace spinel_v1
}  // namespace at
