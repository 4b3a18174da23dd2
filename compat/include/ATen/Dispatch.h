// Macros that choose a C++ type for a tensor's element type: AT_DISPATCH_FLOATING_TYPES and its kin.
#pragma once

#include "c10/core/ScalarType.h"
#include "c10/util/Exception.h"

#define AT_PRIVATE_CASE_TYPE_USING_HINT(enum_type, hint, ...)                 \
  case enum_type: {                                                           \
    using hint [[maybe_unused]] = c10::impl::ScalarTypeToCPPTypeT<enum_type>; \
    return __VA_ARGS__();                                                     \
  }
#define AT_DISPATCH_CASE(enum_type, ...) AT_PRIVATE_CASE_TYPE_USING_HINT(enum_type, scalar_t, __VA_ARGS__)
#define AT_DISPATCH_SWITCH(type, name, ...)                                                                 \
  [&] {                                                                                                     \
    const c10::ScalarType spinel_type = c10::impl::scalar_type(type);                                       \
    switch (spinel_type) {                                                                                  \
      __VA_ARGS__                                                                                           \
      default: TORCH_CHECK_NOT_IMPLEMENTED(false, '"', name, "\" not implemented for '", spinel_type, "'"); \
    }                                                                                                       \
  }()

namespace c10 {
inline namespace spinel_v1 {
namespace impl {
inline ScalarType scalar_type(ScalarType type) { return type; }
}  // namespace impl
}  // namespace spinel_v1
}  // namespace c10

#define AT_DISPATCH_CASE_FLOATING_TYPES(...)             \
  AT_DISPATCH_CASE(c10::ScalarType::Double, __VA_ARGS__) \
  AT_DISPATCH_CASE(c10::ScalarType::Float, __VA_ARGS__)
#define AT_DISPATCH_CASE_INTEGRAL_TYPES(...)           \
  AT_DISPATCH_CASE(c10::ScalarType::Byte, __VA_ARGS__) \
  AT_DISPATCH_CASE(c10::ScalarType::Char, __VA_ARGS__) \
  AT_DISPATCH_CASE(c10::ScalarType::Int, __VA_ARGS__)  \
  AT_DISPATCH_CASE(c10::ScalarType::Long, __VA_ARGS__) \
  AT_DISPATCH_CASE(c10::ScalarType::Short, __VA_ARGS__)
#define AT_DISPATCH_CASE_COMPLEX_TYPES(...)                     \
  AT_DISPATCH_CASE(c10::ScalarType::ComplexDouble, __VA_ARGS__) \
  AT_DISPATCH_CASE(c10::ScalarType::ComplexFloat, __VA_ARGS__)
#define AT_DISPATCH_CASE_FLOATING_AND_COMPLEX_TYPES(...)        \
  AT_DISPATCH_CASE(c10::ScalarType::Double, __VA_ARGS__)        \
  AT_DISPATCH_CASE(c10::ScalarType::Float, __VA_ARGS__)         \
  AT_DISPATCH_CASE(c10::ScalarType::ComplexDouble, __VA_ARGS__) \
  AT_DISPATCH_CASE(c10::ScalarType::ComplexFloat, __VA_ARGS__)
#define AT_DISPATCH_CASE_ALL_TYPES(...)                  \
  AT_DISPATCH_CASE(c10::ScalarType::Byte, __VA_ARGS__)   \
  AT_DISPATCH_CASE(c10::ScalarType::Char, __VA_ARGS__)   \
  AT_DISPATCH_CASE(c10::ScalarType::Int, __VA_ARGS__)    \
  AT_DISPATCH_CASE(c10::ScalarType::Long, __VA_ARGS__)   \
  AT_DISPATCH_CASE(c10::ScalarType::Short, __VA_ARGS__)  \
  AT_DISPATCH_CASE(c10::ScalarType::Double, __VA_ARGS__) \
  AT_DISPATCH_CASE(c10::ScalarType::Float, __VA_ARGS__)
