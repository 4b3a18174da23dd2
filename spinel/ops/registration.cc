#include "spinel/ops/registration.h"

#include "spinel/base/error.h"
#include "spinel/registry/call_error.h"

namespace spinel::ops {
namespace {

using registry::DispatchKey;
using registry::DispatchKeySet;
using registry::OperatorHandle;

/// Composites that call operators through the registry.
class RegistryComposer final : public Composer {
 public:
  explicit RegistryComposer(const HostHooks& hooks) : hooks_(hooks) {}
  Stack call(const char* op, Stack arguments) override {
    const auto handle = registry::Dispatcher::singleton().find_schema({"spinel::" + std::string(op), ""});
    if (!handle) fail(ErrorKind::internal, "{}: the operator is not registered", op);
    handle->call_boxed(arguments);
    return arguments;
  }
  TensorSpec spec(const Tensor& tensor) const override { return hooks_.spec(tensor); }
  bool needs_gradient(const Tensor& tensor) const override { return hooks_.needs_gradient(tensor); }

 private:
  const HostHooks& hooks_;
};

/// Takes the arguments of an operator off the stack.
std::vector<Value> take(const Operator& op, Stack& stack) {
  const auto first = stack.end() - static_cast<int64_t>(op.schema.arguments.size());
  std::vector<Value> values(std::make_move_iterator(first), std::make_move_iterator(stack.end()));
  stack.erase(first, stack.end());
  if (!values.empty() && values[0].is_tensor() && values[0].to_tensor().defined()) {
    const std::string refused = refused_elements(op.definition, op.name(), values[0].to_tensor().scalar_type());
    if (!refused.empty()) registry::fail_call(registry::ErrorClass::not_implemented, refused);
  }
  return values;
}

void put(Stack& stack, Stack results) {
  for (Value& value : results) stack.push_back(std::move(value));
}

}  // namespace

registry::Library register_operators(const Host& host, const HostHooks& hooks) {
  registry::Library library(registry::Library::Kind::fragment, "spinel");
  for (const Operator& op : operators()) {
    library.def(op.definition.schema);
    const std::string name = op.name();
    if (op.definition.composite != nullptr) {
      const auto kernel = [&op, hooks](const OperatorHandle&, Stack* stack) {
        const std::vector<Value> values = take(op, *stack);
        RegistryComposer composer(hooks);
        put(*stack, op.definition.composite(composer, Arguments(values)));
      };
      library.impl(name, registry::make_boxed_kernel(kernel), DispatchKey::CompositeImplicitAutograd);
      continue;
    }
    const auto forward = [&op, &host, hooks](const OperatorHandle&, Stack* stack) {
      const std::vector<Value> values = take(op, *stack);
      for (Tensor& result : hooks.run(op.definition, host, Arguments(values))) stack->emplace_back(std::move(result));
    };
    library.impl(name, registry::make_boxed_kernel(forward), DispatchKey::CPU);
    library.impl(name, registry::make_boxed_kernel(forward), DispatchKey::CUDA);
    if (hooks.record == nullptr) continue;
    const auto record = [&op, hooks](const OperatorHandle&, Stack* stack) {
      const std::vector<Value> values = take(op, *stack);
      put(*stack, hooks.record(op, Arguments(values)));
    };
    library.impl(name, registry::make_boxed_kernel(record), DispatchKey::Autograd);
  }
  return library;
}

}  // namespace spinel::ops
