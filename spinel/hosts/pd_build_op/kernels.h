// The boxed kernels of a declared operator: computing, shapes alone, and recording for autograd.
#pragma once

#include <torch/library.h>

#include <memory>
#include <string>

#include "spinel/hosts/pd_build_op/declaration.h"

namespace spinel::hosts::pd {

/// A declared operator with its name on libtorch.
struct Operator {
  Declaration declaration;
  std::string name_space;
  std::string qualified_name() const { return name_space + "::" + declaration.operator_name(); }
};

/// The arguments of a boxed call by declared input and attribute. Tensors are made contiguous, as kernels read them
/// through plain pointers.
Call call_of(const Operator& op, const std::vector<c10::IValue>& arguments);

/// Puts the outputs where a boxed kernel leaves them.
void push_outputs(const Operator& op, std::vector<std::vector<at::Tensor>> outputs, std::vector<c10::IValue>& stack);

torch::CppFunction make_compute_kernel(std::shared_ptr<const Operator> op);
torch::CppFunction make_meta_kernel(std::shared_ptr<const Operator> op);
torch::CppFunction make_autograd_kernel(std::shared_ptr<const Operator> op);

/// The operator of the next order that is declared now; null where none is.
std::shared_ptr<const Operator> gradient_of(const Operator& op);
/// Kept by registration.cc for gradient_of.
void add_operator(const std::shared_ptr<const Operator>& op);
void remove_operator(const std::shared_ptr<const Operator>& op);

}  // namespace spinel::hosts::pd
