// Under PyTorch's name: macros.
#pragma once

#include <c10/macros/Macros.h>
