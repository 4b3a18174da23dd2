// The graph functions of sparse matrices that `spinel check` can run on golden cases.
#pragma once

#include <vector>

#include "spinel/hosts/torch/golden_function.h"

namespace spinel::sparse {

std::vector<golden::Function> graph_golden_functions();

}  // namespace spinel::sparse
