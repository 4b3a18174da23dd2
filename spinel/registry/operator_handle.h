// Handles of operators: looked up once, then called with C++ arguments or with a stack of values.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <tuple>
#include <utility>

#include "spinel/registry/dispatch_table.h"
#include "spinel/registry/thread_state.h"

namespace spinel::registry::inline v1 {

/// One operator (name and overload). Never freed, so that handles stay valid; whether it is defined is another matter.
class OperatorEntry {
 public:
  OperatorEntry(OperatorName operator_name, const FallbackKernels& fallbacks);
  const OperatorName& name() const { return name_; }
  /// Read it inside a ReadSection.
  const DispatchTable& table() const noexcept { return *table_.load(std::memory_order_acquire); }

 private:
  friend class Dispatcher;
  const OperatorName name_;
  std::atomic<const DispatchTable*> table_;
  // Guarded by the dispatcher's lock:
  std::shared_ptr<const Definition> definition_;
  KernelStacks kernels_;
  KernelSlots slots_;
};

namespace internal {

/// Throws what a call without kernel deserves: no_schema, no_tensor_arguments or no_kernel.
[[noreturn]] void fail_without_kernel(const OperatorEntry& entry, const DispatchTable& table, DispatchKeySet keys);
[[noreturn]] void fail_signature(const OperatorEntry& entry, const std::string* registered, const std::string* called);
/// Runs a kernel on a stack of `count` arguments.
void run_boxed(const OperatorEntry& entry, const DispatchTable& table, const Kernel& kernel, DispatchKeySet keys,
               Stack& stack, size_t count);

template <typename T>
DispatchKeySet keys_of(const T& argument) {
  return TensorKeys<T>::of(argument);
}

/// The result of a boxed kernel as an unboxed one would return it. References are to arguments: of one, to the first
/// argument of an operator in place (`f_(self!)`) or else the last (`out`); of several, to the last ones.
template <typename R, typename... A>
struct Unboxed {
  static R take(Stack& stack, [[maybe_unused]] std::tuple<A&...> arguments) {
    if constexpr (std::is_void_v<R>) {
      if (!stack.empty()) fail_result_count(stack.size(), 0);
    } else if constexpr (is_tuple<R>::value) {
      return take_tuple(stack, arguments, static_cast<R*>(nullptr));
    } else {
      if (stack.size() != 1) fail_result_count(stack.size(), 1);
      if constexpr (std::is_lvalue_reference_v<R>) return reference<R>(arguments);
      else return ValueTraits<R>::read(stack[0]);
    }
  }

 private:
  template <typename R1>
  static R1 reference(std::tuple<A&...> arguments) {
    using First = std::tuple_element_t<0, std::tuple<A...>>;
    if constexpr (std::is_same_v<First, R1>) return std::get<0>(arguments);
    else return std::get<sizeof...(A) - 1>(arguments);
  }
  template <typename... T>
  static std::tuple<T...> take_tuple(Stack& stack, std::tuple<A&...> arguments, std::tuple<T...>*) {
    if (stack.size() != sizeof...(T)) fail_result_count(stack.size(), sizeof...(T));
    return [&]<size_t... I>(std::index_sequence<I...>) {
      if constexpr ((std::is_lvalue_reference_v<T> && ...) && sizeof...(T) > 0) {
        return std::tuple<T...>(std::get<sizeof...(A) - sizeof...(T) + I>(arguments)...);
      } else {
        return std::tuple<T...>(ValueTraits<std::decay_t<T>>::read(stack[I])...);
      }
    }(std::index_sequence_for<T...>());
  }
};

}  // namespace internal

template <typename Signature>
class TypedOperatorHandle;

/// An operator, defined or not. Cheap to copy; outlives the registration, after which calls fail with no_schema.
class OperatorHandle {
 public:
  explicit OperatorHandle(const OperatorEntry* entry) : entry_(entry) {}

  const OperatorName& name() const { return entry_->name(); }
  bool has_schema() const;
  /// The schema now, kept alive by the pointer. Of an operator that nobody defines: no_schema.
  std::shared_ptr<const FunctionSchema> schema() const;
  std::shared_ptr<const Definition> definition() const;  ///< null where nobody defines it
  /// Whether a kernel is registered for exactly this key.
  bool has_kernel(DispatchKey key) const;
  /// The keys with kernels of their own, each with where it was registered.
  std::vector<std::pair<DispatchKey, std::string>> kernels() const;

  /// Calls with the arguments on top of the stack, bound and converted already; the results take their place.
  void call_boxed(Stack& stack) const;
  /// From a kernel: goes on with these keys (`keys & DispatchKeySet::below(own key)`), not with those of the arguments.
  void redispatch_boxed(DispatchKeySet keys, Stack& stack) const;

  /// For calls with C++ arguments. `Signature` must be that of the operator's kernels (up to KernelType), or, where
  /// these are boxed, fit its schema; else: signature.
  template <typename Signature>
  TypedOperatorHandle<Signature> typed() const {
    check_signature(kernel_signature_name<Signature>(), &InferSchema<Signature>::infer);
    return TypedOperatorHandle<Signature>(entry_);
  }

  const OperatorEntry* entry() const { return entry_; }
  friend bool operator==(const OperatorHandle&, const OperatorHandle&) = default;

 private:
  void check_signature(const std::string* signature, FunctionSchema (*infer)()) const;
  const OperatorEntry* entry_;
};

/// An operator called with C++ arguments, without boxing where its kernel is unboxed.
template <typename R, typename... A>
class TypedOperatorHandle<R(A...)> : public OperatorHandle {
 public:
  explicit TypedOperatorHandle(const OperatorEntry* entry)
      : OperatorHandle(entry),
        signature_(signature_name<R(A...)>()),
        kernel_signature_(kernel_signature_name<R(A...)>()) {}

  R call(A... arguments) const {
    ThreadState& state = thread_state();
    const ReadSection section(state);
    const DispatchTable& table = entry()->table();
    const DispatchKeySet keys = ((internal::keys_of(arguments) | ... | state.included)) - state.excluded;
    return run(table, keys, std::forward<A>(arguments)...);
  }

  R redispatch(DispatchKeySet keys, A... arguments) const {
    const ReadSection section(thread_state());
    return run(entry()->table(), keys, std::forward<A>(arguments)...);
  }

 private:
  R run(const DispatchTable& table, DispatchKeySet keys, A... arguments) const {
    const Kernel& kernel = table.lookup(keys);
    if (kernel.function.signature == signature_) [[likely]] {
      const auto function = reinterpret_cast<R (*)(KernelFunctor*, DispatchKeySet, A...)>(kernel.function.unboxed);
      return function(kernel.function.functor.get(), keys, std::forward<A>(arguments)...);
    }
    return run_boxed(table, kernel, keys, arguments...);
  }
  [[gnu::noinline]] R run_boxed(const DispatchTable& table, const Kernel& kernel, DispatchKeySet keys,
                                std::remove_reference_t<A>&... arguments) const {
    if (table.signature() != nullptr && table.signature() != kernel_signature_) {
      internal::fail_signature(*entry(), table.signature(), kernel_signature_);
    }
    Stack stack;
    stack.reserve(sizeof...(A));
    (stack.push_back(ValueTraits<std::decay_t<A>>::write(arguments)), ...);
    internal::run_boxed(*entry(), table, kernel, keys, stack, sizeof...(A));
    return internal::Unboxed<R, A...>::take(stack, std::tuple<A&...>(arguments...));
  }

  const std::string* signature_;
  const std::string* kernel_signature_;
};

}  // namespace spinel::registry::inline v1
