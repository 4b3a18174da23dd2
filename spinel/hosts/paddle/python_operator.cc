#include "spinel/hosts/paddle/python_operator.h"

#include <structmember.h>

#include <new>

#include "spinel/hosts/paddle/python_object.h"
#include "spinel/registry/binder.h"
#include "spinel/registry/dispatcher.h"

namespace spinel::paddle_host {
namespace {

using registry::OperatorHandle;
using registry::Stack;
using registry::Value;

PyTypeObject* the_type = nullptr;

struct PyOperator {
  PyObject_HEAD vectorcallfunc call;
  PyObject* attributes;
  std::string name;
  /// In the order of their registration; one where the object is that of an overload.
  std::vector<OperatorHandle> overloads;
};

PyOperator& self_of(PyObject* object) { return *reinterpret_cast<PyOperator*>(object); }

PyObject* result_of(const registry::FunctionSchema& schema, const Stack& results) {
  if (schema.returns.empty()) Py_RETURN_NONE;
  if (schema.returns.size() == 1) return object_of_value(results.at(0));
  return object_of_value(registry::make_tuple_value(results));
}

PyObject* run(const PyOperator& self, std::span<const Value> positional, const registry::Keywords& keywords) {
  if (self.overloads.size() == 1) {
    const auto schema = self.overloads[0].schema();
    Stack stack = registry::bind_host(*schema, positional, keywords);
    self.overloads[0].call_boxed(stack);
    return result_of(*schema, stack);
  }
  std::vector<std::shared_ptr<const registry::FunctionSchema>> schemas;
  std::vector<const registry::FunctionSchema*> pointers;
  for (const OperatorHandle& overload : self.overloads) {
    schemas.push_back(overload.schema());
    pointers.push_back(schemas.back().get());
  }
  registry::Resolved resolved = registry::resolve_overload(pointers, positional, keywords);
  self.overloads[resolved.index].call_boxed(resolved.stack);
  return result_of(*schemas[resolved.index], resolved.stack);
}

PyObject* call(PyObject* object, PyObject* const* arguments, size_t flags, PyObject* names) {
  try {
    const auto count = static_cast<size_t>(PyVectorcall_NARGS(flags));
    std::vector<Value> positional;
    positional.reserve(count);
    for (size_t k = 0; k < count; ++k) positional.push_back(value_of_object(arguments[k]));
    registry::Keywords keywords;
    const Py_ssize_t named = names == nullptr ? 0 : PyTuple_GET_SIZE(names);
    for (Py_ssize_t k = 0; k < named; ++k) {
      const char* name = PyUnicode_AsUTF8(PyTuple_GET_ITEM(names, k));
      if (name == nullptr) throw PythonError();
      keywords.emplace_back(name, value_of_object(arguments[count + static_cast<size_t>(k)]));
    }
    return run(self_of(object), positional, keywords);
  } catch (...) {
    set_python_error();
    return nullptr;
  }
}

PyObject* make(const std::string& name, std::vector<OperatorHandle> overloads) {
  auto* object = PyObject_GC_New(PyOperator, the_type);
  if (object == nullptr) return nullptr;
  object->call = call;
  object->attributes = PyDict_New();
  new (&object->name) std::string(name);
  new (&object->overloads) std::vector<OperatorHandle>(std::move(overloads));
  PyObject_GC_Track(object);
  return reinterpret_cast<PyObject*>(object);
}

int traverse(PyObject* object, visitproc visit, void* arg) {
  Py_VISIT(self_of(object).attributes);
  Py_VISIT(Py_TYPE(object));
  return 0;
}

void destroy(PyObject* object) {
  PyObject_GC_UnTrack(object);
  PyTypeObject* type = Py_TYPE(object);
  PyOperator& self = self_of(object);
  Py_CLEAR(self.attributes);
  self.name.~basic_string();
  self.overloads.~vector();
  PyObject_GC_Del(object);
  Py_DECREF(type);
}

PyObject* text(const std::string& value) { return PyUnicode_FromStringAndSize(value.data(), Py_ssize_t(value.size())); }

/// Overloads by name, `default` being the one without; then __name__ and __doc__ from the schemas.
PyObject* attribute(PyObject* object, PyObject* name) {
  PyObject* generic = PyObject_GenericGetAttr(object, name);
  if (generic != nullptr || !PyErr_ExceptionMatches(PyExc_AttributeError)) return generic;
  try {
    const PyOperator& self = self_of(object);
    const char* wanted = PyUnicode_AsUTF8(name);
    if (wanted == nullptr) return nullptr;
    const std::string overload = std::string_view(wanted) == "default" ? "" : wanted;
    for (const OperatorHandle& handle : self.overloads) {
      if (handle.name().overload != overload) continue;
      PyErr_Clear();
      return make(self.name + "." + wanted, {handle});
    }
    PyErr_Format(PyExc_AttributeError, "The underlying op of '%s' has no overload name '%s'", self.name.c_str(),
                 wanted);
  } catch (...) {
    set_python_error();
  }
  return nullptr;
}

PyObject* overload_names(PyObject* object, PyObject*) {
  const PyOperator& self = self_of(object);
  PyObject* list = PyList_New(0);
  for (const OperatorHandle& handle : self.overloads) {
    const std::string& overload = handle.name().overload;
    PyObject* name = text(overload.empty() ? "default" : overload);
    if (list == nullptr || name == nullptr || PyList_Append(list, name) != 0) Py_CLEAR(list);
    Py_XDECREF(name);
    if (list == nullptr) return nullptr;
  }
  return list;
}

PyObject* schema_text(PyObject* object, void*) {
  try {
    std::string all;
    for (const OperatorHandle& handle : self_of(object).overloads) {
      all += (all.empty() ? "" : "\n") + handle.schema()->to_string();
    }
    return text(all);
  } catch (...) {
    set_python_error();
    return nullptr;
  }
}

PyObject* name_text(PyObject* object, void*) { return text(self_of(object).name); }

PyObject* representation(PyObject* object) { return text("<operator " + self_of(object).name + ">"); }

PyMethodDef methods[] = {{"overloads", overload_names, METH_NOARGS, "Names of the overloads."}, {}};
PyMemberDef members[] = {{"__vectorcalloffset__", T_PYSSIZET, offsetof(PyOperator, call), READONLY, nullptr},
                         {"__dictoffset__", T_PYSSIZET, offsetof(PyOperator, attributes), READONLY, nullptr},
                         {}};
PyGetSetDef properties[] = {{"schema", schema_text, nullptr, "The schemas, one a line.", nullptr},
                            {"__name__", name_text, nullptr, nullptr, nullptr},
                            {"__qualname__", name_text, nullptr, nullptr, nullptr},
                            {}};
PyType_Slot type_slots[] = {{Py_tp_dealloc, reinterpret_cast<void*>(destroy)},
                            {Py_tp_traverse, reinterpret_cast<void*>(traverse)},
                            {Py_tp_call, reinterpret_cast<void*>(PyVectorcall_Call)},
                            {Py_tp_getattro, reinterpret_cast<void*>(attribute)},
                            {Py_tp_repr, reinterpret_cast<void*>(representation)},
                            {Py_tp_methods, methods},
                            {Py_tp_members, members},
                            {Py_tp_getset, properties},
                            {}};
PyType_Spec type_spec = {
    "paddle_spinel.Operator", sizeof(PyOperator), 0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    type_slots};

}  // namespace

PyObject* make_operator_type() {
  PyObject* type = PyType_FromSpec(&type_spec);
  the_type = reinterpret_cast<PyTypeObject*>(type);
  Py_XINCREF(type);
  return type;
}

PyObject* python_operator(PyObject*, PyObject* name) {
  try {
    const char* wanted = PyUnicode_AsUTF8(name);
    if (wanted == nullptr) return nullptr;
    std::vector<OperatorHandle> overloads = registry::Dispatcher::singleton().overloads(wanted);
    if (overloads.empty()) Py_RETURN_NONE;
    return make(wanted, std::move(overloads));
  } catch (...) {
    set_python_error();
    return nullptr;
  }
}

}  // namespace spinel::paddle_host
