// Our operators as custom operators of PaddlePaddle, made from the list in ops/: for its graphs.
#pragma once

#include "spinel/ops/list.h"

namespace spinel::paddle_host {

/// Hands all of them to PaddlePaddle's table of custom operators; core.load_op_meta_info_and_register_op then takes
/// them over. To be called once.
void declare_custom_operators();

/// Whether it has one: an operator with a shape rule whose arguments are tensors, int, bool, str and int[].
bool has_custom_operator(const ops::Operator& op);

/// Calls it through paddle._C_ops, in the graph that is being built. Holds the interpreter's lock.
registry::Stack run_custom_operator(const ops::Operator& op, ops::Arguments arguments);

}  // namespace spinel::paddle_host
