// Under PyTorch's name: names of operators, which function_schema.h has.
#pragma once

#include <ATen/core/function_schema.h>
