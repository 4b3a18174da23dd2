#include "spinel/hosts/paddle/operator_node.h"

#include <algorithm>

#include "spinel/base/error.h"
#include "spinel/hosts/paddle/autograd.h"
#include "spinel/hosts/paddle/paddle_host.h"
#include "spinel/hosts/paddle/paddle_tensor.h"
#include "spinel/registry/call_error.h"
#include "spinel/registry/dispatcher.h"

namespace spinel::paddle_host {
namespace {

using ops::DerivativeSource;
using registry::Stack;
using registry::Tensor;
using registry::Value;
using Kind = DerivativeSource::Kind;

bool has_floats(const Tensor& tensor) { return ops::contains(ops::Elements::floating, tensor.scalar_type()); }

/// An argument that derivatives are taken by; undefined where an optional one is not given.
Tensor differentiated(const ops::DerivativeCall& derivative, ops::Arguments arguments) {
  return arguments.optional_tensor(derivative.argument);
}

Value sizes_of(const Tensor& tensor) {
  return registry::make_list_value(registry::TypeKind::integer, {tensor.sizes().begin(), tensor.sizes().end()});
}

class OperatorNode final : public registry::GradientNode {
 public:
  OperatorNode(const ops::Operator& op, ops::Arguments arguments, const std::vector<Tensor>& results)
      : GradientNode("spinel::" + op.name()), op_(op) {
    for (const ops::DerivativeCall& derivative : op.derivatives) {
      is_given_.push_back(differentiated(derivative, arguments).defined());
      for (const DerivativeSource& source : derivative.sources) keep(source, arguments, results);
    }
  }

  std::vector<Tensor> backward(const std::vector<Tensor>& gradients) override {
    std::vector<Tensor> of_inputs;
    size_t next = 0;
    for (const ops::DerivativeCall& derivative : op_.derivatives) {
      Stack stack;
      bool is_zero = true;
      for (const DerivativeSource& source : derivative.sources) {
        if (source.kind == Kind::gradient) {
          stack.emplace_back(gradients.at(source.index));
          is_zero = is_zero && !gradients[source.index].defined();
        } else {
          stack.push_back(checked(kept_.at(next++)));
        }
      }
      const bool is_needed = !is_zero && is_given_[of_inputs.size()];
      of_inputs.push_back(is_needed ? call(derivative.op, std::move(stack)) : Tensor());
    }
    return of_inputs;
  }

 private:
  struct Kept {
    Value value;
    uint64_t version;
  };

  void keep(const DerivativeSource& source, ops::Arguments arguments, const std::vector<Tensor>& results) {
    if (source.kind == Kind::gradient) return;
    Value value = source.kind == Kind::result  ? Value(results.at(source.index))
                  : source.kind == Kind::sizes ? sizes_of(arguments.tensor(source.index))
                                               : arguments[source.index];
    // It would have to depend on the inputs where it is used in a gradient of the gradient.
    if (source.kind == Kind::result && has_floats(value.to_tensor())) {
      fail(ErrorKind::internal, "{}: its derivative names result {}, a float; PaddlePaddle's host keeps others only",
           name(), source.index);
    }
    const uint64_t version = value.is_tensor() ? tensor_methods().version(value.to_tensor()) : 0;
    kept_.push_back({std::move(value), version});
  }

  const Value& checked(const Kept& kept) const {
    if (kept.value.is_tensor()) {
      const uint64_t version = tensor_methods().version(kept.value.to_tensor());
      if (version != kept.version) {
        registry::fail_call(registry::ErrorClass::runtime,
                            format("{}: a tensor that its gradient needs was written in place since the call (version "
                                   "{}, then {}); write to a copy",
                                   name(), kept.version, version));
      }
    }
    return kept.value;
  }

  static Tensor call(const std::string& op, Stack stack) {
    const auto handle = registry::Dispatcher::singleton().find_schema({"spinel::" + op, ""});
    if (!handle) fail(ErrorKind::internal, "{}: the operator is not registered", op);
    handle->call_boxed(stack);
    return stack.at(0).to_tensor();
  }

  const ops::Operator& op_;
  std::vector<Kept> kept_;
  std::vector<bool> is_given_;  ///< of each derivative: whether the call had its argument
};

}  // namespace

bool wants_derivative(const ops::Operator& op, ops::Arguments arguments) {
  const bool is_wanted = std::any_of(op.derivatives.begin(), op.derivatives.end(), [&](const auto& derivative) {
    const Tensor tensor = differentiated(derivative, arguments);
    return tensor.defined() && wants_gradient(tensor);
  });
  return is_wanted && is_recording();
}

std::vector<Tensor> connect_operator(const ops::Operator& op, ops::Arguments arguments, std::vector<Tensor> results) {
  std::vector<Tensor> inputs, floats;
  for (const ops::DerivativeCall& derivative : op.derivatives) inputs.push_back(differentiated(derivative, arguments));
  // Indices have no gradient; those of the floats are numbered as the results are.
  for (const Tensor& result : results) {
    if (has_floats(result)) floats.push_back(result);
  }
  for (size_t k = 0; k < floats.size(); ++k) {
    if (!floats[k].is_same(results[k])) {
      fail(ErrorKind::internal, "{}: result {} is no float but a later one is; floats come first", op.name(), k);
    }
  }
  auto node = registry::make_intrusive<OperatorNode>(op, arguments, results);
  floats = tensor_methods().connect(inputs, std::move(floats), std::move(node));
  std::copy(floats.begin(), floats.end(), results.begin());
  return results;
}

}  // namespace spinel::paddle_host
