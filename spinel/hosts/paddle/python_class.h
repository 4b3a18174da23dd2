// Instances of custom classes in Python: attributes, methods, and as arguments and results of operators.
#pragma once

#include <Python.h>

#include "spinel/registry/value.h"

namespace spinel::paddle_host {

/// Makes the type; returns a new reference, or null with a Python exception.
PyObject* make_instance_type();

/// A new reference to a Python object that shares the instance.
PyObject* python_instance(const registry::Value& object);
/// The value of such an object; null for any other object.
const registry::Value* value_of_instance(PyObject* object);

// Functions of the module. The name of a class is "ns.Name".
PyObject* make_object(PyObject* module, PyObject* arguments, PyObject* keywords);         // (name, *args, **kwargs)
PyObject* call_static_method(PyObject* module, PyObject* arguments, PyObject* keywords);  // (name, method, *args, …)
PyObject* call_method(PyObject* module, PyObject* arguments, PyObject* keywords);  // (object, method, *args, …)

}  // namespace spinel::paddle_host
