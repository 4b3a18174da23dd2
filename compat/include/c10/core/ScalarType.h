// Element types with PyTorch's names and codes, and which C++ type each is.
#pragma once

#include <cstdint>
#include <ostream>

#include "c10/util/BFloat16.h"
#include "c10/util/Exception.h"
#include "c10/util/Float8.h"
#include "c10/util/Half.h"
#include "c10/util/complex.h"
#include "spinel/registry/value_traits.h"

namespace c10 {
inline namespace spinel_v1 {

enum class ScalarType : int8_t {
  Byte = 0,
  Char = 1,
  Short = 2,
  Int = 3,
  Long = 4,
  Half = 5,
  Float = 6,
  Double = 7,
  ComplexHalf = 8,
  ComplexFloat = 9,
  ComplexDouble = 10,
  Bool = 11,
  QInt8 = 12,
  QUInt8 = 13,
  QInt32 = 14,
  BFloat16 = 15,
  QUInt4x2 = 16,
  QUInt2x4 = 17,
  Bits1x8 = 18,
  Bits2x4 = 19,
  Bits4x2 = 20,
  Bits8 = 21,
  Bits16 = 22,
  Float8_e5m2 = 23,
  Float8_e4m3fn = 24,
  Float8_e5m2fnuz = 25,
  Float8_e4m3fnuz = 26,
  UInt16 = 27,
  UInt32 = 28,
  UInt64 = 29,
  UInt1 = 30,
  UInt2 = 31,
  UInt3 = 32,
  UInt4 = 33,
  UInt5 = 34,
  UInt6 = 35,
  UInt7 = 36,
  Int1 = 37,
  Int2 = 38,
  Int3 = 39,
  Int4 = 40,
  Int5 = 41,
  Int6 = 42,
  Int7 = 43,
  Float8_e8m0fnu = 44,
  Float4_e2m1fn_x2 = 45,
  Undefined,
  NumOptions,
};

constexpr ScalarType kByte = ScalarType::Byte;
constexpr ScalarType kChar = ScalarType::Char;
constexpr ScalarType kShort = ScalarType::Short;
constexpr ScalarType kInt = ScalarType::Int;
constexpr ScalarType kLong = ScalarType::Long;
constexpr ScalarType kHalf = ScalarType::Half;
constexpr ScalarType kFloat = ScalarType::Float;
constexpr ScalarType kDouble = ScalarType::Double;
constexpr ScalarType kComplexHalf = ScalarType::ComplexHalf;
constexpr ScalarType kComplexFloat = ScalarType::ComplexFloat;
constexpr ScalarType kComplexDouble = ScalarType::ComplexDouble;
constexpr ScalarType kBool = ScalarType::Bool;
constexpr ScalarType kQInt8 = ScalarType::QInt8;
constexpr ScalarType kQUInt8 = ScalarType::QUInt8;
constexpr ScalarType kQInt32 = ScalarType::QInt32;
constexpr ScalarType kBFloat16 = ScalarType::BFloat16;
constexpr ScalarType kQUInt4x2 = ScalarType::QUInt4x2;
constexpr ScalarType kQUInt2x4 = ScalarType::QUInt2x4;
constexpr ScalarType kBits1x8 = ScalarType::Bits1x8;
constexpr ScalarType kBits2x4 = ScalarType::Bits2x4;
constexpr ScalarType kBits4x2 = ScalarType::Bits4x2;
constexpr ScalarType kBits8 = ScalarType::Bits8;
constexpr ScalarType kBits16 = ScalarType::Bits16;
constexpr ScalarType kFloat8_e5m2 = ScalarType::Float8_e5m2;
constexpr ScalarType kFloat8_e4m3fn = ScalarType::Float8_e4m3fn;
constexpr ScalarType kFloat8_e5m2fnuz = ScalarType::Float8_e5m2fnuz;
constexpr ScalarType kFloat8_e4m3fnuz = ScalarType::Float8_e4m3fnuz;
constexpr ScalarType kUInt16 = ScalarType::UInt16;
constexpr ScalarType kUInt32 = ScalarType::UInt32;
constexpr ScalarType kUInt64 = ScalarType::UInt64;
constexpr ScalarType kUInt1 = ScalarType::UInt1;
constexpr ScalarType kUInt2 = ScalarType::UInt2;
constexpr ScalarType kUInt3 = ScalarType::UInt3;
constexpr ScalarType kUInt4 = ScalarType::UInt4;
constexpr ScalarType kUInt5 = ScalarType::UInt5;
constexpr ScalarType kUInt6 = ScalarType::UInt6;
constexpr ScalarType kUInt7 = ScalarType::UInt7;
constexpr ScalarType kInt1 = ScalarType::Int1;
constexpr ScalarType kInt2 = ScalarType::Int2;
constexpr ScalarType kInt3 = ScalarType::Int3;
constexpr ScalarType kInt4 = ScalarType::Int4;
constexpr ScalarType kInt5 = ScalarType::Int5;
constexpr ScalarType kInt6 = ScalarType::Int6;
constexpr ScalarType kInt7 = ScalarType::Int7;
constexpr ScalarType kFloat8_e8m0fnu = ScalarType::Float8_e8m0fnu;
constexpr ScalarType kFloat4_e2m1fn_x2 = ScalarType::Float4_e2m1fn_x2;
// By the names of Python.
constexpr ScalarType kUInt8 = ScalarType::Byte;
constexpr ScalarType kInt8 = ScalarType::Char;
constexpr ScalarType kInt16 = ScalarType::Short;
constexpr ScalarType kInt32 = ScalarType::Int;
constexpr ScalarType kInt64 = ScalarType::Long;
constexpr ScalarType kFloat16 = ScalarType::Half;
constexpr ScalarType kFloat32 = ScalarType::Float;
constexpr ScalarType kFloat64 = ScalarType::Double;
constexpr ScalarType kComplex32 = ScalarType::ComplexHalf;
constexpr ScalarType kComplex64 = ScalarType::ComplexFloat;
constexpr ScalarType kComplex128 = ScalarType::ComplexDouble;

constexpr ::spinel::registry::ScalarType to_core(ScalarType type) noexcept {
  return static_cast<::spinel::registry::ScalarType>(type);
}

namespace detail {
inline constexpr const char* scalar_type_names[] = {
    "Byte",
    "Char",
    "Short",
    "Int",
    "Long",
    "Half",
    "Float",
    "Double",
    "ComplexHalf",
    "ComplexFloat",
    "ComplexDouble",
    "Bool",
    "QInt8",
    "QUInt8",
    "QInt32",
    "BFloat16",
    "QUInt4x2",
    "QUInt2x4",
    "Bits1x8",
    "Bits2x4",
    "Bits4x2",
    "Bits8",
    "Bits16",
    "Float8_e5m2",
    "Float8_e4m3fn",
    "Float8_e5m2fnuz",
    "Float8_e4m3fnuz",
    "UInt16",
    "UInt32",
    "UInt64",
    "UInt1",
    "UInt2",
    "UInt3",
    "UInt4",
    "UInt5",
    "UInt6",
    "UInt7",
    "Int1",
    "Int2",
    "Int3",
    "Int4",
    "Int5",
    "Int6",
    "Int7",
    "Float8_e8m0fnu",
    "Float4_e2m1fn_x2",
    "Undefined",
};
}  // namespace detail

/// "Float", as PyTorch's C++ messages spell it.
inline const char* toString(ScalarType type) {
  const auto code = static_cast<size_t>(type);
  return code < std::size(detail::scalar_type_names) ? detail::scalar_type_names[code] : "UNKNOWN_SCALAR";
}
inline std::ostream& operator<<(std::ostream& out, ScalarType type) { return out << toString(type); }

inline size_t elementSize(ScalarType type) { return ::spinel::registry::element_size(to_core(type)); }

inline bool isComplexType(ScalarType type) {
  return type == ScalarType::ComplexHalf || type == ScalarType::ComplexFloat || type == ScalarType::ComplexDouble;
}
inline bool isReducedFloatingType(ScalarType type) { return type == ScalarType::Half || type == ScalarType::BFloat16; }
inline bool isFloat8Type(ScalarType type) {
  return (type >= ScalarType::Float8_e5m2 && type <= ScalarType::Float8_e4m3fnuz) || type == ScalarType::Float8_e8m0fnu;
}
inline bool isFloatingType(ScalarType type) {
  return type == ScalarType::Float || type == ScalarType::Double || isReducedFloatingType(type) || isFloat8Type(type) ||
         type == ScalarType::Float4_e2m1fn_x2;
}
inline bool isIntegralType(ScalarType type, bool include_bool) {
  return (type >= ScalarType::Byte && type <= ScalarType::Long) ||
         (type >= ScalarType::UInt16 && type <= ScalarType::UInt64) || (include_bool && type == ScalarType::Bool);
}
inline bool isQIntType(ScalarType type) {
  return (type >= ScalarType::QInt8 && type <= ScalarType::QInt32) || type == ScalarType::QUInt4x2 ||
         type == ScalarType::QUInt2x4;
}

/// The element type of a C++ type, and back.
template <typename T>
struct CppTypeToScalarType;
namespace impl {
template <ScalarType Type>
struct ScalarTypeToCPPType;
template <ScalarType Type>
using ScalarTypeToCPPTypeT = typename ScalarTypeToCPPType<Type>::type;
}  // namespace impl
template <>
struct CppTypeToScalarType<uint8_t> : std::integral_constant<ScalarType, ScalarType::Byte> {};
template <>
struct impl::ScalarTypeToCPPType<ScalarType::Byte> {
  using type = uint8_t;
};
template <>
struct CppTypeToScalarType<int8_t> : std::integral_constant<ScalarType, ScalarType::Char> {};
template <>
struct impl::ScalarTypeToCPPType<ScalarType::Char> {
  using type = int8_t;
};
template <>
struct CppTypeToScalarType<int16_t> : std::integral_constant<ScalarType, ScalarType::Short> {};
template <>
struct impl::ScalarTypeToCPPType<ScalarType::Short> {
  using type = int16_t;
};
template <>
struct CppTypeToScalarType<int> : std::integral_constant<ScalarType, ScalarType::Int> {};
template <>
struct impl::ScalarTypeToCPPType<ScalarType::Int> {
  using type = int;
};
template <>
struct CppTypeToScalarType<int64_t> : std::integral_constant<ScalarType, ScalarType::Long> {};
template <>
struct impl::ScalarTypeToCPPType<ScalarType::Long> {
  using type = int64_t;
};
template <>
struct CppTypeToScalarType<Half> : std::integral_constant<ScalarType, ScalarType::Half> {};
template <>
struct impl::ScalarTypeToCPPType<ScalarType::Half> {
  using type = Half;
};
template <>
struct CppTypeToScalarType<float> : std::integral_constant<ScalarType, ScalarType::Float> {};
template <>
struct impl::ScalarTypeToCPPType<ScalarType::Float> {
  using type = float;
};
template <>
struct CppTypeToScalarType<double> : std::integral_constant<ScalarType, ScalarType::Double> {};
template <>
struct impl::ScalarTypeToCPPType<ScalarType::Double> {
  using type = double;
};
template <>
struct CppTypeToScalarType<complex<float>> : std::integral_constant<ScalarType, ScalarType::ComplexFloat> {};
template <>
struct impl::ScalarTypeToCPPType<ScalarType::ComplexFloat> {
  using type = complex<float>;
};
template <>
struct CppTypeToScalarType<complex<double>> : std::integral_constant<ScalarType, ScalarType::ComplexDouble> {};
template <>
struct impl::ScalarTypeToCPPType<ScalarType::ComplexDouble> {
  using type = complex<double>;
};
template <>
struct CppTypeToScalarType<bool> : std::integral_constant<ScalarType, ScalarType::Bool> {};
template <>
struct impl::ScalarTypeToCPPType<ScalarType::Bool> {
  using type = bool;
};
template <>
struct CppTypeToScalarType<BFloat16> : std::integral_constant<ScalarType, ScalarType::BFloat16> {};
template <>
struct impl::ScalarTypeToCPPType<ScalarType::BFloat16> {
  using type = BFloat16;
};
template <>
struct CppTypeToScalarType<uint16_t> : std::integral_constant<ScalarType, ScalarType::UInt16> {};
template <>
struct impl::ScalarTypeToCPPType<ScalarType::UInt16> {
  using type = uint16_t;
};
template <>
struct CppTypeToScalarType<uint32_t> : std::integral_constant<ScalarType, ScalarType::UInt32> {};
template <>
struct impl::ScalarTypeToCPPType<ScalarType::UInt32> {
  using type = uint32_t;
};
template <>
struct CppTypeToScalarType<uint64_t> : std::integral_constant<ScalarType, ScalarType::UInt64> {};
template <>
struct impl::ScalarTypeToCPPType<ScalarType::UInt64> {
  using type = uint64_t;
};
template <>
struct CppTypeToScalarType<Float8_e5m2> : std::integral_constant<ScalarType, ScalarType::Float8_e5m2> {};
template <>
struct impl::ScalarTypeToCPPType<ScalarType::Float8_e5m2> {
  using type = Float8_e5m2;
};
template <>
struct CppTypeToScalarType<Float8_e4m3fn> : std::integral_constant<ScalarType, ScalarType::Float8_e4m3fn> {};
template <>
struct impl::ScalarTypeToCPPType<ScalarType::Float8_e4m3fn> {
  using type = Float8_e4m3fn;
};
template <>
struct CppTypeToScalarType<Float8_e5m2fnuz> : std::integral_constant<ScalarType, ScalarType::Float8_e5m2fnuz> {};
template <>
struct impl::ScalarTypeToCPPType<ScalarType::Float8_e5m2fnuz> {
  using type = Float8_e5m2fnuz;
};
template <>
struct CppTypeToScalarType<Float8_e4m3fnuz> : std::integral_constant<ScalarType, ScalarType::Float8_e4m3fnuz> {};
template <>
struct impl::ScalarTypeToCPPType<ScalarType::Float8_e4m3fnuz> {
  using type = Float8_e4m3fnuz;
};

}  // namespace spinel_v1
}  // namespace c10

namespace spinel::registry::inline v1 {
template <>
struct ValueTraits<c10::ScalarType> : internal::CodeTraits<c10::ScalarType, TypeKind::scalar_type> {};
template <>
struct KernelType<c10::ScalarType> {
  using type = ScalarType;
};
}  // namespace spinel::registry::inline v1
