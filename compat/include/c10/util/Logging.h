// Under PyTorch's name: the check macros with streams, which Exception.h has.
#pragma once

#include <c10/util/Exception.h>
