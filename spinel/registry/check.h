// Golden case files of the area `registry`, for `spinel check`.
#pragma once

#include <vector>

#include "spinel/base/golden_json.h"

namespace spinel::registry::inline v1 {

/// All case files of the room.
std::vector<golden::JsonFunction> registry_golden_json();

/// registry/schemas, registry/bad-schemas, registry/defaults.
std::vector<golden::JsonFunction> schema_golden_json();

/// registry/bindings.
std::vector<golden::JsonFunction> binding_golden_json();
/// registry/dispatch.
std::vector<golden::JsonFunction> dispatch_golden_json();
/// registry/classes.
std::vector<golden::JsonFunction> class_golden_json();

}  // namespace spinel::registry::inline v1
