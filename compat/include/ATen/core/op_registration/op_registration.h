// Registering operators without a block, as older libraries do: torch::RegisterOperators().op("ns::f", &f).
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "spinel/registry/load_library.h"
#include "torch/library.h"

namespace c10 {
inline namespace spinel_v1 {

/// Registers each operator when op() is called and deregisters all of them when it dies, so it is a static object. A
/// failure while its library is loaded is the loader's to report, elsewhere it is thrown.
class RegisterOperators {
  using Core = ::spinel::registry::Library;
  using Block = ::spinel::registry::LibraryBlock;
  using Where = std::source_location;

 public:
  /// What is registered for one operator. Each member returns the changed options.
  class Options {
   public:
    Options schema(const std::string& name_or_schema) && {
      schema_ = name_or_schema;
      return std::move(*this);
    }
    /// A kernel for one key: a function known when compiling, a functor class, or a function object.
    template <typename F>
    Options kernel(DispatchKey key, F&& function) && {
      return std::move(*this).add(torch::dispatch(key, std::forward<F>(function)));
    }
    template <auto Function>
    Options kernel(DispatchKey key) && {
      return std::move(*this).add(torch::dispatch(key, torch::CppFunction(CompileTimeFunctionPointer<Function>())));
    }
    template <typename Type, Type* Function>
    Options kernel(DispatchKey key) && {
      return std::move(*this).template kernel<Function>(key);
    }
    template <typename Functor, typename... A>
      requires std::is_base_of_v<OperatorKernel, Functor>
    Options kernel(DispatchKey key, A&&... arguments) && {
      return std::move(*this).add(
          torch::CppFunction::makeFromUnboxedFunctor(std::make_unique<Functor>(std::forward<A>(arguments)...))
              .under(key));
    }
    /// A kernel for all keys.
    template <typename F>
    Options catchAllKernel(F&& function) && {
      return std::move(*this).add(torch::CppFunction(std::forward<F>(function)));
    }
    template <auto Function>
    Options catchAllKernel() && {
      return std::move(*this).add(torch::CppFunction(CompileTimeFunctionPointer<Function>()));
    }
    template <typename Type, Type* Function>
    Options catchAllKernel() && {
      return std::move(*this).template catchAllKernel<Function>();
    }
    template <typename Functor, typename... A>
      requires std::is_base_of_v<OperatorKernel, Functor>
    Options catchAllKernel(A&&... arguments) && {
      return std::move(*this).add(
          torch::CppFunction::makeFromUnboxedFunctor(std::make_unique<Functor>(std::forward<A>(arguments)...)));
    }
    Options aliasAnalysis(AliasAnalysisKind) && { return std::move(*this); }

   private:
    friend class RegisterOperators;
    Options add(torch::CppFunction kernel) && {
      kernels_.push_back(std::move(kernel));
      return std::move(*this);
    }
    std::string schema_;
    std::vector<torch::CppFunction> kernels_;
  };

  RegisterOperators() = default;
  template <typename... A>
  explicit RegisterOperators(const std::string& name_or_schema, A&&... arguments) {
    std::move(*this).op(name_or_schema, std::forward<A>(arguments)...);
  }
  RegisterOperators(RegisterOperators&&) = default;
  RegisterOperators& operator=(RegisterOperators&&) = default;

  static Options options() { return {}; }

  RegisterOperators&& op(const std::string& name_or_schema, Options options = {}, Where where = Where::current()) && {
    options.schema_ = name_or_schema;
    return std::move(*this).op(std::move(options), where);
  }
  template <typename F>
    requires ::spinel::registry::internal::kernel_callable<F>
  RegisterOperators&& op(const std::string& name_or_schema, F&& function, Options options = {},
                         Where where = Where::current()) && {
    options.schema_ = name_or_schema;
    return std::move(*this).op(std::move(options).catchAllKernel(std::forward<F>(function)), where);
  }
  /// Where a kernel is refused, nothing of the operator stays registered.
  RegisterOperators&& op(Options options, Where where = Where::current()) && {
    const std::string& text = options.schema_;
    const size_t colons = text.find("::");
    const std::string space = colons == std::string::npos ? "unnamed" : text.substr(0, colons);
    const auto fill = [&](Core& block) {
      TORCH_CHECK(colons != std::string::npos, "op(\"", text, "\"): the name has no namespace; write ns::name");
      define(block, options, where);
    };
    blocks_.push_back(std::make_unique<Block>(Core::Kind::fragment, space.c_str(), std::nullopt, fill, where));
    return std::move(*this);
  }

 private:
  static void define(Core& block, Options& options, Where where) {
    const std::string& text = options.schema_;
    if (text.find('(') == std::string::npos) {
      TORCH_CHECK(!options.kernels_.empty(), "op(\"", text, "\"): neither a schema nor a kernel to infer it is given");
      const torch::CppFunction& first = options.kernels_.front();
      block.def(text, first.kernel(), first.key(), {}, where);
      options.kernels_.erase(options.kernels_.begin());
    } else {
      block.def(text, {}, where);
    }
    const std::string name = text.substr(0, text.find('('));
    for (const torch::CppFunction& kernel : options.kernels_) block.impl(name, kernel.kernel(), kernel.key(), where);
  }

  std::vector<std::unique_ptr<Block>> blocks_;
};

}  // namespace spinel_v1
}  // namespace c10

namespace torch {
inline namespace spinel_v1 {
using c10::RegisterOperators;
}  // namespace spinel_v1
}  // namespace torch
