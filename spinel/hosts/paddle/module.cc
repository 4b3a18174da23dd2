#include <Python.h>
#include <paddle/common/exception.h>

#include <algorithm>

#include "spinel/base/error.h"
#include "spinel/base/parallel.h"
#include "spinel/hosts/paddle/autograd.h"
#include "spinel/hosts/paddle/custom_operator.h"
#include "spinel/hosts/paddle/operator_node.h"
#include "spinel/hosts/paddle/paddle_host.h"
#include "spinel/hosts/paddle/paddle_tensor.h"
#include "spinel/hosts/paddle/python_class.h"
#include "spinel/hosts/paddle/python_object.h"
#include "spinel/hosts/paddle/python_operator.h"
#include "spinel/ops/registration.h"
#include "spinel/registry/load_library.h"

namespace spinel::paddle_host {
namespace {

using registry::DispatchKey;
using registry::DispatchKeySet;
using registry::OperatorHandle;
using registry::Stack;

/// Lets other Python threads run during a kernel.
class WithoutLock {
 public:
  WithoutLock() : state_(PyGILState_Check() ? PyEval_SaveThread() : nullptr) {}
  ~WithoutLock() {
    if (state_ != nullptr) PyEval_RestoreThread(state_);
  }
  WithoutLock(const WithoutLock&) = delete;
  WithoutLock& operator=(const WithoutLock&) = delete;

