// Single elements of any element type in memory, read and written as numbers.
#pragma once

#include "spinel/registry/scalar_type.h"

namespace spinel::plain {

/// Types without a number, as quantised ones, are invalid_argument; so is a uint64 beyond int64.
registry::Scalar read_element(const void* data, registry::ScalarType dtype);
/// As C++ converts: floats to integers by truncation, numbers to bool by comparing with 0, complex ones to their real
/// part; half and bfloat16 round to nearest, ties to even.
void write_element(void* data, registry::ScalarType dtype, const registry::Scalar& value);

}  // namespace spinel::plain
