// Looking up and calling operators, under PyTorch's names.
#pragma once

#include <optional>
#include <vector>

#include "ATen/core/function_schema.h"
#include "ATen/core/stack.h"
#include "c10/core/DispatchKeySet.h"
#include "c10/core/impl/LocalDispatchKeySet.h"
#include "spinel/registry/dispatcher.h"

namespace c10 {
inline namespace spinel_v1 {

template <typename Signature>
class TypedOperatorHandle;

/// An operator. Cheap to copy; valid for the life of the process.
class OperatorHandle {
 public:
  explicit OperatorHandle(::spinel::registry::OperatorHandle op) : op_(op) {}

  OperatorName operator_name() const { return {op_.name().name, op_.name().overload}; }
  bool hasSchema() const { return op_.has_schema(); }
  FunctionSchema schema() const { return *op_.schema(); }
  bool hasKernelForDispatchKey(DispatchKey key) const { return op_.has_kernel(key); }
  const ::spinel::registry::OperatorHandle& core() const { return op_; }

  template <typename Signature>
  TypedOperatorHandle<Signature> typed() const;

  /// Arguments on top of the stack; the results take their place.
  void callBoxed(Stack* stack) const {
    through_core(*stack, [&](::spinel::registry::Stack& values) { op_.call_boxed(values); });
  }
  void callBoxed(Stack& stack) const { callBoxed(&stack); }
  void redispatchBoxed(DispatchKeySet keys, Stack* stack) const {
    through_core(*stack, [&](::spinel::registry::Stack& values) { op_.redispatch_boxed(keys, values); });
  }

 private:
  /// Where the call fails the stack is left as it was.
  template <typename Call>
  static void through_core(Stack& stack, Call call) {
    ::spinel::registry::Stack values(stack.begin(), stack.end());
    call(values);
    stack.assign(std::make_move_iterator(values.begin()), std::make_move_iterator(values.end()));
  }
  ::spinel::registry::OperatorHandle op_;
};

/// An operator that is called with C++ arguments.
template <typename R, typename... A>
class TypedOperatorHandle<R(A...)> : public OperatorHandle {
 public:
  explicit TypedOperatorHandle(const ::spinel::registry::OperatorHandle& op)
      : OperatorHandle(op), typed_(op.typed<R(A...)>()) {}
  R call(A... arguments) const { return typed_.call(std::forward<A>(arguments)...); }
  R redispatch(DispatchKeySet keys, A... arguments) const {
    return typed_.redispatch(keys, std::forward<A>(arguments)...);
  }

 private:
  ::spinel::registry::TypedOperatorHandle<R(A...)> typed_;
};

template <typename Signature>
TypedOperatorHandle<Signature> OperatorHandle::typed() const {
  return TypedOperatorHandle<Signature>(op_);
}

/// The operators of the process.
class Dispatcher {
 public:
  static Dispatcher& singleton() {
    static Dispatcher dispatcher;
    return dispatcher;
  }
  static Dispatcher& realSingleton() { return singleton(); }

  std::optional<OperatorHandle> findSchema(const OperatorName& name) { return wrap(core().find_schema(name.core())); }
  std::optional<OperatorHandle> findOp(const OperatorName& name) { return wrap(core().find_operator(name.core())); }
  /// Defined by nobody: an error.
  OperatorHandle findSchemaOrThrow(const char* name, const char* overload) {
    return OperatorHandle(core().find_schema_or_throw(name, overload));
  }
  std::vector<OperatorName> getAllOpNames() {
    std::vector<OperatorName> names;
    for (const auto& name : core().operator_names()) names.emplace_back(name.name, name.overload);
    return names;
  }

  template <typename R, typename... A>
  R call(const TypedOperatorHandle<R(A...)>& op, A... arguments) const {
    return op.call(std::forward<A>(arguments)...);
  }
  template <typename R, typename... A>
  R redispatch(const TypedOperatorHandle<R(A...)>& op, DispatchKeySet keys, A... arguments) const {
    return op.redispatch(keys, std::forward<A>(arguments)...);
  }
  void callBoxed(const OperatorHandle& op, Stack* stack) const { op.callBoxed(stack); }
  void redispatchBoxed(const OperatorHandle& op, DispatchKeySet keys, Stack* stack) const {
    op.redispatchBoxed(keys, stack);
  }

 private:
  Dispatcher() = default;
  static ::spinel::registry::Dispatcher& core() { return ::spinel::registry::Dispatcher::singleton(); }
  static std::optional<OperatorHandle> wrap(const std::optional<::spinel::registry::OperatorHandle>& op) {
    return op ? std::optional<OperatorHandle>(OperatorHandle(*op)) : std::nullopt;
  }
};

}  // namespace spinel_v1
}  // namespace c10
