// The functions of this room that `spinel check` knows.
#pragma once

#include <vector>

#include "spinel/hosts/torch/golden_function.h"

namespace spinel {

std::vector<golden::Function> atoms_golden_functions();

}  // namespace spinel
