// Under PyTorch's name: the check macros with streams, which Exception.h has.
#pragma once

#include <c10/util/Exception.h>

/// The layer counts no use of operators.
#define C10_LOG_API_USAGE_ONCE(...)
