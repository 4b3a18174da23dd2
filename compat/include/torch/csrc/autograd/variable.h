// Under PyTorch's name: tensors.
#pragma once

#include <ATen/core/TensorBody.h>
