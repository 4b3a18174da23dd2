#include "spinel/hosts/bridge/torch_operators.h"

#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/library.h>

#include <algorithm>

#include "spinel/base/error.h"
#include "spinel/hosts/bridge/torch_value.h"
#include "spinel/registry/operator_error.h"
#include "spinel/registry/schema_parser.h"

namespace spinel::hosts {
namespace {

using registry::OperatorName;

c10::OperatorHandle handle_of(const OperatorName& name) {
  const auto handle = c10::Dispatcher::singleton().findSchema({name.name, name.overload});
  if (!handle) {
    registry::fail_operator(registry::OperatorFailure::no_schema,
                            "could not find schema for " + name.to_string() + " in libtorch's dispatcher");
  }
  return *handle;
}

/// Goes on as the error of libtorch that its language, Python, turns into the class meant.
[[noreturn]] void rethrow(const registry::CallError& error) {
  using registry::ErrorClass;
  const std::string text = error.what();
  switch (error.error_class()) {
    case ErrorClass::index: C10_THROW_ERROR(IndexError, text);
    case ErrorClass::value: C10_THROW_ERROR(ValueError, text);
    case ErrorClass::type: C10_THROW_ERROR(TypeError, text);
    case ErrorClass::not_implemented: C10_THROW_ERROR(NotImplementedError, text);
    case ErrorClass::linear_algebra: C10_THROW_ERROR(LinAlgError, text);
    default: C10_THROW_ERROR(Error, text);
  }
}

/// The kernel under which an operator of the layer runs on libtorch.
class LayerKernel final : public c10::OperatorKernel {
 public:
  explicit LayerKernel(const registry::OperatorHandle& op) : op_(op) {}

  void operator()(const c10::OperatorHandle& handle, c10::DispatchKeySet, torch::jit::Stack* stack) {
    const c10::FunctionSchema& schema = handle.schema();
    const size_t count = schema.arguments().size(), first = stack->size() - count;
    registry::Stack values;
    values.reserve(count);
    for (size_t i = 0; i < count; ++i) values.push_back(to_registry((*stack)[first + i]));
    try {
      op_.call_boxed(values);
    } catch (const registry::CallError& error) {
      rethrow(error);
    }
    if (values.size() != schema.returns().size()) {
      fail(ErrorKind::internal, "{}: its kernel returned {} values; the schema says {}", op_.name().to_string(),
           values.size(), schema.returns().size());
    }
    stack->erase(stack->begin() + static_cast<std::ptrdiff_t>(first), stack->end());
    for (size_t i = 0; i < values.size(); ++i) stack->push_back(to_torch(values[i], schema.returns()[i].type()));
  }

 private:
  registry::OperatorHandle op_;
};

}  // namespace

std::vector<OperatorName> torch_operator_names() {
  std::vector<OperatorName> names;
  for (const c10::OperatorName& name : c10::Dispatcher::singleton().getAllOpNames()) {
    if (c10::Dispatcher::singleton().findSchema(name)) names.push_back({name.name, name.overload_name});
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<OperatorName> torch_overloads(std::string_view name) {
  std::vector<OperatorName> overloads;
  for (OperatorName& one : torch_operator_names()) {
    if (one.name == name) overloads.push_back(std::move(one));
  }
  return overloads;
}

registry::FunctionSchema torch_schema(const OperatorName& name) {
  // A class that libtorch's text names is registered there, not here.
  return registry::parse_schema(c10::toString(handle_of(name).schema()), {[](std::string_view) { return true; }});
}

std::vector<std::string> torch_kernel_keys(const OperatorName& name) {
  const c10::OperatorHandle handle = handle_of(name);
  std::vector<std::string> keys;
  for (int key = 1; key <= static_cast<int>(c10::DispatchKey::EndOfAliasKeys); ++key) {
    const auto dispatch_key = static_cast<c10::DispatchKey>(key);
    const bool is_marker = dispatch_key == c10::DispatchKey::EndOfFunctionalityKeys ||
                           std::string_view(toString(dispatch_key)) == "UNKNOWN";
    if (!is_marker && handle.hasKernelForDispatchKey(dispatch_key)) keys.emplace_back(toString(dispatch_key));
  }
  return keys;
}

void call_torch(const OperatorName& name, registry::Stack& stack) {
  const c10::OperatorHandle handle = handle_of(name);
  const c10::FunctionSchema& schema = handle.schema();
  require(stack.size() == schema.arguments().size(), "{}: {} values are given; the schema has {} arguments",
          name.to_string(), stack.size(), schema.arguments().size());
  torch::jit::Stack values;
  values.reserve(stack.size());
  for (size_t i = 0; i < stack.size(); ++i) values.push_back(to_torch(stack[i], schema.arguments()[i].type()));
  handle.callBoxed(values);
  stack.clear();
  for (const c10::IValue& value : values) stack.push_back(to_registry(value));
}

void define_on_torch(torch::Library& library, const registry::OperatorHandle& op) {
  const std::string text = op.schema()->to_string();
  library.def(torch::schema(text.c_str(), c10::AliasAnalysisKind::FROM_SCHEMA));
  library.impl(op.name().to_string().c_str(),
               torch::dispatch(c10::DispatchKey::CompositeExplicitAutograd,
                               torch::CppFunction::makeFromBoxedFunctor(std::make_unique<LayerKernel>(op))));
}

}  // namespace spinel::hosts
