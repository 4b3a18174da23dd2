// Under PyTorch's name: functions on tensors, which Functions.h has.
#pragma once

#include <ATen/Functions.h>
