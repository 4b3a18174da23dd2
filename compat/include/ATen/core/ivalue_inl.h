// Under PyTorch's name: values, which ivalue.h has.
#pragma once

#include <ATen/core/ivalue.h>
