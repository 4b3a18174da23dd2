// The same operator in PaddlePaddle's own compatibility layer.
#include <ATen/core/TensorBody.h>
#include <torch/library.h>

namespace {
at::Tensor same(const at::Tensor& x, int64_t, int64_t) { return x; }
}  // namespace

TORCH_LIBRARY(call_bench_peer, m) { m.def("same(Tensor x, int a, int b) -> Tensor"); }
TORCH_LIBRARY_IMPL(call_bench_peer, CPU, m) { m.impl("same", &same); }
