#include "spinel/hosts/paddle/python_class.h"

#include <new>

#include "spinel/hosts/paddle/python_object.h"
#include "spinel/registry/call_error.h"
#include "spinel/registry/object.h"

namespace spinel::paddle_host {
namespace {

using registry::Value;

PyTypeObject* the_type = nullptr;

struct PyInstance {
  PyObject_HEAD Value value;
};

Value& value_of(PyObject* object) { return reinterpret_cast<PyInstance*>(object)->value; }

std::string text_of(PyObject* object) {
  const char* text = object != nullptr && PyUnicode_Check(object) ? PyUnicode_AsUTF8(object) : nullptr;
  if (text == nullptr) registry::fail_call(registry::ErrorClass::type, "class: a name is no str");
  return text;
}

/// What a Python call hands over: `first` leading names or objects, then the arguments.
struct PythonCall {
  std::vector<Value> positional;
  registry::Keywords keywords;

  PythonCall(PyObject* arguments, PyObject* named, Py_ssize_t first) {
    if (PyTuple_GET_SIZE(arguments) < first) {
      registry::fail_call(registry::ErrorClass::type, format("class: the call lacks its first {} arguments", first));
    }
    for (Py_ssize_t k = first; k < PyTuple_GET_SIZE(arguments); ++k) {
      positional.push_back(value_of_object(PyTuple_GET_ITEM(arguments, k)));
    }
    PyObject *name = nullptr, *value = nullptr;
    Py_ssize_t position = 0;
    while (named != nullptr && PyDict_Next(named, &position, &name, &value)) {
      keywords.emplace_back(text_of(name), value_of_object(value));
    }
  }
};

/// Runs and turns what is thrown into a Python exception.
template <typename Function>
PyObject* guarded(Function function) {
  try {
    return function();
  } catch (...) {
    set_python_error();
    return nullptr;
  }
}

PyObject* item(PyObject* tuple, Py_ssize_t index) {
  return index < PyTuple_GET_SIZE(tuple) ? PyTuple_GET_ITEM(tuple, index) : nullptr;
}

void destroy(PyObject* object) {
  PyTypeObject* type = Py_TYPE(object);
  value_of(object).~Value();
  PyObject_Free(object);
  Py_DECREF(type);
}

/// functools.partial(call_method, object, name).
PyObject* bound_method(PyObject* object, PyObject* name) {
  const Object functools(PyImport_ImportModule("functools"));
  const Object host(PyImport_ImportModule("paddle_spinel._host"));
  const Object call(PyObject_GetAttrString(host.get(), "call_method"));
  return PyObject_CallMethod(functools.get(), "partial", "OOO", call.get(), object, name);
}

PyObject* attribute(PyObject* object, PyObject* name) {
  PyObject* generic = PyObject_GenericGetAttr(object, name);
  if (generic != nullptr || !PyErr_ExceptionMatches(PyExc_AttributeError)) return generic;
  PyErr_Clear();
  return guarded([&]() -> PyObject* {
    const std::string wanted = text_of(name);
    const auto& of = *value_of(object).to_object().custom_class;
    if (of.find_attribute(wanted) != nullptr) return object_of_value(registry::get_attribute(value_of(object), wanted));
    if (of.find_method(wanted) != nullptr) return bound_method(object, name);
    PyErr_Format(PyExc_AttributeError, "'%s' object has no attribute '%s'", of.name().c_str(), wanted.c_str());
    return nullptr;
  });
}

int set(PyObject* object, PyObject* name, PyObject* value) {
  PyObject* done = guarded([&]() -> PyObject* {
    if (value == nullptr) registry::fail_call(registry::ErrorClass::type, "class: its attributes cannot be deleted");
    registry::set_attribute(value_of(object), text_of(name), value_of_object(value));
    Py_RETURN_NONE;
  });
  Py_XDECREF(done);
  return done == nullptr ? -1 : 0;
}

PyObject* representation(PyObject* object) {
  return guarded([&] { return PyUnicode_FromString(value_of(object).repr().c_str()); });
}

PyType_Slot type_slots[] = {{Py_tp_dealloc, reinterpret_cast<void*>(destroy)},
                            {Py_tp_getattro, reinterpret_cast<void*>(attribute)},
                            {Py_tp_setattro, reinterpret_cast<void*>(set)},
                            {Py_tp_repr, reinterpret_cast<void*>(representation)},
                            {}};
PyType_Spec type_spec = {"paddle_spinel.Instance", sizeof(PyInstance), 0,
                         Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION, type_slots};

}  // namespace

PyObject* make_instance_type() {
  PyObject* type = PyType_FromSpec(&type_spec);
  the_type = reinterpret_cast<PyTypeObject*>(type);
  Py_XINCREF(type);
  return type;
}

PyObject* python_instance(const Value& object) {
  auto* made = PyObject_New(PyInstance, the_type);
  if (made == nullptr) return nullptr;
  new (&made->value) Value(object);
  return reinterpret_cast<PyObject*>(made);
}

const Value* value_of_instance(PyObject* object) { return Py_TYPE(object) == the_type ? &value_of(object) : nullptr; }

PyObject* make_object(PyObject*, PyObject* arguments, PyObject* keywords) {
  return guarded([&] {
    const PythonCall call(arguments, keywords, 1);
    const auto of = registry::find_class_or_throw(text_of(item(arguments, 0)));
    return object_of_value(registry::make_object(of, call.positional, call.keywords));
  });
}

PyObject* call_static_method(PyObject*, PyObject* arguments, PyObject* keywords) {
  return guarded([&] {
    const PythonCall call(arguments, keywords, 2);
    const auto of = registry::find_class_or_throw(text_of(item(arguments, 0)));
    return object_of_value(
        registry::call_static_method(*of, text_of(item(arguments, 1)), call.positional, call.keywords));
  });
}

PyObject* call_method(PyObject*, PyObject* arguments, PyObject* keywords) {
  return guarded([&] {
    const PythonCall call(arguments, keywords, 2);
    const Value* object = value_of_instance(item(arguments, 0));
    if (object == nullptr) registry::fail_call(registry::ErrorClass::type, "class: the object is no instance of one");
    return object_of_value(registry::call_method(*object, text_of(item(arguments, 1)), call.positional, call.keywords));
  });
}

}  // namespace spinel::paddle_host
