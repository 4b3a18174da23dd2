// The operators of libtorch's dispatcher seen and called as the layer's are, and the layer's registered there.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "spinel/registry/function_schema.h"
#include "spinel/registry/operator_handle.h"

namespace torch {
class Library;
}

namespace spinel::hosts {

/// Of all operators that libtorch's dispatcher defines now, sorted.
std::vector<registry::OperatorName> torch_operator_names();
/// The overloads of "ns::name" that are defined there, the default one first.
std::vector<registry::OperatorName> torch_overloads(std::string_view name);

/// The schema of an operator there. Not defined: no_schema.
registry::FunctionSchema torch_schema(const registry::OperatorName& name);
/// The dispatch keys under which kernels are registered for it, alias keys last.
std::vector<std::string> torch_kernel_keys(const registry::OperatorName& name);
/// Calls it with one value an argument, bound and converted; the results take their place. Failures are libtorch's.
void call_torch(const registry::OperatorName& name, registry::Stack& stack);

/// Registers operators of the layer on libtorch's dispatcher, through a kernel that serves every backend by calling the
/// layer's own dispatcher. `library` must be one that may define (DEF or FRAGMENT) in the operator's namespace.
/// Gradients stop there: libtorch's own message says so where one is asked for.
void define_on_torch(torch::Library& library, const registry::OperatorHandle& op);

}  // namespace spinel::hosts
