// Under PyTorch's name: the guard of inference, which LocalDispatchKeySet.h has.
#pragma once

#include <c10/core/impl/LocalDispatchKeySet.h>
