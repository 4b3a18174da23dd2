// The stack of values of boxed kernels under PyTorch's name.
#pragma once

#include <vector>

#include "ATen/core/ivalue.h"

namespace torch {
namespace jit {
inline namespace spinel_v1 {

using c10::IValue;
using Stack = std::vector<IValue>;

template <typename... A>
void push(Stack& stack, A&&... values) {
  (stack.emplace_back(std::forward<A>(values)), ...);
}
template <typename... A>
void push(Stack* stack, A&&... values) {
  push(*stack, std::forward<A>(values)...);
}
/// No value: an error.
inline IValue pop(Stack& stack) {
  TORCH_CHECK(!stack.empty(), "pop(): the stack is empty");
  IValue value = std::move(stack.back());
  stack.pop_back();
  return value;
}
inline IValue pop(Stack* stack) { return pop(*stack); }
inline void drop(Stack& stack, size_t count) {
  TORCH_CHECK(count <= stack.size(), "drop(): ", count, " values of ", stack.size());
  stack.resize(stack.size() - count);
}
inline void drop(Stack* stack, size_t count) { drop(*stack, count); }
/// The i-th of the `count` values on top.
inline IValue& peek(Stack& stack, size_t i, size_t count) {
  TORCH_CHECK(count <= stack.size() && i < count, "peek(): value ", i, " of ", count, " on a stack of ", stack.size());
  return stack[stack.size() - count + i];
}
inline const IValue& peek(const Stack& stack, size_t i, size_t count) {
  return peek(const_cast<Stack&>(stack), i, count);
}

}  // namespace spinel_v1
}  // namespace jit
}  // namespace torch

namespace c10 {
inline namespace spinel_v1 {
using Stack = torch::jit::Stack;
}  // namespace spinel_v1
}  // namespace c10
