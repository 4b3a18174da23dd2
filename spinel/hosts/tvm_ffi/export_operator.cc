#include "spinel/hosts/tvm_ffi/export_operator.h"

#include <algorithm>
#include <memory>

#include "spinel/base/error.h"
#include "spinel/hosts/tvm_ffi/conversion.h"
#include "spinel/registry/binder.h"
#include "spinel/registry/operator_error.h"

namespace spinel::hosts::tvm_ffi {
namespace {

using registry::OperatorFailure;

struct Exported {
  registry::OperatorHandle op;
  std::string name;
};

registry::Stack bind(const Exported& exported, const registry::FunctionSchema& schema, const Any* arguments,
                     size_t count) {
  if (count > schema.arguments.size()) {
    registry::fail_operator(OperatorFailure::too_many_arguments,
                            format("{}() expected at most {} argument(s) but received {} argument(s). Declaration: {}",
                                   exported.name, schema.arguments.size(), count, schema.to_string()));
  }
  // By name from the first keyword-only argument on: that is how the binder takes them.
  std::vector<registry::Value> positional;
  registry::Keywords keywords;
  for (size_t i = 0; i < count; ++i) {
    const registry::Argument& argument = schema.arguments[i];
    registry::Value value = to_value(arguments[i], exported.name, true);
    if (argument.kwarg_only) keywords.emplace_back(argument.name, std::move(value));
    else positional.push_back(std::move(value));
  }
  return registry::bind_host(schema, positional, keywords);
}

Any result_of(const Runtime& runtime, const registry::FunctionSchema& schema, registry::Stack& stack) {
  if (stack.empty()) return {};
  if (stack.size() == 1) return to_owned(runtime, stack.front(), schema.returns.front().type);
  return to_owned(runtime, registry::make_tuple_value(std::move(stack)), registry::TypeKind::any);
}

const char* kind_of(const Error& error) {
  const auto* failure = dynamic_cast<const registry::OperatorError*>(&error);
  if (failure != nullptr && failure->failure() == OperatorFailure::value) return "ValueError";
  if (failure != nullptr && failure->failure() <= OperatorFailure::no_match) return "TypeError";
  return failure == nullptr && error.kind() == ErrorKind::invalid_argument ? "ValueError" : "RuntimeError";
}

int call(void* self, const Any* arguments, int32_t count, Any* result) {
  const Runtime& runtime = Runtime::get();
  const auto& exported = *static_cast<const Exported*>(self);
  try {
    const auto schema = exported.op.schema();
    registry::Stack stack = bind(exported, *schema, arguments, static_cast<size_t>(std::max(count, 0)));
    exported.op.call_boxed(stack);
    *result = result_of(runtime, *schema, stack);
    return 0;
  } catch (const Error& error) {
    runtime.set_error(kind_of(error), error.what());
  } catch (const std::exception& error) {
    runtime.set_error("RuntimeError", error.what());
  }
  return -1;
}

}  // namespace

void export_operator(const registry::OperatorHandle& op, std::string name, bool may_replace) {
  const registry::OperatorName& own = op.name();
  if (name.empty()) {
    name = own.name + (own.overload.empty() ? "" : "." + own.overload);
    if (const size_t colons = name.find("::"); colons != std::string::npos) name.replace(colons, 2, ".");
  }
  const Runtime& runtime = Runtime::get();
  auto exported = std::make_unique<Exported>(Exported{op, name});
  const ObjectRef function =
      runtime.make_function(exported.get(), &call, [](void* self) { delete static_cast<Exported*>(self); });
  static_cast<void>(exported.release());  // the function owns it now
  runtime.set_global(name, function, may_replace);
}

}  // namespace spinel::hosts::tvm_ffi
