// Operators with derivatives of their own under PyTorch's names: torch::autograd::Function.
#pragma once

#include <memory>
#include <string>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "ATen/core/LegacyTypeDispatch.h"
#include "ATen/core/ivalue.h"
#include "spinel/registry/tensor_methods.h"

namespace torch {
namespace autograd {
inline namespace spinel_v1 {

using Variable = at::Tensor;
using variable_list = std::vector<Variable>;
using tensor_list = std::vector<at::Tensor>;

/// Whether the host of one of the tensors wants a gradient for it.
inline bool any_variable_requires_grad(const variable_list& tensors) {
  for (const at::Tensor& tensor : tensors) {
    if (tensor.defined() && tensor.requires_grad()) return true;
  }
  return false;
}

/// What a forward keeps for its backward.
struct AutogradContext {
  /// Values that are no tensors.
  std::unordered_map<std::string, at::IValue> saved_data;

  void save_for_backward(variable_list tensors) { saved_ = std::move(tensors); }
  variable_list get_saved_variables() const { return saved_; }
  /// Outputs to which no gradient flows; the host treats the others as differentiable.
  void mark_non_differentiable(const variable_list& outputs) { non_differentiable_ = outputs; }
  /// Inputs that forward wrote to. Hosts see it from the operator's schema.
  void mark_dirty(const variable_list&) {}
  void set_materialize_grads(bool wanted) { materialize_grads_ = wanted; }
  /// Whether the i-th tensor among the inputs wants a gradient.
  bool needs_input_grad(size_t i) const { return i < needs_.size() && needs_[i]; }

 private:
  template <typename Derived>
  friend struct Function;
  template <typename Derived>
  friend class FunctionNode;
  variable_list saved_, non_differentiable_, outputs_;
  std::vector<bool> needs_;
  bool materialize_grads_ = true;
};

/// Calls backward with the context of its forward. Which arguments of forward are tensors is told by `positions`.
template <typename Derived>
class FunctionNode : public ::spinel::registry::GradientNode {
 public:
  FunctionNode(std::shared_ptr<AutogradContext> context, std::vector<size_t> positions)
      : GradientNode(typeid(Derived).name()), context_(std::move(context)), positions_(std::move(positions)) {}
  std::vector<::spinel::registry::Tensor> backward(const std::vector<::spinel::registry::Tensor>& gradients) override {
    variable_list given(gradients.begin(), gradients.end());
    for (size_t i = 0; i < given.size() && context_->materialize_grads_; ++i) {
      if (given[i].defined() || i >= context_->outputs_.size()) continue;
      const at::Tensor& like = context_->outputs_[i];
      if (!like.defined()) continue;
      given[i] = ::spinel::registry::full_like(like, ::spinel::registry::Scalar(0));
    }
    const variable_list all = Derived::backward(context_.get(), std::move(given));
    std::vector<::spinel::registry::Tensor> of_tensors;
    for (size_t position : positions_) {
      TORCH_CHECK(position < all.size(), "function ", name(), " returned an incorrect number of gradients (expected ",
                  position + 1, " or more, got ", all.size(), ")");
      of_tensors.push_back(all[position]);
    }
    return of_tensors;
  }

 private:
  std::shared_ptr<AutogradContext> context_;
  std::vector<size_t> positions_;
};

/// A class with static forward(AutogradContext*, …) and backward(AutogradContext*, variable_list) derives from it.
template <typename Derived>
struct Function {
  /// Runs forward below autograd and hands backward to the host of its inputs, which lets gradients flow through it or
  /// warns that they stop.
  template <typename... A>
  static auto apply(A&&... arguments) {
    auto context = std::make_shared<AutogradContext>();
    std::vector<::spinel::registry::Tensor> inputs;
    std::vector<size_t> positions;
    size_t position = 0;
    (collect(arguments, position++, inputs, positions), ...);
    const ::spinel::registry::TensorMethods* host = nullptr;
    for (const auto& input : inputs) {
      if (input.defined() && host == nullptr) host = input.impl()->methods();
      context->needs_.push_back(input.defined() && input.impl()->methods() != nullptr &&
                                input.impl()->methods()->requires_grad(input));
    }
    auto outputs = [&] {
      const at::AutoDispatchBelowADInplaceOrView guard;
      return Derived::forward(context.get(), std::forward<A>(arguments)...);
    }();
    if (host == nullptr) return outputs;
    auto node = c10::make_intrusive<FunctionNode<Derived>>(context, std::move(positions));
    if constexpr (std::is_same_v<decltype(outputs), variable_list>) {
      return connect(*host, inputs, std::move(outputs), *context, std::move(node));
    } else {
      return connect(*host, inputs, variable_list{std::move(outputs)}, *context, std::move(node)).front();
    }
  }

 private:
  template <typename T>
  static void collect(const T& argument, size_t position, std::vector<::spinel::registry::Tensor>& inputs,
                      std::vector<size_t>& positions) {
    if constexpr (std::is_base_of_v<::spinel::registry::Tensor, T>) {
      inputs.push_back(argument);
      positions.push_back(position);
    } else if constexpr (std::is_same_v<T, std::optional<at::Tensor>>) {
      inputs.push_back(argument.value_or(at::Tensor()));
      positions.push_back(position);
    }
  }
  static variable_list connect(const ::spinel::registry::TensorMethods& host,
                               const std::vector<::spinel::registry::Tensor>& inputs, variable_list outputs,
                               AutogradContext& context, c10::intrusive_ptr<FunctionNode<Derived>> node) {
    // Detached views, since an output that knew its node would keep itself alive through the context.
    for (const at::Tensor& output : outputs) context.outputs_.push_back(output.defined() ? output.alias() : output);
    const auto connected = host.connect(inputs, {outputs.begin(), outputs.end()}, std::move(node));
    return {connected.begin(), connected.end()};
  }
};

}  // namespace spinel_v1
}  // namespace autograd
}  // namespace torch