 private:
  PyThreadState* state_;
};

std::vector<registry::Tensor> run(const ops::OpDef& op, const ops::Host& host, ops::Arguments arguments) {
  const WithoutLock unlocked;
  return ops::run_forward(op, host, arguments);
}

constexpr const char* no_derivative =
    "the operator has neither an autograd kernel nor a derivative on PaddlePaddle; its results have stop_gradient=True";

bool is_float(const registry::Tensor& tensor) { return ops::contains(ops::Elements::floating, tensor.scalar_type()); }

Stack record(const ops::Operator& op, ops::Arguments arguments) {
  bool in_graph = false;
  for (size_t k = 0; k < arguments.size(); ++k) {
    in_graph = in_graph || (arguments[k].is_tensor() && is_graph_value(arguments.tensor(k)));
  }
  if (in_graph && has_custom_operator(op)) return run_custom_operator(op, arguments);
  if (in_graph) {
    fail(ErrorKind::unavailable,
         "{}: it cannot stand in a graph, as its shapes depend on data; call it outside to_static", op.name());
  }
  std::vector<registry::Tensor> results = run(op.definition, host(), arguments);
  if (wants_derivative(op, arguments)) results = connect_operator(op, arguments, std::move(results));
  else if (op.derivatives.empty() && is_recording() && std::any_of(results.begin(), results.end(), is_float)) {
    warn_that_gradients_stop("spinel::" + op.name(), no_derivative);
  }
  return {results.begin(), results.end()};
}

/// Whether a gradient flows from a value to what went into the call: what was handed through does not count.
bool depends_on(const registry::Value& value, const Stack& arguments) {
  if (value.is_list()) {
    const auto& items = value.to_list().items;
    return std::any_of(items.begin(), items.end(), [&](const auto& item) { return depends_on(item, arguments); });
  }
  if (!value.is_tensor() || !wants_gradient(value.to_tensor())) return false;
  return std::none_of(arguments.begin(), arguments.end(), [&](const registry::Value& argument) {
    return argument.is_tensor() && argument.to_tensor().is_same(value.to_tensor());
  });
}

/// For operators of other libraries without a kernel under an autograd key: the backend's kernel. Gradients flow where
/// that calls what has a derivative, and otherwise there is a warning.
void run_below_autograd(const OperatorHandle& op, DispatchKeySet keys, Stack* stack) {
  const auto first = stack->end() - static_cast<int64_t>(op.schema()->arguments.size());
  const Stack arguments(first, stack->end());
  bool is_wanted = false;
  for (const registry::Value& value : arguments) {
    if (!value.is_tensor()) continue;
    if (is_graph_value(value.to_tensor())) {
      fail(ErrorKind::unavailable,
           "{}: only operators with a shape rule can stand in a graph; call it outside to_static or under "
           "paddle.jit.not_to_static",
           op.name().to_string());
    }
    is_wanted = is_wanted || wants_gradient(value.to_tensor());
  }
  op.redispatch_boxed(keys & registry::after_autograd_keys, *stack);
  if (!is_wanted || !is_recording()) return;
  const auto results = stack->end() - static_cast<int64_t>(op.schema()->returns.size());
  const bool flows =
      std::any_of(results, stack->end(), [&](const registry::Value& value) { return depends_on(value, arguments); });
  if (!flows) warn_that_gradients_stop(op.name().to_string(), no_derivative);
}

void register_all() {
  // Never destroyed: threads may still call operators when the interpreter ends.
  static auto* libraries = new std::vector<registry::Library>();
  libraries->push_back(ops::register_operators(
      host(), {.record = record, .needs_gradient = wants_gradient, .spec = spec_of, .run = run}));
  for (const DispatchKey key : {DispatchKey::AutogradCPU, DispatchKey::AutogradCUDA, DispatchKey::AutogradXPU,
                                DispatchKey::AutogradPrivateUse1}) {
    libraries->emplace_back(registry::Library::Kind::impl, "_", key)
        .fallback(registry::make_boxed_kernel(run_below_autograd));
  }
  registry::set_default_tensor_methods(&tensor_methods());
  declare_custom_operators();
  declare_recorded_calls();
}

PyObject* operator_names(PyObject*, PyObject*) {
  try {
    std::vector<registry::Value> names;
    for (const registry::OperatorName& name : registry::Dispatcher::singleton().operator_names()) {
      names.emplace_back(name.to_string());
    }
    return object_of_value(registry::make_list_value(std::move(names)));
  } catch (...) {
    set_python_error();
    return nullptr;
  }
}

PyObject* load_library(PyObject*, PyObject* path) {
  try {
    const char* text = PyUnicode_AsUTF8(path);
    if (text == nullptr) return nullptr;
    registry::load_library(text);
    Py_RETURN_NONE;
  } catch (...) {
    set_python_error();
    return nullptr;
  }
}

PyObject* set_num_threads(PyObject*, PyObject* number) {
  const long threads = PyLong_AsLong(number);
  if (threads == -1 && PyErr_Occurred()) return nullptr;
  if (threads < 0 || threads > 4096) {
    PyErr_Format(PyExc_ValueError, "set_num_threads: %ld threads; 1 to 4096, or 0 for one a core, are possible",
                 threads);
    return nullptr;
  }
  set_thread_pool_size(static_cast<int>(threads));
  Py_RETURN_NONE;
}

PyCFunction with_keywords(PyCFunctionWithKeywords function) {
  return reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(function));
}

PyMethodDef functions[] = {
    {"operator", python_operator, METH_O, "The operator of a name \"ns::op\", or None."},
    {"operator_names", operator_names, METH_NOARGS, "Names of all operators, sorted."},
    {"load_library", load_library, METH_O, "Loads a library of operators, which registers them."},
    {"set_create_graph", set_create_graph, METH_O, "Whether gradients are differentiated in turn; the value before."},
    {"make_object", with_keywords(make_object), METH_VARARGS | METH_KEYWORDS,
     "A new instance of the class \"ns.Name\"."},
    {"call_static_method", with_keywords(call_static_method), METH_VARARGS | METH_KEYWORDS,
     "Calls a static method of a class."},
    {"call_method", with_keywords(call_method), METH_VARARGS | METH_KEYWORDS, "Calls a method of an instance."},
    {"set_num_threads", set_num_threads, METH_O, "Threads of the kernels; 0: one a core."},
    {}};

PyModuleDef definition = {PyModuleDef_HEAD_INIT,
                          "paddle_spinel._host",
                          "The PaddlePaddle host of Spinel's operators.",
                          -1,
                          functions,
                          nullptr,
                          nullptr,
                          nullptr,
                          nullptr};

}  // namespace
}  // namespace spinel::paddle_host

PyMODINIT_FUNC PyInit__host() {
  using namespace spinel::paddle_host;
  try {
    Object module(PyModule_Create(&definition));
    const Object type(make_operator_type()), instance(make_instance_type());
    if (PyModule_AddObjectRef(module.get(), "Operator", type.get()) != 0) return nullptr;
    if (PyModule_AddObjectRef(module.get(), "Instance", instance.get()) != 0) return nullptr;
    register_all();
    return module.release();
  } catch (...) {
    set_python_error();
    return nullptr;
  }
}
