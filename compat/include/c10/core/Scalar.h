// A number of any kind with PyTorch's members.
#pragma once

#include <type_traits>

#include "c10/core/ScalarType.h"
#include "c10/core/SymInt.h"

namespace c10 {
inline namespace spinel_v1 {

class Scalar {
 public:
  Scalar() = default;
  template <typename T>
    requires std::is_arithmetic_v<T>
  Scalar(T value) : value_(make(value)) {}
  template <typename T>
  Scalar(std::complex<T> value) : value_(std::complex<double>(value)) {}
  Scalar(Half value) : value_(static_cast<double>(value)) {}
  Scalar(BFloat16 value) : value_(static_cast<double>(value)) {}
  Scalar(SymInt value) : value_(value.as_int_unchecked()) {}
  Scalar(const ::spinel::registry::Scalar& value) : value_(value) {}
  const ::spinel::registry::Scalar& core() const noexcept { return value_; }

  bool isFloatingPoint() const { return value_.is_floating_point(); }
  bool isIntegral(bool include_bool) const { return value_.is_integral() || (include_bool && value_.is_boolean()); }
  bool isComplex() const { return value_.is_complex(); }
  bool isBoolean() const { return value_.is_boolean(); }
  bool isSymbolic() const { return false; }
  ScalarType type() const {
    if (isComplex()) return ScalarType::ComplexDouble;
    if (isFloatingPoint()) return ScalarType::Double;
    return isBoolean() ? ScalarType::Bool : ScalarType::Long;
  }
  Scalar operator-() const {
    if (isComplex()) return -value_.to_complex();
    if (isFloatingPoint()) return -value_.to_double();
    return -value_.to_int();
  }
  Scalar log() const { return std::log(value_.to_double()); }
  template <typename T>
  bool equal(T number) const {
    return value_ == Scalar(number).core() || (!isComplex() && value_.to_double() == static_cast<double>(number));
  }

  /// As another kind; what does not fit (1+2j as a float, 1e30 as an int) is an error.
  template <typename T>
  T to() const {
    if constexpr (std::is_same_v<T, bool>) return value_.to_bool();
    else if constexpr (std::is_same_v<T, SymInt>) return SymInt(value_.to_int());
    else if constexpr (std::is_integral_v<T>) return checked<T>(value_.to_int());
    else if constexpr (std::is_convertible_v<double, T>) return static_cast<T>(value_.to_double());
    else if constexpr (std::is_convertible_v<float, T>) return static_cast<T>(static_cast<float>(value_.to_double()));
    else return T(value_.to_complex());
  }
  double toDouble() const { return to<double>(); }
  float toFloat() const { return to<float>(); }
  int64_t toLong() const { return to<int64_t>(); }
  int toInt() const { return to<int>(); }
  int16_t toShort() const { return to<int16_t>(); }
  int8_t toChar() const { return to<int8_t>(); }
  uint8_t toByte() const { return to<uint8_t>(); }
  bool toBool() const { return to<bool>(); }
  Half toHalf() const { return toFloat(); }
  BFloat16 toBFloat16() const { return toFloat(); }
  std::complex<double> toComplexDouble() const { return value_.to_complex(); }
  SymInt toSymInt() const { return value_.to_int(); }

 private:
  template <typename T>
  static ::spinel::registry::Scalar make(T value) {
    if constexpr (std::is_same_v<T, bool>) return value;
    else if constexpr (std::is_integral_v<T>) return static_cast<int64_t>(value);
    else return static_cast<double>(value);
  }
  template <typename T>
  static T checked(int64_t number) {
    TORCH_CHECK(static_cast<int64_t>(static_cast<T>(number)) == number, "value cannot be converted to type of ",
                sizeof(T), " bytes without overflow");
    return static_cast<T>(number);
  }
  ::spinel::registry::Scalar value_;
};

inline std::ostream& operator<<(std::ostream& out, const Scalar& number) {
  if (number.isComplex()) return out << number.toComplexDouble();
  if (number.isFloatingPoint()) return out << number.toDouble();
  if (number.isBoolean()) return out << (number.toBool() ? "true" : "false");
  return out << number.toLong();
}

}  // namespace spinel_v1
}  // namespace c10

namespace spinel::registry::inline v1 {
template <>
struct ValueTraits<c10::Scalar> {
  using Holder = c10::Scalar;
  static Type type() { return TypeKind::scalar; }
  static c10::Scalar read(const Value& value) { return value.to_scalar(); }
  static c10::Scalar& get(Holder& holder) { return holder; }
  static Value write(const c10::Scalar& number) { return number.core(); }
};
template <>
struct KernelType<c10::Scalar> {
  using type = Scalar;
};
}  // namespace spinel::registry::inline v1
