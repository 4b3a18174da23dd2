// Under PyTorch's name: registration and tensors.
#pragma once

#include <torch/script.h>
