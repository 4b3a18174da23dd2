// Under PyTorch's name: devices of the stable ABI, which tensor.h has.
#pragma once

#include <torch/csrc/stable/tensor.h>
