// Under PyTorch's name: registration and tensors, as older libraries include them.
#pragma once

#include "ATen/core/op_registration/op_registration.h"
#include "torch/csrc/autograd/custom_function.h"
#include "torch/library.h"
#include "torch/types.h"
