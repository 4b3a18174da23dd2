// Owned references to Python objects, and values of the registry from and to Python.
#pragma once

#include <Python.h>

#include <string>
#include <utility>

#include "spinel/registry/value.h"

namespace spinel::paddle_host {

/// A Python exception is set; it goes back to the interpreter as it is.
struct PythonError {};

/// Owns a reference. A null one from a function of Python's API is a PythonError.
class Object {
 public:
  explicit Object(PyObject* owned) : object_(owned) {
    if (object_ == nullptr) throw PythonError();
  }
  Object(Object&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;
  ~Object() { Py_XDECREF(object_); }
  PyObject* get() const { return object_; }
  PyObject* release() { return std::exchange(object_, nullptr); }

 private:
  PyObject* object_;
};

/// A new reference to what a module has under a name.
PyObject* attribute_of_module(const char* module, const char* name);

/// Gives a reference back from any thread, with the interpreter's lock or without it.
void drop_object(PyObject* object) noexcept;

/// Of paddle.float32 and its kin, by their names.
registry::ScalarType dtype_of_object(PyObject* dtype);

/// None, bool, int, float, complex, str, paddle.Tensor, values of graphs, paddle.dtype, places, lists, tuples, dicts,
/// numpy's scalars and arrays (as lists of numbers). Others: a TypeError that names the type.
registry::Value value_of_object(PyObject* object);
/// The reverse: a new reference. Devices become places.
PyObject* object_of_value(const registry::Value& value);

/// Sets the Python exception for the C++ exception that is being handled.
void set_python_error() noexcept;

}  // namespace spinel::paddle_host
