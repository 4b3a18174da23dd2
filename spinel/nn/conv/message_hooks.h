// Functions that look on and change what passes through a message passing layer.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "spinel/nn/conv/lifted.h"
#include "spinel/nn/typing.h"

namespace spinel::nn {

class MessagePassingBase;

/// What propagate() or edge_updater() was called with; a hook before it may change all.
struct PropagateCall {
  Adjacency edges;
  Size size;
  std::vector<std::pair<std::string, Features>> inputs;  ///< by the names of the call
};

/// The arguments of one of the functions of a layer, by the names of its parameters.
class MessageArguments {
 public:
  using Value = std::variant<at::Tensor, Lifted, int64_t>;

  /// Undefined or 0 where there is no such argument.
  at::Tensor tensor(std::string_view name) const;
  Lifted lifted(std::string_view name) const;
  int64_t number(std::string_view name) const;
  const Value* find(std::string_view name) const;
  void set(std::string_view name, Value value);
  const std::vector<std::pair<std::string, Value>>& all() const { return values_; }

  /// The edges that the call goes over, as they were given and as functions use them.
  Adjacency adjacency;
  MessageEdges edges;

 private:
  std::vector<std::pair<std::string, Value>> values_;
};

/// Functions of one kind in the order in which they were added.
template <typename F>
class HookList {
 public:
  /// A number that remove() takes.
  int64_t add(std::function<F> hook) {
    hooks_.emplace_back(++last_, std::move(hook));
    return last_;
  }
  void remove(int64_t number) {
    std::erase_if(hooks_, [number](const auto& hook) { return hook.first == number; });
  }
  bool empty() const { return hooks_.empty(); }
  template <typename... A>
  void run(A&... arguments) const {
    for (const auto& [number, hook] : hooks_) hook(arguments...);
  }

 private:
  std::vector<std::pair<int64_t, std::function<F>>> hooks_;
  int64_t last_ = 0;
};

/// Hooks before a function may change its arguments, those after it its result.
template <typename Arguments>
struct Hooks {
  HookList<void(MessagePassingBase&, Arguments&)> before;
  HookList<void(MessagePassingBase&, const Arguments&, at::Tensor&)> after;
  bool empty() const { return before.empty() && after.empty(); }
};

/// The five kinds. A layer with hooks of message or aggregate makes its messages as tensors, so that they see them.
struct MessageHooks {
  Hooks<PropagateCall> propagate;
  Hooks<MessageArguments> message;
  Hooks<MessageArguments> aggregate;
  Hooks<MessageArguments> message_and_aggregate;  ///< of products over a sparse matrix
  Hooks<PropagateCall> edge_update;
};

}  // namespace spinel::nn
