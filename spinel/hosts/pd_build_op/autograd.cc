#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <mutex>
#include <set>

#include "spinel/base/error.h"
#include "spinel/hosts/pd_build_op/kernels.h"

namespace spinel::hosts::pd {
namespace {

using Stack = std::vector<c10::IValue>;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr const char* grad_mark = "@GRAD";
constexpr const char* new_mark = "@NEW";

/// Where a tensor that a gradient operator names comes from.
enum class Source { input, output, grad };
struct Origin {
  Source source;
  size_t index;
};

std::string plain_name(const std::string& declared) { return parse_tensor_name(declared).name; }

std::optional<size_t> index_of(const std::vector<std::string>& names, const std::string& wanted) {
  for (size_t i = 0; i < names.size(); ++i) {
    if (plain_name(names[i]) == wanted) return i;
  }
  return {};
}

/// An input of the gradient operator is one of the operator's inputs, its outputs, or the gradients of these.
Origin origin_of(const Operator& op, const Operator& gradient, const std::string& declared) {
  const std::string name = plain_name(declared);
  if (const auto index = index_of(op.declaration.inputs, name)) return {Source::input, *index};
  if (const auto index = index_of(op.declaration.outputs, name)) return {Source::output, *index};
  if (name.ends_with(grad_mark)) {
    const std::string base = name.substr(0, name.size() - std::string_view(grad_mark).size());
    if (const auto index = index_of(op.declaration.outputs, base)) return {Source::grad, *index};
  }
  fail(ErrorKind::invalid_argument, "{}: its input '{}' is no input, output or gradient of an output of {}",
       gradient.qualified_name(), declared, op.qualified_name());
}

/// The output of the gradient operator that is the gradient of an input: Grad("X"), or New(Grad("X")) where that name
/// is taken by the gradient of the first order.
std::optional<size_t> gradient_output(const Operator& gradient, const std::string& input) {
  const std::string name = plain_name(input) + grad_mark;
  if (const auto index = index_of(gradient.declaration.outputs, name)) return index;
  if (const auto index = index_of(gradient.declaration.outputs, name + new_mark)) return index;
  return index_of(gradient.declaration.outputs, plain_name(input) + new_mark);
}

/// How many tensors each declared input or output has in this call; of what is not given none.
std::vector<size_t> counts_of(const std::vector<std::vector<at::Tensor>>& groups) {
  std::vector<size_t> counts;
  for (const auto& group : groups) counts.push_back(group.size());
  return counts;
}

variable_list flatten(const std::vector<std::vector<at::Tensor>>& groups) {
  variable_list flat;
  for (const auto& group : groups) flat.insert(flat.end(), group.begin(), group.end());
  return flat;
}

std::vector<std::vector<at::Tensor>> unflatten(at::TensorList flat, const std::vector<size_t>& counts) {
  std::vector<std::vector<at::Tensor>> groups;
  size_t next = 0;
  for (const size_t count : counts) {
    auto& group = groups.emplace_back();
    for (size_t k = 0; k < count; ++k) group.push_back(flat[next++]);
  }
  return groups;
}

/// A group as the argument of a boxed call.
c10::IValue argument_of(const std::string& declared, const std::vector<at::Tensor>& group) {
  const TensorName name = parse_tensor_name(declared);
  if (name.is_vector && (!name.is_optional || !group.empty())) return group;
  if (group.empty()) return name.is_optional ? c10::IValue() : c10::IValue(at::Tensor());
  return group.front();
}

std::vector<std::vector<at::Tensor>> groups_of(const Stack& stack, size_t first, size_t count) {
  std::vector<std::vector<at::Tensor>> groups;
  for (size_t i = 0; i < count; ++i) {
    const c10::IValue& value = stack[first + i];
    auto& group = groups.emplace_back();
    if (value.isTensorList()) group = value.toTensorVector();
    else if (value.isTensor() && value.toTensor().defined()) group.push_back(value.toTensor());
  }
  return groups;
}

std::vector<std::vector<at::Tensor>> call(const Operator& op, Stack& stack) {
  c10::Dispatcher::singleton().findSchemaOrThrow(op.qualified_name().c_str(), "").callBoxed(stack);
  return groups_of(stack, 0, stack.size());
}

/// What one call keeps for its gradient besides tensors.
struct Recorded {
  std::shared_ptr<const Operator> op, gradient;
  std::vector<size_t> input_counts, output_counts;
  std::vector<Origin> origins;       ///< of the inputs of the gradient operator
  std::vector<size_t> saved_counts;  ///< tensors saved for each of these; of gradients none
  Stack attributes;
};

struct DeclaredFunction : torch::autograd::Function<DeclaredFunction> {
  // A TensorList: libtorch finds no tensors in a vector.
  static variable_list forward(AutogradContext* ctx, at::TensorList inputs, const std::shared_ptr<Recorded>& recorded) {
    const Declaration& declaration = recorded->op->declaration;
    const auto groups = unflatten(inputs, recorded->input_counts);
    Stack stack;
    for (size_t i = 0; i < groups.size(); ++i) stack.push_back(argument_of(declaration.inputs[i], groups[i]));
    stack.insert(stack.end(), recorded->attributes.begin(), recorded->attributes.end());
    std::vector<std::vector<at::Tensor>> outputs;
    {
      const at::AutoDispatchBelowADInplaceOrView guard;
      outputs = call(*recorded->op, stack);
    }
    recorded->output_counts = counts_of(outputs);
    variable_list dirty;
    for (size_t i = 0; i < outputs.size(); ++i) {
      if (declaration.inplace_input(i) >= 0) dirty.insert(dirty.end(), outputs[i].begin(), outputs[i].end());
    }
    if (!dirty.empty()) ctx->mark_dirty(dirty);
    save(ctx, recorded, groups, outputs);
    return flatten(outputs);
  }

