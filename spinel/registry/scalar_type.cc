#include "spinel/registry/scalar_type.h"

#include <cmath>

#include "spinel/base/error.h"

namespace spinel::registry::inline v1 {
namespace {

struct Entry {
  ScalarType type;
  std::string_view name;
  size_t size;
};
constexpr Entry entries[] = {
    {ScalarType::uint8, "uint8", 1},
    {ScalarType::int8, "int8", 1},
    {ScalarType::int16, "int16", 2},
    {ScalarType::int32, "int32", 4},
    {ScalarType::int64, "int64", 8},
    {ScalarType::float16, "float16", 2},
    {ScalarType::float32, "float32", 4},
    {ScalarType::float64, "float64", 8},
    {ScalarType::complex32, "complex32", 4},
    {ScalarType::complex64, "complex64", 8},
    {ScalarType::complex128, "complex128", 16},
    {ScalarType::boolean, "bool", 1},
    {ScalarType::qint8, "qint8", 1},
    {ScalarType::quint8, "quint8", 1},
    {ScalarType::qint32, "qint32", 4},
    {ScalarType::bfloat16, "bfloat16", 2},
    {ScalarType::quint4x2, "quint4x2", 0},
    {ScalarType::quint2x4, "quint2x4", 0},
    {ScalarType::float8_e5m2, "float8_e5m2", 1},
    {ScalarType::float8_e4m3fn, "float8_e4m3fn", 1},
    {ScalarType::float8_e5m2fnuz, "float8_e5m2fnuz", 1},
    {ScalarType::float8_e4m3fnuz, "float8_e4m3fnuz", 1},
    {ScalarType::uint16, "uint16", 2},
    {ScalarType::uint32, "uint32", 4},
    {ScalarType::uint64, "uint64", 8},
    {ScalarType::bits1x8, "bits1x8", 1},
    {ScalarType::bits2x4, "bits2x4", 1},
    {ScalarType::bits4x2, "bits4x2", 1},
    {ScalarType::bits8, "bits8", 1},
    {ScalarType::bits16, "bits16", 2},
    {ScalarType::uint1, "uint1", 1},
    {ScalarType::uint2, "uint2", 1},
    {ScalarType::uint3, "uint3", 1},
    {ScalarType::uint4, "uint4", 1},
    {ScalarType::uint5, "uint5", 1},
    {ScalarType::uint6, "uint6", 1},
    {ScalarType::uint7, "uint7", 1},
    {ScalarType::int1, "int1", 1},
    {ScalarType::int2, "int2", 1},
    {ScalarType::int3, "int3", 1},
    {ScalarType::int4, "int4", 1},
    {ScalarType::int5, "int5", 1},
    {ScalarType::int6, "int6", 1},
    {ScalarType::int7, "int7", 1},
    {ScalarType::float8_e8m0fnu, "float8_e8m0fnu", 1},
    {ScalarType::float4_e2m1fn_x2, "float4_e2m1fn_x2", 1},
    // PyTorch's other names of the same types.
    {ScalarType::int16, "short", 2},
    {ScalarType::uint1, "bit", 1},
    {ScalarType::int32, "int", 4},
    {ScalarType::int64, "long", 8},
    {ScalarType::float16, "half", 2},
    {ScalarType::float32, "float", 4},
    {ScalarType::float64, "double", 8},
    {ScalarType::complex32, "chalf", 4},
    {ScalarType::complex64, "cfloat", 8},
    {ScalarType::complex128, "cdouble", 16},
};

const Entry* entry_of(ScalarType type) {
  for (const Entry& entry : entries) {
    if (entry.type == type) return &entry;
  }
  return nullptr;
}

}  // namespace

std::string_view to_string(ScalarType type) {
  const Entry* entry = entry_of(type);
  return entry == nullptr ? "unknown" : entry->name;
}

std::optional<ScalarType> find_scalar_type(std::string_view name) {
  for (const Entry& entry : entries) {
    if (entry.name == name) return entry.type;
  }
  return std::nullopt;
}

size_t element_size(ScalarType type) {
  const Entry* entry = entry_of(type);
  return entry == nullptr ? 0 : entry->size;
}

int64_t Scalar::to_int() const {
  if (const auto* integer = std::get_if<int64_t>(&value_)) return *integer;
  if (const auto* boolean = std::get_if<bool>(&value_)) return *boolean ? 1 : 0;
  const double number = to_double();
  // 2^63 is the first double beyond int64; the negation also refuses NaN.
  if (!(number >= -9223372036854775808.0 && number < 9223372036854775808.0)) {
    fail(ErrorKind::invalid_argument, "Scalar: {} does not fit into int64", number);
  }
  return static_cast<int64_t>(number);
}

double Scalar::to_double() const {
  if (const auto* number = std::get_if<double>(&value_)) return *number;
  if (const auto* integer = std::get_if<int64_t>(&value_)) return static_cast<double>(*integer);
  if (const auto* boolean = std::get_if<bool>(&value_)) return *boolean ? 1 : 0;
  const std::complex<double> number = std::get<std::complex<double>>(value_);
  require(number.imag() == 0, "Scalar: {}+{}j has an imaginary part; a real number is needed", number.real(),
          number.imag());
  return number.real();
}

std::complex<double> Scalar::to_complex() const {
  if (const auto* number = std::get_if<std::complex<double>>(&value_)) return *number;
  return to_double();
}

bool Scalar::to_bool() const {
  if (const auto* boolean = std::get_if<bool>(&value_)) return *boolean;
  return to_complex() != std::complex<double>(0);
}

}  // namespace spinel::registry::inline v1
