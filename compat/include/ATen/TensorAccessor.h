// Under PyTorch's name: elements by index, which ATen/core/TensorAccessor.h has.
#pragma once

#include <ATen/core/TensorAccessor.h>
