// Kernels: C++ functions that can be called with their own arguments (unboxed) or with a stack of values (boxed).
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "spinel/registry/dispatch_key_set.h"
#include "spinel/registry/signature.h"
#include "spinel/registry/thread_state.h"

namespace spinel::registry::inline v1 {

class OperatorHandle;

/// What a kernel keeps: the state of a lambda. Plain functions keep none.
class KernelFunctor : public RefCounted {};

/// A kernel before it is registered. Copies share the functor.
struct KernelFunction {
  using Boxed = void (*)(KernelFunctor*, const OperatorHandle&, DispatchKeySet, Stack&);

  /// `R (*)(KernelFunctor*, DispatchKeySet, A...)` for the signature R(A...); null for boxed kernels.
  void (*unboxed)() = nullptr;
  Boxed boxed = nullptr;
  intrusive_ptr<KernelFunctor> functor;
  const std::string* signature = nullptr;          ///< signature_name of R(A...)
  const std::string* kernel_signature = nullptr;   ///< kernel_signature_name, by which kernels are compared
  std::shared_ptr<const FunctionSchema> inferred;  ///< of unboxed kernels
  bool is_fallthrough = false;
  std::string debug;

  bool is_valid() const { return boxed != nullptr; }

  /// Not a kernel but the mark that the key is skipped for the operator.
  static KernelFunction fallthrough();
};

namespace internal {

[[noreturn]] void fail_short_stack(size_t has, size_t needs);
[[noreturn]] void fail_result_count(size_t has, size_t needs);

/// One argument of type A from its holder.
template <typename A>
decltype(auto) pass(typename ValueTraits<std::decay_t<A>>::Holder& holder) {
  using T = std::decay_t<A>;
  using Got = decltype(ValueTraits<T>::get(holder));
  if constexpr (std::is_lvalue_reference_v<A> || !std::is_lvalue_reference_v<Got>) {
    return ValueTraits<T>::get(holder);
  } else {
    return std::move(ValueTraits<T>::get(holder));
  }
}

template <typename R>
void push_results(Stack& stack, R&& result) {
  stack.push_back(ValueTraits<std::decay_t<R>>::write(std::forward<R>(result)));
}
template <typename... T>
void push_tuple(Stack& stack, const std::tuple<T...>& results) {
  std::apply([&](const auto&... one) { (stack.push_back(ValueTraits<std::decay_t<decltype(one)>>::write(one)), ...); },
             results);
}
template <typename T>
struct is_tuple : std::false_type {};
template <typename... T>
struct is_tuple<std::tuple<T...>> : std::true_type {};

template <typename Callable>
struct CallableFunctor : KernelFunctor {
  explicit CallableFunctor(Callable c) : callable(std::move(c)) {}
  Callable callable;
};

/// How a kernel is called: through its functor, or, for functions known when compiling, directly.
template <typename Callable>
struct ThroughFunctor {
  template <typename... A>
  static decltype(auto) call(KernelFunctor* functor, A&&... args) {
    return static_cast<CallableFunctor<Callable>*>(functor)->callable(std::forward<A>(args)...);
  }
};
template <auto Function>
struct Directly {
  template <typename... A>
  static decltype(auto) call(KernelFunctor*, A&&... args) {
    return Function(std::forward<A>(args)...);
  }
};

template <typename Way, bool TakesKeys, typename Signature>
struct Wrapper;
template <typename Way, bool TakesKeys, typename R, typename... A>
struct Wrapper<Way, TakesKeys, R(A...)> {
  static R call(KernelFunctor* functor, [[maybe_unused]] DispatchKeySet keys, A... args) {
    if constexpr (TakesKeys) return Way::call(functor, keys, std::forward<A>(args)...);
    else return Way::call(functor, std::forward<A>(args)...);
  }

  static void call_boxed(KernelFunctor* functor, const OperatorHandle&, DispatchKeySet keys, Stack& stack) {
    constexpr size_t count = sizeof...(A);
    if (stack.size() < count) fail_short_stack(stack.size(), count);
    run(functor, keys, stack, std::index_sequence_for<A...>());
  }

