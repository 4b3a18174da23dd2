// Calls of modules by named values, made from the declaration of their typed forward().
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "spinel/nn/module.h"
#include "spinel/nn/value.h"

namespace spinel::nn {

/// A module whose forward can be called without knowing its type: by `spinel check`, by wrappers that hold any
/// convolution, by networks that are put together by name.
class CallableModule : public Module {
 public:
  /// The name of the class, which begins its messages: "GATConv".
  virtual std::string name() const = 0;
  /// "GATConv(8, 4, heads=2)": as the reference prints it.
  virtual std::string to_string() const { return name() + "()"; }
  /// Results in order. Arguments that are missing, unknown or of another kind: invalid_argument.
  virtual ValueList call(const CallArguments& arguments) = 0;
};

/// A parameter of a forward: required, or with the value that it has where it is not given (Config(): None).
struct Parameter {
  Parameter(const char* name) : name(name), is_required(true) {}
  Parameter(const char* name, Config otherwise) : name(name), otherwise(std::move(otherwise)) {}
  std::string name;
  Value otherwise;
  bool is_required = false;
};

/// The argument of each parameter, in order. Too many, unknown, twice, missing: invalid_argument that `owner` begins.
ValueList bind_arguments(std::string_view owner, std::span<const Parameter> parameters, const CallArguments& arguments);

namespace call_internal {
inline void append(ValueList& list, at::Tensor result) { list.emplace_back(std::move(result)); }
inline void append(ValueList& list, Value result) { list.push_back(std::move(result)); }
inline void append(ValueList& list, Adjacency result) { list.emplace_back(std::move(result)); }
inline void append(ValueList& list, sparse::SparseTensor result) { list.emplace_back(std::move(result)); }
inline void append(ValueList& list, const NamedTensors& result) { list.emplace_back(result); }
template <typename... T>
void append(ValueList& list, std::tuple<T...> results) {
  std::apply([&](auto&... result) { (append(list, std::move(result)), ...); }, results);
}
template <typename A, typename B>
void append(ValueList& list, std::pair<A, B> results) {
  append(list, std::move(results.first));
  append(list, std::move(results.second));
}

template <typename Owner, typename Result, typename... P, size_t... k>
ValueList call(Owner& module, Result (Owner::*forward)(P...), const ValueList& values,
               std::span<const Parameter> parameters, std::index_sequence<k...>) {
  std::tuple<std::remove_cvref_t<P>...> typed;
  const std::string owner = module.name();
  (read_value(values[k], std::get<k>(typed), owner + ": " + parameters[k].name), ...);
  ValueList results;
  append(results, (module.*forward)(static_cast<P>(std::get<k>(typed))...));
  return results;
}
}  // namespace call_internal

/// Calls `forward` of `module` with arguments converted to the types that it declares. One name for each parameter:
///
///   ValueList GCNConv::call(const CallArguments& arguments) {
///     return call_forward(*this, &GCNConv::forward, {{"x"}, {"edge_index"}, {"edge_weight", Config()}}, arguments);
///   }
template <typename Owner, typename Result, typename... P>
ValueList call_forward(Owner& module, Result (Owner::*forward)(P...), const Parameter (&parameters)[sizeof...(P)],
                       const CallArguments& arguments) {
  const ValueList values = bind_arguments(module.name(), parameters, arguments);
  return call_internal::call(module, forward, values, parameters, std::index_sequence_for<P...>());
}

}  // namespace spinel::nn
