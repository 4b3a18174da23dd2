// A library of libtorch that `spinel ops` loads.
#include <ATen/ATen.h>
#include <torch/library.h>

TORCH_LIBRARY(torch_test, m) {
  m.def("twice(Tensor x) -> Tensor", [](const at::Tensor& x) { return x * 2; });
}
