// The functions and modules of nn/ that `spinel check` can run on golden cases.
#pragma once

#include <vector>

#include "spinel/hosts/torch/golden_function.h"
#include "spinel/nn/golden_module.h"

namespace spinel::nn {

std::vector<golden::Function> nn_golden_functions();
/// Aggregations, norms, dense layers.
std::vector<golden::ModuleEntry> nn_golden_modules();

}  // namespace spinel::nn
