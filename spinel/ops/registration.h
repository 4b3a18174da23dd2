// Our operators in the registry, for hosts that have no dispatcher of their own.
#pragma once

#include "spinel/ops/list.h"
#include "spinel/registry/library.h"

namespace spinel::ops {

/// What a host adds to its memory and threads.
struct HostHooks {
  /// A call of an operator one of whose tensors wants a gradient, or is one of a graph. Null: the host has no autograd.
  Stack (*record)(const Operator& op, Arguments arguments) = nullptr;
  bool (*needs_gradient)(const Tensor& tensor) = [](const Tensor&) { return false; };
  TensorSpec (*spec)(const Tensor& tensor) = spec_of;
  /// Runs a forward; hosts with an interpreter let go of its lock meanwhile.
  std::vector<Tensor> (*run)(const OpDef& op, const Host& host, Arguments arguments) = run_forward;
};

/// Defines all operators of the list. They are gone when the library is.
registry::Library register_operators(const Host& host, const HostHooks& hooks = {});

}  // namespace spinel::ops
