#include "spinel/hosts/paddle/autograd.h"

#include <paddle/phi/api/ext/op_meta_info.h>
#include <paddle/phi/core/dense_tensor.h>
#include <paddle/phi/core/enforce.h>
#include <paddle/utils/pybind.h>

#include <algorithm>

#include "spinel/base/error.h"
#include "spinel/hosts/paddle/paddle_host.h"
#include "spinel/hosts/paddle/paddle_tensor.h"
#include "spinel/hosts/paddle/python_object.h"
#include "spinel/registry/call_error.h"
#include "spinel/registry/tensor_functions.h"

namespace spinel::paddle_host {
namespace {

using registry::GradientNode;
using registry::Tensor;

constexpr size_t most_outputs = 8;
thread_local bool creates_graph = false;

/// What an input is like, for a gradient that is zero.
struct InputKind {
  std::vector<int64_t> sizes;
  registry::ScalarType dtype;
  registry::Device device;
};

/// A recorded call. PaddlePaddle holds it through a tensor of one number, which is the address; that tensor is an input
/// of the custom operator and is kept for the gradient as any other would be.
struct Recorded {
  int64_t address = reinterpret_cast<int64_t>(this);
  registry::intrusive_ptr<GradientNode> node;
  std::vector<size_t> wanted;           ///< those of the inputs that want gradients
  std::vector<InputKind> kinds;         ///< of these
  std::vector<paddle::Tensor> outputs;  ///< until the custom operator's kernel gives them out
};

/// The call whose kernel runs; its tensor is the first input, and none where a backward has freed it.
Recorded& recorded_of(const paddle::CustomOpKernelContext& context) {
  const auto& [first, end] = context.InputRangeAt(0);
  const bool is_there = first < end && context.InputAt(first).defined() && context.InputAt(first).has_allocation();
  if (!is_there) {
    registry::fail_call(registry::ErrorClass::runtime,
                        "gradient: the call was freed by a backward before this one; call that with retain_graph=True");
  }
  return *reinterpret_cast<Recorded*>(*static_cast<const int64_t*>(context.InputAt(first).data()));
}

/// Holds the interpreter's lock, which a kernel or PaddlePaddle may have given up.
class WithLock {
 public:
  WithLock() : state_(PyGILState_Ensure()) {}
  ~WithLock() { PyGILState_Release(state_); }
  WithLock(const WithLock&) = delete;
  WithLock& operator=(const WithLock&) = delete;

 private:
  PyGILState_STATE state_;
};

/// Turns recording off for its lifetime unless gradients are to be differentiated in turn.
class RecordingOfGradients {
 public:
  RecordingOfGradients() : before_(is_recording()) {
    if (!creates_graph) set(false);
  }
  ~RecordingOfGradients() {
    if (!creates_graph) set(before_);
  }
  RecordingOfGradients(const RecordingOfGradients&) = delete;
  RecordingOfGradients& operator=(const RecordingOfGradients&) = delete;

