#include "spinel/hosts/torch/op_autograd.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>

#include "spinel/hosts/torch/operators.h"

namespace spinel::hosts {
namespace {

using ops::DerivativeSource;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;
using torch::jit::Stack;
using Kind = DerivativeSource::Kind;

/// A call that autograd records. Lives until the forward ends.
struct Call {
  const ops::Operator& op;
  const c10::OperatorHandle& handle;
  c10::DispatchKeySet keys;
  Stack& stack;
  /// Of each derivative: the number of its argument among those that are tensors; -1: an optional one that is not
  /// given.
  std::vector<int64_t> edges;
};

std::string key_of(const DerivativeSource& source) {
  return std::string(source.kind == Kind::sizes ? "s" : "a") + std::to_string(source.index);
}

/// Keeps what the formulas name, each once: tensors through autograd's own list, in the order of the formulas.
void save(AutogradContext* context, const Call& call, c10::ArrayRef<c10::IValue> arguments,
          const variable_list& results) {
  variable_list tensors;
  for (const ops::DerivativeCall& derivative : call.op.derivatives) {
    for (const DerivativeSource& source : derivative.sources) {
      if (source.kind == Kind::gradient) continue;
      if (source.kind == Kind::result) {
        tensors.push_back(results[source.index]);
        continue;
      }
      const c10::IValue& argument = arguments[source.index];
      if (source.kind == Kind::sizes)
        context->saved_data[key_of(source)] = c10::IValue(argument.toTensor().sym_sizes());
      else if (argument.isTensor()) tensors.push_back(argument.toTensor());
      else context->saved_data[key_of(source)] = argument;
    }
  }
  context->save_for_backward(std::move(tensors));
}

bool is_given(int64_t edge) { return edge >= 0; }

/// One node of autograd's graph, of any operator. The tensors that may have derivatives come first.
class Recorded : public torch::autograd::Function<Recorded> {
 public:
  static variable_list forward(AutogradContext* context, at::TensorList, const Call& call) {
    const std::vector<c10::IValue> arguments = torch::jit::last(call.stack, call.op.schema.arguments.size()).vec();
    call.handle.redispatchBoxed(call.keys & c10::after_autograd_keyset, &call.stack);
    variable_list results, others;
    for (const c10::IValue& value : torch::jit::last(call.stack, call.op.schema.returns.size())) {
      results.push_back(value.toTensor());
      if (!torch::autograd::isDifferentiableType(results.back().scalar_type())) others.push_back(results.back());
    }
    torch::jit::drop(call.stack, results.size());
    save(context, call, arguments, results);
    context->mark_non_differentiable(others);
    context->saved_data["operator"] = reinterpret_cast<int64_t>(&call.op);
    context->saved_data["edges"] = call.edges;
    return results;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const auto& op = *reinterpret_cast<const ops::Operator*>(context->saved_data["operator"].toInt());
    const variable_list saved = context->get_saved_variables();
    const std::vector<int64_t> edges = context->saved_data["edges"].toIntVector();
    // One more for the call itself, which is no tensor.
    variable_list results(static_cast<size_t>(std::count_if(edges.begin(), edges.end(), is_given)) + 1);
    size_t next = 0;
    for (size_t k = 0; k < op.derivatives.size(); ++k) {
      Stack stack;
      bool is_zero = true;
      for (const DerivativeSource& source : op.derivatives[k].sources) {
        if (source.kind == Kind::gradient) {
          stack.emplace_back(gradients[source.index]);
          is_zero = is_zero && !gradients[source.index].defined();
        } else if (const auto value = context->saved_data.find(key_of(source));
                   source.kind != Kind::result && value != context->saved_data.end()) {
          stack.push_back(value->second);
        } else {
          stack.emplace_back(saved.at(next++));
        }
      }
      const auto edge = static_cast<size_t>(edges[k]);
      if (is_zero || !is_given(edges[k]) || !context->needs_input_grad(edge)) continue;
      torch_operator(op.derivatives[k].op.c_str()).callBoxed(stack);
      results[edge] = stack.at(0).toTensor();
    }
    return results;
  }
};

}  // namespace

void call_with_gradient(const ops::Operator& op, const c10::OperatorHandle& handle, c10::DispatchKeySet keys,
                        Stack& stack) {
  const size_t count = op.schema.arguments.size();
  bool is_needed = false;
  std::vector<at::Tensor> tensors;
  std::vector<int64_t> edges;
  for (const ops::DerivativeCall& derivative : op.derivatives) {
    const c10::IValue& argument = torch::jit::peek(stack, derivative.argument, count);
    const bool is_tensor = argument.isTensor() && argument.toTensor().defined();
    edges.push_back(is_tensor ? static_cast<int64_t>(tensors.size()) : -1);
    if (!is_tensor) continue;
    tensors.push_back(argument.toTensor());
    is_needed = is_needed || (at::GradMode::is_enabled() && tensors.back().requires_grad());
  }
  if (!is_needed) return handle.redispatchBoxed(keys & c10::after_autograd_keyset, &stack);
  for (at::Tensor& result : Recorded::apply(at::TensorList(tensors), Call{op, handle, keys, stack, std::move(edges)})) {
    stack.emplace_back(std::move(result));
  }
}

}  // namespace spinel::hosts
