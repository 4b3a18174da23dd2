// Under PyTorch's name: tensors, which torch/types.h has.
#pragma once

#include <torch/types.h>