  static variable_list backward(AutogradContext* ctx, const variable_list& grad_outputs) {
    const std::shared_ptr<Recorded> recorded = holder_of(ctx)->recorded;
    const auto saved = unflatten(ctx->get_saved_variables(), recorded->saved_counts);
    const auto grads = unflatten(grad_outputs, recorded->output_counts);
    const Declaration& gradient = recorded->gradient->declaration;
    Stack stack;
    for (size_t i = 0; i < gradient.inputs.size(); ++i) {
      const Origin& origin = recorded->origins[i];
      std::vector<at::Tensor> group = origin.source == Source::grad ? grads[origin.index] : saved[i];
      // What libtorch hands in here others may still read, in an order of memory that allows no writing.
      if (gradient.writes_input(i)) {
        for (at::Tensor& tensor : group) {
          if (tensor.defined()) tensor = tensor.clone(at::MemoryFormat::Contiguous);
        }
      }
      stack.push_back(argument_of(gradient.inputs[i], group));
    }
    add_attributes(*recorded, stack);
    const auto results = call(*recorded->gradient, stack);
    return input_gradients(*recorded, results);
  }

 private:
  struct Holder : torch::CustomClassHolder {
    std::shared_ptr<Recorded> recorded;
  };
  static Holder* holder_of(AutogradContext* ctx) {
    return static_cast<Holder*>(ctx->saved_data["recorded"].toCapsule().get());
  }

  static void save(AutogradContext* ctx, const std::shared_ptr<Recorded>& recorded,
                   const std::vector<std::vector<at::Tensor>>& inputs,
                   const std::vector<std::vector<at::Tensor>>& outputs) {
    variable_list saved;
    for (const Origin& origin : recorded->origins) {
      const auto* group = origin.source == Source::input    ? &inputs[origin.index]
                          : origin.source == Source::output ? &outputs[origin.index]
                                                            : nullptr;
      recorded->saved_counts.push_back(group == nullptr ? 0 : group->size());
      if (group != nullptr) saved.insert(saved.end(), group->begin(), group->end());
    }
    ctx->save_for_backward(std::move(saved));
    auto holder = c10::make_intrusive<Holder>();
    holder->recorded = recorded;
    ctx->saved_data["recorded"] = c10::IValue::make_capsule(std::move(holder));
  }

