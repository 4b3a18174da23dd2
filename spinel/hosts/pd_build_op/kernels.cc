#include "spinel/hosts/pd_build_op/kernels.h"

#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>

#include <map>
#include <mutex>

#include "spinel/base/error.h"

namespace spinel::hosts::pd {
namespace {

using Stack = std::vector<c10::IValue>;

struct Operators {
  std::mutex mutex;
  std::map<std::string, std::shared_ptr<const Operator>> by_name;
};
Operators& operators() {
  static auto& all = *new Operators;
  return all;
}

std::vector<at::Tensor> tensors_of(const c10::IValue& value) {
  if (value.isNone()) return {};
  if (value.isTensorList()) return value.toTensorVector();
  if (value.toTensor().defined()) return {value.toTensor()};
  return {};
}

/// The arguments on top of a stack, taken off.
Stack take_arguments(const Operator& op, Stack& stack) {
  const size_t count = op.declaration.inputs.size() + op.declaration.attributes.size();
  const auto first = stack.end() - static_cast<std::ptrdiff_t>(count);
  Stack arguments(std::make_move_iterator(first), std::make_move_iterator(stack.end()));
  stack.erase(first, stack.end());
  return arguments;
}

class ComputeKernel final : public c10::OperatorKernel {
 public:
  explicit ComputeKernel(std::shared_ptr<const Operator> op) : op_(std::move(op)) {}

  void operator()(const c10::OperatorHandle&, c10::DispatchKeySet, Stack* stack) {
    const Stack arguments = take_arguments(*op_, *stack);
    Call call = call_of(*op_, arguments);
    const Declaration& declaration = op_->declaration;
    call.outputs.resize(declaration.outputs.size());
    // What the kernel writes in place is given back as the very tensor that was given.
    for (size_t i = 0; i < declaration.outputs.size(); ++i) {
      const int input = declaration.inplace_input(i);
      call.is_inplace.push_back(input >= 0);
      if (input >= 0) call.outputs[i] = call.inputs[static_cast<size_t>(input)];
    }
    declaration.kernel(call);
    for (size_t i = 0; i < declaration.outputs.size(); ++i) {
      const int input = declaration.inplace_input(i);
      if (input < 0) continue;
      const std::vector<at::Tensor> given = tensors_of(arguments[static_cast<size_t>(input)]);
      for (size_t k = 0; k < given.size() && k < call.outputs[i].size(); ++k) {
        if (!given[k].is_same(call.outputs[i][k])) given[k].copy_(call.outputs[i][k]);
        // So that autograd notices that what it has kept of the tensor is no longer there.
        else if (!given[k].is_inference()) given[k].unsafeGetTensorImpl()->bump_version();
      }
      call.outputs[i] = given;
    }
    push_outputs(*op_, std::move(call.outputs), *stack);
  }

 private:
  std::shared_ptr<const Operator> op_;
};

class MetaKernel final : public c10::OperatorKernel {
 public:
  explicit MetaKernel(std::shared_ptr<const Operator> op) : op_(std::move(op)) {}

  void operator()(const c10::OperatorHandle&, c10::DispatchKeySet, Stack* stack) {
    const Stack arguments = take_arguments(*op_, *stack);
    const Call call = call_of(*op_, arguments);
    const Declaration& declaration = op_->declaration;
    const std::vector<Shape> shapes = infer_shapes(call);
    const std::vector<at::ScalarType> dtypes = infer_dtypes(call);
    std::vector<std::vector<at::Tensor>> outputs(declaration.outputs.size());
    size_t next = 0;
    for (size_t i = 0; i < outputs.size(); ++i) {
      const int input = declaration.inplace_input(i);
      if (input >= 0) {
        outputs[i] = tensors_of(arguments[static_cast<size_t>(input)]);
        continue;
      }
      // Without a word on how many tensors a vector has, it has as many as there are shapes left.
      const bool is_vector = parse_tensor_name(declaration.outputs[i]).is_vector;
      const size_t count = is_vector ? shapes.size() - std::min(shapes.size(), next) : 1;
      for (size_t k = 0; k < count; ++k, ++next) outputs[i].push_back(empty(shapes, dtypes, next));
    }
    push_outputs(*op_, std::move(outputs), *stack);
  }

 private:
  /// Of the outputs that are new memory.
  size_t new_outputs() const {
    size_t count = 0;
    for (size_t i = 0; i < op_->declaration.outputs.size(); ++i) count += op_->declaration.inplace_input(i) < 0 ? 1 : 0;
    return count;
  }

