// A library of the layer whose operators become functions of TVM-FFI: new tensors, views, several results, overloads,
// keyword-only arguments, errors of each class.
#include "spinel/registry/call_error.h"
#include "spinel/registry/load_library.h"
#include "spinel/registry/tensor_functions.h"

namespace {

namespace registry = spinel::registry;
using registry::ErrorClass;
using registry::Tensor;

Tensor scale(const Tensor& x, double factor) {
  const Tensor compact = registry::contiguous(x), out = registry::empty_like(compact);
  for (int64_t i = 0; i < x.numel(); ++i) {
    static_cast<double*>(out.data())[i] = factor * static_cast<const double*>(compact.data())[i];
  }
  return out;
}

void fill(const Tensor& x, double value) { registry::tensor_methods(x).fill(x, registry::Scalar(value)); }

std::tuple<Tensor, int64_t> halves(const Tensor& x) {
  return {registry::narrow(x, 0, 0, x.size(0) / 2), x.size(0) - x.size(0) / 2};
}

void fail_as(int64_t kind) {
  if (kind == 6) throw 6;
  constexpr ErrorClass classes[] = {ErrorClass::runtime, ErrorClass::index,           ErrorClass::value,
                                    ErrorClass::type,    ErrorClass::not_implemented, ErrorClass::out_of_memory};
  registry::fail_call(classes[kind], "failed as asked");
}

}  // namespace

SPINEL_LIBRARY(tvm_layer, m) {
  m.def("scale(Tensor x, *, float factor=2.0) -> Tensor");
  m.def("fill(Tensor(a!) x, float value) -> ()");
  m.def("same(Tensor(a) x) -> Tensor(a)", [](const Tensor& x) { return x; });
  m.def("parts(Tensor[] tensors) -> Tensor[]", [](const std::vector<Tensor>& tensors) { return tensors; });
  m.def("halves(Tensor(a) x) -> (Tensor(a), int)", &halves);
  m.def("pick.number(int x) -> int", [](int64_t x) { return x + 1; });
  m.def("pick.text(str x) -> str", [](std::string_view x) { return std::string(x) + "!"; });
  m.def("code_of(ScalarType t) -> int", [](registry::ScalarType t) { return static_cast<int64_t>(t); });
  m.def("place_of(Device d) -> str", [](registry::Device d) { return registry::to_string(d); });
  m.def("fail_as(int kind) -> ()", &fail_as);
  m.def("abstract(Tensor x) -> Tensor");
}

SPINEL_LIBRARY_IMPL(tvm_layer, CPU, m) {
  m.impl("scale", &scale);
  m.impl("fill", &fill);
}