#define AT_DISPATCH_CASE_ALL_TYPES_AND_COMPLEX(...)             \
  AT_DISPATCH_CASE(c10::ScalarType::Byte, __VA_ARGS__)          \
  AT_DISPATCH_CASE(c10::ScalarType::Char, __VA_ARGS__)          \
  AT_DISPATCH_CASE(c10::ScalarType::Int, __VA_ARGS__)           \
  AT_DISPATCH_CASE(c10::ScalarType::Long, __VA_ARGS__)          \
  AT_DISPATCH_CASE(c10::ScalarType::Short, __VA_ARGS__)         \
  AT_DISPATCH_CASE(c10::ScalarType::Double, __VA_ARGS__)        \
  AT_DISPATCH_CASE(c10::ScalarType::Float, __VA_ARGS__)         \
  AT_DISPATCH_CASE(c10::ScalarType::ComplexDouble, __VA_ARGS__) \
  AT_DISPATCH_CASE(c10::ScalarType::ComplexFloat, __VA_ARGS__)
#define AT_DISPATCH_FLOATING_TYPES(type, name, ...) \
  AT_DISPATCH_SWITCH(type, name, AT_DISPATCH_CASE_FLOATING_TYPES(__VA_ARGS__))
#define AT_DISPATCH_CASE_FLOATING_TYPES_AND(a, ...) \
  AT_DISPATCH_CASE_FLOATING_TYPES(__VA_ARGS__)      \
  AT_DISPATCH_CASE(a, __VA_ARGS__)
#define AT_DISPATCH_FLOATING_TYPES_AND(a, type, name, ...) \
  AT_DISPATCH_SWITCH(type, name, AT_DISPATCH_CASE_FLOATING_TYPES_AND(a, __VA_ARGS__))
#define AT_DISPATCH_CASE_FLOATING_TYPES_AND2(a, b, ...) \
  AT_DISPATCH_CASE_FLOATING_TYPES(__VA_ARGS__)          \
  AT_DISPATCH_CASE(a, __VA_ARGS__)                      \
  AT_DISPATCH_CASE(b, __VA_ARGS__)
#define AT_DISPATCH_FLOATING_TYPES_AND2(a, b, type, name, ...) \
  AT_DISPATCH_SWITCH(type, name, AT_DISPATCH_CASE_FLOATING_TYPES_AND2(a, b, __VA_ARGS__))
#define AT_DISPATCH_CASE_FLOATING_TYPES_AND3(a, b, c, ...) \
  AT_DISPATCH_CASE_FLOATING_TYPES(__VA_ARGS__)             \
  AT_DISPATCH_CASE(a, __VA_ARGS__)                         \
  AT_DISPATCH_CASE(b, __VA_ARGS__)                         \
  AT_DISPATCH_CASE(c, __VA_ARGS__)
#define AT_DISPATCH_FLOATING_TYPES_AND3(a, b, c, type, name, ...) \
  AT_DISPATCH_SWITCH(type, name, AT_DISPATCH_CASE_FLOATING_TYPES_AND3(a, b, c, __VA_ARGS__))
#define AT_DISPATCH_CASE_FLOATING_TYPES_AND4(a, b, c, d, ...) \
  AT_DISPATCH_CASE_FLOATING_TYPES(__VA_ARGS__)                \
  AT_DISPATCH_CASE(a, __VA_ARGS__)                            \
  AT_DISPATCH_CASE(b, __VA_ARGS__)                            \
  AT_DISPATCH_CASE(c, __VA_ARGS__)                            \
  AT_DISPATCH_CASE(d, __VA_ARGS__)
#define AT_DISPATCH_FLOATING_TYPES_AND4(a, b, c, d, type, name, ...) \
  AT_DISPATCH_SWITCH(type, name, AT_DISPATCH_CASE_FLOATING_TYPES_AND4(a, b, c, d, __VA_ARGS__))
#define AT_DISPATCH_INTEGRAL_TYPES(type, name, ...) \
  AT_DISPATCH_SWITCH(type, name, AT_DISPATCH_CASE_INTEGRAL_TYPES(__VA_ARGS__))
#define AT_DISPATCH_CASE_INTEGRAL_TYPES_AND(a, ...) \
  AT_DISPATCH_CASE_INTEGRAL_TYPES(__VA_ARGS__)      \
  AT_DISPATCH_CASE(a, __VA_ARGS__)
#define AT_DISPATCH_INTEGRAL_TYPES_AND(a, type, name, ...) \
  AT_DISPATCH_SWITCH(type, name, AT_DISPATCH_CASE_INTEGRAL_TYPES_AND(a, __VA_ARGS__))
