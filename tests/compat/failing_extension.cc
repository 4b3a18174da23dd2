// A library whose registration without a block fails while it is loaded: nothing of it may stay, and nothing may end.
#include <ATen/core/op_registration/op_registration.h>
#include <torch/library.h>

TORCH_LIBRARY(compat_failing, m) {
  m.def("f(int x) -> int", [](int64_t x) { return x; });
}

static const auto first = torch::RegisterOperators().op("compat_failing::g(int x) -> int", [](int64_t x) { return x; });
static const auto second =
    torch::RegisterOperators().op("compat_failing::f(int x) -> int", [](int64_t x) { return x; });
static const auto third = torch::RegisterOperators().op("no_namespace(int x) -> int");
