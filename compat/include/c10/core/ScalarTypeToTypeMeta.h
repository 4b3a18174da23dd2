// Under PyTorch's name: element types as Tensor::dtype() gives them, which TensorOptions.h has.
#pragma once

#include <c10/core/TensorOptions.h>
