// Registering C++ classes under PyTorch's names: torch::class_, torch::init, torch::arg.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "ATen/core/ivalue.h"
#include "spinel/registry/class.h"
#include "spinel/registry/load_library.h"
#include "torch/csrc/jit/frontend/function_schema_parser.h"

namespace torch {
inline namespace spinel_v1 {

using ::spinel::registry::arg;
using ::spinel::registry::init;

/// Adds members to a class that libraries and hosts then use as ns.Name. It derives from CustomClassHolder.
template <typename T>
class class_ {
  using Core = ::spinel::registry::class_<T>;
  using Library = ::spinel::registry::Library;
  using Block = ::spinel::registry::LibraryBlock;

 public:
  /// In a block of its own, which lives as long as this object or a copy: for static objects.
  class_(const std::string& name_space, const std::string& name, const std::string& /*doc*/ = "")
      : own_(std::make_shared<Block>(Library::Kind::fragment, name_space.c_str(), std::nullopt)),
        core_(*own_->library(), name) {}
  /// In a block that is being filled.
  class_(Library& library, const std::string& name) : core_(library, name) {}

  template <typename... A>
  class_& def(::spinel::registry::Init<A...> made, std::string doc = "", std::initializer_list<arg> named = {}) {
    core_.def(made, std::move(doc), named);
    return *this;
  }
  template <typename F>
  class_& def(::spinel::registry::InitFunction<F> made, std::string doc = "", std::initializer_list<arg> named = {}) {
    core_.def(std::move(made), std::move(doc), named);
    return *this;
  }
  template <typename F>
  class_& def(std::string name, F function, std::string doc = "", std::initializer_list<arg> named = {}) {
    core_.def(std::move(name), std::move(function), std::move(doc), named);
    return *this;
  }
  template <typename F>
  class_& def_static(std::string name, F function, std::string doc = "") {
    core_.def_static(std::move(name), std::move(function), std::move(doc));
    return *this;
  }
  template <typename... A>
  class_& def_property(const std::string& name, A... accessors) {
    core_.def_property(name, std::move(accessors)...);
    return *this;
  }
  template <typename C, typename D>
  class_& def_readwrite(const std::string& name, D C::*member) {
    core_.def_readwrite(name, member);
    return *this;
  }
  template <typename C, typename D>
  class_& def_readonly(const std::string& name, D C::*member) {
    core_.def_readonly(name, member);
    return *this;
  }
  template <typename Get, typename Set>
  class_& def_pickle(Get get, Set set) {
    core_.def_pickle(std::move(get), std::move(set));
    return *this;
  }
  class_& _def_unboxed(std::string name, std::function<void(jit::Stack&)> function, c10::FunctionSchema schema,
                       std::string doc = "") {
    auto boxed = [function = std::move(function)](::spinel::registry::Stack& values) {
      jit::Stack stack(values.begin(), values.end());
      function(stack);
      values.assign(stack.begin(), stack.end());
    };
    core_.def_unboxed(std::move(name), std::move(boxed), schema.core(), std::move(doc));
    return *this;
  }

 private:
  std::shared_ptr<Block> own_;
  Core core_;
};

}  // namespace spinel_v1
}  // namespace torch