#define AT_DISPATCH_CASE_INTEGRAL_TYPES_AND2(a, b, ...) \
  AT_DISPATCH_CASE_INTEGRAL_TYPES(__VA_ARGS__)          \
  AT_DISPATCH_CASE(a, __VA_ARGS__)                      \
  AT_DISPATCH_CASE(b, __VA_ARGS__)
#define AT_DISPATCH_INTEGRAL_TYPES_AND2(a, b, type, name, ...) \
  AT_DISPATCH_SWITCH(type, name, AT_DISPATCH_CASE_INTEGRAL_TYPES_AND2(a, b, __VA_ARGS__))
#define AT_DISPATCH_CASE_INTEGRAL_TYPES_AND3(a, b, c, ...) \
  AT_DISPATCH_CASE_INTEGRAL_TYPES(__VA_ARGS__)             \
  AT_DISPATCH_CASE(a, __VA_ARGS__)                         \
  AT_DISPATCH_CASE(b, __VA_ARGS__)                         \
  AT_DISPATCH_CASE(c, __VA_ARGS__)
#define AT_DISPATCH_INTEGRAL_TYPES_AND3(a, b, c, type, name, ...) \
  AT_DISPATCH_SWITCH(type, name, AT_DISPATCH_CASE_INTEGRAL_TYPES_AND3(a, b, c, __VA_ARGS__))
#define AT_DISPATCH_CASE_INTEGRAL_TYPES_AND4(a, b, c, d, ...) \
  AT_DISPATCH_CASE_INTEGRAL_TYPES(__VA_ARGS__)                \
  AT_DISPATCH_CASE(a, __VA_ARGS__)                            \
  AT_DISPATCH_CASE(b, __VA_ARGS__)                            \
  AT_DISPATCH_CASE(c, __VA_ARGS__)                            \
  AT_DISPATCH_CASE(d, __VA_ARGS__)
#define AT_DISPATCH_INTEGRAL_TYPES_AND4(a, b, c, d, type, name, ...) \
  AT_DISPATCH_SWITCH(type, name, AT_DISPATCH_CASE_INTEGRAL_TYPES_AND4(a, b, c, d, __VA_ARGS__))
#define AT_DISPATCH_COMPLEX_TYPES(type, name, ...) \
  AT_DISPATCH_SWITCH(type, name, AT_DISPATCH_CASE_COMPLEX_TYPES(__VA_ARGS__))
#define AT_DISPATCH_CASE_COMPLEX_TYPES_AND(a, ...) \
  AT_DISPATCH_CASE_COMPLEX_TYPES(__VA_ARGS__)      \
  AT_DISPATCH_CASE(a, __VA_ARGS__)
#define AT_DISPATCH_COMPLEX_TYPES_AND(a, type, name, ...) \
  AT_DISPATCH_SWITCH(type, name, AT_DISPATCH_CASE_COMPLEX_TYPES_AND(a, __VA_ARGS__))
#define AT_DISPATCH_FLOATING_AND_COMPLEX_TYPES(type, name, ...) \
  AT_DISPATCH_SWITCH(type, name, AT_DISPATCH_CASE_FLOATING_AND_COMPLEX_TYPES(__VA_ARGS__))
#define AT_DISPATCH_CASE_FLOATING_AND_COMPLEX_TYPES_AND(a, ...) \
  AT_DISPATCH_CASE_FLOATING_AND_COMPLEX_TYPES(__VA_ARGS__)      \
  AT_DISPATCH_CASE(a, __VA_ARGS__)
#define AT_DISPATCH_FLOATING_AND_COMPLEX_TYPES_AND(a, type, name, ...) \
  AT_DISPATCH_SWITCH(type, name, AT_DISPATCH_CASE_FLOATING_AND_COMPLEX_TYPES_AND(a, __VA_ARGS__))
#define AT_DISPATCH_CASE_FLOATING_AND_COMPLEX_TYPES_AND2(a, b, ...) \
  AT_DISPATCH_CASE_FLOATING_AND_COMPLEX_TYPES(__VA_ARGS__)          \
  AT_DISPATCH_CASE(a, __VA_ARGS__)                                  \
  AT_DISPATCH_CASE(b, __VA_ARGS__)
#define AT_DISPATCH_FLOATING_AND_COMPLEX_TYPES_AND2(a, b, type, name, ...) \
  AT_DISPATCH_SWITCH(type, name, AT_DISPATCH_CASE_FLOATING_AND_COMPLEX_TYPES_AND2(a, b, __VA_ARGS__))
