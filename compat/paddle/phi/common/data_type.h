// Paddle's element types with phi's numbers, and how they map to libtorch's and to C++ types.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/util/BFloat16.h>
#include <c10/util/Float8_e4m3fn.h>
#include <c10/util/Float8_e5m2.h>
#include <c10/util/Half.h>

#include <cstdint>

#include "paddle/phi/common/complex.h"

namespace phi {

using float16 = c10::Half;
using bfloat16 = c10::BFloat16;
using float8_e4m3fn = c10::Float8_e4m3fn;
using float8_e5m2 = c10::Float8_e5m2;
namespace dtype {
using phi::bfloat16;
using phi::float16;
using phi::float8_e4m3fn;
using phi::float8_e5m2;
}  // namespace dtype

// name, phi's number, libtorch's name, C++ type
#define SPINEL_PD_FOR_EACH_DTYPE(X)                               \
  X(BOOL, 1, Bool, bool)                                          \
  X(UINT8, 2, Byte, uint8_t)                                      \
  X(INT8, 3, Char, int8_t)                                        \
  X(UINT16, 4, UInt16, uint16_t)                                  \
  X(INT16, 5, Short, int16_t)                                     \
  X(UINT32, 6, UInt32, uint32_t)                                  \
  X(INT32, 7, Int, int)                                           \
  X(UINT64, 8, UInt64, uint64_t)                                  \
  X(INT64, 9, Long, int64_t)                                      \
  X(FLOAT32, 10, Float, float)                                    \
  X(FLOAT64, 11, Double, double)                                  \
  X(COMPLEX64, 12, ComplexFloat, ::phi::dtype::complex<float>)    \
  X(COMPLEX128, 13, ComplexDouble, ::phi::dtype::complex<double>) \
  X(FLOAT16, 15, Half, ::phi::float16)                            \
  X(BFLOAT16, 16, BFloat16, ::phi::bfloat16)                      \
  X(FLOAT8_E4M3FN, 17, Float8_e4m3fn, ::phi::float8_e4m3fn)       \
  X(FLOAT8_E5M2, 18, Float8_e5m2, ::phi::float8_e5m2)

enum class DataType {
  UNDEFINED = 0,
#define SPINEL_PD_NAME(name, number, torch_name, type) name = number,
  SPINEL_PD_FOR_EACH_DTYPE(SPINEL_PD_NAME)
#undef SPINEL_PD_NAME
};

/// libtorch's type; UNDEFINED has none and is an error.
inline at::ScalarType to_torch(DataType dtype) {
  switch (dtype) {
#define SPINEL_PD_CASE(name, number, torch_name, type) \
  case DataType::name: return at::ScalarType::torch_name;
    SPINEL_PD_FOR_EACH_DTYPE(SPINEL_PD_CASE)
#undef SPINEL_PD_CASE
    default: TORCH_CHECK(false, "paddle::DataType: ", static_cast<int>(dtype), " has no counterpart in libtorch");
  }
}

/// Types that Paddle lacks are UNDEFINED.
inline DataType from_torch(at::ScalarType dtype) {
  switch (dtype) {
#define SPINEL_PD_CASE(name, number, torch_name, type) \
  case at::ScalarType::torch_name: return DataType::name;
    SPINEL_PD_FOR_EACH_DTYPE(SPINEL_PD_CASE)
#undef SPINEL_PD_CASE
    default: return DataType::UNDEFINED;
  }
}

template <DataType>
struct DataTypeToCppType;
template <typename T>
struct CppTypeToDataType;
#define SPINEL_PD_TRAITS(name, number, torch_name, cpp)         \
  template <>                                                   \
  struct DataTypeToCppType<DataType::name> {                    \
    using type = cpp;                                           \
  };                                                            \
  template <>                                                   \
  struct CppTypeToDataType<cpp> {                               \
    static constexpr DataType Type() { return DataType::name; } \
  };
SPINEL_PD_FOR_EACH_DTYPE(SPINEL_PD_TRAITS)
#undef SPINEL_PD_TRAITS

inline size_t SizeOf(DataType dtype) { return at::elementSize(to_torch(dtype)); }

enum class DataLayout { UNDEFINED = 0, ANY = 0, NHWC, NCHW, NCDHW, NDHWC };

}  // namespace phi

namespace paddle {
using phi::bfloat16;
using phi::DataLayout;
using phi::DataType;
using phi::float16;
using phi::float8_e4m3fn;
using phi::float8_e5m2;
using complex64 = phi::dtype::complex<float>;
using complex128 = phi::dtype::complex<double>;
using phi::CppTypeToDataType;
using phi::DataTypeToCppType;
}  // namespace paddle
