// Element types, layouts and memory formats with the codes that PyTorch gives them.
#pragma once

#include <complex>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

namespace spinel::registry::inline v1 {

/// Element types; the numbers are what a `ScalarType` argument is bound as.
enum class ScalarType : int8_t {
  uint8 = 0,
  int8 = 1,
  int16 = 2,
  int32 = 3,
  int64 = 4,
  float16 = 5,
  float32 = 6,
  float64 = 7,
  complex32 = 8,
  complex64 = 9,
  complex128 = 10,
  boolean = 11,
  qint8 = 12,
  quint8 = 13,
  qint32 = 14,
  bfloat16 = 15,
  quint4x2 = 16,
  quint2x4 = 17,
  bits1x8 = 18,
  bits2x4 = 19,
  bits4x2 = 20,
  bits8 = 21,
  bits16 = 22,
  float8_e5m2 = 23,
  float8_e4m3fn = 24,
  float8_e5m2fnuz = 25,
  float8_e4m3fnuz = 26,
  uint16 = 27,
  uint32 = 28,
  uint64 = 29,
  uint1 = 30,
  uint2 = 31,
  uint3 = 32,
  uint4 = 33,
  uint5 = 34,
  uint6 = 35,
  uint7 = 36,
  int1 = 37,
  int2 = 38,
  int3 = 39,
  int4 = 40,
  int5 = 41,
  int6 = 42,
  int7 = 43,
  float8_e8m0fnu = 44,
  float4_e2m1fn_x2 = 45,
};

enum class Layout : int8_t { strided = 0, sparse_coo = 1, sparse_csr = 2, mkldnn = 3 };
enum class MemoryFormat : int8_t { contiguous = 0, preserve = 1, channels_last = 2, channels_last_3d = 3 };
/// Quantisation schemes.
enum class QScheme : int8_t { per_tensor_affine = 0, per_channel_affine = 1, per_tensor_symmetric = 2 };

/// "float32", "bool", "bfloat16"; "unknown" for other codes.
std::string_view to_string(ScalarType type);
/// The type of such a name, also of "float", "double", "half", "int", "long", "short", "cfloat", "cdouble".
std::optional<ScalarType> find_scalar_type(std::string_view name);
/// Bytes of one element; 0 for codes without a fixed size.
size_t element_size(ScalarType type);

/// A number of any kind: what a `Scalar` argument is in C++.
class Scalar {
 public:
  using Variant = std::variant<int64_t, double, std::complex<double>, bool>;

  Scalar() = default;
  Scalar(int64_t value) : value_(value) {}
  Scalar(int value) : value_(static_cast<int64_t>(value)) {}
  Scalar(double value) : value_(value) {}
  Scalar(std::complex<double> value) : value_(value) {}
  template <typename T>
    requires std::is_same_v<T, bool>
  Scalar(T value) : value_(value) {}

  bool is_integral() const { return value_.index() == 0; }
  bool is_floating_point() const { return value_.index() == 1; }
  bool is_complex() const { return value_.index() == 2; }
  bool is_boolean() const { return value_.index() == 3; }
  const Variant& value() const { return value_; }
  /// As another kind; a complex number only where its imaginary part is 0, a float truncates toward zero. What does not
  /// fit: invalid_argument.
  int64_t to_int() const;
  double to_double() const;
  std::complex<double> to_complex() const;
  bool to_bool() const;
  friend bool operator==(const Scalar&, const Scalar&) = default;

 private:
  Variant value_ = int64_t{0};
};

}  // namespace spinel::registry::inline v1
