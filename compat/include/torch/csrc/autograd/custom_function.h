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
  /// Outputs to which no gradient flows, besides those that are no floats.
  void mark_non_differentiable(const variable_list& outputs) { non_differentiable_ = outputs; }
  /// Inputs that forward wrote to.
  void mark_dirty(const variable_list& inputs) { dirty_ = inputs; }
  void set_materialize_grads(bool wanted) { materialize_grads_ = wanted; }
  /// Whether the i-th tensor among the inputs wants a gradient.
  bool needs_input_grad(size_t i) const { return i < needs_.size() && needs_[i]; }

 private:
  template <typename Derived>
  friend struct Function;
  template <typename Derived>
  friend class FunctionNode;
  variable_list saved_, non_differentiable_, dirty_;
  std::vector<bool> needs_;
  bool materialize_grads_ = true;
};

/// Calls backward with the context of its forward.
template <typename Derived>
class FunctionNode : public ::spinel::registry::GradientNode {
  using Host = ::spinel::registry::TensorMethods;
  using Core = ::spinel::registry::Tensor;

 public:
  /// Which arguments of forward are tensors is told by `positions`.
  FunctionNode(const Host& host, std::shared_ptr<AutogradContext> context, std::vector<Core> inputs,
               std::vector<size_t> positions)
      : GradientNode(typeid(Derived).name()),
        host_(host),
        context_(std::move(context)),
        inputs_(std::move(inputs)),
        positions_(std::move(positions)) {}

  bool writes(const Core& output) const override { return contains(context_->dirty_, output); }

  /// Puts the outputs of forward into the host's autograd.
  void connect(variable_list& outputs) {
    std::vector<Core> floats;
    for (const at::Tensor& output : outputs) {
      const bool is_float = output.defined() && (output.is_floating_point() || output.is_complex());
      const bool takes_part = is_float && !contains(context_->non_differentiable_, output);
      slots_.push_back(takes_part ? floats.size() : none);
      if (takes_part) floats.push_back(output);
      kinds_.push_back(takes_part ? Kind{output.sizes().vec(), output} : Kind{});
    }
    if (floats.empty()) return;
    keep(floats);
    floats = host_.connect(inputs_, std::move(floats), self());
    for (size_t i = 0; i < outputs.size(); ++i) {
      if (slots_[i] != none) outputs[i] = floats[slots_[i]];
    }
    // After connect(), which counts what was written in place.
    for (const at::Tensor& tensor : context_->saved_) {
      versions_.push_back(tensor.defined() ? host_.version(tensor) : uint64_t{0});
    }
    if (kept_.empty()) inputs_.clear();
  }

  std::vector<Core> backward(const std::vector<Core>& gradients) override {
    check_versions();
    variable_list given;
    for (size_t i = 0; i < slots_.size(); ++i) {
      given.push_back(slots_[i] == none ? at::Tensor() : at::Tensor(gradients.at(slots_[i])));
      if (given[i].defined() || !context_->materialize_grads_ || slots_[i] == none) continue;
      given[i] = zeros(kinds_[i]);
    }
    const variable_list detached = context_->saved_;
    if (!kept_.empty()) {
      const std::vector<Core> outputs = host_.connect(inputs_, kept_, self());
      for (size_t i = 0; i < saved_output_.size(); ++i) {
        if (saved_output_[i] != none) context_->saved_[i] = outputs[saved_output_[i]];
      }
    }
    const variable_list all = [&] {
      // Outputs that know their node must not stay in it: they would keep it alive.
      const Restore restore{context_->saved_, detached};
      return Derived::backward(context_.get(), std::move(given));
    }();
    std::vector<Core> of_tensors;
    for (size_t position : positions_) {
      TORCH_CHECK(position < all.size(), "function ", name(), " returned an incorrect number of gradients (expected ",
                  position + 1, " or more, got ", all.size(), ")");
      of_tensors.push_back(all[position]);
    }
    return of_tensors;
  }

 private:
  static constexpr size_t none = static_cast<size_t>(-1);
  struct Kind {
    std::vector<int64_t> sizes;
    ::spinel::registry::ScalarType dtype{};
    ::spinel::registry::Device device{};
    Kind() = default;
    Kind(std::vector<int64_t> shape, const Core& like)
        : sizes(std::move(shape)), dtype(like.scalar_type()), device(like.device()) {}
  };
  struct Restore {
    variable_list& target;
    const variable_list& value;
    ~Restore() { target = value; }
  };

