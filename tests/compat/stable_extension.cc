// An extension on the stable ABI, as its author would write it for PyTorch.
#include <torch/csrc/stable/accelerator.h>
#include <torch/csrc/stable/library.h>
#include <torch/csrc/stable/ops.h>
#include <torch/csrc/stable/tensor.h>
#include <torch/headeronly/core/Dispatch_v2.h>
#include <torch/headeronly/core/ScalarType.h>
#include <torch/headeronly/core/TensorAccessor.h>

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

/// Whatever stable/ops.h has, on tensors of whichever host.
std::vector<Tensor> use_ops(const Tensor& x) {
  namespace stable = torch::stable;
  const Tensor rows = stable::reshape(x, {2, -1});
  Tensor made = stable::new_zeros(rows, {2, 3});
  stable::copy_(made, stable::full({1, 3}, 0.5));
  const Tensor product = stable::matmul(rows, stable::transpose(made, 0, 1));
  Tensor total = stable::empty({}, torch::headeronly::ScalarType::Float);
  stable::sum_out(total, rows);
  const Tensor shown = stable::squeeze(stable::unsqueeze(stable::select(stable::narrow(rows, 1, 1, 2), 0, 1), 0), 0);
  Tensor gone = stable::clone(rows);
  stable::zero_(gone);
  return {product,
          total,
          shown,
          stable::subtract(rows, stable::fill_(stable::empty_like(rows), 1), 2),
          stable::amax(stable::flatten(rows), 0),
          stable::pad(stable::view(rows, {6}), {1, 0}),
          stable::to(stable::contiguous(stable::new_empty(gone, {0})), torch::headeronly::ScalarType::Long),
          gone};
}

/// Memory of the extension's own, whose deleter counts.
int64_t deleted = 0;
Tensor own_memory(bool fails) {
  auto* const data = new float[4]{1, 2, 3, 4};
  const auto layout = fails ? torch::headeronly::Layout::Sparse : torch::headeronly::Layout::Strided;
  return torch::stable::from_blob(
      data, {2}, {2}, torch::stable::Device(torch::headeronly::DeviceType::CPU), torch::headeronly::ScalarType::Float,
      [data](void*) {
        delete[] data;
        ++deleted;
      },
      1, layout);
}
int64_t count_deleted() { return deleted; }

/// The sum of the squares, in the elements' own type, and how many threads were seen at most.
std::tuple<double, int64_t> squares(const Tensor& x) {
  const torch::stable::accelerator::DeviceGuard guard(0);
  std::vector<double> sums(torch::stable::get_num_threads(), 0.0);
  THO_DISPATCH_V2(x.scalar_type(), "squares", AT_WRAP([&] {
                    const torch::headeronly::HeaderOnlyTensorAccessor<const scalar_t, 1> items(
                        x.const_data_ptr<scalar_t>(), x.sizes().data(), x.strides().data());
                    torch::stable::parallel_for(0, x.size(0), 100, [&](int64_t first, int64_t last) {
                      uint32_t thread;
                      TORCH_ERROR_CODE_CHECK(torch_get_thread_idx(&thread));
                      for (int64_t i = first; i < last; ++i) {
                        sums.at(thread) += static_cast<double>(items[i]) * static_cast<double>(items[i]);
                      }
                    });
                  }),
                  AT_EXPAND(AT_ALL_TYPES), torch::headeronly::ScalarType::Half);
  double sum = 0;
  for (double one : sums) sum += one;
  return {sum, static_cast<int64_t>(torch::stable::accelerator::getCurrentStream(0).id())};
}

}  // namespace

STABLE_TORCH_LIBRARY(compat_stable, m) {
  m.def("use_ops(Tensor x) -> Tensor[]");
  m.def("own_memory(bool fails) -> Tensor");
  m.def("count_deleted() -> int");
  m.def("squares(Tensor x) -> (float, int)");
  m.def("double_(Tensor(a!) x) -> Tensor(a!)");
  m.def("describe(Tensor x, str? name=None, *, int[] sizes, bool loud=False) -> (str, int)");
}
STABLE_TORCH_LIBRARY_FRAGMENT(compat_stable, m) { m.def("only_defined(Tensor x) -> ()"); }
STABLE_TORCH_LIBRARY_IMPL(compat_stable, CPU, m) { m.impl("double_", TORCH_BOX(&double_)); }
STABLE_TORCH_LIBRARY_IMPL(compat_stable, CompositeExplicitAutograd, m) {
  m.impl("describe", TORCH_BOX(&describe));
  m.impl("use_ops", TORCH_BOX(&use_ops));
  m.impl("own_memory", TORCH_BOX(&own_memory));
  m.impl("count_deleted", TORCH_BOX(&count_deleted));
  m.impl("squares", TORCH_BOX(&squares));
}
