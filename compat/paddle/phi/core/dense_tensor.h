// The tensor under the path of Paddle's core, which operator sources include for paddle::Tensor.
#pragma once

#include "paddle/phi/api/include/tensor.h"
