// Under PyTorch's name: operators with derivatives, which custom_function.h has.
#pragma once

#include <torch/csrc/autograd/custom_function.h>
