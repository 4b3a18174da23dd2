#include "spinel/hosts/plain/element.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "spinel/base/error.h"

namespace spinel::plain {
namespace {

using registry::Scalar;
using registry::ScalarType;

template <typename T>
T read(const void* data) {
  T value;
  std::memcpy(&value, data, sizeof(T));
  return value;
}

/// IEEE half precision.
double from_half(uint16_t bits) {
  const int exponent = bits >> 10 & 0x1f;
  const int fraction = bits & 0x3ff;
  double value = 0;
  if (exponent == 0x1f) value = fraction == 0 ? HUGE_VAL : std::numeric_limits<double>::quiet_NaN();
  else if (exponent == 0) value = std::ldexp(fraction, -24);
  else value = std::ldexp(fraction + 1024, exponent - 25);
  return (bits & 0x8000) != 0 ? -value : value;
}

double from_bfloat16(uint16_t bits) { return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16); }

/// A float as half precision; ties go to the even neighbour, what is too large to infinity.
uint16_t to_half(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value), size = bits & 0x7fffffffu;
  const auto sign = static_cast<uint16_t>(bits >> 16 & 0x8000u);
  if (size > 0x7f800000u) return static_cast<uint16_t>(sign | 0x7e00u);
  if (size >= 0x477ff000u) return static_cast<uint16_t>(sign | 0x7c00u);
  if (size < 0x38800000u) {  // subnormal: multiples of 2^-24
    return static_cast<uint16_t>(sign | static_cast<uint16_t>(std::nearbyint(std::ldexp(std::fabs(value), 24))));
  }
  return static_cast<uint16_t>(sign | ((size - 0x38000000u + 0xfffu + (size >> 13 & 1)) >> 13));
}

uint16_t to_bfloat16(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  if (std::isnan(value)) return 0x7fc0;
  return static_cast<uint16_t>((bits + 0x7fffu + (bits >> 16 & 1)) >> 16);
}

template <typename T>
void write(void* data, T value) {
  std::memcpy(data, &value, sizeof(T));
}

/// The number as T; floats outside T's range become its nearest bound, where a bare cast would be undefined.
template <typename T>
T number(const Scalar& value) {
  const auto convert = [](auto number) -> T {
    using From = decltype(number);
    if constexpr (std::is_floating_point_v<From> && std::is_integral_v<T>) {
      if (std::isnan(number)) return 0;
      const auto low = static_cast<double>(std::numeric_limits<T>::min());
      const auto high = static_cast<double>(std::numeric_limits<T>::max());
      if (number <= low) return std::numeric_limits<T>::min();
      if (number >= high) return std::numeric_limits<T>::max();
    }
    return static_cast<T>(number);
  };
  return std::visit(
      [&](auto number) -> T {
        if constexpr (std::is_same_v<decltype(number), std::complex<double>>) return convert(number.real());
        else return convert(number);
      },
      value.value());
}

std::complex<double> complex_number(const Scalar& value) {
  if (const auto* number = std::get_if<std::complex<double>>(&value.value())) return *number;
  return number<double>(value);
}

bool truth(const Scalar& value) { return complex_number(value) != std::complex<double>(0); }

[[noreturn]] void fail_number(ScalarType dtype, std::string_view doing) {
  fail(ErrorKind::invalid_argument, "tensor: elements of type {} cannot be {} as a number", registry::to_string(dtype),
       doing);
}

}  // namespace

Scalar read_element(const void* data, ScalarType dtype) {
  switch (dtype) {
    case ScalarType::uint8: return static_cast<int64_t>(read<uint8_t>(data));
    case ScalarType::int8: return static_cast<int64_t>(read<int8_t>(data));
    case ScalarType::int16: return static_cast<int64_t>(read<int16_t>(data));
    case ScalarType::uint16: return static_cast<int64_t>(read<uint16_t>(data));
    case ScalarType::int32: return static_cast<int64_t>(read<int32_t>(data));
    case ScalarType::uint32: return static_cast<int64_t>(read<uint32_t>(data));
    case ScalarType::int64: return read<int64_t>(data);
    case ScalarType::uint64: {
      const auto value = read<uint64_t>(data);
      if (value > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
        fail(ErrorKind::invalid_argument, "tensor: its element {} does not fit into int64", value);
      }
      return static_cast<int64_t>(value);
    }
    case ScalarType::float16: return from_half(read<uint16_t>(data));
    case ScalarType::bfloat16: return from_bfloat16(read<uint16_t>(data));
    case ScalarType::float32: return static_cast<double>(read<float>(data));
    case ScalarType::float64: return read<double>(data);
    case ScalarType::complex64: return std::complex<double>(read<std::complex<float>>(data));
    case ScalarType::complex128: return read<std::complex<double>>(data);
    case ScalarType::boolean: return read<uint8_t>(data) != 0;
    default: fail_number(dtype, "read");
  }
}

void write_element(void* data, ScalarType dtype, const Scalar& value) {
  switch (dtype) {
    case ScalarType::uint8: return write(data, number<uint8_t>(value));
    case ScalarType::int8: return write(data, number<int8_t>(value));
    case ScalarType::int16: return write(data, number<int16_t>(value));
    case ScalarType::uint16: return write(data, number<uint16_t>(value));
    case ScalarType::int32: return write(data, number<int32_t>(value));
    case ScalarType::uint32: return write(data, number<uint32_t>(value));
    case ScalarType::int64: return write(data, number<int64_t>(value));
    case ScalarType::uint64: return write(data, number<uint64_t>(value));
    case ScalarType::float16: return write(data, to_half(number<float>(value)));
    case ScalarType::bfloat16: return write(data, to_bfloat16(number<float>(value)));
    case ScalarType::float32: return write(data, number<float>(value));
    case ScalarType::float64: return write(data, number<double>(value));
    case ScalarType::complex64: return write(data, std::complex<float>(complex_number(value)));
    case ScalarType::complex128: return write(data, complex_number(value));
    case ScalarType::boolean: return write(data, static_cast<uint8_t>(truth(value)));
    default: fail_number(dtype, "written");
  }
}

}  // namespace spinel::plain
