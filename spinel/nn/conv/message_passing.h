// The base that a graph convolution derives from: message, aggregate and update over the edges of a graph.
#pragma once

#include <array>
#include <initializer_list>
#include <string_view>
#include <tuple>
#include <type_traits>

#include "spinel/nn/conv/lifted_argument.h"
#include "spinel/nn/conv/message_passing_base.h"

namespace spinel::nn {

/// An argument of propagate() under its name: arg<"x">(x).
template <ArgumentName name>
struct NamedInput {
  static constexpr std::string_view text = name.view();
  Features value;
};
template <ArgumentName name>
NamedInput<name> arg(Features value) {
  return {std::move(value)};
}

/// x_i' = update(aggregate over the edges j → i of message(x_i, x_j, …)), after Gilmer et al. (arXiv:1704.01212) and
/// torch_geometric.nn.MessagePassing. A class gives its public functions by these names:
///
///   class EdgeConv : public MessagePassing<EdgeConv> {
///    public:
///     explicit EdgeConv(std::unique_ptr<Layer> nn) : MessagePassing("EdgeConv", "max"), nn_(std::move(nn)) {
///       add_child("nn", *nn_);
///     }
///     at::Tensor forward(const Features& x, const Adjacency& edge_index) {
///       return propagate(edge_index, {}, arg<"x">(x));
///     }
///     Message message(Arg<"x_i"> x_i, Arg<"x_j"> x_j) { return nn_->forward(at::cat({x_i, x_j - x_i}, -1)); }
///   …
///
/// - Message message(Arg<…>…); without it the message is x_j;
/// - at::Tensor aggregate(const at::Tensor& messages or const Message&, Arg<…>…); without it the aggregation of the
///   constructor is taken;
/// - at::Tensor update(const at::Tensor& aggregated, Arg<…>…); without it the result is what was aggregated;
/// - at::Tensor edge_update(Arg<…>…) for edge_updater().
///
/// A parameter that the propagate call does not give is a compile-time error. Messages that are x_j or weight · x_j
/// with a number for each edge (and head) are multiplied and summed (or averaged, or their extremes taken) in one pass
/// over the edges, forward and backward, without a tensor of their own.
template <class Conv>
class MessagePassing : public MessagePassingBase {
 protected:
  explicit MessagePassing(const std::string& name, const Config& aggr = "sum",
                          const MessagePassingOptions& options = {})
      : MessagePassingBase(name, aggr, options) {}

  /// Passes messages over the edges. Features whose name a parameter ends in _i or _j [.., N, ..] are those of one end;
  /// others are passed as they are. size: absent, or the numbers of nodes of both rows of edge_index. Errors: as
  /// MessageEdges; features with another number of nodes than `size` or than each other.
  template <ArgumentName... names>
  at::Tensor propagate(const Adjacency& edges, const Size& size, const NamedInput<names>&... inputs) {
    static constexpr MessageFunctions functions = propagate_functions<names...>();
    return run_propagate({edges, size, {{std::string(names.view()), inputs.value}...}}, functions);
  }
  /// edge_update() over the edges: [E, …].
  template <ArgumentName... names>
  at::Tensor edge_updater(const Adjacency& edges, const Size& size, const NamedInput<names>&... inputs) {
    static constexpr MessageFunctions functions = edge_functions<names...>();
    return run_edge_updater({edges, size, {{std::string(names.view()), inputs.value}...}}, functions);
  }

 private:
  /// The names of a tuple of Arg<…> types, from its element `first` on.
  template <typename Tuple, size_t first>
  struct Names;
  template <typename... A>
  struct Names<std::tuple<A...>, 0> {
    static_assert((argument_internal::is_argument<A> && ...), "parameters of message functions are Arg<\"name\">");
    static constexpr std::array<std::string_view, sizeof...(A)> list = {A::text...};
  };
  template <typename Head, typename... A>
  struct Names<std::tuple<Head, A...>, 1> : Names<std::tuple<A...>, 0> {};

  template <auto function, size_t first = 0>
  using NamesOf = Names<typename argument_internal::Signature<decltype(function)>::Parameters, first>;

