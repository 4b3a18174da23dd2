// Under PyTorch's name: types, which function_schema.h has.
#pragma once

#include <ATen/core/function_schema.h>
