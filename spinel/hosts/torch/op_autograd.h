// Derivatives of our operators in libtorch's autograd, from the formulas of ops/.
#pragma once

#include <ATen/core/dispatch/Dispatcher.h>

#include "spinel/ops/derivative.h"

namespace spinel::hosts {

/// The kernel under Autograd: calls the operator below it, and records its derivatives where an argument requires them.
/// These are calls of operators again, so there are derivatives of every order.
void call_with_gradient(const ops::Operator& op, const c10::OperatorHandle& handle, c10::DispatchKeySet keys,
                        torch::jit::Stack& stack);

}  // namespace spinel::hosts
