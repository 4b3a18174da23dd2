// Under PyTorch's name: lists of symbolic integers, which SymInt.h has.
#pragma once

#include <c10/core/SymInt.h>