#define AT_DISPATCH_CASE_FLOATING_AND_COMPLEX_TYPES_AND3(a, b, c, ...) \
  AT_DISPATCH_CASE_FLOATING_AND_COMPLEX_TYPES(__VA_ARGS__)             \
  AT_DISPATCH_CASE(a, __VA_ARGS__)                                     \
  AT_DISPATCH_CASE(b, __VA_ARGS__)                                     \
  AT_DISPATCH_CASE(c, __VA_ARGS__)
#define AT_DISPATCH_FLOATING_AND_COMPLEX_TYPES_AND3(a, b, c, type, name, ...) \
  AT_DISPATCH_SWITCH(type, name, AT_DISPATCH_CASE_FLOATING_AND_COMPLEX_TYPES_AND3(a, b, c, __VA_ARGS__))
#define AT_DISPATCH_CASE_FLOATING_AND_COMPLEX_TYPES_AND4(a, b, c, d, ...) \
  AT_DISPATCH_CASE_FLOATING_AND_COMPLEX_TYPES(__VA_ARGS__)                \
  AT_DISPATCH_CASE(a, __VA_ARGS__)                                        \
  AT_DISPATCH_CASE(b, __VA_ARGS__)                                        \
  AT_DISPATCH_CASE(c, __VA_ARGS__)                                        \
  AT_DISPATCH_CASE(d, __VA_ARGS__)
#define AT_DISPATCH_FLOATING_AND_COMPLEX_TYPES_AND4(a, b, c, d, type, name, ...) \
  AT_DISPATCH_SWITCH(type, name, AT_DISPATCH_CASE_FLOATING_AND_COMPLEX_TYPES_AND4(a, b, c, d, __VA_ARGS__))
#define AT_DISPATCH_ALL_TYPES(type, name, ...) AT_DISPATCH_SWITCH(type, name, AT_DISPATCH_CASE_ALL_TYPES(__VA_ARGS__))
#define AT_DISPATCH_CASE_ALL_TYPES_AND(a, ...) \
  AT_DISPATCH_CASE_ALL_TYPES(__VA_ARGS__)      \
  AT_DISPATCH_CASE(a, __VA_ARGS__)
#define AT_DISPATCH_ALL_TYPES_AND(a, type, name, ...) \
  AT_DISPATCH_SWITCH(type, name, AT_DISPATCH_CASE_ALL_TYPES_AND(a, __VA_ARGS__))
#define AT_DISPATCH_CASE_ALL_TYPES_AND2(a, b, ...) \
  AT_DISPATCH_CASE_ALL_TYPES(__VA_ARGS__)          \
  AT_DISPATCH_CASE(a, __VA_ARGS__)                 \
  AT_DISPATCH_CASE(b, __VA_ARGS__)
#define AT_DISPATCH_ALL_TYPES_AND2(a, b, type, name, ...) \
  AT_DISPATCH_SWITCH(type, name, AT_DISPATCH_CASE_ALL_TYPES_AND2(a, b, __VA_ARGS__))
#define AT_DISPATCH_CASE_ALL_TYPES_AND3(a, b, c, ...) \
  AT_DISPATCH_CASE_ALL_TYPES(__VA_ARGS__)             \
  AT_DISPATCH_CASE(a, __VA_ARGS__)                    \
  AT_DISPATCH_CASE(b, __VA_ARGS__)                    \
  AT_DISPATCH_CASE(c, __VA_ARGS__)
#define AT_DISPATCH_ALL_TYPES_AND3(a, b, c, type, name, ...) \
  AT_DISPATCH_SWITCH(type, name, AT_DISPATCH_CASE_ALL_TYPES_AND3(a, b, c, __VA_ARGS__))
#define AT_DISPATCH_CASE_ALL_TYPES_AND4(a, b, c, d, ...) \
  AT_DISPATCH_CASE_ALL_TYPES(__VA_ARGS__)                \
  AT_DISPATCH_CASE(a, __VA_ARGS__)                       \
  AT_DISPATCH_CASE(b, __VA_ARGS__)                       \
  AT_DISPATCH_CASE(c, __VA_ARGS__)                       \
  AT_DISPATCH_CASE(d, __VA_ARGS__)
