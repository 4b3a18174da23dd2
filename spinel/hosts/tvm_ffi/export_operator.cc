#include "spinel/hosts/tvm_ffi/export_operator.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <memory>

#include "spinel/base/error.h"
#include "spinel/hosts/bridge/torch_value.h"
#include "spinel/hosts/tvm_ffi/conversion.h"
#include "spinel/hosts/tvm_ffi/leave_error.h"
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

/// The memory that arguments show without owning it.
struct Span {
  const char *begin, *end;
};

std::vector<Span> views_in(const Any* arguments, int32_t count) {
  std::vector<Span> spans;
  for (int32_t i = 0; i < count; ++i) {
    if (arguments[i].type_index != type_dl_tensor) continue;
    const at::Tensor view = to_torch(to_value(arguments[i], "argument", true).to_tensor());
    const auto* begin = static_cast<const char*>(view.const_data_ptr());
    spans.push_back({begin, begin + view.storage().nbytes()});
  }
  return spans;
}

/// The value with copies of what lies in the memory of views: their owners may free it when the call is over, while a
/// result lives as long as somebody holds it.
registry::Value apart_from(const registry::Value& value, const std::vector<Span>& views) {
  if (views.empty()) return value;
  if (value.is_tensor() && value.to_tensor().defined()) {
    const at::Tensor tensor = to_torch(value.to_tensor());
    const auto* data = static_cast<const char*>(tensor.const_data_ptr());
    const bool inside = std::any_of(views.begin(), views.end(),
                                    [&](const Span& view) { return data >= view.begin && data < view.end; });
    return inside ? registry::Value(to_registry(tensor.clone())) : value;
  }
  std::vector<registry::Value> items;
  if (value.is_list()) {
    for (const registry::Value& item : value.to_list().items) items.push_back(apart_from(item, views));
    return registry::make_list_value(value.to_list().element, std::move(items));
  }
  if (!value.is_tuple()) return value;
  for (const registry::Value& item : value.to_tuple().items) items.push_back(apart_from(item, views));
  return registry::make_tuple_value(std::move(items));
}

Any result_of(const Runtime& runtime, const registry::FunctionSchema& schema, registry::Stack& stack) {
  if (stack.empty()) return {};
  if (stack.size() == 1) return to_owned(runtime, stack.front(), schema.returns.front().type);
  return to_owned(runtime, registry::make_tuple_value(std::move(stack)), registry::TypeKind::any);
}

int call(void* self, const Any* arguments, int32_t count, Any* result) {
  const Runtime& runtime = Runtime::get();
  const auto& exported = *static_cast<const Exported*>(self);
  try {
    const auto schema = exported.op.schema();
    registry::Stack stack = bind(exported, *schema, arguments, static_cast<size_t>(std::max(count, 0)));
    exported.op.call_boxed(stack);
    const std::vector<Span> views = views_in(arguments, count);
    for (registry::Value& value : stack) value = apart_from(value, views);
    *result = result_of(runtime, *schema, stack);
    return 0;
  } catch (...) {
    return leave_error(runtime);
  }
}

}  // namespace

std::string export_operator(const registry::OperatorHandle& op, std::string name, bool may_replace) {
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
  return name;
}

}  // namespace spinel::hosts::tvm_ffi
