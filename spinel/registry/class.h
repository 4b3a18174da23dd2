// Registers a C++ class with its constructors, methods and attributes: what m.class_<T>("Name") gives.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "spinel/registry/library.h"

namespace spinel::registry::inline v1 {

/// The name of a method's argument and, assigned to, its default: `arg("b") = 7`.
struct arg {
  explicit arg(std::string argument_name) : name(std::move(argument_name)) {}
  template <typename T>
  arg& operator=(const T& value) {
    if constexpr (std::is_same_v<T, Constant>) default_value = value;
    else if constexpr (std::is_same_v<T, bool>) default_value = Constant(Constant::Value(value));
    else if constexpr (std::is_integral_v<T>) default_value = Constant(static_cast<int64_t>(value));
    else if constexpr (std::is_floating_point_v<T>) default_value = Constant(static_cast<double>(value));
    else if constexpr (std::is_same_v<T, std::nullopt_t>) default_value = Constant();
    else default_value = Constant(Constant::Value(std::string(value)));
    return *this;
  }
  /// The default None.
  static arg none(std::string argument_name) {
    arg made(std::move(argument_name));
    made.default_value = Constant();
    return made;
  }

  std::string name;
  std::optional<Constant> default_value;
};

/// A constructor from arguments of these types: `init<int64_t, double>()`.
template <typename... A>
struct Init {};
template <typename... A>
Init<A...> init() {
  return {};
}
/// A constructor from a function that returns an intrusive_ptr<T>.
template <typename F>
struct InitFunction {
  F function;
};
template <typename F>
InitFunction<std::decay_t<F>> init(F&& function) {
  return {std::forward<F>(function)};
}

namespace internal {

/// A method from a kernel whose first argument is the object (but of static ones). Results of several values are one
/// tuple, and no result is None. `named`: the names of the arguments behind the object, all or none.
ClassMethod make_method(const CustomClass& owner, std::string name, KernelFunction kernel, bool is_static,
                        std::optional<Type> result, std::string doc, const std::vector<arg>& named);

template <typename R>
std::optional<Type> result_type() {
  if constexpr (std::is_void_v<R>) return std::nullopt;
  else return ValueTraits<std::decay_t<R>>::type();
}

template <typename F>
struct ResultOf;
template <typename R, typename... A>
struct ResultOf<R(A...)> {
  using type = R;
};

}  // namespace internal

/// Each member adds one method or attribute, and returns the builder. T derives from CustomClassHolder.
template <typename T>
class class_ {
  static_assert(std::is_base_of_v<CustomClassHolder, T>, "a custom class derives from CustomClassHolder");

 public:
  class_(Library& library, const std::string& name) {
    class_type_ = make_intrusive<CustomClass>(library.name_space() + "." + name, typeid(T).name());
    library.keep(Dispatcher::singleton().register_class(class_type_));
  }

  template <typename... A>
  class_& def(Init<A...>, std::string doc = "", std::initializer_list<arg> named = {}) {
    return def_init([](A... arguments) { return make_intrusive<T>(std::move(arguments)...); }, std::move(doc), named);
  }
  template <typename F>
  class_& def(InitFunction<F> made, std::string doc = "", std::initializer_list<arg> named = {}) {
    return def_init(std::move(made.function), std::move(doc), named);
  }
  /// A member function, or a function or lambda whose first argument is the object as an intrusive_ptr<T>.
  template <typename F>
  class_& def(std::string name, F function, std::string doc = "", std::initializer_list<arg> named = {}) {
    return add(std::move(name), as_free(std::move(function)), false, std::move(doc), named);
  }
  template <typename F>
  class_& def_static(std::string name, F function, std::string doc = "") {
    return add(std::move(name), std::move(function), true, std::move(doc), {});
  }

  template <typename Get>
  class_& def_property(const std::string& name, Get getter, std::string doc = "") {
    def(name + "_getter", std::move(getter), std::move(doc));
    class_type_->add_attribute(name, {name + "_getter", ""});
    return *this;
  }
  template <typename Get, typename Set>
    requires(!std::is_convertible_v<Set, std::string>)
  class_& def_property(const std::string& name, Get getter, Set setter, std::string doc = "") {
    def(name + "_getter", std::move(getter), doc);
    def(name + "_setter", std::move(setter), doc);
    class_type_->add_attribute(name, {name + "_getter", name + "_setter"});
    return *this;
  }
  template <typename C, typename D>
  class_& def_readwrite(const std::string& name, D C::*member) {
    return def_property(
        name, [member](const intrusive_ptr<T>& self) -> D { return self.get()->*member; },
        [member](const intrusive_ptr<T>& self, D value) { self.get()->*member = std::move(value); });
  }
  template <typename C, typename D>
  class_& def_readonly(const std::string& name, D C::*member) {
    return def_property(name, [member](const intrusive_ptr<T>& self) -> D { return self.get()->*member; });
  }

  /// `get` turns an object into a state of any type that values have; `set` makes an intrusive_ptr<T> from a state.
  template <typename Get, typename Set>
  class_& def_pickle(Get get, Set set) {
    def("__getstate__", std::move(get));
    return def_constructor("__setstate__", std::move(set), "", {});
  }

  /// A boxed method with its schema; the object is the first value of the stack.
  class_& def_unboxed(std::string name, std::function<void(Stack&)> function, FunctionSchema schema,
                      std::string doc = "") {
    schema.name = {std::move(name), ""};
    class_type_->add_method({std::move(schema), std::move(function), std::move(doc), false});
    return *this;
  }

 private:
  template <typename F>
  class_& def_init(F function, std::string doc, std::initializer_list<arg> named) {
    return def_constructor("__init__", std::move(function), std::move(doc), named);
  }
  /// A function that makes the instance becomes a method that fills the object handed in.
  template <typename F>
  class_& def_constructor(const char* name, F function, std::string doc, std::initializer_list<arg> named) {
    return add_constructor(name, std::move(function), std::move(doc), named,
                           static_cast<typename internal::function_type<F>::type*>(nullptr));
  }
  template <typename F, typename R, typename... A>
  class_& add_constructor(const char* name, F function, std::string doc, std::initializer_list<arg> named,
                          R (*)(A...)) {
    return add(
        name,
        [function = std::move(function)](const Value& self, A... arguments) mutable {
          self.to_object().instance = function(std::forward<A>(arguments)...);
        },
        false, std::move(doc), named);
  }

  template <typename R, typename C, typename... A>
  static auto as_free(R (C::*method)(A...)) {
    return [method](const intrusive_ptr<T>& self, A... arguments) -> R {
      return (self.get()->*method)(std::forward<A>(arguments)...);
    };
  }
  template <typename R, typename C, typename... A>
  static auto as_free(R (C::*method)(A...) const) {
    return [method](const intrusive_ptr<T>& self, A... arguments) -> R {
      return (self.get()->*method)(std::forward<A>(arguments)...);
    };
  }
  template <typename F>
  static F as_free(F function) {
    return function;
  }

  template <typename F>
  class_& add(std::string name, F function, bool is_static, std::string doc, std::initializer_list<arg> named) {
    using Signature = operator_signature<F>;
    using Result = typename internal::ResultOf<Signature>::type;
    class_type_->add_method(internal::make_method(*class_type_, std::move(name), make_kernel(std::move(function)),
                                                  is_static, internal::result_type<Result>(), std::move(doc), named));
    return *this;
  }

  intrusive_ptr<CustomClass> class_type_;
};

template <typename T>
class_<T> Library::custom_class(const std::string& name) {
  return class_<T>(*this, name);
}

}  // namespace spinel::registry::inline v1
