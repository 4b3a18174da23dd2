// The functions of nn/ that `spinel check` can run on golden cases.
#pragma once

#include <vector>

#include "spinel/hosts/torch/golden_function.h"

namespace spinel::nn {

std::vector<golden::Function> nn_golden_functions();

}  // namespace spinel::nn