  static bool contains(const variable_list& list, const Core& tensor) {
    for (const at::Tensor& other : list) {
      if (other.defined() && other.is_same(tensor)) return true;
    }
    return false;
  }
  ::spinel::registry::intrusive_ptr<GradientNode> self() {
    return ::spinel::registry::intrusive_ptr<GradientNode>(this);
  }
  at::Tensor zeros(const Kind& kind) const {
    const std::vector<int64_t> strides = ::spinel::registry::compact_strides(kind.sizes);
    const at::Tensor made = host_.empty_strided(kind.sizes, strides, kind.dtype, kind.device);
    host_.fill(made, ::spinel::registry::Scalar(0));
    return made;
  }
  /// Saved outputs are kept as views that know no node, since they would keep themselves alive through the context.
  /// backward() connects them again, to the inputs, so that a gradient of the gradient finds its way through them.
  void keep(const std::vector<Core>& floats) {
    const at::AutoDispatchBelowADInplaceOrView guard;
    for (at::Tensor& tensor : context_->saved_) {
      saved_output_.push_back(none);
      for (size_t k = 0; k < floats.size() && tensor.defined(); ++k) {
        if (!tensor.is_same(floats[k])) continue;
        if (kept_.empty()) {
          for (const at::Tensor output : floats) kept_.push_back(output.alias());
        }
        saved_output_.back() = k;
        tensor = kept_[k];
      }
    }
  }
  void check_versions() const {
    for (size_t i = 0; i < versions_.size(); ++i) {
      const at::Tensor& tensor = context_->saved_[i];
      TORCH_CHECK(!tensor.defined() || host_.version(tensor) == versions_[i],
                  "one of the variables needed for gradient computation has been modified by an inplace operation: "
                  "saved tensor ",
                  i, " of ", name(), " is at version ", tensor.defined() ? host_.version(tensor) : 0,
                  "; expected version ", versions_[i], " instead");
    }
  }

  const Host& host_;
  std::shared_ptr<AutogradContext> context_;
  std::vector<Core> inputs_, kept_;
  std::vector<size_t> positions_, slots_, saved_output_;
  std::vector<Kind> kinds_;
  std::vector<uint64_t> versions_;
};

/// A class with static forward(AutogradContext*, …) and backward(AutogradContext*, variable_list) derives from it.
template <typename Derived>
struct Function {
  /// Runs forward below autograd and hands backward to the host of its inputs, which lets gradients flow through it or
  /// warns that they stop. Backward gives one gradient an argument, and in a list of tensors one a tensor.
  template <typename... A>
  static auto apply(A&&... arguments) {
    auto context = std::make_shared<AutogradContext>();
    std::vector<::spinel::registry::Tensor> inputs;
    std::vector<size_t> positions;
    size_t position = 0;
    (collect(arguments, position, inputs, positions), ...);
    const ::spinel::registry::TensorMethods* host = nullptr;
    for (const auto& input : inputs) {
      if (input.defined() && host == nullptr) host = input.impl()->methods();
      context->needs_.push_back(input.defined() && input.impl()->methods() != nullptr &&
                                input.impl()->methods()->requires_grad(input));
    }
    const bool is_inside_forward = ::spinel::registry::is_below_autograd();
    auto outputs = [&] {
      const at::AutoDispatchBelowADInplaceOrView guard;
      return Derived::forward(context.get(), std::forward<A>(arguments)...);
    }();
    if (host == nullptr || is_inside_forward) return outputs;
    const auto node =
        c10::make_intrusive<FunctionNode<Derived>>(*host, context, std::move(inputs), std::move(positions));
    if constexpr (std::is_same_v<decltype(outputs), variable_list>) {
      node->connect(outputs);
      return outputs;
    } else {
      variable_list single{std::move(outputs)};
      node->connect(single);
      return single.front();
    }
  }

 private:
  template <typename T>
  static void collect(const T& argument, size_t& position, std::vector<::spinel::registry::Tensor>& inputs,
                      std::vector<size_t>& positions) {
    const auto add = [&](const ::spinel::registry::Tensor& tensor) {
      inputs.push_back(tensor);
      positions.push_back(position++);
    };
    if constexpr (std::is_base_of_v<::spinel::registry::Tensor, T>) {
      add(argument);
    } else if constexpr (std::is_same_v<T, std::optional<at::Tensor>>) {
      add(argument.value_or(at::Tensor()));
    } else if constexpr (std::is_same_v<T, at::TensorList>) {
      for (const at::Tensor& tensor : argument) add(tensor);
    } else {
      ++position;
    }
  }
};

}  // namespace spinel_v1
}  // namespace autograd
}  // namespace torch
