// The element types of kernels for those of schemas.
#pragma once

#include "spinel/base/error.h"
#include "spinel/base/safetensors.h"
#include "spinel/registry/scalar_type.h"

namespace spinel::ops {

/// A type without kernels (complex, quantised, …): invalid_argument naming it.
inline Dtype kernel_dtype(registry::ScalarType type) {
  using registry::ScalarType;
  switch (type) {
    case ScalarType::boolean: return Dtype::boolean;
    case ScalarType::uint8: return Dtype::u8;
    case ScalarType::int8: return Dtype::i8;
    case ScalarType::uint16: return Dtype::u16;
    case ScalarType::int16: return Dtype::i16;
    case ScalarType::uint32: return Dtype::u32;
    case ScalarType::int32: return Dtype::i32;
    case ScalarType::uint64: return Dtype::u64;
    case ScalarType::int64: return Dtype::i64;
    case ScalarType::float16: return Dtype::f16;
    case ScalarType::bfloat16: return Dtype::bf16;
    case ScalarType::float32: return Dtype::f32;
    case ScalarType::float64: return Dtype::f64;
    default:
      fail(ErrorKind::invalid_argument, "tensor: no kernel takes elements of type {}; convert it to a real one",
           registry::to_string(type));
  }
}

}  // namespace spinel::ops
