// The functions of hosts/torch that `spinel check` can run on golden cases.
#pragma once

#include <vector>

#include "spinel/hosts/torch/golden_function.h"

namespace spinel::hosts {

std::vector<golden::Function> hosts_golden_functions();

}  // namespace spinel::hosts
