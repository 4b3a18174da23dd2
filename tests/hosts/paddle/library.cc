// A library of operators that the tests of the Paddle host load: arguments of all kinds, overloads, failures.
#include <stdexcept>

#include "spinel/registry/call_error.h"
#include "spinel/registry/class.h"
#include "spinel/registry/load_library.h"
#include "spinel/registry/tensor_methods.h"

namespace {

using spinel::registry::Device;
using spinel::registry::ScalarType;
using spinel::registry::Tensor;

std::string describe(const Tensor& x, int64_t k, double s, std::string_view mode) {
  return std::to_string(x.dim()) + " " + std::to_string(k) + " " + std::to_string(s) + " " + std::string(mode);
}

/// f · x of float32 tensors in row-major order.
Tensor scale(const Tensor& x, double f) {
  const auto& methods = spinel::registry::tensor_methods(x);
  Tensor y = methods.empty_strided(x.sizes(), x.strides(), x.scalar_type(), x.device());
  const auto* from = static_cast<const float*>(x.data());
  auto* to = static_cast<float*>(y.data());
  for (int64_t k = 0; k < x.numel(); ++k) to[k] = static_cast<float>(f) * from[k];
  return y;
}

void fail_as(int64_t kind) {
  if (kind == 5) throw std::out_of_range("failed as asked");
  if (kind == 6) throw std::invalid_argument("failed as asked");
  if (kind == 7) throw std::overflow_error("failed as asked");
  using spinel::registry::ErrorClass;
  const ErrorClass classes[] = {ErrorClass::runtime, ErrorClass::index, ErrorClass::value, ErrorClass::type,
                                ErrorClass::not_implemented};
  spinel::registry::fail_call(classes[kind], "failed as asked");
}

double total(spinel::registry::ArrayRef<double> values) {
  double sum = 0;
  for (double value : values) sum += value;
  return sum;
}

struct Counter : spinel::registry::CustomClassHolder {
  explicit Counter(int64_t begin) : value(begin) {}
  int64_t add(int64_t n) { return value += n; }
  int64_t value;
};

}  // namespace

SPINEL_LIBRARY(paddle_test, m) {
  m.custom_class<Counter>("Counter")
      .def(spinel::registry::init<int64_t>())
      .def("add", &Counter::add)
      .def_readwrite("value", &Counter::value)
      .def_static("zero", [] { return spinel::registry::make_intrusive<Counter>(0); });
  m.def("count(__torch__.torch.classes.paddle_test.Counter c, int n) -> int",
        [](const spinel::registry::intrusive_ptr<Counter>& c, int64_t n) { return c->add(n); });
  m.def("describe(Tensor x, int k, float s=1.5, *, str mode=\"a\") -> str", &describe);
  m.def("scale(Tensor x, float f) -> Tensor");
  m.def("swap(Tensor a, Tensor b) -> (Tensor, Tensor)",
        [](const Tensor& a, const Tensor& b) { return std::make_tuple(b, a); });
  m.def("pick.number(int x) -> int", [](int64_t x) { return x + 1; });
  m.def("pick.text(str x) -> str", [](std::string_view x) { return std::string(x) + "!"; });
  m.def("total(float[] values) -> float", &total);
  m.def("device_of(Device d) -> str", [](Device d) { return spinel::registry::to_string(d); });
  m.def("code_of(ScalarType t) -> int", [](ScalarType t) { return static_cast<int64_t>(t); });
  m.def("fail_as(int kind) -> ()", &fail_as);
  m.def("abstract(Tensor x) -> Tensor");
}

SPINEL_LIBRARY_IMPL(paddle_test, CPU, m) { m.impl("scale", &scale); }
