// A library of the layer that `spinel ops` loads: kernels on tensors of any host, a text, an operator without kernel.
#include "spinel/registry/load_library.h"

namespace {

using spinel::registry::ArrayRef;
using spinel::registry::ScalarType;
using spinel::registry::Tensor;

template <typename T>
void scale_elements(const Tensor& x, const Tensor& out, double factor) {
  for (int64_t i = 0; i < x.numel(); ++i)
    static_cast<T*>(out.data())[i] = static_cast<T>(static_cast<T*>(x.data())[i] * factor);
}

void scale_into(const Tensor& x, const Tensor& out, double factor) {
  if (x.scalar_type() == ScalarType::float64) scale_elements<double>(x, out, factor);
  else scale_elements<float>(x, out, factor);
}

/// In place, as this library has no means of its own to make a tensor.
Tensor scale(const Tensor& x, double factor) {
  scale_into(x, x, factor);
  return x;
}

std::string greet(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : " ") + name;
  return text;
}

}  // namespace

SPINEL_LIBRARY(layer_test, m) {
  m.def("scale(Tensor x, float factor=2.0) -> Tensor");
  m.def("scale_into(Tensor x, Tensor(a!) out, float factor) -> ()");
  m.def("greet(str[] names) -> str", &greet);
  m.def("unfinished(Tensor x) -> Tensor");
}

SPINEL_LIBRARY_IMPL(layer_test, CPU, m) {
  m.impl("scale", &scale);
  m.impl("scale_into", &scale_into);
}
