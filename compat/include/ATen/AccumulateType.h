// The type in which sums of element types are kept: wider than the elements.
#pragma once

#include <cstdint>

#include "ATen/OpMathType.h"

namespace at {
inline namespace spinel_v1 {

/// On the CPU floats add up in double precision and integers as int64; devices keep floats of 32 bits.
template <typename T, bool IsDevice>
struct AccumulateType {
  using type = std::conditional_t<std::is_integral_v<T>, std::conditional_t<std::is_same_v<T, bool>, bool, int64_t>,
                                  opmath_type<T>>;
};
template <>
struct AccumulateType<float, false> {
  using type = double;
};
template <>
struct AccumulateType<c10::complex<float>, false> {
  using type = c10::complex<double>;
};
template <typename T, bool IsDevice>
using acc_type = typename AccumulateType<T, IsDevice>::type;

}  // namespace spinel_v1
}  // namespace at
