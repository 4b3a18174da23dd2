#include "spinel/hosts/torch/max_pool_window.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "spinel/base/error.h"
#include "spinel/hosts/torch/tensor_view.h"

namespace spinel::hosts {
namespace {

using kernels::PoolIndex;

constexpr int64_t kFiguresOfAxis = 5;

/// The gradient's operands in the layout of the indices.
kernels::MaxPoolBackward backward_call(const kernels::PoolWindow& window, at::IntArrayRef sizes, const at::Tensor& dy,
                                       const at::Tensor& index, const at::Tensor& dx) {
  kernels::MaxPoolBackward call;
  call.geometry = kernels::pool_geometry(window, std::span(sizes.data(), sizes.size()));
  call.dtype = to_dtype(dx.scalar_type());
  call.dy = dy.const_data_ptr();
  call.dy_strides = pool_strides(dy, window.dims);
  call.index_type = pool_index_type(index);
  call.index = index.const_data_ptr();
  call.index_strides = pool_strides(index, window.dims);
  call.dx = const_cast<void*>(dx.const_data_ptr());
  call.dx_strides = pool_strides(dx, window.dims);
  return call;
}

void check_pooled(const char* what, const at::Tensor& tensor, const kernels::PoolWindow& window,
                  at::IntArrayRef sizes) {
  const auto pooled = kernels::pooled_sizes(window, std::span(sizes.data(), sizes.size()));
  if (tensor.sizes() == at::IntArrayRef(pooled)) return;
  fail(ErrorKind::invalid_argument, "max_pool{}d: {} has sizes [{}]; [{}] follow from an input of [{}]", window.dims,
       what, join_text(tensor.sizes(), ", "), join_text(pooled, ", "), join_text(sizes, ", "));
}

void check_device(const at::Tensor& gradient, const at::Tensor& index) {
  require(gradient.device() == index.device(),
          "max_pool: the gradient is on {} but the indices are on {}; all tensors must be on one device",
          gradient.device().str(), index.device().str());
}

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

}  // namespace

std::vector<int64_t> pack_window(const kernels::PoolWindow& window) {
  std::vector<int64_t> packed{window.ceil_mode};
  for (int a = 0; a < window.dims; ++a) {
    const kernels::PoolAxis& axis = window.axis[a];
    packed.insert(packed.end(), {axis.kernel, axis.stride, axis.dilation, axis.pad_before, axis.pad_after});
  }
  return packed;
}

kernels::PoolWindow unpack_window(at::IntArrayRef packed) {
  const int64_t count = static_cast<int64_t>(packed.size());
  kernels::PoolWindow window;
  window.dims = static_cast<int>(count / kFiguresOfAxis);
  require(count % kFiguresOfAxis == 1 && window.dims >= 1 && window.dims <= 3,
          "max_pool: the window has {} numbers; 6, 11 or 16 are needed", count);
  window.ceil_mode = packed[0] != 0;
  for (int a = 0; a < window.dims; ++a) {
    const int64_t* figures = packed.data() + 1 + a * kFiguresOfAxis;
    kernels::PoolAxis& axis = window.axis[a];
    axis = {figures[0], figures[1], figures[2], figures[3], figures[4]};
    // Whoever calls the operator by its name gets no further than the typed functions do.
    constexpr int64_t limit = int64_t{1} << 60;
    require(axis.kernel > 0 && axis.stride > 0 && axis.dilation > 0 && axis.kernel <= limit / axis.dilation &&
                axis.stride <= limit && std::min(axis.pad_before, axis.pad_after) >= 0 &&
                std::max(axis.pad_before, axis.pad_after) < axis.extent(),
            "max_pool: the window has kernel {}, stride {}, dilation {}, padding {} and {}; they must be positive, and "
            "padding less than the window's extent",
            axis.kernel, axis.stride, axis.dilation, axis.pad_before, axis.pad_after);
  }
  return window;
}

kernels::PoolStrides pool_strides(const at::Tensor& tensor, int dims) {
  const at::IntArrayRef strides = tensor.strides();
  kernels::PoolStrides result{};
  const int64_t channels = tensor.dim() - dims - 1;
  if (channels) result.at[0] = strides[0];
  result.at[1] = strides[channels];
  for (int a = 0; a < dims; ++a) result.at[5 - dims + a] = strides[channels + 1 + a];
  return result;
}

at::ScalarType index_scalar_type(PoolIndex type) {
  return type == PoolIndex::tap8 ? at::kByte : type == PoolIndex::flat32 ? at::kInt : at::kLong;
}

PoolIndex pool_index_type(const at::Tensor& index) {
  switch (index.scalar_type()) {
    case at::kLong: return PoolIndex::flat64;
    case at::kInt: return PoolIndex::flat32;
    case at::kByte: return PoolIndex::tap8;
    default:
      fail(ErrorKind::invalid_argument,
           "max_pool: the indices are {}; int64, int32 or (numbers of taps) uint8 is needed",
           at::toString(index.scalar_type()));
  }
}

at::MemoryFormat pool_format(const at::Tensor& tensor, int dims) {
  if (tensor.dim() != dims + 2 || dims == 1) return at::MemoryFormat::Contiguous;
  return tensor.suggest_memory_format();
}

PoolForwardOperands prepare_forward(const at::Tensor& input, at::IntArrayRef packed, int64_t index_type) {
  const kernels::PoolWindow window = unpack_window(packed);
  require(index_type >= 0 && index_type <= static_cast<int64_t>(PoolIndex::tap8),
          "max_pool: the type of indices is {}; 0 to 3 are known", index_type);
  const auto type = static_cast<PoolIndex>(index_type);
  const at::Tensor x = input.resolve_neg();
  const at::ScalarType scalar = x.scalar_type();
  if (scalar == at::kBool || at::isComplexType(scalar) || (at::isFloatingType(scalar) && at::elementSize(scalar) < 2)) {
    kernels::fail_pool_dtype(window.dims, at::toString(scalar));
  }
  PoolForwardOperands result;
  kernels::MaxPoolForward& call = result.call;
  const std::span given(x.sizes().data(), x.sizes().size());
  call.geometry = kernels::pool_geometry(window, given);
  check_index_range(call.geometry, type);
  const at::MemoryFormat format = pool_format(x, window.dims);
  const std::vector<int64_t> sizes = kernels::pooled_sizes(window, given);
  result.x = x;
  result.y = at::empty(sizes, x.options().memory_format(format));
  const at::TensorOptions options = x.options().dtype(index_scalar_type(type));
  result.index = type == PoolIndex::none ? at::empty({0}, options) : at::empty(sizes, options.memory_format(format));
  if (result.y.numel() == 0) return result;
  call.dtype = to_dtype(scalar);
  call.x = x.const_data_ptr();
  call.x_strides = pool_strides(x, window.dims);
  call.y = result.y.mutable_data_ptr();
  call.y_strides = pool_strides(result.y, window.dims);
  call.index_type = type;
  if (type == PoolIndex::none) return result;
  call.index = result.index.mutable_data_ptr();
  call.index_strides = pool_strides(result.index, window.dims);
  return result;
}

PoolBackwardOperands prepare_backward(const at::Tensor& dy, const at::Tensor& index, at::IntArrayRef sizes,
                                      at::IntArrayRef packed) {
  const kernels::PoolWindow window = unpack_window(packed);
  check_device(dy, index);
  check_pooled("the gradient", dy, window, sizes);
  check_pooled("the tensor of indices", index, window, sizes);
  const at::MemoryFormat format = pool_format(index, window.dims);
  PoolBackwardOperands result;
  result.dx = at::empty(sizes, dy.options().memory_format(format));
  result.index = index.contiguous(format);
  result.dy = dy.resolve_neg();
  if (format != at::MemoryFormat::Contiguous) result.dy = result.dy.contiguous(format);
  if (result.dx.numel()) result.call = backward_call(window, sizes, result.dy, result.index, result.dx);
  return result;
}

PoolBackwardOperands prepare_gather(const at::Tensor& ddx, const at::Tensor& index, at::IntArrayRef packed) {
  const kernels::PoolWindow window = unpack_window(packed);
  check_device(ddx, index);
  check_pooled("the tensor of indices", index, window, ddx.sizes());
  const at::MemoryFormat format = pool_format(index, window.dims);
  PoolBackwardOperands result;
  result.dx = ddx.resolve_neg();
  result.index = index.contiguous(format);
  result.dy = at::empty(index.sizes(), ddx.options().memory_format(format));
  if (result.dy.numel()) result.call = backward_call(window, ddx.sizes(), result.dy, result.index, result.dx);
  return result;
}

}  // namespace spinel::hosts
