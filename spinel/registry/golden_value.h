// The tagged values of golden cases, `{"t": "int", "v": 3}`, as values of the registry, and their comparison.
#pragma once

#include <string>

#include "spinel/base/config.h"
#include "spinel/registry/value.h"

namespace spinel::registry::inline v1 {

/// A tensor of no dimension that a case speaks of: one number, an element type, the keys of a backend.
Tensor golden_tensor(Scalar value, ScalarType dtype, DispatchKeySet keys);

Value golden_value(const Config& tagged);

/// "" where a bound value is the one that a case expects; else what differs.
std::string golden_difference(const Value& found, const Config& expected);

}  // namespace spinel::registry::inline v1