  template <ArgumentName... given>
  static consteval bool all_given(std::span<const std::string_view> names) {
    namespace in = argument_internal;
    for (const std::string_view name : names) {
      const std::string_view base = in::base_name(name);
      if (!(in::is_number(name) || in::is_index(name) || in::is_edges(name) || in::is_value(name) ||
            ((base == given.view()) || ...))) {
        return false;
      }
    }
    return true;
  }

  template <typename A>
  static A argument(const MessageArguments& arguments) {
    namespace in = argument_internal;
    if constexpr (in::is_number(A::text)) return A(in::Number{arguments.number(A::text)});
    else if constexpr (in::is_edges(A::text)) return A(arguments.edges);
    else if constexpr (in::is_lifted(A::text)) return A(arguments.lifted(A::text));
    else return A(in::Given(arguments.tensor(A::text)));
  }
  /// Calls a member function with `first`, if there is one, and the arguments that its parameters name.
  template <auto function, typename... First, typename... A>
  static auto invoke(MessagePassingBase& self, const MessageArguments& arguments, std::tuple<A...>*,
                     const First&... first) {
    return (static_cast<Conv&>(self).*function)(first..., argument<A>(arguments)...);
  }
  template <auto function>
  static auto invoke_all(MessagePassingBase& self, const MessageArguments& arguments) {
    typename argument_internal::Signature<decltype(function)>::Parameters* parameters = nullptr;
    return invoke<function>(self, arguments, parameters);
  }
  template <typename Head, typename... A>
  static std::tuple<A...>* tail(std::tuple<Head, A...>*) {
    return nullptr;
  }
  template <typename Head, typename... A>
  static Head* head(std::tuple<Head, A...>*) {
    return nullptr;
  }
  template <auto function, typename First>
  static at::Tensor invoke_after(MessagePassingBase& self, const First& first, const MessageArguments& arguments) {
    typename argument_internal::Signature<decltype(function)>::Parameters* parameters = nullptr;
    using Wanted = std::remove_pointer_t<decltype(head(parameters))>;
    if constexpr (std::is_same_v<First, Message> && !std::is_same_v<Wanted, Message>) {
      return invoke<function>(self, arguments, tail(parameters), first.tensor());
    } else {
      return invoke<function>(self, arguments, tail(parameters), first);
    }
  }

  static constexpr std::string_view default_message_names[] = {"x_j"};

  template <ArgumentName... names>
  static consteval MessageFunctions propagate_functions() {
    MessageFunctions functions;
    if constexpr (requires { &Conv::message; }) {
      functions.message_names = NamesOf<&Conv::message>::list;
      functions.message = [](MessagePassingBase& self, const MessageArguments& arguments) {
        return Message(invoke_all<&Conv::message>(self, arguments));
      };
    } else {
      functions.message_names = default_message_names;
      functions.message = [](MessagePassingBase&, const MessageArguments& arguments) {
        return Message(arguments.lifted("x_j"));
      };
    }
    if constexpr (requires { &Conv::aggregate; }) {
      functions.aggregate_names = NamesOf<&Conv::aggregate, 1>::list;
      functions.aggregate = invoke_after<&Conv::aggregate, Message>;
    }
    if constexpr (requires { &Conv::update; }) {
      functions.update_names = NamesOf<&Conv::update, 1>::list;
      functions.update = invoke_after<&Conv::update, at::Tensor>;
    }
    if (!all_given<names...>(functions.message_names)) throw "message() has a parameter that propagate() is not given";
    if (!all_given<names...>(functions.aggregate_names)) throw "aggregate() has a parameter that is not given";
    if (!all_given<names...>(functions.update_names)) throw "update() has a parameter that propagate() is not given";
    return functions;
  }
  template <ArgumentName... names>
  static consteval MessageFunctions edge_functions() {
    MessageFunctions functions;
    functions.edge_update_names = NamesOf<&Conv::edge_update>::list;
    functions.edge_update = invoke_all<&Conv::edge_update>;
    if (!all_given<names...>(functions.edge_update_names)) throw "edge_update() has a parameter that is not given";
    return functions;
  }
};

}  // namespace spinel::nn
