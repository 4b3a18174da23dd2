// The models that `spinel check` can run on golden cases.
#pragma once

#include <vector>

#include "spinel/nn/golden_module.h"

namespace spinel::models {

/// "materials/<area>/<Name>" for each model whose golden cases name its inputs and outputs as call() does.
std::vector<golden::ModuleEntry> models_golden_modules();

}  // namespace spinel::models
