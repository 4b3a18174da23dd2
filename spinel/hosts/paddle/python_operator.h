// The Python object of an operator: ops.<namespace>.<operator>[.<overload>], called as its schema says.
#pragma once

#include <Python.h>

namespace spinel::paddle_host {

/// Makes the type; returns a new reference, or null with a Python exception.
PyObject* make_operator_type();

/// operator(name): the operator "ns::name" of all its overloads, or None where nobody defines one.
PyObject* python_operator(PyObject* module, PyObject* name);

}  // namespace spinel::paddle_host
