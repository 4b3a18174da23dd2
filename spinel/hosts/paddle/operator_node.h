// The derivative of one call of an operator of ours, by the formulas that stand with it in ops/.
#pragma once

#include "spinel/ops/list.h"
#include "spinel/registry/tensor_methods.h"

namespace spinel::paddle_host {

/// Whether PaddlePaddle's autograd can follow the call: gradients are recorded and one of the tensors that the operator
/// has a derivative by wants one.
bool wants_derivative(const ops::Operator& op, ops::Arguments arguments);

/// The results of a call, which depend on its arguments from here on. The formulas call operators that are recorded in
/// turn, so there are derivatives of every order.
std::vector<registry::Tensor> connect_operator(const ops::Operator& op, ops::Arguments arguments,
                                               std::vector<registry::Tensor> results);

}  // namespace spinel::paddle_host
