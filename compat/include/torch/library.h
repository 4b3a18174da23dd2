// Registering operators under PyTorch's names: TORCH_LIBRARY and its kin, torch::Library, torch::CppFunction.
#pragma once

#include <memory>
#include <optional>
#include <source_location>
#include <string>
#include <utility>
#include <vector>

#include "ATen/core/dispatch/Dispatcher.h"
#include "ATen/core/enum_tag.h"
#include "c10/core/DispatchKey.h"
#include "c10/util/Exception.h"
#include "spinel/registry/load_library.h"
#include "torch/custom_class.h"

namespace c10 {
inline namespace spinel_v1 {

/// A function that is known when compiling: TORCH_FN(f).
template <auto Function>
struct CompileTimeFunctionPointer {};
#define TORCH_FN_TYPE(function) ::c10::CompileTimeFunctionPointer<(function)>
#define TORCH_FN(function) TORCH_FN_TYPE (&function)()

/// A name whose registration a selective build may leave out; builds against this layer leave nothing out.
template <bool Enabled>
class SelectiveStr {
 public:
  constexpr explicit SelectiveStr(const char* text) : text_(text) {}
  constexpr operator const char*() const { return text_; }

 private:
  const char* text_;
};
#define TORCH_SELECTIVE_CLASS(name) ::c10::SelectiveStr<true>(name)
#define TORCH_SELECTIVE_NAME(name) ::c10::SelectiveStr<true>(name)
#define TORCH_SELECTIVE_SCHEMA(schema) ::c10::SelectiveStr<true>(schema)

/// Base of kernels with state.
struct OperatorKernel {
  virtual ~OperatorKernel() = default;
};

}  // namespace spinel_v1
}  // namespace c10

