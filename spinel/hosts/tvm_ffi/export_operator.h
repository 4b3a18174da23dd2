// Operators of the layer as functions that TVM-FFI's languages call by name.
#pragma once

#include <string>

#include "spinel/registry/operator_handle.h"

namespace spinel::hosts::tvm_ffi {

/// Registers an operator as a global function of TVM-FFI, `ns.op` or `ns.op.overload` unless a name is given. Its
/// arguments stand by position in the order of the schema, keyword-only ones too, as there are no keywords there;
/// trailing ones with defaults may be left out. Values are converted as a host's language converts them. Several
/// results come as one array; what lies in the memory of a view (DLTensor*) among the arguments comes as a copy.
/// Failures keep the class that they have in Python and their text. The name is taken and `may_replace` false:
/// invalid_argument. The function outlives the operator: calls fail with RuntimeError after its deregistration, and
/// run again where it is defined anew. Returns the name.
std::string export_operator(const registry::OperatorHandle& op, std::string name = "", bool may_replace = false);

}  // namespace spinel::hosts::tvm_ffi
