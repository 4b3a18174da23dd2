// All operators of the project, from which each host makes its own.
#pragma once

#include <string_view>
#include <vector>

#include "spinel/ops/derivative.h"

namespace spinel::ops {

/// In the order of definition. Read and checked on the first call.
const std::vector<Operator>& operators();
/// One by its name without namespace; unknown: not_found with the nearest one.
const Operator& find_operator(std::string_view name);

}  // namespace spinel::ops