  /// The gradient operator is given the attributes that it names, as the operator was given them.
  static void add_attributes(const Recorded& recorded, Stack& stack) {
    const Declaration& own = recorded.op->declaration;
    const std::string op = recorded.gradient->qualified_name();
    for (const std::string& text : recorded.gradient->declaration.attributes) {
      const std::string name = parse_attribute(text, op).name;
      const auto found = std::find_if(own.attributes.begin(), own.attributes.end(), [&](const std::string& other) {
        return parse_attribute(other, op).name == name;
      });
      require(found != own.attributes.end(), "{}: its attribute '{}' is none of {}", op, name,
              recorded.op->qualified_name());
      stack.push_back(recorded.attributes[static_cast<size_t>(found - own.attributes.begin())]);
    }
  }

  /// One for each tensor that went in, then an undefined one for the argument that is no tensor.
  static variable_list input_gradients(const Recorded& recorded, const std::vector<std::vector<at::Tensor>>& results) {
    variable_list gradients;
    for (size_t i = 0; i < recorded.input_counts.size(); ++i) {
      const auto index = gradient_output(*recorded.gradient, recorded.op->declaration.inputs[i]);
      for (size_t k = 0; k < recorded.input_counts[i]; ++k) {
        const bool is_there = index && *index < results.size() && k < results[*index].size();
        gradients.push_back(is_there ? results[*index][k] : at::Tensor());
      }
    }
    gradients.emplace_back();
    return gradients;
  }
};

/// Once for each operator.
void warn_without_gradient(const Operator& op) {
  static std::mutex mutex;
  static auto& warned = *new std::set<std::string>;
  const std::lock_guard lock(mutex);
  if (!warned.insert(op.qualified_name()).second) return;
  TORCH_WARN(op.qualified_name(), ": an input requires a gradient, but no gradient operator is declared for it ",
             "(PD_BUILD_GRAD_OP); its outputs require none");
}

class AutogradKernel final : public c10::OperatorKernel {
 public:
  explicit AutogradKernel(std::shared_ptr<const Operator> op) : op_(std::move(op)) {}

  void operator()(const c10::OperatorHandle& handle, c10::DispatchKeySet keys, Stack* stack) {
    const size_t inputs = op_->declaration.inputs.size(), count = inputs + op_->declaration.attributes.size();
    const size_t first = stack->size() - count;
    const auto groups = groups_of(*stack, first, inputs);
    const variable_list flat = flatten(groups);
    const bool wants_gradient =
        at::GradMode::is_enabled() &&
        std::any_of(flat.begin(), flat.end(), [](const at::Tensor& t) { return t.requires_grad(); });
    std::shared_ptr<const Operator> gradient = wants_gradient ? gradient_of(*op_) : nullptr;
    if (!gradient) {
      if (wants_gradient) warn_without_gradient(*op_);
      const at::AutoDispatchBelowADInplaceOrView guard;
      handle.redispatchBoxed(keys & c10::after_ADInplaceOrView_keyset, stack);
      return;
    }
    auto recorded = std::make_shared<Recorded>();
    recorded->op = op_;
    recorded->gradient = std::move(gradient);
    recorded->input_counts = counts_of(groups);
    for (const std::string& name : recorded->gradient->declaration.inputs) {
      recorded->origins.push_back(origin_of(*op_, *recorded->gradient, name));
    }
    recorded->attributes.assign(stack->begin() + static_cast<std::ptrdiff_t>(first + inputs), stack->end());
    const variable_list outputs = DeclaredFunction::apply(at::TensorList(flat), recorded);
    stack->erase(stack->begin() + static_cast<std::ptrdiff_t>(first), stack->end());
    push_outputs(*op_, unflatten(outputs, recorded->output_counts), *stack);
  }

 private:
  std::shared_ptr<const Operator> op_;
};

}  // namespace

torch::CppFunction make_autograd_kernel(std::shared_ptr<const Operator> op) {
  return torch::CppFunction::makeFromBoxedFunctor(std::make_unique<AutogradKernel>(std::move(op)));
}

}  // namespace spinel::hosts::pd
