// The element types of sparse products and the numbers that they are calculated in.
#pragma once

#include <cstdint>
#include <type_traits>

#include "spinel/base/safetensors.h"
#include "spinel/kernels/host_device.h"
#include "spinel/kernels/max_pool_element.h"

namespace spinel::kernels {

// 16-bit floats as they are stored.
using Half = PoolHalf;
using Bf16 = PoolBf16;

/// float for 16-bit floats, else the type itself.
template <typename S>
using ElementNumber = std::conditional_t<std::is_same_v<S, Half> || std::is_same_v<S, Bf16>, float, S>;

template <typename S>
SPINEL_HOST_DEVICE ElementNumber<S> get_element(const S* from) {
  if constexpr (std::is_same_v<S, Half>) return pool_from_half(from->bits);
  else if constexpr (std::is_same_v<S, Bf16>) return pool_from_bf16(from->bits);
  else return *from;
}

template <typename S>
SPINEL_HOST_DEVICE void put_element(S* to, ElementNumber<S> number) {
  if constexpr (std::is_same_v<S, Half>) to->bits = pool_to_half(number);
  else if constexpr (std::is_same_v<S, Bf16>) to->bits = pool_to_bf16(number);
  else *to = number;
}

/// Integers wrap around.
template <typename N>
SPINEL_HOST_DEVICE N wrapping_add(N a, N b) {
  if constexpr (std::is_integral_v<N>) {
    return static_cast<N>(static_cast<std::make_unsigned_t<N>>(a) + static_cast<std::make_unsigned_t<N>>(b));
  } else {
    return a + b;
  }
}
template <typename N>
SPINEL_HOST_DEVICE N wrapping_multiply(N a, N b) {
  if constexpr (std::is_integral_v<N>) {
    return static_cast<N>(static_cast<std::make_unsigned_t<N>>(a) * static_cast<std::make_unsigned_t<N>>(b));
  } else {
    return a * b;
  }
}

/// Whether sparse products take these elements: f64, f32, bf16, f16, i32, i64.
constexpr bool is_product_element(Dtype dtype) {
  return dtype == Dtype::f64 || dtype == Dtype::f32 || dtype == Dtype::bf16 || dtype == Dtype::f16 ||
         dtype == Dtype::i32 || dtype == Dtype::i64;
}

/// Of the number that an element of the type is calculated in.
constexpr int64_t number_size(Dtype dtype) { return dtype == Dtype::f64 || dtype == Dtype::i64 ? 8 : 4; }

/// Calls function(S{}) with the stored type; what it returns must not depend on S.
template <typename Function>
decltype(auto) by_element(Dtype dtype, Function function) {
  switch (dtype) {
    case Dtype::f64: return function(double{});
    case Dtype::f32: return function(float{});
    case Dtype::bf16: return function(Bf16{});
    case Dtype::f16: return function(Half{});
    case Dtype::i32: return function(int32_t{});
    default: return function(int64_t{});
  }
}

}  // namespace spinel::kernels
