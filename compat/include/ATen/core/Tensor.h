// Under PyTorch's name: the tensor class, which TensorBody.h has.
#pragma once

#include <ATen/core/TensorBody.h>