 private:
  static void set(bool on) {
    static PyObject* const function = attribute_of_module("paddle.base.core", "_set_has_grad");
    Py_XDECREF(PyObject_CallOneArg(function, on ? Py_True : Py_False));
  }
  bool before_;
};

/// As the binding of Python's arguments makes it: it wants a gradient where its stop_gradient is False.
Tensor tensor_of(const paddle::Tensor& tensor) {
  const Object object(object_of_value(wrap_tensor(tensor)));
  return value_of_object(object.get()).to_tensor();
}

void set_impl(const paddle::Tensor& from, paddle::Tensor* to) {
  *static_cast<phi::DenseTensor*>(to->impl().get()) = *static_cast<const phi::DenseTensor*>(from.impl().get());
}

/// Gives the outputs, which were computed before, to the custom operator. What was written in place it has already.
void forward_kernel(paddle::CustomOpKernelContext* context) {
  std::vector<paddle::Tensor>& outputs = recorded_of(*context).outputs;
  for (size_t k = 0; k < outputs.size(); ++k) set_impl(outputs[k], context->MutableOutputAt(k));
  outputs.clear();
}

Tensor zeros_of(const InputKind& kind) {
  const Tensor made =
      tensor_methods().empty_strided(kind.sizes, registry::compact_strides(kind.sizes), kind.dtype, kind.device);
  tensor_methods().fill(made, registry::Scalar(0));
  return made;
}

/// A gradient for PaddlePaddle: its data, and where it is to be differentiated in turn what it depends on.
void give(const Tensor& gradient, const InputKind& kind, paddle::Tensor* to) {
  if (!gradient.defined()) return set_impl(unwrap_tensor(zeros_of(kind)), to);
  if (!wants_gradient(gradient) || !creates_graph) return set_impl(unwrap_tensor(gradient).contiguous(), to);
  // The custom operator's output has no history yet; an addition to it in place, which has derivatives of every order,
  // gives it one.
  set_impl(unwrap_tensor(zeros_of(kind)), to);
  static PyObject* const add = attribute_of_module("paddle._C_ops", "add_");
  const Object target(paddle::pybind::ToPyObject(*to)), from(object_of_value(gradient));
  const Object done(PyObject_CallFunctionObjArgs(add, target.get(), from.get(), nullptr));
}

void run_backward(paddle::CustomOpKernelContext* context) {
  const RecordingOfGradients recording;
  // The call may be dropped by what runs.
  const Recorded& recorded = recorded_of(*context);
  const auto node = recorded.node;
  std::vector<Tensor> gradients;
  for (size_t k = 1; k < context->InputRange().size(); ++k) {
    const paddle::Tensor& given = context->InputAt(context->InputRangeAt(k).first);
    gradients.push_back(given.defined() && given.has_allocation() ? tensor_of(given) : Tensor());
  }
  const std::vector<Tensor> results = node->backward(gradients);
  for (size_t k = 0; k < recorded.wanted.size(); ++k) {
    const size_t input = recorded.wanted[k];
    give(input < results.size() ? results[input] : Tensor(), recorded.kinds[k], context->MutableOutputAt(k));
  }
}

/// The words of the exception that is being handled.
std::string words_of_error() {
  set_python_error();
  PyObject *type = nullptr, *value = nullptr, *trace = nullptr;
  PyErr_Fetch(&type, &value, &trace);
  PyObject* text = value == nullptr ? nullptr : PyObject_Str(value);
  const char* words = text == nullptr ? nullptr : PyUnicode_AsUTF8(text);
  std::string result = words == nullptr ? "it failed without a word" : words;
  for (PyObject* object : {text, type, value, trace}) Py_XDECREF(object);
  return result;
}

/// PaddlePaddle hands on its own exceptions; any other would end the process.
void backward_kernel(paddle::CustomOpKernelContext* context) {
  const WithLock lock;
  std::string error;
  try {
    run_backward(context);
    return;
  } catch (...) {
    error = words_of_error();
  }
  PADDLE_THROW(common::errors::PreconditionNotMet("%s", error));
}

std::string name_of_call(size_t outputs) { return "spinel_recorded_" + std::to_string(outputs); }
constexpr const char* name_in_place = "spinel_recorded_in_place";
constexpr const char* name_in_place_with_others = "spinel_recorded_in_place_with_others";

/// The tensor by which PaddlePaddle holds a call.
paddle::Tensor holder_of(std::unique_ptr<Recorded> recorded) {
  std::shared_ptr<Recorded> shared = std::move(recorded);
  int64_t* address = &shared->address;
  return tensor_over(address, {1}, {1}, phi::DataType::INT64, phi::CPUPlace(), [shared] {});
}

/// The input that the call wrote to; none: the number of inputs.
size_t written_input(const GradientNode& node, const std::vector<Tensor>& inputs, const std::vector<Tensor>& outputs) {
  for (const Tensor& output : outputs) {
    if (!node.writes(output)) continue;
    for (size_t k = 0; k < inputs.size() && outputs.size() == 1; ++k) {
      if (inputs[k].is_same(output)) return k;
    }
    fail(ErrorKind::unavailable,
         "{}: it wrote to one of {} results; PaddlePaddle follows a call in place where that is its one result and an "
         "input",
         node.name(), outputs.size());
  }
  return inputs.size();
}

/// Names one more of the inputs in the call; the Python object of it.
Object add_input(Recorded& recorded, const std::vector<Tensor>& inputs, size_t k) {
  recorded.wanted.push_back(k);
  recorded.kinds.push_back({inputs[k].sizes().vec(), inputs[k].scalar_type(), inputs[k].device()});
  return Object(object_of_value(inputs[k]));
}

/// The inputs that want gradients, as a list.
Object list_of(const std::vector<Object>& items) {
  Object list(PyList_New(static_cast<Py_ssize_t>(items.size())));
  for (size_t k = 0; k < items.size(); ++k) {
    PyList_SET_ITEM(list.get(), static_cast<Py_ssize_t>(k), Py_NewRef(items[k].get()));
  }
  return list;
}

/// An output whose memory is an input's becomes another tensor over it, so that each has a place of its own in the
/// graph. Custom operators give out contiguous tensors only.
paddle::Tensor own_output(const Tensor& output, const std::vector<Tensor>& inputs) {
  const paddle::Tensor& tensor = unwrap_tensor(output);
  const bool is_input = std::any_of(inputs.begin(), inputs.end(), [&](const Tensor& input) {
    return input.defined() && unwrap_tensor(input).impl() == tensor.impl();
  });
  const paddle::Tensor own = is_input ? shallow_copy(tensor) : tensor;
  return registry::is_contiguous(output) ? own : own.contiguous();
}

}  // namespace

bool is_recording() {
  static PyObject* const asks = attribute_of_module("paddle.base.core", "_has_grad");
  const Object on(PyObject_CallNoArgs(asks));
  return on.get() == Py_True;
}

bool stops_gradient(PyObject* tensor) {
  static PyObject* const name = PyUnicode_InternFromString("stop_gradient");
  const Object stops(PyObject_GetAttr(tensor, name));
  return stops.get() != Py_False;
}

void declare_recorded_calls() {
  const auto declare = [](const std::string& name, const std::vector<std::string>& inputs, size_t count,
                          bool in_place) {
    std::vector<std::string> forward = {"Call"}, backward = {"Call"}, outputs, gradients;
    for (const std::string& input : inputs) {
      forward.push_back(input);
      gradients.push_back(paddle::Grad(input));
    }
    for (size_t k = 0; k < count; ++k) {
      outputs.push_back("Out" + std::to_string(k));
      backward.push_back(paddle::Grad(outputs.back()));
    }
    paddle::OpMetaInfoBuilder op(std::string(name), 0);
    op.Inputs(std::move(forward)).Outputs(std::move(outputs)).SetKernelFn(forward_kernel);
    if (in_place) op.SetInplaceMap({{"X", "Out0"}});
    paddle::OpMetaInfoBuilder(std::string(name), 1)
        .Inputs(std::move(backward))
        .Outputs(std::move(gradients))
        .SetKernelFn(backward_kernel);
  };
  const std::string others = paddle::Vec("Others");
  for (size_t count = 1; count <= most_outputs; ++count) declare(name_of_call(count), {others}, count, false);
  declare(name_in_place, {"X"}, 1, true);
  declare(name_in_place_with_others, {"X", others}, 1, true);
}

std::vector<Tensor> connect(const std::vector<Tensor>& inputs, std::vector<Tensor> outputs,
                            registry::intrusive_ptr<GradientNode> node) {
  const WithLock lock;
  if (outputs.empty() || !is_recording()) return outputs;
  auto recorded = std::make_unique<Recorded>();
  recorded->node = std::move(node);
  const size_t written = written_input(*recorded->node, inputs, outputs);
  const bool in_place = written != inputs.size();
  std::vector<Object> arguments, others;
  if (in_place) arguments.push_back(add_input(*recorded, inputs, written));
  bool is_wanted = in_place && !stops_gradient(arguments[0].get());
  for (size_t k = 0; k < inputs.size(); ++k) {
    if (k == written || !inputs[k].defined()) continue;
    if (stops_gradient(Object(object_of_value(inputs[k])).get())) continue;
    others.push_back(add_input(*recorded, inputs, k));
    is_wanted = true;
  }
  if (!is_wanted) return outputs;
  if (outputs.size() > most_outputs) {
    fail(ErrorKind::unavailable, "{}: it has {} results with gradients; PaddlePaddle follows calls of up to {}",
         recorded->node->name(), outputs.size(), most_outputs);
  }
  for (size_t k = 0; k < outputs.size() && !in_place; ++k) recorded->outputs.push_back(own_output(outputs[k], inputs));
  const std::string name = !in_place        ? name_of_call(outputs.size())
                           : others.empty() ? name_in_place
                                            : name_in_place_with_others;
  static PyObject* const run = attribute_of_module("paddle._C_ops", "_run_custom_op");
  const Object text(PyUnicode_FromString(name.c_str()));
  const Object call(object_of_value(wrap_tensor(holder_of(std::move(recorded)))));
  std::vector<PyObject*> all = {text.get(), call.get()};
  for (const Object& argument : arguments) all.push_back(argument.get());
  const Object list = list_of(others);
  if (!others.empty()) all.push_back(list.get());
  const Object results(PyObject_Vectorcall(run, all.data(), all.size(), nullptr));
  if (in_place) {
    // The tensor that was written to takes over the history of the result, which has the same memory.
    const Object items(PySequence_Fast(results.get(), "results of a recorded call"));
    static PyObject* const assign = attribute_of_module("paddle._C_ops", "assign_out_");
    PyObject* result = PySequence_Fast_GET_ITEM(items.get(), 0);
    const Object done(PyObject_CallFunctionObjArgs(assign, result, arguments[0].get(), nullptr));
    outputs[0] = value_of_object(arguments[0].get()).to_tensor();
    return outputs;
  }
  if (outputs.size() == 1 && !PyList_Check(results.get())) {
    outputs[0] = value_of_object(results.get()).to_tensor();
    return outputs;
  }
  const Object items(PySequence_Fast(results.get(), "results of a recorded call"));
  for (size_t k = 0; k < outputs.size(); ++k) {
    outputs[k] = value_of_object(PySequence_Fast_GET_ITEM(items.get(), static_cast<Py_ssize_t>(k))).to_tensor();
  }
  return outputs;
}

void warn_that_gradients_stop(const std::string& op, const char* why) {
  const WithLock lock;
  const std::string text = op + ": gradients stop here, as " + why;
  // Python shows a warning of one text and place once.
  if (PyErr_WarnEx(PyExc_UserWarning, text.c_str(), 1) != 0) throw PythonError();
}

PyObject* set_create_graph(PyObject*, PyObject* wanted) {
  const int truth = PyObject_IsTrue(wanted);
  if (truth < 0) return nullptr;
  return PyBool_FromLong(std::exchange(creates_graph, truth == 1));
}

}  // namespace spinel::paddle_host
