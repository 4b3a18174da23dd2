// Operators of the layer as functions that TVM-FFI's languages call by name.
#pragma once

#include <string>

#include "spinel/registry/operator_handle.h"

namespace spinel::hosts::tvm_ffi {

/// Registers an operator as a global function of TVM-FFI, `ns.op` or `ns.op.overload` unless a name is given. Its
/// arguments stand by position in the order of the schema, keyword-only ones too, as there are no keywords there;
/// trailing ones with defaults may be left out. Values are converted as a host's language converts them. Several
/// results come as one array. Failures are TypeError, ValueError or RuntimeError with the operator's message. The name
/// is taken and `may_replace` false: invalid_argument. TVM-FFI cannot take a function back; after the operator is
/// deregistered calls fail.
void export_operator(const registry::OperatorHandle& op, std::string name = "", bool may_replace = false);

}  // namespace spinel::hosts::tvm_ffi
