#include "spinel/registry/object.h"

#include "spinel/registry/class.h"
#include "spinel/registry/operator_error.h"

namespace spinel::registry::inline v1 {
namespace {

[[noreturn]] void fail_unknown(const CustomClass& custom_class, std::string_view name) {
  fail_operator(OperatorFailure::unknown_attribute,
                format("{} does not have a field with name '{}'", custom_class.qualified_name(), name));
}

Value run(const ClassMethod& method, Stack stack) {
  method.run(stack);
  return stack.empty() ? Value() : std::move(stack.back());
}

const ClassMethod& method_of(const CustomClass& custom_class, std::string_view name) {
  const ClassMethod* method = custom_class.find_method(name);
  if (method == nullptr) fail_unknown(custom_class, name);
  return *method;
}

}  // namespace

intrusive_ptr<const CustomClass> find_class_or_throw(std::string_view name) {
  if (auto found = Dispatcher::singleton().find_class(name)) return found;
  fail_operator(OperatorFailure::unknown_class,
                format("Tried to instantiate class '{}', but it does not exist! Ensure that it is registered via "
                       "torch::class_",
                       name));
}

Value make_object(const intrusive_ptr<const CustomClass>& custom_class, std::span<const Value> positional,
                  const Keywords& keywords) {
  const Value object = make_intrusive<ObjectValue>(custom_class, nullptr);
  call_method(object, "__init__", positional, keywords);
  return object;
}

Value call_method(const Value& object, std::string_view name, std::span<const Value> positional,
                  const Keywords& keywords) {
  const ClassMethod& method = method_of(*object.to_object().custom_class, name);
  std::vector<Value> with_self = {object};
  with_self.insert(with_self.end(), positional.begin(), positional.end());
  return run(method, bind_host(method.schema, with_self, keywords));
}

Value call_static_method(const CustomClass& custom_class, std::string_view name, std::span<const Value> positional,
                         const Keywords& keywords) {
  const ClassMethod* method = custom_class.find_static_method(name);
  if (method == nullptr) fail_unknown(custom_class, name);
  return run(*method, bind_host(method->schema, positional, keywords));
}

Value get_attribute(const Value& object, std::string_view name) {
  const CustomClass& custom_class = *object.to_object().custom_class;
  const ClassAttribute* attribute = custom_class.find_attribute(name);
  if (attribute == nullptr) fail_unknown(custom_class, name);
  return call_method(object, attribute->getter);
}

void set_attribute(const Value& object, std::string_view name, const Value& value) {
  const CustomClass& custom_class = *object.to_object().custom_class;
  const ClassAttribute* attribute = custom_class.find_attribute(name);
  if (attribute == nullptr) fail_unknown(custom_class, name);
  if (attribute->setter.empty()) {
    fail_operator(OperatorFailure::unknown_attribute,
                  format("{}: the field '{}' is read-only", custom_class.qualified_name(), name));
  }
  call_method(object, attribute->setter, {&value, 1});
}

Value copy_object(const Value& object) {
  const intrusive_ptr<const CustomClass>& custom_class = object.to_object().custom_class;
  if (custom_class->find_method("__getstate__") == nullptr) {
    fail_operator(OperatorFailure::unknown_attribute,
                  format("Tried to serialize object {} which does not have a __getstate__ method defined!",
                         custom_class->qualified_name()));
  }
  const Value state = call_method(object, "__getstate__");
  const Value copy = make_intrusive<ObjectValue>(custom_class, nullptr);
  call_method(copy, "__setstate__", {&state, 1});
  return copy;
}

namespace internal {
namespace {

/// Names and defaults, given for all arguments or for none.
void name_arguments(const CustomClass& owner, FunctionSchema& schema, bool is_static, const std::vector<arg>& named) {
  if (named.empty()) return;
  const size_t first = is_static ? 0 : 1;
  if (named.size() != schema.arguments.size() - first) {
    fail_operator(OperatorFailure::bad_class,
                  format("{}.{}: Argument name(s) must be provided for all arguments; {} are named of {}",
                         owner.qualified_name(), schema.name.name, named.size(), schema.arguments.size() - first));
  }
  for (size_t i = 0; i < named.size(); ++i) {
    schema.arguments[first + i].name = named[i].name;
    schema.arguments[first + i].default_value = named[i].default_value;
  }
}

}  // namespace

ClassMethod make_method(const CustomClass& owner, std::string name, KernelFunction kernel, bool is_static,
                        std::optional<Type> result, std::string doc, const std::vector<arg>& named) {
  ClassMethod method;
  method.schema = *kernel.inferred;
  method.schema.name = {std::move(name), ""};
  method.doc = std::move(doc);
  method.is_static = is_static;
  if (!is_static) {
    if (method.schema.arguments.empty()) {
      fail_operator(OperatorFailure::bad_class, format("{}.{}: the function takes no argument; the object is the first",
                                                       owner.qualified_name(), method.schema.name.name));
    }
    Type& self = method.schema.arguments[0].type;
    if (self.kind() == TypeKind::any) self = owner.type();  // __init__ and __setstate__ take it before it is made
    if (self != owner.type()) {
      fail_operator(OperatorFailure::bad_class,
                    format("{}.{}: the first argument is a {}; it must be the object", owner.qualified_name(),
                           method.schema.name.name, self.to_string()));
    }
  }
  name_arguments(owner, method.schema, is_static, named);
  method.schema.returns = {inferred_argument(0, result ? *result : Type(TypeKind::none))};
  const bool several = result && result->kind() == TypeKind::tuple;
  method.run = [kernel = std::move(kernel), several](Stack& stack) {
    kernel.boxed(kernel.functor.get(), OperatorHandle(nullptr), {}, stack);
    if (several) stack = {make_tuple_value(std::move(stack))};
  };
  return method;
}

}  // namespace internal
}  // namespace spinel::registry::inline v1