namespace torch {
using namespace at;
inline namespace spinel_v1 {

using ::spinel::registry::DispatchKey;

/// A kernel before it is registered: function pointer, TORCH_FN, lambda, functor, or boxed function.
class CppFunction {
  using Kernel = ::spinel::registry::KernelFunction;

 public:
  template <typename F>
    requires(::spinel::registry::internal::kernel_callable<F> && !std::is_same_v<std::decay_t<F>, CppFunction>)
  explicit CppFunction(F&& function) : kernel_(::spinel::registry::make_kernel(std::forward<F>(function))) {}
  template <auto Function>
  explicit CppFunction(c10::CompileTimeFunctionPointer<Function>)
      : kernel_(::spinel::registry::make_kernel<Function>()) {}

  static CppFunction makeFallthrough() { return CppFunction(Kernel::fallthrough()); }
  /// A function of (const OperatorHandle&, Stack*), or with a DispatchKeySet between the two.
  template <auto Function>
  static CppFunction makeFromBoxedFunction() {
    return from_boxed([](const c10::OperatorHandle& op, c10::DispatchKeySet keys, c10::Stack* stack) {
      if constexpr (std::is_invocable_v<decltype(Function), const c10::OperatorHandle&, c10::DispatchKeySet,
                                        c10::Stack*>) {
        Function(op, keys, stack);
      } else {
        Function(op, stack);
      }
    });
  }
  template <typename F>
  static CppFunction makeFromBoxedFunctor(std::unique_ptr<F> functor) {
    return from_boxed([functor = std::shared_ptr<F>(std::move(functor))](const c10::OperatorHandle& op,
                                                                         c10::DispatchKeySet keys, c10::Stack* stack) {
      if constexpr (std::is_invocable_v<F&, const c10::OperatorHandle&, c10::DispatchKeySet, c10::Stack*>) {
        (*functor)(op, keys, stack);
      } else {
        (*functor)(op, stack);
      }
    });
  }
  template <typename F>
  static CppFunction makeFromUnboxedFunctor(std::unique_ptr<F> functor) {
    return CppFunction(::spinel::registry::make_kernel(share(std::shared_ptr<F>(std::move(functor)), &F::operator())));
  }
  template <typename F>
  static CppFunction makeFromUnboxedFunction(F* function) {
    return CppFunction(function);
  }
  template <auto Function>
  static CppFunction makeFromUnboxedFunction(c10::CompileTimeFunctionPointer<Function> function) {
    return CppFunction(function);
  }
  template <typename F>
  static CppFunction makeFromUnboxedLambda(F&& lambda) {
    return CppFunction(std::forward<F>(lambda));
  }

  CppFunction debug(std::string text) && {
    kernel_.debug = std::move(text);
    return std::move(*this);
  }
  CppFunction under(DispatchKey key) && {
    key_ = key;
    return std::move(*this);
  }
  const Kernel& kernel() const { return kernel_; }
  std::optional<DispatchKey> key() const { return key_; }

 private:
  explicit CppFunction(Kernel kernel) : kernel_(std::move(kernel)) {}

  template <typename F>
  static CppFunction from_boxed(F function) {
    return CppFunction(::spinel::registry::make_boxed_kernel(
        [function = std::move(function)](const ::spinel::registry::OperatorHandle& op,
                                         ::spinel::registry::DispatchKeySet keys, ::spinel::registry::Stack* values) {
          c10::Stack stack(values->begin(), values->end());
          function(c10::OperatorHandle(op), keys, &stack);
          values->assign(stack.begin(), stack.end());
        }));
  }
  template <typename F, typename C, typename R, typename... A>
  static auto share(std::shared_ptr<F> functor, R (C::*)(A...)) {
    return [functor = std::move(functor)](A... arguments) -> R { return (*functor)(std::forward<A>(arguments)...); };
  }
  template <typename F, typename C, typename R, typename... A>
  static auto share(std::shared_ptr<F> functor, R (C::*)(A...) const) {
    return share(std::move(functor), static_cast<R (F::*)(A...)>(nullptr));
  }

  Kernel kernel_;
  std::optional<DispatchKey> key_;
};

/// A kernel under a key of its own: m.def(schema, torch::dispatch(torch::kCPU, f)).
template <typename F>
CppFunction dispatch(DispatchKey key, F&& function) {
  return CppFunction(std::forward<F>(function)).under(key);
}
template <typename F>
CppFunction dispatch(c10::DeviceType type, F&& function) {
  return dispatch(c10::computeDispatchKey(type), std::forward<F>(function));
}
inline CppFunction dispatch(DispatchKey key, CppFunction function) { return std::move(function).under(key); }
inline CppFunction dispatch(c10::DeviceType type, CppFunction function) {
  return std::move(function).under(c10::computeDispatchKey(type));
}

inline c10::FunctionSchema schema(const char* text, c10::AliasAnalysisKind = c10::AliasAnalysisKind::FROM_SCHEMA,
                                  bool allow_type_variables = true) {
  return jit::parseSchema(text, allow_type_variables);
}

/// What a block of registrations is given. Everything in it is undone when the block goes, or when it fails.
class Library {
  using Core = ::spinel::registry::Library;
  using Where = std::source_location;

 public:
  enum Kind { DEF, IMPL, FRAGMENT };

  explicit Library(Core& core) : core_(&core) {}
  /// A block outside the macros, which lives as long as this object.
  Library(Kind kind, std::string name_space, std::optional<DispatchKey> key, const char* /*file*/, uint32_t /*line*/,
          Where where = Where::current())
      : own_(std::make_unique<Core>(kind_of(kind), std::move(name_space), key, where)), core_(own_.get()) {}
  Library(Library&&) = default;
  Library& operator=(Library&&) = default;

  Library& def(const char* schema, const std::vector<at::Tag>& tags = {}, Where where = Where::current()) & {
    core_->def(schema, names_of(tags), where);
    return *this;
  }
  Library& def(const std::string& schema, const std::vector<at::Tag>& tags = {}, Where where = Where::current()) & {
    return def(schema.c_str(), tags, where);
  }
  Library& def(const c10::FunctionSchema& schema, const std::vector<at::Tag>& tags = {},
               Where where = Where::current()) & {
    return def(schema.core().to_string(), tags, where);
  }
  template <bool Enabled>
  Library& def(c10::SelectiveStr<Enabled> schema, const std::vector<at::Tag>& tags = {},
               Where where = Where::current()) & {
    return def(static_cast<const char*>(schema), tags, where);
  }
  /// With a kernel; of a bare name the schema is inferred from the kernel's C++ signature.
  template <typename Name, typename F>
    requires(!std::is_convertible_v<F, std::vector<at::Tag>>)
  Library& def(Name&& name_or_schema, F&& function, const std::vector<at::Tag>& tags = {},
               Where where = Where::current()) & {
    const CppFunction kernel = function_of(std::forward<F>(function));
    core_->def(text_of(name_or_schema), kernel.kernel(), kernel.key(), names_of(tags), where);
    return *this;
  }

  template <typename Name, typename F>
  Library& impl(Name&& name, F&& function, Where where = Where::current()) & {
    const CppFunction kernel = function_of(std::forward<F>(function));
    core_->impl(text_of(name), kernel.kernel(), kernel.key(), where);
    return *this;
  }
  template <typename Name, typename Key, typename F>
    requires(std::is_same_v<Key, DispatchKey> || std::is_same_v<Key, c10::DeviceType>)
  Library& impl(Name&& name, Key key, F&& function, Where where = Where::current()) & {
    return impl(std::forward<Name>(name), dispatch(key, std::forward<F>(function)), where);
  }
  template <typename Name, typename F>
  Library& impl_UNBOXED(Name&& name, F* function, Where where = Where::current()) & {
    return impl(std::forward<Name>(name), function, where);
  }

  template <typename F>
  Library& fallback(F&& function, Where where = Where::current()) & {
    const CppFunction kernel = function_of(std::forward<F>(function));
    core_->fallback(kernel.kernel(), where);
    return *this;
  }

  template <typename T>
  torch::class_<T> class_(const std::string& name) {
    return torch::class_<T>(*core_, name);
  }
  template <typename T>
  torch::class_<T> class_(const std::string& name, const std::string& /*doc*/) {
    return class_<T>(name);
  }

  /// The Python module with what goes with this block's operators; kept for hosts with Python.
  Library& set_python_module(const char* module, const char* context = "") & {
    core_->set_python_module(module, context);
    return *this;
  }
  Library& impl_abstract_pystub(const char* module, const char* context = "") & {
    return set_python_module(module, context);
  }
  void reset() { core_->reset(); }

 private:
  static Core::Kind kind_of(Kind kind) {
    switch (kind) {
      case DEF: return Core::Kind::def;
      case IMPL: return Core::Kind::impl;
      default: return Core::Kind::fragment;
    }
  }
  static const char* text_of(const char* text) { return text; }
  static const char* text_of(const std::string& text) { return text.c_str(); }
  static std::string text_of(const c10::FunctionSchema& schema) { return schema.core().to_string(); }
  template <bool Enabled>
  static const char* text_of(c10::SelectiveStr<Enabled> text) {
    return text;
  }
  template <typename F>
  static CppFunction function_of(F&& function) {
    if constexpr (std::is_same_v<std::decay_t<F>, CppFunction>) return std::forward<F>(function);
    else return CppFunction(std::forward<F>(function));
  }
  static std::vector<std::string> names_of(const std::vector<at::Tag>& tags) {
    std::vector<std::string> names;
    for (at::Tag tag : tags) names.emplace_back(at::tag_name(tag));
    return names;
  }

  std::unique_ptr<Core> own_;
  Core* core_;
};

namespace detail {
/// What runs a block's function with the handle of this layer.
template <void (*Fill)(Library&)>
void fill_library(::spinel::registry::Library& core) {
  Library library(core);
  Fill(library);
}
}  // namespace detail

}  // namespace spinel_v1
}  // namespace torch

