#include "spinel/ops/max_pool_window.h"

#include <algorithm>

#include "spinel/base/error.h"
#include "spinel/ops/dtype.h"

namespace spinel::ops {
namespace {

using kernels::PoolAxis;
using kernels::PoolIndex;
using kernels::PoolWindow;
using registry::IntArrayRef;

constexpr size_t figures_of_axis = 5;

bool is_same(const PoolAxis& axis) { return axis.pad_before == -1 && axis.pad_after == -1; }

/// That positions fit the type that is to hold them.
void check_index_range(const kernels::PoolGeometry& g, PoolIndex type) {
  const int64_t plane = g.in[0] * g.in[1] * g.in[2];
  require(type != PoolIndex::flat32 || plane <= int64_t{1} << 31,
          "max_pool: planes of {} positions are to be numbered by int32; at most 2147483648 are possible", plane);
  const int64_t longest = std::max({g.taps[0], g.taps[1], g.taps[2]});
  require(type != PoolIndex::tap8 || (longest <= 256 && g.taps[0] * g.taps[1] * g.taps[2] <= 256),
          "max_pool: windows of {} x {} x {} taps are to be numbered by uint8; at most 256 are possible", g.taps[0],
          g.taps[1], g.taps[2]);
}

PoolIndex pool_index_type(const Tensor& index) {
  switch (index.scalar_type()) {
    case ScalarType::int64: return PoolIndex::flat64;
    case ScalarType::int32: return PoolIndex::flat32;
    case ScalarType::uint8: return PoolIndex::tap8;
    default:
      fail(ErrorKind::invalid_argument,
           "max_pool: the indices are {}; int64, int32 or (numbers of taps) uint8 is needed",
           registry::to_string(index.scalar_type()));
  }
}

void check_pooled(const char* what, const Tensor& tensor, const PoolWindow& window, const std::vector<int64_t>& input,
                  bool channels_last) {
  const std::vector<int64_t> pooled = kernels::pooled_sizes(window, input);
  const std::vector<int64_t> sizes = channels_first(tensor.sizes(), channels_last);
  if (sizes == pooled) return;
  fail(ErrorKind::invalid_argument, "max_pool{}d: {} has sizes [{}]; [{}] follow from an input of [{}]", window.dims,
       what, join_text(sizes, ", "), join_text(pooled, ", "), join_text(input, ", "));
}

void check_device(const Tensor& gradient, const Tensor& index) {
  require(gradient.device() == index.device(),
          "max_pool: the gradient is on {} but the indices are on {}; all tensors must be on one device",
          registry::to_string(gradient.device()), registry::to_string(index.device()));
}

kernels::MaxPoolBackward backward_call(const PoolWindow& window, const std::vector<int64_t>& sizes,
                                       const PoolBackwardOperands& operands, bool channels_last) {
  kernels::MaxPoolBackward call;
  call.geometry = kernels::pool_geometry(window, sizes);
  call.dtype = kernel_dtype(operands.dx.scalar_type());
  call.dy = operands.dy.data();
  call.dy_strides = pool_strides(operands.dy, window.dims, channels_last);
  call.index_type = pool_index_type(operands.index);
  call.index = operands.index.data();
  call.index_strides = pool_strides(operands.index, window.dims, channels_last);
  call.dx = operands.dx.data();
  call.dx_strides = pool_strides(operands.dx, window.dims, channels_last);
  return call;
}

}  // namespace

std::vector<int64_t> pack_window(const PoolWindow& window) {
  std::vector<int64_t> packed{window.ceil_mode};
  for (int a = 0; a < window.dims; ++a) {
    const PoolAxis& axis = window.axis[a];
    packed.insert(packed.end(), {axis.kernel, axis.stride, axis.dilation, axis.pad_before, axis.pad_after});
  }
  return packed;
}

PoolWindow unpack_window(std::span<const int64_t> packed) {
  PoolWindow window;
  window.dims = static_cast<int>(packed.size() / figures_of_axis);
  require(packed.size() % figures_of_axis == 1 && window.dims >= 1 && window.dims <= 3,
          "max_pool: the window has {} numbers; 6, 11 or 16 are needed", packed.size());
  window.ceil_mode = packed[0] != 0;
  for (int a = 0; a < window.dims; ++a) {
    const int64_t* figures = packed.data() + 1 + static_cast<size_t>(a) * figures_of_axis;
    PoolAxis& axis = window.axis[a];
    axis = {figures[0], figures[1], figures[2], figures[3], figures[4]};
    // Whoever calls the operator by its name gets no further than the typed functions do.
    const int64_t limit = int64_t{1} << 31;
    const auto within = [&](int64_t value, int64_t least) { return value >= least && value < limit; };
    const bool fits = within(axis.kernel, 1) && within(axis.stride, 1) && within(axis.dilation, 1);
    const bool padded = within(axis.pad_before, 0) && within(axis.pad_after, 0) &&
                        std::max(axis.pad_before, axis.pad_after) < axis.extent();
    require(fits && (padded || is_same(axis)),
            "max_pool: the window has kernel {}, stride {}, dilation {}, padding {} and {}; they must be positive, and "
            "padding less than the window's extent",
            axis.kernel, axis.stride, axis.dilation, axis.pad_before, axis.pad_after);
  }
  return window;
}

PoolWindow resolve_window(const PoolWindow& window, std::span<const int64_t> sizes) {
  PoolWindow resolved = window;
  require(sizes.size() == size_t(window.dims) + 1 || sizes.size() == size_t(window.dims) + 2,
          "max_pool{}d: the input has {} dimensions; {} or {} are needed", window.dims, sizes.size(), window.dims + 1,
          window.dims + 2);
  const std::span<const int64_t> spatial = sizes.last(static_cast<size_t>(window.dims));
  for (int a = 0; a < window.dims; ++a) {
    if (!is_same(window.axis[a])) continue;
    const int64_t one[] = {1};
    const int64_t kernel[] = {window.axis[a].kernel}, stride[] = {window.axis[a].stride};
    const int64_t dilation[] = {window.axis[a].dilation};
    resolved.axis[a] = kernels::paddle_pool_window(1, spatial[size_t(a)] > 0 ? spatial.subspan(size_t(a), 1) : one,
                                                   {kernel, stride, {}, dilation, false},
                                                   {.name = "SAME", .list = {}, .pairs = {}}, false)
                           .axis[0];
  }
  return resolved;
}

std::vector<int64_t> channels_first(IntArrayRef sizes, bool channels_last) {
  std::vector<int64_t> result(sizes.begin(), sizes.end());
  if (channels_last && result.size() > 2) std::rotate(result.begin() + 1, result.end() - 1, result.end());
  return result;
}

std::vector<Size> pooled_sizes(const PoolWindow& window, std::vector<Size> sizes, bool channels_last) {
  require(sizes.size() == size_t(window.dims) + 2 || (!channels_last && sizes.size() == size_t(window.dims) + 1),
          "max_pool{}d: the input has {} dimensions; {} or {} are needed", window.dims, sizes.size(), window.dims + 1,
          window.dims + 2);
  const bool known = std::all_of(sizes.begin(), sizes.end(), [](const Size& size) { return size.is_number(); });
  if (known) {
    std::vector<int64_t> numbers;
    for (const Size& size : sizes) numbers.push_back(size.value());
    const std::vector<int64_t> input = channels_first(numbers, channels_last);
    std::vector<int64_t> pooled = kernels::pooled_sizes(resolve_window(window, input), input);
    if (channels_last) std::rotate(pooled.begin() + 1, pooled.begin() + 2, pooled.end());
    return {pooled.begin(), pooled.end()};
  }
  for (int a = 0; a < window.dims; ++a) {
    const PoolAxis& axis = window.axis[a];
    Size& length = sizes[sizes.size() - size_t(window.dims - a) - (channels_last ? 1 : 0)];
    length = is_same(axis) ? (length + (axis.stride - 1)) / axis.stride
                           : kernels::pooled_length(length, axis, window.ceil_mode);
    require(!(length < 1), "max_pool{}d: no window fits into dimension {} of the input; a longer input is needed",
            window.dims, a);
  }
  return sizes;
}

kernels::PoolStrides pool_strides(const Tensor& tensor, int dims, bool channels_last) {
  const std::vector<int64_t> strides = channels_first(tensor.strides(), channels_last);
  kernels::PoolStrides result{};
  const size_t channels = strides.size() - size_t(dims) - 1;
  if (channels) result.at[0] = strides[0];
  result.at[1] = strides[channels];
  for (size_t a = 0; a < size_t(dims); ++a) result.at[5 - size_t(dims) + a] = strides[channels + 1 + a];
  return result;
}

ScalarType index_scalar_type(PoolIndex type) {
  return type == PoolIndex::tap8     ? ScalarType::uint8
         : type == PoolIndex::flat32 ? ScalarType::int32
                                     : ScalarType::int64;
}

MemoryFormat pool_format(const TensorSpec& tensor, int dims, bool channels_last) {
  const bool may_be_last = !channels_last && dims > 1 && tensor.sizes.size() == size_t(dims) + 2;
  return may_be_last ? tensor.format : MemoryFormat::contiguous;
}

kernels::MaxPoolForward forward_operands(Arguments arguments, std::span<Tensor> results) {
  const Tensor x = arguments.tensor(0);
  const bool channels_last = arguments.boolean(3);
  const std::vector<int64_t> sizes = channels_first(x.sizes(), channels_last);
  const PoolWindow window = resolve_window(unpack_window(arguments.integers(1)), sizes);
  kernels::MaxPoolForward call;
  call.index_type = static_cast<PoolIndex>(arguments.integer(2));
  call.geometry = kernels::pool_geometry(window, sizes);
  check_index_range(call.geometry, call.index_type);
  call.dtype = kernel_dtype(x.scalar_type());
  call.x = x.data();
  call.x_strides = pool_strides(x, window.dims, channels_last);
  call.y = results[0].data();
  call.y_strides = pool_strides(results[0], window.dims, channels_last);
  if (call.index_type == PoolIndex::none) return call;
  call.index = results[1].data();
  call.index_strides = pool_strides(results[1], window.dims, channels_last);
  return call;
}

PoolBackwardOperands backward_operands(const Host& host, Arguments arguments, const Tensor& dx) {
  const Tensor dy = arguments.tensor(0), index = arguments.tensor(1);
  const bool channels_last = arguments.boolean(4);
  const std::vector<int64_t> sizes = channels_first(arguments.integers(2), channels_last);
  const PoolWindow window = resolve_window(unpack_window(arguments.integers(3)), sizes);
  check_device(dy, index);
  check_pooled("the gradient", dy, window, sizes, channels_last);
  check_pooled("the tensor of indices", index, window, sizes, channels_last);
  const MemoryFormat format = pool_format(spec_of(index), window.dims, channels_last);
  PoolBackwardOperands result;
  result.dx = dx;
  result.index = host.contiguous(index, format);
  result.dy = format == MemoryFormat::contiguous ? dy : host.contiguous(dy, format);
  if (dx.numel()) result.call = backward_call(window, sizes, result, channels_last);
  return result;
}

PoolBackwardOperands gather_operands(const Host& host, Arguments arguments, const Tensor& ddy) {
  const Tensor ddx = arguments.tensor(0), index = arguments.tensor(1);
  const bool channels_last = arguments.boolean(3);
  const std::vector<int64_t> sizes = channels_first(ddx.sizes(), channels_last);
  const PoolWindow window = resolve_window(unpack_window(arguments.integers(2)), sizes);
  check_device(ddx, index);
  check_pooled("the tensor of indices", index, window, sizes, channels_last);
  PoolBackwardOperands result;
  result.dx = ddx;
  result.index = host.contiguous(index, pool_format(spec_of(index), window.dims, channels_last));
  result.dy = ddy;
  if (ddy.numel()) result.call = backward_call(window, sizes, result, channels_last);
  return result;
}

void require_sound(int64_t bad, IntArrayRef sizes) {
  require(bad == 0,
          "max_pool: {} indices lie outside the planes of an input of [{}]; they must be those that the forward gave",
          bad, join_text(std::vector<int64_t>(sizes.begin(), sizes.end()), ", "));
}

}  // namespace spinel::ops
