// Registers operators that are declared with PD_BUILD_OP on libtorch: kernel, Meta kernel, autograd.
#pragma once

#include <memory>
#include <string>

#include "spinel/hosts/pd_build_op/declaration.h"

namespace spinel::hosts::pd {

/// Keeps an operator registered while it lives.
class Registration {
 public:
  /// Defines `name_space::op` by the schema of the declaration, with a kernel for every backend, a Meta kernel from the
  /// infer functions (without them outputs are like the first input, as in Paddle), and a kernel for autograd that
  /// records the operator of the next order (`op_grad`) as the derivative, whenever that is declared. Where none is, no
  /// gradient flows, and the first call whose inputs want one says so. Declared twice: libtorch's error.
  Registration(Declaration declaration, const std::string& name_space);
  ~Registration();
  Registration(Registration&&) noexcept;
  Registration& operator=(Registration&&) noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace spinel::hosts::pd
