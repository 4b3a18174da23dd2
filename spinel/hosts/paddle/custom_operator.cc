#include "spinel/hosts/paddle/custom_operator.h"

#include <paddle/phi/api/ext/op_meta_info.h>

#include <algorithm>
#include <array>

#include "spinel/base/error.h"
#include "spinel/hosts/paddle/paddle_host.h"
#include "spinel/hosts/paddle/paddle_tensor.h"
#include "spinel/hosts/paddle/python_object.h"

namespace spinel::paddle_host {
namespace {

using ops::DerivativeSource;
using ops::Operator;
using registry::Argument;
using registry::Value;

/// Where an argument of a kernel's call comes from.
struct Source {
  enum class Kind { input, sizes, attribute } kind;
  size_t index;
};

/// One call of an operator's forward.
struct Call {
  const Operator* op;
  std::vector<Source> arguments;
};

/// A custom operator: itself (level 0) or its gradient (1).
struct Plan {
  const Operator* op = nullptr;
  size_t level = 0;
  std::vector<std::string> inputs, outputs;
  std::vector<Call> calls;

  size_t input(const std::string& name) {
    const auto found = std::find(inputs.begin(), inputs.end(), name);
    if (found == inputs.end()) inputs.push_back(name);
    return static_cast<size_t>(std::find(inputs.begin(), inputs.end(), name) - inputs.begin());
  }
};

bool is_tensor(const Argument& argument) { return argument.type.to_string() == "Tensor"; }

/// The type of an attribute in PaddlePaddle's words; empty: it has none for it.
std::string attribute_type(const Argument& argument) {
  const std::string type = argument.type.bound().to_string();
  if (type == "int") return "int64_t";
  if (type == "bool") return "bool";
  if (type == "str") return "std::string";
  if (type == "int[]") return "std::vector<int64_t>";
  return {};
}

std::string custom_name(const Operator& op) { return "spinel_" + op.name(); }
std::string gradient_of(const std::string& name) { return name + "@GRAD"; }
/// No argument's, as PaddlePaddle names both in one place.
std::string result_name(const Operator& op, size_t index) {
  const std::string& name = op.schema.returns[index].name;
  const auto is_taken = [&](const Argument& argument) { return argument.name == name; };
  if (name.empty()) return "out" + std::to_string(index);
  return std::ranges::any_of(op.schema.arguments, is_taken) ? "out_" + name : name;
}

/// The number of an argument among those that are attributes.
size_t attribute_index(const Operator& op, size_t argument) {
  return static_cast<size_t>(std::count_if(op.schema.arguments.begin(),
                                           op.schema.arguments.begin() + static_cast<int64_t>(argument),
                                           [](const Argument& a) { return !is_tensor(a); }));
}

Source source_of_argument(Plan& plan, size_t argument) {
  const Argument& a = plan.op->schema.arguments[argument];
  if (is_tensor(a)) return {Source::Kind::input, plan.input(a.name)};
  return {Source::Kind::attribute, attribute_index(*plan.op, argument)};
}

Source source_of(Plan& plan, const DerivativeSource& source) {
  switch (source.kind) {
    case DerivativeSource::Kind::gradient:
      return {Source::Kind::input, plan.input(gradient_of(result_name(*plan.op, source.index)))};
    case DerivativeSource::Kind::result: return {Source::Kind::input, plan.input(result_name(*plan.op, source.index))};
    case DerivativeSource::Kind::argument: return source_of_argument(plan, source.index);
    case DerivativeSource::Kind::sizes: break;
  }
  return {Source::Kind::sizes, plan.input(plan.op->schema.arguments[source.index].name)};
}

Plan plan_forward(const Operator& op) {
  Plan plan{&op, 0, {}, {}, {{&op, {}}}};
  for (size_t k = 0; k < op.schema.arguments.size(); ++k) {
    plan.calls[0].arguments.push_back(source_of_argument(plan, k));
  }
  for (size_t k = 0; k < op.schema.returns.size(); ++k) plan.outputs.push_back(result_name(op, k));
  return plan;
}

Plan plan_gradient(const Operator& op) {
  Plan plan{&op, 1, {}, {}, {}};
  for (const ops::DerivativeCall& derivative : op.derivatives) {
    Call call{&ops::find_operator(derivative.op), {}};
    for (const DerivativeSource& source : derivative.sources) {
      call.arguments.push_back(source_of(plan, source));
    }
    plan.calls.push_back(std::move(call));
    plan.outputs.push_back(gradient_of(op.schema.arguments[derivative.argument].name));
  }
  return plan;
}

// PaddlePaddle takes functions without state, so there is a table and one function a row of it.

constexpr size_t slots = 192;
std::vector<Plan>& plans() {
  static std::vector<Plan> list;
  return list;
}

Value list_value(const std::vector<int64_t>& numbers) {
  return registry::make_list_value(registry::TypeKind::integer, {numbers.begin(), numbers.end()});
}

Value attribute_value(const Operator& op, size_t index, const std::vector<paddle::any>& attributes) {
  size_t next = 0;
  for (const Argument& argument : op.schema.arguments) {
    if (is_tensor(argument) || next++ != index) continue;
    const std::string type = attribute_type(argument);
    const paddle::any& value = attributes.at(index);
    if (type == "bool") return paddle::any_cast<bool>(value);
    if (type == "int64_t") return paddle::any_cast<int64_t>(value);
    if (type == "std::string") return paddle::any_cast<std::string>(value);
    return list_value(paddle::any_cast<std::vector<int64_t>>(value));
  }
  fail(ErrorKind::internal, "{}: it has no attribute {}", op.name(), index);
}

void run_kernel(const Plan& plan, paddle::CustomOpKernelContext* context) {
  std::vector<paddle::Tensor> results;
  for (const Call& call : plan.calls) {
    std::vector<Value> values;
    for (const Source& source : call.arguments) {
      if (source.kind == Source::Kind::attribute) {
        values.push_back(attribute_value(*plan.op, source.index, context->Attrs()));
        continue;
      }
      const registry::Tensor input = wrap_tensor(context->InputAt(source.index));
      if (source.kind == Source::Kind::input) values.emplace_back(input);
      else values.push_back(list_value({input.sizes().begin(), input.sizes().end()}));
    }
    for (const registry::Tensor& result : ops::run_forward(call.op->definition, host(), ops::Arguments(values))) {
      results.push_back(unwrap_tensor(result).contiguous());
    }
  }
  context->ValidateAndAssignOutputs(results);
}

/// The descriptions of a call's results from those of the inputs.
template <typename InputSpec>
std::vector<ops::SpecArguments> specs_of(const Plan& plan, const std::vector<paddle::any>& attributes,
                                         InputSpec input_spec) {
  std::vector<ops::SpecArguments> list;
  for (const Call& call : plan.calls) {
    std::vector<ops::SpecArgument> specs;
    for (const Source& source : call.arguments) {
      if (source.kind == Source::Kind::attribute) {
        specs.push_back({{}, {}, attribute_value(*plan.op, source.index, attributes)});
      } else if (source.kind == Source::Kind::input) {
        specs.push_back({input_spec(source.index), {}, {}});
      } else {
        specs.push_back({{}, input_spec(source.index).sizes, {}});
      }
    }
    list.emplace_back(std::move(specs));
  }
  return list;
}

using Shapes = std::vector<std::vector<int64_t>>;

Shapes infer_shapes(const Plan& plan, const Shapes& inputs, const std::vector<paddle::any>& attributes) {
  const auto specs = specs_of(plan, attributes, [&](size_t index) {
    ops::TensorSpec spec;
    for (int64_t size : inputs.at(index)) spec.sizes.push_back(size < 0 ? ops::Size::unknown() : ops::Size(size));
    return spec;
  });
  Shapes shapes;
  for (size_t k = 0; k < specs.size(); ++k) {
    for (const ops::TensorSpec& result : ops::infer_results(plan.calls[k].op->definition, specs[k])) {
      std::vector<int64_t> sizes;
      for (const ops::Size& size : result.sizes) sizes.push_back(size.is_number() ? size.value() : -1);
      shapes.push_back(std::move(sizes));
    }
  }
  return shapes;
}

std::vector<phi::DataType> infer_dtypes(const Plan& plan, const std::vector<phi::DataType>& inputs,
                                        const std::vector<paddle::any>& attributes) {
  const auto specs = specs_of(plan, attributes, [&](size_t index) {
    return ops::TensorSpec{{}, from_paddle(inputs.at(index)), {}};
  });
  std::vector<phi::DataType> dtypes;
  for (size_t k = 0; k < specs.size(); ++k) {
    for (registry::ScalarType dtype : plan.calls[k].op->definition.dtypes(specs[k])) dtypes.push_back(to_paddle(dtype));
  }
  return dtypes;
}

struct Functions {
  paddle::KernelFunc kernel;
  paddle::InferShapeFunc shapes;
  paddle::InferDtypeFunc dtypes;
};

template <size_t slot>
Functions functions_of_slot() {
  return {[](paddle::CustomOpKernelContext* context) { run_kernel(plans()[slot], context); },
          [](const Shapes& inputs, const std::vector<Shapes>&, const std::vector<paddle::any>& attributes) {
            return infer_shapes(plans()[slot], inputs, attributes);
          },
          [](const std::vector<phi::DataType>& inputs, const std::vector<std::vector<phi::DataType>>&,
             const std::vector<paddle::any>& attributes) { return infer_dtypes(plans()[slot], inputs, attributes); }};
}

template <size_t... slot>
std::array<Functions, slots> all_functions(std::index_sequence<slot...>) {
  return {functions_of_slot<slot>()...};
}

void declare(Plan plan) {
  static const std::array<Functions, slots> functions = all_functions(std::make_index_sequence<slots>());
  const size_t slot = plans().size();
  if (slot >= slots) {
    fail(ErrorKind::internal, "{}: the table of {} custom operators is full; make it longer", plan.op->name(), slots);
  }
  std::vector<std::string> attributes;
  for (const Argument& argument : plan.op->schema.arguments) {
    if (!is_tensor(argument)) attributes.push_back(argument.name + ": " + attribute_type(argument));
  }
  paddle::OpMetaInfoBuilder(custom_name(*plan.op), plan.level)
      .Inputs(std::vector<std::string>(plan.inputs))
      .Outputs(std::vector<std::string>(plan.outputs))
      .Attrs(std::move(attributes))
      .SetKernelFn(functions[slot].kernel)
      .SetInferShapeFn(functions[slot].shapes)
      .SetInferDtypeFn(functions[slot].dtypes);
  plans().push_back(std::move(plan));
}

}  // namespace

bool has_custom_operator(const Operator& op) {
  if (op.definition.sizes == nullptr) return false;
  return std::all_of(op.schema.arguments.begin(), op.schema.arguments.end(),
                     [](const Argument& a) { return is_tensor(a) || !attribute_type(a).empty(); });
}

void declare_custom_operators() {
  for (const Operator& op : ops::operators()) {
    if (!has_custom_operator(op)) continue;
    declare(plan_forward(op));
    if (!op.derivatives.empty()) declare(plan_gradient(op));
  }
}

registry::Stack run_custom_operator(const Operator& op, ops::Arguments arguments) {
  const Object module(PyImport_ImportModule("paddle._C_ops"));
  const Object run(PyObject_GetAttrString(module.get(), "_run_custom_op"));
  const Object call(PyTuple_New(static_cast<Py_ssize_t>(arguments.size()) + 1));
  auto put = [&, next = Py_ssize_t{0}](PyObject* item) mutable {
    PyTuple_SET_ITEM(call.get(), next++, Object(item).release());
  };
  put(PyUnicode_FromString(custom_name(op).c_str()));
  for (const bool tensors : {true, false}) {
    for (size_t k = 0; k < arguments.size(); ++k) {
      if (is_tensor(op.schema.arguments[k]) == tensors) put(object_of_value(arguments[k]));
    }
  }
  const Object results(PyObject_CallObject(run.get(), call.get()));
  registry::Stack values;
  if (op.schema.returns.size() == 1 && !PyList_Check(results.get()) && !PyTuple_Check(results.get())) {
    values.push_back(value_of_object(results.get()));
    return values;
  }
  const Object items(PySequence_Fast(results.get(), "results of a custom operator"));
  for (Py_ssize_t k = 0; k < PySequence_Fast_GET_SIZE(items.get()); ++k) {
    PyObject* item = PySequence_Fast_GET_ITEM(items.get(), k);
    values.push_back(value_of_object(item));
    const registry::Tensor result = values.back().to_tensor();
    if (ops::contains(ops::Elements::floating, result.scalar_type())) continue;
    // PaddlePaddle marks all results alike; indices have no gradient.
    if (PyObject_SetAttrString(item, "stop_gradient", Py_True) != 0) throw PythonError();
  }
  return values;
}

}  // namespace spinel::paddle_host
