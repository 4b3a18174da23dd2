// Memory, threads and streams of libtorch for our operators.
#pragma once

#include "spinel/ops/host.h"

namespace spinel::hosts {

const ops::Host& torch_host();

}  // namespace spinel::hosts
