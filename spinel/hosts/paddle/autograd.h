// Derivatives of operators in PaddlePaddle's autograd: each call that is recorded becomes a custom operator of it.
#pragma once

#include <Python.h>

#include <vector>

#include "spinel/registry/tensor_methods.h"

namespace spinel::paddle_host {

/// Whether PaddlePaddle records now: not under no_grad, nor in a backward without create_graph.
bool is_recording();
/// stop_gradient of a paddle.Tensor.
bool stops_gradient(PyObject* tensor);

/// Hands PaddlePaddle the custom operators that stand for recorded calls. To be called once.
void declare_recorded_calls();

/// TensorMethods::connect() of the host. Takes the interpreter's lock. Outputs come back as tensors with gradients;
/// where nothing is recorded or no input wants a gradient, as they are. Up to 8 outputs; of those that the call wrote
/// to one, which is then its only one. Other calls: unavailable.
std::vector<registry::Tensor> connect(const std::vector<registry::Tensor>& inputs,
                                      std::vector<registry::Tensor> outputs,
                                      registry::intrusive_ptr<registry::GradientNode> node);

/// Tells once, as a Python warning, that an operator's gradients stop.
void warn_that_gradients_stop(const std::string& op, const char* why);

/// set_create_graph(bool) of the module: whether gradients that the thread computes from here on are differentiated in
/// turn; the value before. PaddlePaddle tells its own nodes of it, but not custom operators.
PyObject* set_create_graph(PyObject* module, PyObject* wanted);

}  // namespace spinel::paddle_host
