// Under PyTorch's name: devices, which tensor.h has.
#pragma once

#include <torch/csrc/stable/tensor.h>