  std::vector<Shape> infer_shapes(const Call& call) const {
    if (op_->declaration.infer_shape == nullptr) {
      return std::vector<Shape>(new_outputs(), first_input(call).sizes().vec());
    }
    ShapeCall shapes{{}, call.attributes};
    for (const auto& input : call.inputs) {
      auto& own = shapes.inputs.emplace_back();
      for (const at::Tensor& tensor : input) own.push_back(tensor.sizes().vec());
    }
    return op_->declaration.infer_shape(shapes);
  }

  std::vector<at::ScalarType> infer_dtypes(const Call& call) const {
    if (op_->declaration.infer_dtype == nullptr) {
      return std::vector<at::ScalarType>(1, first_input(call).scalar_type());
    }
    DtypeCall dtypes{{}, call.attributes};
    for (const auto& input : call.inputs) {
      auto& own = dtypes.inputs.emplace_back();
      for (const at::Tensor& tensor : input) own.push_back(tensor.scalar_type());
    }
    return op_->declaration.infer_dtype(dtypes);
  }

  const at::Tensor& first_input(const Call& call) const {
    for (const auto& input : call.inputs) {
      if (!input.empty()) return input.front();
    }
    fail(ErrorKind::invalid_argument, "{}: it has no tensor to take the shape from and declares no SetInferShapeFn",
         op_->qualified_name());
  }

  at::Tensor empty(const std::vector<Shape>& shapes, const std::vector<at::ScalarType>& dtypes, size_t index) const {
    require(index < shapes.size(), "{}: its shape function gives {} shapes; output {} needs one", op_->qualified_name(),
            shapes.size(), index);
    for (const int64_t size : shapes[index]) {
      require(size >= 0, "{}: output {} has the shape [{}], whose sizes only the data tell; it has no Meta kernel",
              op_->qualified_name(), index, join_text(shapes[index], ", "));
    }
    // One dtype without a function stands for all outputs.
    const at::ScalarType dtype = index < dtypes.size() ? dtypes[index] : dtypes.front();
    return at::empty(shapes[index], at::TensorOptions(dtype).device(at::kMeta));
  }

  std::shared_ptr<const Operator> op_;
};

}  // namespace

Call call_of(const Operator& op, const Stack& arguments) {
  Call call;
  const size_t inputs = op.declaration.inputs.size();
  for (size_t i = 0; i < inputs; ++i) {
    auto& own = call.inputs.emplace_back(tensors_of(arguments[i]));
    for (at::Tensor& tensor : own) tensor = tensor.contiguous();
  }
  call.attributes.assign(arguments.begin() + static_cast<std::ptrdiff_t>(inputs), arguments.end());
  return call;
}

void push_outputs(const Operator& op, std::vector<std::vector<at::Tensor>> outputs, Stack& stack) {
  for (size_t i = 0; i < outputs.size(); ++i) {
    const TensorName name = parse_tensor_name(op.declaration.outputs[i]);
    if (name.is_vector) {
      stack.emplace_back(std::move(outputs[i]));
    } else if (outputs[i].empty()) {
      stack.push_back(name.is_optional ? c10::IValue() : c10::IValue(at::Tensor()));
    } else {
      stack.emplace_back(std::move(outputs[i].front()));
    }
  }
}

torch::CppFunction make_compute_kernel(std::shared_ptr<const Operator> op) {
  return torch::CppFunction::makeFromBoxedFunctor(std::make_unique<ComputeKernel>(std::move(op)));
}
torch::CppFunction make_meta_kernel(std::shared_ptr<const Operator> op) {
  return torch::CppFunction::makeFromBoxedFunctor(std::make_unique<MetaKernel>(std::move(op)));
}

std::shared_ptr<const Operator> gradient_of(const Operator& op) {
  Declaration next;
  next.name = op.declaration.name;
  next.order = op.declaration.order + 1;
  if (next.order > 2) return nullptr;
  Operators& all = operators();
  const std::lock_guard lock(all.mutex);
  const auto found = all.by_name.find(op.name_space + "::" + next.operator_name());
  return found == all.by_name.end() ? nullptr : found->second;
}

void add_operator(const std::shared_ptr<const Operator>& op) {
  Operators& all = operators();
  const std::lock_guard lock(all.mutex);
  all.by_name[op->qualified_name()] = op;
}

void remove_operator(const std::shared_ptr<const Operator>& op) {
  Operators& all = operators();
  const std::lock_guard lock(all.mutex);
  const auto found = all.by_name.find(op->qualified_name());
  if (found != all.by_name.end() && found->second == op) all.by_name.erase(found);
}

}  // namespace spinel::hosts::pd
