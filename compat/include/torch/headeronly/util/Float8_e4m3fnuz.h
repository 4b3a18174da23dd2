// Under PyTorch's name: an element type of 8 bits.
#pragma once

#include <torch/headeronly/core/ScalarType.h>
