#include "spinel/ops/max_pool.h"

#include <algorithm>
#include <array>

#include "spinel/base/error.h"
#include "spinel/ops/max_pool_window.h"

namespace spinel::ops {
namespace {

using kernels::PoolIndex;
using kernels::PoolWindow;

constexpr int64_t none = static_cast<int64_t>(PoolIndex::none);

PoolIndex index_type_of(int64_t code) {
  require(code >= none && code <= static_cast<int64_t>(PoolIndex::tap8),
          "max_pool: the type of indices is {}; 0 to 3 are known", code);
  return static_cast<PoolIndex>(code);
}

// _max_pool(Tensor self, int[] window, int index_type, bool channels_last=False)

std::vector<TensorSpec> forward_sizes(const SpecArguments& arguments) {
  const TensorSpec& x = arguments.tensor(0);
  const bool channels_last = arguments.boolean(3);
  const PoolWindow window = unpack_window(arguments.integers(1));
  const MemoryFormat format = pool_format(x, window.dims, channels_last);
  const std::vector<Size> sizes = pooled_sizes(window, x.sizes, channels_last);
  const TensorSpec y{sizes, {}, format};
  if (index_type_of(arguments.integer(2)) == PoolIndex::none) return {y, {{0}, {}, MemoryFormat::contiguous}};
  return {y, y};
}

std::vector<ScalarType> forward_dtypes(const SpecArguments& arguments) {
  return {arguments.tensor(0).dtype, index_scalar_type(index_type_of(arguments.integer(2)))};
}

void forward_cpu(const Host& host, Arguments arguments, std::span<Tensor> results) {
  if (results[0].numel() == 0) return;
  const kernels::MaxPoolForward call = forward_operands(arguments, results);
  const kernels::MaxPoolPlan plan = kernels::plan_max_pool(call, host.parallel().num_threads());
  const Tensor scratch = host.empty({plan.scratch_bytes}, ScalarType::uint8, {});
  kernels::max_pool_forward(call, plan, scratch.data(), host.parallel());
}

// _max_pool_backward(Tensor grad_output, Tensor indices, SymInt[] sizes, int[] window, bool channels_last=False)

std::vector<TensorSpec> backward_sizes(const SpecArguments& arguments) {
  const int dims = unpack_window(arguments.integers(3)).dims;
  return {{arguments.sizes(2), {}, pool_format(arguments.tensor(1), dims, arguments.boolean(4))}};
}

void backward_cpu(const Host& host, Arguments arguments, std::span<Tensor> results) {
  const PoolBackwardOperands operands = backward_operands(host, arguments, results[0]);
  if (operands.dx.numel() == 0) return;
  const int64_t bytes = kernels::max_pool_backward_scratch(operands.call, host.parallel().num_threads());
  const Tensor scratch = host.empty({bytes}, ScalarType::uint8, {});
  require_sound(kernels::max_pool_backward(operands.call, scratch.data(), host.parallel()), operands.dx.sizes());
}

// _max_pool_gather(Tensor grad, Tensor indices, int[] window, bool channels_last=False)

std::vector<TensorSpec> gather_sizes(const SpecArguments& arguments) {
  const TensorSpec& index = arguments.tensor(1);
  const int dims = unpack_window(arguments.integers(2)).dims;
  return {{index.sizes, {}, pool_format(index, dims, arguments.boolean(3))}};
}

void gather_cpu(const Host& host, Arguments arguments, std::span<Tensor> results) {
  const PoolBackwardOperands operands = gather_operands(host, arguments, results[0]);
  if (operands.dy.numel() == 0) return;
  require_sound(kernels::max_pool_gather(operands.call, host.parallel()), operands.dx.sizes());
}

std::vector<ScalarType> gradient_dtypes(const SpecArguments& arguments) { return {arguments.tensor(0).dtype}; }

// What users call.

/// Values alone come with indices where a gradient will need them.
Stack pool(Composer& composer, const Tensor& x, const PoolWindow& window, PoolIndex asked, bool channels_last) {
  const PoolIndex type = asked == PoolIndex::none && composer.needs_gradient(x) ? index_for_gradient(window) : asked;
  std::vector<Value> figures;
  for (int64_t figure : pack_window(window)) figures.emplace_back(figure);
  Stack results = composer.call("_max_pool", {x, make_list_value(registry::TypeKind::integer, std::move(figures)),
                                              static_cast<int64_t>(type), channels_last});
  if (asked == PoolIndex::none) results.pop_back();
  return results;
}

template <int dims, bool with_indices>
Stack torch_pool(Composer& composer, Arguments arguments) {
  const Tensor x = arguments.tensor(0);
  const std::vector<int64_t> kernel = arguments.integers(1), stride = arguments.integers(2);
  const std::vector<int64_t> padding = arguments.integers(3), dilation = arguments.integers(4);
  const auto rank = static_cast<int64_t>(composer.spec(x).sizes.size());
  const PoolWindow window =
      kernels::torch_pool_window(dims, rank, {kernel, stride, padding, dilation, arguments.boolean(5)});
  return pool(composer, x, window, with_indices ? PoolIndex::flat64 : PoolIndex::none, false);
}

/// A flat list of 2n + 4 numbers is Paddle's list of pairs, batch and channels included.
kernels::PaddlePadding paddle_padding(int dims, std::vector<int64_t> numbers, std::string_view name) {
  kernels::PaddlePadding padding{.name = name, .list = {}, .pairs = {}};
  if (numbers.size() != 2 * (size_t(dims) + 2)) {
    padding.list = std::move(numbers);
    return padding;
  }
  for (size_t k = 0; k < numbers.size(); k += 2) padding.pairs.emplace_back(numbers[k], numbers[k + 1]);
  return padding;
}

/// (Tensor x, int[] kernel_size, int[] stride=[], int[] padding=[0], str padding_name="", int[] dilation=[1],
/// bool ceil_mode=False, bool return_mask=False, str data_format=…, bool long_mask=False)
template <int dims>
Stack paddle_pool(Composer& composer, Arguments arguments) {
  const Tensor x = arguments.tensor(0);
  const std::vector<int64_t> kernel = arguments.integers(1), stride = arguments.integers(2);
  const std::vector<int64_t> dilation = arguments.integers(5);
  const bool return_mask = arguments.boolean(7), long_mask = arguments.boolean(9);
  const size_t rank = composer.spec(x).sizes.size();
  require(rank == dims + 2, "max_pool{}d: the input has {} dimensions; {} are needed", dims, rank, dims + 2);
  const bool channels_last = kernels::paddle_channels_last(dims, arguments.text(8), return_mask);
  const std::string& name = arguments.text(4);
  // SAME depends on lengths that may be known only when data comes; all checks of the other figures happen now.
  const std::array<int64_t, 3> one{1, 1, 1};
  PoolWindow window = kernels::paddle_pool_window(dims, std::span(one).first(size_t(dims)),
                                                  {kernel, stride, {}, dilation, arguments.boolean(6)},
                                                  paddle_padding(dims, arguments.integers(3), name), channels_last);
  std::string upper = name;
  std::transform(upper.begin(), upper.end(), upper.begin(), [](unsigned char c) { return char(std::toupper(c)); });
  if (upper == "SAME") {
    for (int a = 0; a < dims; ++a) window.axis[a].pad_before = window.axis[a].pad_after = -1;
  }
  const PoolIndex mask = long_mask ? PoolIndex::flat64 : PoolIndex::flat32;
  return {make_list_value(registry::TypeKind::tensor,
                          pool(composer, x, window, return_mask ? mask : PoolIndex::none, channels_last))};
}

template <int dims>
void add_public(std::vector<OpDef>& list) {
  const std::string n = std::to_string(dims), name = "max_pool" + n + "d";
  const std::string arguments = "(Tensor self, int[" + n + "] kernel_size, int[" + n + "] stride=[], int[" + n +
                                "] padding=0, int[" + n + "] dilation=1, bool ceil_mode=False) -> ";
  const std::string format = dims == 1 ? "NCL" : dims == 2 ? "NCHW" : "NCDHW";
  list.push_back(
      {.schema = name + arguments + "Tensor", .elements = Elements::real, .composite = torch_pool<dims, false>});
  list.push_back({.schema = name + "_with_indices" + arguments + "(Tensor, Tensor)",
                  .elements = Elements::real,
                  .composite = torch_pool<dims, true>});
  list.push_back(
      {.schema = "paddle_" + name + "(Tensor x, int[] kernel_size, int[] stride=[], int[] padding=[0], " +
                 "str padding_name=\"\", int[] dilation=[1], bool ceil_mode=False, bool return_mask=False, " +
                 "str data_format=\"" + format + "\", bool long_mask=False) -> Tensor[]",
       .elements = Elements::real,
       .composite = paddle_pool<dims>});
}

}  // namespace

PoolIndex index_for_gradient(const PoolWindow& window) {
  int64_t taps = 1;
  for (int a = 0; a < window.dims && taps <= 256; ++a) taps *= std::min<int64_t>(window.axis[a].kernel, 257);
  return taps <= 256 ? PoolIndex::tap8 : PoolIndex::flat64;
}

std::vector<OpDef> max_pool_operators() {
  std::vector<OpDef> list;
  add_public<1>(list);
  add_public<2>(list);
  add_public<3>(list);
  list.push_back({.schema = "_max_pool(Tensor self, int[] window, int index_type, bool channels_last=False) -> "
                            "(Tensor values, Tensor indices)",
                  .elements = Elements::real,
                  .sizes = forward_sizes,
                  .dtypes = forward_dtypes,
                  .cpu = forward_cpu,
                  .cuda = max_pool_cuda,
                  .derivatives = {{"self", "_max_pool_backward(grad0, result1, sizes(self), window, channels_last)"}}});
  list.push_back({.schema = "_max_pool_backward(Tensor grad_output, Tensor indices, SymInt[] sizes, int[] window, "
                            "bool channels_last=False) -> Tensor",
                  .elements = Elements::floating,
                  .sizes = backward_sizes,
                  .dtypes = gradient_dtypes,
                  .cpu = backward_cpu,
                  .cuda = max_pool_backward_cuda,
                  .derivatives = {{"grad_output", "_max_pool_gather(grad0, indices, window, channels_last)"}}});
  list.push_back({.schema = "_max_pool_gather(Tensor grad, Tensor indices, int[] window, bool channels_last=False) -> "
                            "Tensor",
                  .elements = Elements::floating,
                  .sizes = gather_sizes,
                  .dtypes = gradient_dtypes,
                  .cpu = gather_cpu,
                  .cuda = max_pool_gather_cuda,
                  .derivatives = {{"grad", "_max_pool_backward(grad0, indices, sizes(grad), window, channels_last)"}}});
  return list;
}

}  // namespace spinel::ops
