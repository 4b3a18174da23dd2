// An extension on the stable ABI, as its author would write it for PyTorch.
#include <torch/csrc/stable/library.h>
#include <torch/csrc/stable/tensor.h>
#include <torch/headeronly/core/ScalarType.h>

#include <string>
#include <tuple>
#include <vector>

namespace {

using torch::stable::Tensor;

Tensor double_(const Tensor& x) {
  auto* data = static_cast<float*>(x.data_ptr());
  for (int64_t i = 0; i < x.numel(); ++i) data[i] *= 2;
  return x;
}

std::tuple<std::string, int64_t> describe(const Tensor& x, std::optional<std::string> name,
                                          const std::vector<int64_t>& sizes, bool loud) {
  STD_TORCH_CHECK(x.dim() > 0, "describe: a tensor with dimensions is needed");
  int64_t sum = 0;
  for (int64_t size : sizes) sum += size;
  return {name.value_or("nobody") + (loud ? "!" : "."), sum * x.size(0)};
}

}  // namespace

STABLE_TORCH_LIBRARY(compat_stable, m) {
  m.def("double_(Tensor(a!) x) -> Tensor(a!)");
  m.def("describe(Tensor x, str? name=None, *, int[] sizes, bool loud=False) -> (str, int)");
}
STABLE_TORCH_LIBRARY_FRAGMENT(compat_stable, m) { m.def("only_defined(Tensor x) -> ()"); }
STABLE_TORCH_LIBRARY_IMPL(compat_stable, CPU, m) { m.impl("double_", TORCH_BOX(&double_)); }
STABLE_TORCH_LIBRARY_IMPL(compat_stable, CompositeExplicitAutograd, m) { m.impl("describe", TORCH_BOX(&describe)); }
