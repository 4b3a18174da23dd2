// Exceptions of ours as the errors that a caller of TVM-FFI functions finds.
#pragma once

#include "spinel/hosts/tvm_ffi/runtime.h"

namespace spinel::hosts::tvm_ffi {

/// Inside a catch block: leaves the exception for the caller with its text and the name of its class (TypeError,
/// ValueError, IndexError, MemoryError, …), of which languages make their own. Returns -1, for the function to return.
int leave_error(const Runtime& runtime) noexcept;

}  // namespace spinel::hosts::tvm_ffi