 private:
  template <size_t... I>
  static void run(KernelFunctor* functor, DispatchKeySet keys, Stack& stack, std::index_sequence<I...>) {
    constexpr size_t count = sizeof...(A);
    [[maybe_unused]] const Value* values = stack.data() + (stack.size() - count);
    std::tuple<typename ValueTraits<std::decay_t<A>>::Holder...> holders{
        ValueTraits<std::decay_t<A>>::read(values[I])...};
    const auto drop = [&] { stack.resize(stack.size() - count); };
    if constexpr (std::is_void_v<R>) {
      call(functor, keys, pass<A>(std::get<I>(holders))...);
      drop();
    } else {
      // The result may refer to an argument, so it is copied before the arguments go.
      decltype(auto) result = call(functor, keys, pass<A>(std::get<I>(holders))...);
      drop();
      if constexpr (is_tuple<std::decay_t<R>>::value) push_tuple(stack, result);
      else push_results(stack, std::forward<decltype(result)>(result));
    }
  }
};

template <typename Way, typename F>
KernelFunction wrap() {
  using Function = typename function_type<F>::type;
  using Signature = typename without_keys<Function>::type;
  using Wrapped = Wrapper<Way, without_keys<Function>::takes_keys, Signature>;
  KernelFunction kernel;
  kernel.unboxed = reinterpret_cast<void (*)()>(&Wrapped::call);
  kernel.boxed = &Wrapped::call_boxed;
  kernel.signature = signature_name<Signature>();
  kernel.kernel_signature = kernel_signature_name<Signature>();
  kernel.inferred = std::make_shared<const FunctionSchema>(InferSchema<Signature>::infer());
  return kernel;
}

/// The functions that take a whole stack.
using BoxedFunction = void (*)(const OperatorHandle&, Stack*);
using BoxedFunctionWithKeys = void (*)(const OperatorHandle&, DispatchKeySet, Stack*);

}  // namespace internal

/// A kernel from a function known when compiling, called without a pointer: make_kernel<&f>().
template <auto Function>
KernelFunction make_kernel() {
  return internal::wrap<internal::Directly<Function>, std::remove_cvref_t<decltype(Function)>>();
}

/// A kernel from a function pointer, lambda or functor; its signature is that of its call operator. A leading
/// DispatchKeySet receives the keys of the call.
template <typename F>
KernelFunction make_kernel(F&& callable) {
  using Callable = std::decay_t<F>;
  KernelFunction kernel = internal::wrap<internal::ThroughFunctor<Callable>, Callable>();
  kernel.functor = make_intrusive<internal::CallableFunctor<Callable>>(std::forward<F>(callable));
  return kernel;
}

/// A boxed kernel: any callable of (const OperatorHandle&, Stack*) or (const OperatorHandle&, DispatchKeySet, Stack*).
/// It takes its arguments off the stack and puts its results there.
template <typename F>
KernelFunction make_boxed_kernel(F&& callable) {
  using Callable = std::decay_t<F>;
  KernelFunction kernel;
  kernel.functor = make_intrusive<internal::CallableFunctor<Callable>>(std::forward<F>(callable));
  kernel.boxed = [](KernelFunctor* functor, const OperatorHandle& op, DispatchKeySet keys, Stack& stack) {
    auto& run = static_cast<internal::CallableFunctor<Callable>*>(functor)->callable;
    if constexpr (std::is_invocable_v<Callable&, const OperatorHandle&, DispatchKeySet, Stack*>) run(op, keys, &stack);
    else run(op, &stack);
  };
  return kernel;
}

/// A registered kernel. What dispatch tables point to.
class Kernel : public Garbage {
 public:
  Kernel(KernelFunction f, DispatchKey k, std::string where)
      : function(std::move(f)), key(k), location(std::move(where)) {}
  const KernelFunction function;
  const DispatchKey key;
  const std::string location;  ///< "file.cc:12"
};

}  // namespace spinel::registry::inline v1
