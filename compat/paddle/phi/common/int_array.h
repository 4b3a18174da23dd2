// Scalar and IntArray, which stand beside the tensor.
#pragma once

#include "paddle/phi/api/include/tensor.h"
