// The macro that chooses a C++ type from a list of element types: AT_DISPATCH_V2(type, name, AT_WRAP(body), types…).
#pragma once

#include "ATen/Dispatch.h"

#define AT_WRAP(...) __VA_ARGS__
#define AT_EXPAND(...) __VA_ARGS__

#define AT_INTEGRAL_TYPES \
  c10::ScalarType::Byte, c10::ScalarType::Char, c10::ScalarType::Int, c10::ScalarType::Long, c10::ScalarType::Short
#define AT_FLOATING_TYPES c10::ScalarType::Double, c10::ScalarType::Float
#define AT_BAREBONES_UNSIGNED_TYPES c10::ScalarType::UInt16, c10::ScalarType::UInt32, c10::ScalarType::UInt64
#define AT_INTEGRAL_TYPES_V2 AT_EXPAND(AT_INTEGRAL_TYPES), AT_EXPAND(AT_BAREBONES_UNSIGNED_TYPES)
#define AT_COMPLEX_TYPES c10::ScalarType::ComplexDouble, c10::ScalarType::ComplexFloat
#define AT_FLOAT8_TYPES                                                                           \
  c10::ScalarType::Float8_e5m2, c10::ScalarType::Float8_e5m2fnuz, c10::ScalarType::Float8_e4m3fn, \
      c10::ScalarType::Float8_e4m3fnuz
#define AT_ALL_TYPES AT_EXPAND(AT_INTEGRAL_TYPES), AT_EXPAND(AT_FLOATING_TYPES)
#define AT_ALL_TYPES_AND_COMPLEX AT_EXPAND(AT_ALL_TYPES), AT_EXPAND(AT_COMPLEX_TYPES)

// A case for each of the types that follow the body, however many: each round of expansion takes one of them off.
#define SPINEL_DISPATCH_PARENS ()
#define SPINEL_DISPATCH_SCAN(...) SPINEL_DISPATCH_SCAN3(SPINEL_DISPATCH_SCAN3(SPINEL_DISPATCH_SCAN3(__VA_ARGS__)))
#define SPINEL_DISPATCH_SCAN3(...) SPINEL_DISPATCH_SCAN2(SPINEL_DISPATCH_SCAN2(SPINEL_DISPATCH_SCAN2(__VA_ARGS__)))
#define SPINEL_DISPATCH_SCAN2(...) SPINEL_DISPATCH_SCAN1(SPINEL_DISPATCH_SCAN1(SPINEL_DISPATCH_SCAN1(__VA_ARGS__)))
#define SPINEL_DISPATCH_SCAN1(...) __VA_ARGS__
#define SPINEL_DISPATCH_STEP(body, type, ...) \
  AT_DISPATCH_CASE(type, AT_EXPAND body)      \
  __VA_OPT__(SPINEL_DISPATCH_AGAIN SPINEL_DISPATCH_PARENS(body, __VA_ARGS__))
#define SPINEL_DISPATCH_AGAIN() SPINEL_DISPATCH_STEP
#define SPINEL_DISPATCH_EACH(body, ...) SPINEL_DISPATCH_SCAN(SPINEL_DISPATCH_STEP((body), __VA_ARGS__))

#define AT_DISPATCH_V2(type, name, body, ...) \
  AT_DISPATCH_SWITCH(type, name, SPINEL_DISPATCH_EACH(AT_WRAP(body), __VA_ARGS__))
