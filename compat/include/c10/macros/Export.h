// Under PyTorch's name: the macros of exporting, which Macros.h has.
#pragma once

#include <c10/macros/Macros.h>
