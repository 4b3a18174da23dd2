// The tensor functions of the plain host, on memory of the CPU.
#pragma once

#include "spinel/registry/tensor_methods.h"

namespace spinel::plain {

/// One for the process. A program without a framework names it as the host that makes new tensors:
/// `registry::set_default_tensor_methods(&plain_methods())`.
const registry::TensorMethods& plain_methods();

}  // namespace spinel::plain
