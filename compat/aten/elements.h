// Elements of tensors in CPU memory as C++ numbers: promotion of types, broadcasting, and the choice of a type.
#pragma once

#include <cstdint>
#include <string_view>
#include <type_traits>
#include <vector>

#include "spinel/base/error.h"
#include "spinel/registry/tensor_functions.h"

namespace spinel::aten {

bool is_floating(registry::ScalarType dtype);
bool is_integral(registry::ScalarType dtype);

/// The type in which two types are computed with, as PyTorch's table has it; bool < integers < floats, and int16 of
/// int8 and uint8, float32 of float16 and bfloat16. Types other than real ones: unavailable.
registry::ScalarType promote(registry::ScalarType a, registry::ScalarType b);
/// The same of two tensors: one without dimensions decides only by its category.
registry::ScalarType promote(const registry::Tensor& a, const registry::Tensor& b);
/// The same of a tensor and a number.
registry::ScalarType promote(const registry::Tensor& a, const registry::Scalar& b);
/// float32 for the types of 16 bits, which have no arithmetic of their own.
registry::ScalarType computed_as(registry::ScalarType dtype);

/// The sizes that both can be expanded to. None: invalid_argument.
std::vector<int64_t> broadcast_sizes(registry::IntArrayRef a, registry::IntArrayRef b);

/// Without gaps, row by row, in CPU memory, of this element type, expanded to these sizes. Other devices: unavailable.
registry::Tensor compact(const registry::Tensor& tensor, registry::ScalarType dtype);
registry::Tensor compact(const registry::Tensor& tensor, registry::ScalarType dtype, registry::IntArrayRef sizes);

template <typename T>
const T* read(const registry::Tensor& tensor) {
  return static_cast<const T*>(tensor.data());
}
template <typename T>
T* write(const registry::Tensor& tensor) {
  return static_cast<T*>(tensor.data());
}
template <typename T>
T number(const registry::Scalar& value) {
  if constexpr (std::is_floating_point_v<T>) return static_cast<T>(value.to_double());
  else if constexpr (std::is_same_v<T, bool>) return value.to_bool();
  else return static_cast<T>(value.to_int());
}

/// x + y * z; integers wrap around, as PyTorch's do.
template <typename T>
T multiply_add(T x, T y, T z) {
  if constexpr (std::is_floating_point_v<T>) return x + y * z;
  else return static_cast<T>(static_cast<uint64_t>(x) + static_cast<uint64_t>(y) * static_cast<uint64_t>(z));
}

/// Calls use(T()) with the C++ type of a real element type that has arithmetic.
template <typename F>
decltype(auto) with_type(registry::ScalarType dtype, std::string_view op, F&& use) {
  using registry::ScalarType;
  switch (dtype) {
    case ScalarType::boolean: return use(bool());
    case ScalarType::uint8: return use(uint8_t());
    case ScalarType::int8: return use(int8_t());
    case ScalarType::int16: return use(int16_t());
    case ScalarType::int32: return use(int32_t());
    case ScalarType::int64: return use(int64_t());
    case ScalarType::float32: return use(float());
    case ScalarType::float64: return use(double());
    default:
      fail(ErrorKind::unavailable, "{}: the layer does not compute with elements of type {}; convert them first", op,
           registry::to_string(dtype));
  }
}

}  // namespace spinel::aten
