// Under PyTorch's name: tensors of the stable ABI.
#pragma once

#include <torch/csrc/stable/tensor.h>
