#include "spinel/hosts/paddle/python_object.h"

#include <paddle/utils/pybind.h>

#include <stdexcept>

#include "spinel/base/error.h"
#include "spinel/hosts/paddle/autograd.h"
#include "spinel/hosts/paddle/paddle_tensor.h"
#include "spinel/hosts/paddle/python_class.h"
#include "spinel/registry/call_error.h"

namespace spinel::paddle_host {
namespace {

using registry::ErrorClass;
using registry::Value;

std::string text_of(PyObject* object) {
  const Object text(PyObject_Str(object));
  Py_ssize_t length = 0;
  const char* data = PyUnicode_AsUTF8AndSize(text.get(), &length);
  if (data == nullptr) throw PythonError();
  return {data, static_cast<size_t>(length)};
}

Value tensor_value(PyObject* object) {
  const bool wanted = !stops_gradient(object) && is_recording();
  const paddle::Tensor& tensor = paddle::pybind::CastPyArg2Tensor(object, 0);
  require(tensor.initialized() || tensor.numel() == 0, "tensor: it is not initialised; a tensor with data is needed");
  return registry::Tensor(registry::make_intrusive<PaddleTensor>(tensor, wanted, object));
}

/// "Place(gpu:1)" as PaddlePaddle prints it.
Value place_value(PyObject* object) {
  std::string text = text_of(object);
  const std::string opening = "Place(";
  if (text.starts_with(opening)) text = text.substr(opening.size(), text.size() - opening.size() - 1);
  const std::string kind = text.substr(0, text.find(':')), index = text.substr(kind.size());
  if (kind == "gpu") return registry::parse_device("cuda" + index);
  if (kind == "gpu_pinned") return registry::Device{};
  if (kind == "cpu" || kind == "xpu") return registry::parse_device(text);
  return registry::parse_device("privateuseone" + index);
}

template <typename Item>
std::vector<Value> sequence_values(PyObject* object, Py_ssize_t count, Item item) {
  std::vector<Value> values;
  values.reserve(static_cast<size_t>(count));
  for (Py_ssize_t k = 0; k < count; ++k) values.push_back(value_of_object(item(object, k)));
  return values;
}

Value dict_value(PyObject* object) {
  auto dict = registry::make_intrusive<registry::DictValue>();
  PyObject *key = nullptr, *value = nullptr;
  Py_ssize_t position = 0;
  while (PyDict_Next(object, &position, &key, &value)) {
    dict->items.emplace_back(value_of_object(key), value_of_object(value));
  }
  return dict;
}

/// Types that are told by the name of their class and module, for which there is no C++ interface.
Value named_value(PyObject* object) {
  if (const Value* instance = value_of_instance(object)) return *instance;
  const std::string name = Py_TYPE(object)->tp_name;
  const bool of_paddle = name.starts_with("paddle.");
  if (name == "paddle.dtype" || name.ends_with(".DataType") || name.ends_with(".VarType")) {
    return dtype_of_object(object);
  }
  if (of_paddle && name.ends_with("Place")) return place_value(object);
  if (of_paddle && name.ends_with("pir.Value")) {
    return registry::Tensor(registry::make_intrusive<GraphValue>(object));
  }
  if (name.starts_with("numpy.")) {
    // Scalars and arrays alike: Python numbers, or nested lists of them.
    const Object plain(PyObject_CallMethod(object, "tolist", nullptr));
    if (!Py_TYPE(plain.get())->tp_name || std::string_view(Py_TYPE(plain.get())->tp_name).starts_with("numpy.")) {
      registry::fail_call(ErrorClass::type, format("argument: {} is no number", name));
    }
    return value_of_object(plain.get());
  }
  if (PyIndex_Check(object)) {
    const Object number(PyNumber_Index(object));
    return value_of_object(number.get());
  }
  registry::fail_call(ErrorClass::type, format("argument: an object of type {} is nothing that operators take", name));
}

PyObject* python_class(ErrorClass error_class) {
  switch (error_class) {
    case ErrorClass::index: return PyExc_IndexError;
    case ErrorClass::value: return PyExc_ValueError;
    case ErrorClass::type: return PyExc_TypeError;
    case ErrorClass::not_implemented: return PyExc_NotImplementedError;
    case ErrorClass::out_of_memory: return PyExc_MemoryError;
    case ErrorClass::syntax: return PyExc_SyntaxError;
    case ErrorClass::assertion: return PyExc_AssertionError;
    default: return PyExc_RuntimeError;
  }
}

PyObject* device_object(const registry::Device& device) {
  const bool cuda = device.type == registry::DeviceType::cuda;
  const Object made(cuda ? attribute_of_module("paddle", "CUDAPlace") : attribute_of_module("paddle", "CPUPlace"));
  if (device.type == registry::DeviceType::cpu) return PyObject_CallNoArgs(made.get());
  if (cuda) return PyObject_CallFunction(made.get(), "i", device.index < 0 ? 0 : device.index);
  return PyUnicode_FromString(registry::to_string(device).c_str());
}

PyObject* tensor_object(const registry::Tensor& tensor) {
  if (!tensor.defined()) Py_RETURN_NONE;
  PyObject* known = is_graph_value(tensor) ? static_cast<const GraphValue*>(tensor.impl())->object()
                                           : static_cast<const PaddleTensor*>(tensor.impl())->object();
  if (known != nullptr) return Py_NewRef(known);
  return paddle::pybind::ToPyObject(unwrap_tensor(tensor));
}

template <typename Set>
PyObject* sequence_object(PyObject* made, const std::vector<Value>& items, Set set) {
  Object result(made);
  for (size_t k = 0; k < items.size(); ++k) {
    PyObject* item = object_of_value(items[k]);
    if (item == nullptr) throw PythonError();
    set(result.get(), static_cast<Py_ssize_t>(k), item);
  }
  return result.release();
}

PyObject* dict_object(const registry::DictValue& dict) {
  Object result(PyDict_New());
  for (const auto& [key, value] : dict.items) {
    const Object name(object_of_value(key)), item(object_of_value(value));
    if (PyDict_SetItem(result.get(), name.get(), item.get()) != 0) throw PythonError();
  }
  return result.release();
}

}  // namespace

PyObject* attribute_of_module(const char* module, const char* name) {
  const Object loaded(PyImport_ImportModule(module));
  return Object(PyObject_GetAttrString(loaded.get(), name)).release();
}

void drop_object(PyObject* object) noexcept {
  if (!Py_IsInitialized()) return;
  const PyGILState_STATE state = PyGILState_Ensure();
  Py_DECREF(object);
  PyGILState_Release(state);
}

registry::ScalarType dtype_of_object(PyObject* dtype) {
  const std::string text = text_of(dtype);
  const std::string name = text.substr(text.rfind('.') + 1);
  if (const auto found = registry::find_scalar_type(name == "bool_" ? "bool" : name)) return *found;
  registry::fail_call(ErrorClass::type, format("dtype: {} has no counterpart among schemas' types", text));
}

Value value_of_object(PyObject* object) {
  if (object == Py_None) return {};
  if (PyBool_Check(object)) return object == Py_True;
  if (PyLong_CheckExact(object)) {
    const long long number = PyLong_AsLongLong(object);
    if (number == -1 && PyErr_Occurred()) throw PythonError();
    return static_cast<int64_t>(number);
  }
  if (PyFloat_CheckExact(object)) return PyFloat_AS_DOUBLE(object);
  if (paddle::pybind::PyCheckTensor(object)) return tensor_value(object);
  if (PyList_Check(object)) {
    return registry::make_list_value(sequence_values(
        object, PyList_GET_SIZE(object), [](PyObject* list, Py_ssize_t k) { return PyList_GET_ITEM(list, k); }));
  }
  if (PyTuple_Check(object)) {
    return registry::make_tuple_value(sequence_values(
        object, PyTuple_GET_SIZE(object), [](PyObject* tuple, Py_ssize_t k) { return PyTuple_GET_ITEM(tuple, k); }));
  }
  if (PyUnicode_Check(object)) return text_of(object);
  if (PyDict_Check(object)) return dict_value(object);
  if (PyComplex_CheckExact(object)) {
    return std::complex<double>(PyComplex_RealAsDouble(object), PyComplex_ImagAsDouble(object));
  }
  return named_value(object);
}

PyObject* object_of_value(const Value& value) {
  switch (value.tag()) {
    case Value::Tag::none: Py_RETURN_NONE;
    case Value::Tag::boolean: return PyBool_FromLong(value.to_bool());
    case Value::Tag::integer:
    case Value::Tag::scalar_type:
    case Value::Tag::layout:
    case Value::Tag::memory_format: return PyLong_FromLongLong(value.to_int());
    case Value::Tag::floating: return PyFloat_FromDouble(value.to_double());
    case Value::Tag::complex: return PyComplex_FromDoubles(value.to_complex().real(), value.to_complex().imag());
    case Value::Tag::string:
      return PyUnicode_DecodeUTF8(value.to_string().data(), static_cast<Py_ssize_t>(value.to_string().size()),
                                  "surrogateescape");
    case Value::Tag::device: return device_object(value.to_device());
    case Value::Tag::tensor: return tensor_object(value.to_tensor());
    case Value::Tag::list: {
      const auto& items = value.to_list().items;
      return sequence_object(PyList_New(static_cast<Py_ssize_t>(items.size())), items, PyList_SetItem);
    }
    case Value::Tag::tuple: {
      const auto& items = value.to_tuple().items;
      return sequence_object(PyTuple_New(static_cast<Py_ssize_t>(items.size())), items, PyTuple_SetItem);
    }
    case Value::Tag::dict: return dict_object(value.to_dict());
    case Value::Tag::object: return python_instance(value);
    default:
      registry::fail_call(ErrorClass::type, format("result: {} has no counterpart in Python here", value.repr()));
  }
}

void set_python_error() noexcept {
  try {
    throw;
  } catch (const PythonError&) {
  } catch (const registry::CallError& error) {
    PyErr_SetString(python_class(error.error_class()), error.what());
  } catch (const Error& error) {
    const bool of_user = error.kind() == ErrorKind::invalid_argument;
    PyErr_SetString(of_user ? PyExc_ValueError : PyExc_RuntimeError, error.what());
  } catch (const std::bad_alloc&) {
    PyErr_NoMemory();
    // Those of the standard library as pybind11, and PyTorch with it, shows them.
  } catch (const std::out_of_range& error) {
    PyErr_SetString(PyExc_IndexError, error.what());
  } catch (const std::invalid_argument& error) {
    PyErr_SetString(PyExc_ValueError, error.what());
  } catch (const std::domain_error& error) {
    PyErr_SetString(PyExc_ValueError, error.what());
  } catch (const std::length_error& error) {
    PyErr_SetString(PyExc_ValueError, error.what());
  } catch (const std::range_error& error) {
    PyErr_SetString(PyExc_ValueError, error.what());
  } catch (const std::overflow_error& error) {
    PyErr_SetString(PyExc_OverflowError, error.what());
  } catch (const std::exception& error) {
    PyErr_SetString(PyExc_RuntimeError, error.what());
  }
}

}  // namespace spinel::paddle_host