// A static object that runs the block when its shared library is loaded and undoes it when that goes.
#define SPINEL_COMPAT_BLOCK(kind, ns, key, m, id)                                                       \
  static void C10_CONCATENATE(TORCH_LIBRARY_init_##ns##_, id)(torch::Library&);                         \
  static const ::spinel::registry::LibraryBlock C10_CONCATENATE(TORCH_LIBRARY_static_init_##ns##_, id)( \
      ::spinel::registry::Library::Kind::kind, #ns, key,                                                \
      &::torch::detail::fill_library<&C10_CONCATENATE(TORCH_LIBRARY_init_##ns##_, id)>);                \
  void C10_CONCATENATE(TORCH_LIBRARY_init_##ns##_, id)([[maybe_unused]] torch::Library & m)

#define TORCH_LIBRARY(ns, m) SPINEL_COMPAT_BLOCK(def, ns, std::nullopt, m, C10_UID)
#define TORCH_LIBRARY_FRAGMENT(ns, m) SPINEL_COMPAT_BLOCK(fragment, ns, std::nullopt, m, C10_UID)
#define TORCH_LIBRARY_IMPL(ns, key, m) SPINEL_COMPAT_BLOCK(impl, ns, ::spinel::registry::DispatchKey::key, m, C10_UID)
#define TORCH_LIBRARY_THREAD_UNSAFE_LAZY_INIT(ns, m) TORCH_LIBRARY(ns, m)
#define TORCH_LIBRARY_IMPL_THREAD_UNSAFE_LAZY_INIT(ns, key, m) TORCH_LIBRARY_IMPL(ns, key, m)
