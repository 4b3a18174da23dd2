// Our operators in libtorch's dispatcher: kernels, shapes without data, derivatives, made from the list in ops/.
#pragma once

#include <ATen/core/dispatch/Dispatcher.h>

namespace torch {
class Library;
}

namespace spinel::hosts {

/// Declares all operators of ops/ in a library of namespace `spinel`. Typed functions see to it by themselves; a
/// library that Python loads calls it.
void define_operators(torch::Library& library);

/// `spinel::<name>`, after the operators are declared where no loaded library has done it.
c10::OperatorHandle torch_operator(const char* name);

}  // namespace spinel::hosts
