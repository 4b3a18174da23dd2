// PD_DISPATCH_*: runs a block with `data_t` as the C++ type of a run-time element type.
#pragma once

#include "paddle/common/exception.h"
#include "paddle/phi/common/data_type.h"

#define SPINEL_PD_DTYPE_CASE(name, ...)                                                    \
  case ::phi::DataType::name: {                                                            \
    using data_t [[maybe_unused]] = ::phi::DataTypeToCppType<::phi::DataType::name>::type; \
    __VA_ARGS__();                                                                         \
    break;                                                                                 \
  }
#define SPINEL_PD_DTYPE_SWITCH(TYPE, NAME, ...)                                                                      \
  [&] {                                                                                                              \
    const ::phi::DataType spinel_pd_dtype = TYPE;                                                                    \
    switch (spinel_pd_dtype) {                                                                                       \
      __VA_ARGS__                                                                                                    \
      default: PD_THROW("function ", NAME, " is not implemented for data type ", static_cast<int>(spinel_pd_dtype)); \
    }                                                                                                                \
  }()

#define SPINEL_PD_FLOATING(...) SPINEL_PD_DTYPE_CASE(FLOAT32, __VA_ARGS__) SPINEL_PD_DTYPE_CASE(FLOAT64, __VA_ARGS__)
#define SPINEL_PD_HALF(...) SPINEL_PD_DTYPE_CASE(FLOAT16, __VA_ARGS__) SPINEL_PD_DTYPE_CASE(BFLOAT16, __VA_ARGS__)
#define SPINEL_PD_BYTES(...) SPINEL_PD_DTYPE_CASE(INT8, __VA_ARGS__) SPINEL_PD_DTYPE_CASE(UINT8, __VA_ARGS__)
#define SPINEL_PD_WORDS(...) SPINEL_PD_DTYPE_CASE(INT16, __VA_ARGS__) SPINEL_PD_DTYPE_CASE(INT32, __VA_ARGS__)
#define SPINEL_PD_INTEGRAL(...) \
  SPINEL_PD_BYTES(__VA_ARGS__) SPINEL_PD_WORDS(__VA_ARGS__) SPINEL_PD_DTYPE_CASE(INT64, __VA_ARGS__)
#define SPINEL_PD_COMPLEX(...) \
  SPINEL_PD_DTYPE_CASE(COMPLEX64, __VA_ARGS__) SPINEL_PD_DTYPE_CASE(COMPLEX128, __VA_ARGS__)

#define PD_DISPATCH_FLOATING_TYPES(TYPE, NAME, ...) SPINEL_PD_DTYPE_SWITCH(TYPE, NAME, SPINEL_PD_FLOATING(__VA_ARGS__))
#define PD_DISPATCH_FLOATING_AND_HALF_TYPES(TYPE, NAME, ...) \
  SPINEL_PD_DTYPE_SWITCH(TYPE, NAME, SPINEL_PD_FLOATING(__VA_ARGS__) SPINEL_PD_HALF(__VA_ARGS__))
#define PD_DISPATCH_INTEGRAL_TYPES(TYPE, NAME, ...) SPINEL_PD_DTYPE_SWITCH(TYPE, NAME, SPINEL_PD_INTEGRAL(__VA_ARGS__))
#define PD_DISPATCH_COMPLEX_TYPES(TYPE, NAME, ...) SPINEL_PD_DTYPE_SWITCH(TYPE, NAME, SPINEL_PD_COMPLEX(__VA_ARGS__))
#define PD_DISPATCH_FLOATING_AND_INTEGRAL_TYPES(TYPE, NAME, ...) \
  SPINEL_PD_DTYPE_SWITCH(TYPE, NAME, SPINEL_PD_FLOATING(__VA_ARGS__) SPINEL_PD_INTEGRAL(__VA_ARGS__))
#define PD_DISPATCH_FLOATING_AND_COMPLEX_TYPES(TYPE, NAME, ...) \
  SPINEL_PD_DTYPE_SWITCH(TYPE, NAME, SPINEL_PD_FLOATING(__VA_ARGS__) SPINEL_PD_COMPLEX(__VA_ARGS__))
#define PD_DISPATCH_FLOATING_AND_INTEGRAL_AND_COMPLEX_TYPES(TYPE, NAME, ...) \
  SPINEL_PD_DTYPE_SWITCH(                                                    \
      TYPE, NAME, SPINEL_PD_FLOATING(__VA_ARGS__) SPINEL_PD_INTEGRAL(__VA_ARGS__) SPINEL_PD_COMPLEX(__VA_ARGS__))
