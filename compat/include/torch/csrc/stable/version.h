// Under PyTorch's name: the release of the stable ABI, which torch/headeronly/version.h has.
#pragma once

#include <torch/headeronly/version.h>
