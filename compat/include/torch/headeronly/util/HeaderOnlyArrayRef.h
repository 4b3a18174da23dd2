// Under PyTorch's name: views, which ScalarType.h has.
#pragma once

#include <torch/headeronly/core/ScalarType.h>
