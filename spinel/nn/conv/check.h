// The graph convolutions that `spinel check` can run on golden cases.
#pragma once

#include <vector>

#include "spinel/nn/golden_module.h"

namespace spinel::nn {

std::vector<golden::ModuleEntry> conv_golden_modules();

}  // namespace spinel::nn