#define AT_DISPATCH_ALL_TYPES_AND4(a, b, c, d, type, name, ...) \
  AT_DISPATCH_SWITCH(type, name, AT_DISPATCH_CASE_ALL_TYPES_AND4(a, b, c, d, __VA_ARGS__))
#define AT_DISPATCH_ALL_TYPES_AND_COMPLEX(type, name, ...) \
  AT_DISPATCH_SWITCH(type, name, AT_DISPATCH_CASE_ALL_TYPES_AND_COMPLEX(__VA_ARGS__))
#define AT_DISPATCH_CASE_ALL_TYPES_AND_COMPLEX_AND(a, ...) \
  AT_DISPATCH_CASE_ALL_TYPES_AND_COMPLEX(__VA_ARGS__)      \
  AT_DISPATCH_CASE(a, __VA_ARGS__)
#define AT_DISPATCH_ALL_TYPES_AND_COMPLEX_AND(a, type, name, ...) \
  AT_DISPATCH_SWITCH(type, name, AT_DISPATCH_CASE_ALL_TYPES_AND_COMPLEX_AND(a, __VA_ARGS__))
#define AT_DISPATCH_CASE_ALL_TYPES_AND_COMPLEX_AND2(a, b, ...) \
  AT_DISPATCH_CASE_ALL_TYPES_AND_COMPLEX(__VA_ARGS__)          \
  AT_DISPATCH_CASE(a, __VA_ARGS__)                             \
  AT_DISPATCH_CASE(b, __VA_ARGS__)
#define AT_DISPATCH_ALL_TYPES_AND_COMPLEX_AND2(a, b, type, name, ...) \
  AT_DISPATCH_SWITCH(type, name, AT_DISPATCH_CASE_ALL_TYPES_AND_COMPLEX_AND2(a, b, __VA_ARGS__))
#define AT_DISPATCH_CASE_ALL_TYPES_AND_COMPLEX_AND3(a, b, c, ...) \
  AT_DISPATCH_CASE_ALL_TYPES_AND_COMPLEX(__VA_ARGS__)             \
  AT_DISPATCH_CASE(a, __VA_ARGS__)                                \
  AT_DISPATCH_CASE(b, __VA_ARGS__)                                \
  AT_DISPATCH_CASE(c, __VA_ARGS__)
#define AT_DISPATCH_ALL_TYPES_AND_COMPLEX_AND3(a, b, c, type, name, ...) \
  AT_DISPATCH_SWITCH(type, name, AT_DISPATCH_CASE_ALL_TYPES_AND_COMPLEX_AND3(a, b, c, __VA_ARGS__))
#define AT_DISPATCH_CASE_ALL_TYPES_AND_COMPLEX_AND4(a, b, c, d, ...) \
  AT_DISPATCH_CASE_ALL_TYPES_AND_COMPLEX(__VA_ARGS__)                \
  AT_DISPATCH_CASE(a, __VA_ARGS__)                                   \
  AT_DISPATCH_CASE(b, __VA_ARGS__)                                   \
  AT_DISPATCH_CASE(c, __VA_ARGS__)                                   \
  AT_DISPATCH_CASE(d, __VA_ARGS__)
#define AT_DISPATCH_ALL_TYPES_AND_COMPLEX_AND4(a, b, c, d, type, name, ...) \
  AT_DISPATCH_SWITCH(type, name, AT_DISPATCH_CASE_ALL_TYPES_AND_COMPLEX_AND4(a, b, c, d, __VA_ARGS__))
#define AT_DISPATCH_CASE_FLOATING_TYPES_AND_HALF(...) \
  AT_DISPATCH_CASE_FLOATING_TYPES_AND(c10::ScalarType::Half, __VA_ARGS__)
#define AT_DISPATCH_FLOATING_TYPES_AND_HALF(type, name, ...) \
  AT_DISPATCH_SWITCH(type, name, AT_DISPATCH_CASE_FLOATING_TYPES_AND_HALF(__VA_ARGS__))
#define AT_DISPATCH_INDEX_TYPES(type, name, ...)                                                 \
  AT_DISPATCH_SWITCH(type, name,                                                                 \
                     AT_PRIVATE_CASE_TYPE_USING_HINT(c10::ScalarType::Int, index_t, __VA_ARGS__) \
                         AT_PRIVATE_CASE_TYPE_USING_HINT(c10::ScalarType::Long, index_t, __VA_ARGS__))
