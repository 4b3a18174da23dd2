#include "spinel/hosts/torch/operators.h"

#include <ATen/ATen.h>
#include <c10/core/DeviceGuard.h>
#include <torch/library.h>

#include "spinel/base/error.h"
#include "spinel/hosts/bridge/torch_value.h"
#include "spinel/hosts/torch/op_autograd.h"
#include "spinel/hosts/torch/op_host.h"
#include "spinel/hosts/torch/op_value.h"
#include "spinel/hosts/torch/refusal.h"
#include "spinel/ops/list.h"

namespace spinel::hosts {
namespace {

using ops::Arguments;
using ops::Operator;
using registry::Value;
using torch::jit::Stack;

/// The values of a boxed call, as operators take them.
std::vector<Value> take_arguments(const Operator& op, Stack& stack, bool with_data) {
  std::vector<Value> values;
  const size_t count = op.schema.arguments.size();
  values.reserve(count);
  for (const c10::IValue& value : torch::jit::last(stack, count)) {
    // Kernels read memory as it lies.
    const bool lazy = with_data && value.isTensor() && value.toTensor().defined();
    values.push_back(lazy ? Value(to_registry(value.toTensor().resolve_conj().resolve_neg(), false))
                          : to_registry(value));
  }
  torch::jit::drop(stack, count);
  return values;
}

void check_elements(const Operator& op, const c10::IValue& first) {
  if (!first.isTensor() || !first.toTensor().defined()) return;
  const at::ScalarType type = first.toTensor().scalar_type();
  TORCH_CHECK_NOT_IMPLEMENTED(ops::contains(op.definition.elements, from_torch(type)), "\"", op.name(),
                              "\" not implemented for '", at::toString(type), "'");
}

/// Runs composites on libtorch's dispatcher.
class TorchComposer final : public ops::Composer {
 public:
  registry::Stack call(const char* op, registry::Stack arguments) override {
    const c10::OperatorHandle handle = torch_operator(op);
    const auto& schema = handle.schema();
    Stack stack;
    for (size_t k = 0; k < arguments.size(); ++k) {
      stack.push_back(to_torch(arguments[k], schema.arguments()[k].real_type()));
    }
    handle.callBoxed(stack);
    registry::Stack results;
    for (const c10::IValue& value : stack) results.push_back(to_registry(value));
    return results;
  }
  ops::TensorSpec spec(const registry::Tensor& tensor) const override { return hosts::spec_of(to_torch(tensor)); }
  bool needs_gradient(const registry::Tensor& tensor) const override {
    return at::GradMode::is_enabled() && to_torch(tensor).requires_grad();
  }
};

class Kernel : public c10::OperatorKernel {
 public:
  explicit Kernel(const Operator& op) : op_(op) {}
  void operator()(const c10::OperatorHandle& handle, c10::DispatchKeySet keys, Stack* stack) {
    noting_refusals([&] { run(handle, keys, stack); });
  }

 protected:
  virtual void run(const c10::OperatorHandle& handle, c10::DispatchKeySet keys, Stack* stack) = 0;
  const Operator& op_;
};

class ForwardKernel final : public Kernel {
 public:
  using Kernel::Kernel;
  void run(const c10::OperatorHandle&, c10::DispatchKeySet, Stack* stack) override {
    const c10::IValue first = torch::jit::peek(*stack, 0, op_.schema.arguments.size());
    check_elements(op_, first);
    const c10::OptionalDeviceGuard guard(
        first.isTensor() && first.toTensor().defined() ? std::optional(first.toTensor().device()) : std::nullopt);
    const std::vector<Value> values = take_arguments(op_, *stack, true);
    for (const registry::Tensor& result : ops::run_forward(op_.definition, torch_host(), Arguments(values))) {
      stack->emplace_back(to_torch(result));
    }
  }
};

class MetaKernel final : public Kernel {
 public:
  using Kernel::Kernel;
  void run(const c10::OperatorHandle&, c10::DispatchKeySet, Stack* stack) override {
    const size_t count = op_.schema.arguments.size();
    const at::Tensor first = torch::jit::peek(*stack, 0, count).toTensor();
    check_elements(op_, first);
    std::vector<ops::SpecArgument> specs;
    for (const c10::IValue& value : torch::jit::last(*stack, count)) specs.push_back(spec_argument(value));
    torch::jit::drop(*stack, count);
    for (const ops::TensorSpec& spec : ops::infer_results(op_.definition, ops::SpecArguments(std::move(specs)))) {
      const at::TensorOptions options = first.options().dtype(to_torch(spec.dtype));
      stack->emplace_back(at::empty_symint(to_sym_sizes(spec.sizes), options.memory_format(to_torch(spec.format))));
    }
  }
};

class CompositeKernel final : public Kernel {
 public:
  using Kernel::Kernel;
  void run(const c10::OperatorHandle& handle, c10::DispatchKeySet, Stack* stack) override {
    check_elements(op_, torch::jit::peek(*stack, 0, op_.schema.arguments.size()));
    const std::vector<Value> values = take_arguments(op_, *stack, false);
    TorchComposer composer;
    const registry::Stack results = op_.definition.composite(composer, Arguments(values));
    for (size_t k = 0; k < results.size(); ++k) {
      stack->push_back(to_torch(results[k], handle.schema().returns()[k].real_type()));
    }
  }
};

class AutogradKernel final : public Kernel {
 public:
  using Kernel::Kernel;
  void run(const c10::OperatorHandle& handle, c10::DispatchKeySet keys, Stack* stack) override {
    call_with_gradient(op_, handle, keys, *stack);
  }
};

template <typename Of>
void implement(torch::Library& library, const Operator& op, c10::DispatchKey key) {
  library.impl(op.name().c_str(),
               torch::dispatch(key, torch::CppFunction::makeFromBoxedFunctor(std::make_unique<Of>(op))));
}

}  // namespace

void define_operators(torch::Library& library) {
  for (const Operator& op : ops::operators()) {
    std::vector<at::Tag> tags;
    if (op.definition.is_random) tags.push_back(at::Tag::nondeterministic_seeded);
    library.def(op.definition.schema.c_str(), std::as_const(tags));
    if (op.definition.composite != nullptr) {
      implement<CompositeKernel>(library, op, c10::DispatchKey::CompositeImplicitAutograd);
      continue;
    }
    // Without kernels for a device the forward says which build has them.
    implement<ForwardKernel>(library, op, c10::DispatchKey::CPU);
    implement<ForwardKernel>(library, op, c10::DispatchKey::CUDA);
    if (op.definition.sizes != nullptr) implement<MetaKernel>(library, op, c10::DispatchKey::Meta);
    if (!op.derivatives.empty()) implement<AutogradKernel>(library, op, c10::DispatchKey::Autograd);
  }
}

c10::OperatorHandle torch_operator(const char* name) {
  static const bool declared = [] {
    const std::string first = ops::operators().front().schema.name.name;
    if (c10::Dispatcher::singleton().findSchema({first, ""})) return true;
    static torch::Library library(torch::Library::FRAGMENT, "spinel", std::nullopt, __FILE__, __LINE__);
    define_operators(library);
    return true;
  }();
  static_cast<void>(declared);
  return c10::Dispatcher::singleton().findSchemaOrThrow(("spinel::" + std::string(name)).c_str(), "");
}

}  // namespace spinel::hosts
