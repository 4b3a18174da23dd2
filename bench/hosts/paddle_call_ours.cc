// The operator whose call paddle_call.py measures, in the registry. It returns its input: what is left is the call.
#include "spinel/registry/load_library.h"

using spinel::registry::Tensor;

SPINEL_LIBRARY(call_bench, m) { m.def("same(Tensor x, int a, int b) -> Tensor"); }
SPINEL_LIBRARY_IMPL(call_bench, CPU, m) {
  m.impl("same", [](const Tensor& x, int64_t, int64_t) { return x; });
}
