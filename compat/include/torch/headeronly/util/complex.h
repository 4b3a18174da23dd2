// Under PyTorch's name: an element type, in namespace torch::headeronly too.
#pragma once

#include <torch/headeronly/core/ScalarType.h>
