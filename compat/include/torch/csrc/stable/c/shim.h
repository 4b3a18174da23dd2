// Under PyTorch's name: the C functions of the stable ABI.
#pragma once

#include <torch/csrc/inductor/aoti_torch/c/shim.h>
