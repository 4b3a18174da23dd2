// Arguments of message functions whose type says their name, so that what is missing is found by the compiler.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <string_view>
#include <tuple>
#include <type_traits>

#include "spinel/nn/conv/lifted.h"

namespace spinel::nn {

/// The name of an argument as a template argument.
template <size_t size>
struct ArgumentName {
  consteval ArgumentName(const char (&literal)[size]) {
    for (size_t k = 0; k < size; ++k) text[k] = literal[k];
  }
  constexpr std::string_view view() const { return {text, size - 1}; }
  char text[size] = {};
};

namespace argument_internal {

/// What each name stands for by itself.
constexpr bool is_number(std::string_view name) { return name == "size_i" || name == "size_j" || name == "dim_size"; }
constexpr bool is_index(std::string_view name) {
  return name == "index" || name == "ptr" || name == "edge_index" || name == "edge_index_i" || name == "edge_index_j";
}
constexpr bool is_edges(std::string_view name) { return name == "edges"; }
/// Values of a sparse matrix stand in for these where the call does not give them.
constexpr bool is_value(std::string_view name) {
  return name == "edge_weight" || name == "edge_attr" || name == "edge_type";
}
constexpr bool is_lifted(std::string_view name) {
  return !is_number(name) && !is_index(name) && (name.ends_with("_i") || name.ends_with("_j"));
}
/// "x_j" is made of the argument "x".
constexpr std::string_view base_name(std::string_view name) {
  return is_lifted(name) ? name.substr(0, name.size() - 2) : name;
}

struct Number {
  int64_t value = 0;
  operator int64_t() const { return value; }
};
struct Given : at::Tensor {
  Given() = default;
  explicit Given(at::Tensor tensor) : at::Tensor(std::move(tensor)) {}
};
template <ArgumentName name>
using Base = std::conditional_t<
    is_number(name.view()), Number,
    std::conditional_t<is_edges(name.view()), MessageEdges, std::conditional_t<is_lifted(name.view()), Lifted, Given>>>;

}  // namespace argument_internal

/// A parameter of message(), aggregate(), update() or edge_update():
/// - names ending in _i or _j: features of propagate() without the ending, at the target or source of each edge;
/// - size_i, size_j, dim_size (= size_i): numbers of nodes;
/// - edges: MessageEdges, for groups and products over them;
/// - index (= edge_index_i), edge_index_j, edge_index, ptr (undefined for an edge list): the edges;
/// - any other: what propagate() was given under this name; edge_weight, edge_type and, of vectors, edge_attr may come
///   from the values of a sparse matrix.
/// Undefined: None.
template <ArgumentName name>
struct Arg : argument_internal::Base<name> {
  using Base = argument_internal::Base<name>;
  static constexpr std::string_view text = name.view();
  Arg() = default;
  explicit Arg(Base value) : Base(std::move(value)) {}
};

namespace argument_internal {

template <typename T>
inline constexpr bool is_argument = false;
template <ArgumentName name>
inline constexpr bool is_argument<Arg<name>> = true;

/// Return type and parameters of a member function.
template <typename F>
struct Signature;
template <typename R, typename C, typename... P>
struct Signature<R (C::*)(P...)> {
  using Result = R;
  using Parameters = std::tuple<std::remove_cvref_t<P>...>;
};
template <typename R, typename C, typename... P>
struct Signature<R (C::*)(P...) const> : Signature<R (C::*)(P...)> {};

}  // namespace argument_internal
}  // namespace spinel::nn
