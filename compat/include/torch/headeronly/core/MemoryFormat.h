// Under PyTorch's name: what ScalarType.h has.
#pragma once

#include <torch/headeronly/core/ScalarType.h>
