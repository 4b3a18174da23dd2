// Under PyTorch's name: an element type of 8 bits.
#pragma once

#include <c10/util/Float8.h>
