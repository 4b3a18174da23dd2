// C++ signatures of kernels: their schema, and the one name by which two of them are told apart.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <typeinfo>

#include "spinel/registry/dispatch_key_set.h"
#include "spinel/registry/function_schema.h"
#include "spinel/registry/value_traits.h"

namespace spinel::registry::inline v1 {

namespace internal {

/// R(A...) of a function, function pointer, lambda or functor with one call operator.
template <typename F>
struct function_type : function_type<decltype(&F::operator())> {};
template <typename R, typename... A>
struct function_type<R(A...)> {
  using type = R(A...);
};
template <typename R, typename... A>
struct function_type<R (*)(A...)> : function_type<R(A...)> {};
template <typename R, typename... A>
struct function_type<R (*)(A...) noexcept> : function_type<R(A...)> {};
template <typename C, typename R, typename... A>
struct function_type<R (C::*)(A...)> : function_type<R(A...)> {};
template <typename C, typename R, typename... A>
struct function_type<R (C::*)(A...) const> : function_type<R(A...)> {};
template <typename C, typename R, typename... A>
struct function_type<R (C::*)(A...) noexcept> : function_type<R(A...)> {};
template <typename C, typename R, typename... A>
struct function_type<R (C::*)(A...) const noexcept> : function_type<R(A...)> {};

/// Functions, function pointers, and objects with one call operator.
template <typename F>
concept kernel_callable =
    std::is_function_v<std::remove_pointer_t<std::decay_t<F>>> || requires { &std::remove_cvref_t<F>::operator(); };

/// A leading DispatchKeySet is no argument of the operator.
template <typename F>
struct without_keys {
  using type = F;
  static constexpr bool takes_keys = false;
};
template <typename R, typename... A>
struct without_keys<R(DispatchKeySet, A...)> {
  using type = R(A...);
  static constexpr bool takes_keys = true;
};

/// The schema type of a parameter or return; what has none does not compile, with the reason first.
template <typename T>
Type schema_type() {
  static_assert(!std::is_same_v<T, float>, "float is no type of operators; take double");
  static_assert(
      !std::is_integral_v<T> || std::is_same_v<T, int64_t> || std::is_same_v<T, int8_t> || std::is_same_v<T, bool>,
      "the integers of operators are int64_t, bool, and int8_t for the index of a device");
  static_assert(is_schema_type<T>::value, "no schema type is known for this C++ type; specialise ValueTraits for it");
  return ValueTraits<T>::type();
}

Argument inferred_argument(size_t index, Type type);

template <typename R>
struct Returns {
  static void add_to(std::vector<Argument>& returns) {
    if constexpr (!std::is_void_v<R>) returns.push_back(inferred_argument(0, schema_type<std::decay_t<R>>()));
  }
};
template <typename... T>
struct Returns<std::tuple<T...>> {
  static void add_to(std::vector<Argument>& returns) {
    (returns.push_back(inferred_argument(returns.size(), schema_type<std::decay_t<T>>())), ...);
  }
};

/// The same pointer for the same name, from every shared library.
const std::string* intern(std::string_view name);

}  // namespace internal

/// R(A...) as operators see it.
template <typename F>
using operator_signature =
    typename internal::without_keys<typename internal::function_type<std::remove_cvref_t<F>>::type>::type;

/// The schema of a C++ signature, without a name: arguments `_0`, `_1`, … and returns `_0`, … .
template <typename Signature>
struct InferSchema;
template <typename R, typename... A>
struct InferSchema<R(A...)> {
  static FunctionSchema infer() {
    FunctionSchema schema;
    (schema.arguments.push_back(
         internal::inferred_argument(schema.arguments.size(), internal::schema_type<std::decay_t<A>>())),
     ...);
    internal::Returns<R>::add_to(schema.returns);
    return schema;
  }
};

/// The name of a signature, to be compared by address.
template <typename Signature>
const std::string* signature_name() {
  static const std::string* const name = internal::intern(typeid(Signature).name());
  return name;
}

/// The name of a signature with each type replaced by its KernelType, by which kernels and calls are compared.
template <typename Signature>
struct KernelSignature;
template <typename R, typename... A>
struct KernelSignature<R(A...)> {
  using type = typename KernelType<R>::type(typename KernelType<A>::type...);
};
template <typename Signature>
const std::string* kernel_signature_name() {
  return signature_name<typename KernelSignature<Signature>::type>();
}

/// The first difference that matters to a kernel: "The number of arguments is different. 2 vs 1." Names, defaults,
/// alias marks, keyword-only marks and N do not, and types are compared as they are bound.
std::optional<std::string> find_schema_difference(const FunctionSchema& inferred, const FunctionSchema& declared);

}  // namespace spinel::registry::inline v1
