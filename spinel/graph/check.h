// The functions of graph/ that `spinel check` can run on golden cases.
#pragma once

#include <vector>

#include "spinel/hosts/torch/golden_function.h"

namespace spinel::graph {

std::vector<golden::Function> graph_golden_functions();

}  // namespace spinel::graph
